"""What is proposed, for people to decide: values by classifiers, names that mean the same, duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..curation.near_names import Suggestion
from ..curation.proposals import ProposalFilter, decide_proposals, list_proposals, undo_decided
from ..curation.terms import FIELDS, Term, add_term, list_terms, suggest_terms, undo_alias
from ..db import call
from . import forms
from .addresses import bounded, named, whole, with_query
from .desk import Step
from .pictures import photographed
from .site import page, reader, site
from .steps import go, last, listed, note, session

PER_PAGE = 24
MOST = 100  # names on a page
PAIRS = 24  # duplicates on a page
STATES = ("proposed", "accepted", "rejected")
DECISIONS = {"accept": "accepted", "reject": "rejected", "reopen": "open again"}


def proposals(request: Request) -> Response:
    """Values that classifiers propose, the most certain first; or those that were decided."""
    engine, asked = reader(request), request.query_params
    counts = listed(request, "counts", lambda: call.look(engine, "part.count_proposals"))
    state = asked.get("state") if asked.get("state") in STATES else STATES[0]
    label = next((row["label"] for row in counts if row["label"] == asked.get("label")), None)
    total = sum(row["proposals"] for row in counts if row["state"] == state and label in (None, row["label"]))
    last_page = max(-(-total // PER_PAGE), 1)
    number = bounded(asked, "page", 1, last_page)
    given = {"label": label, "state": state, "skip": (number - 1) * PER_PAGE, "at_most": PER_PAGE}
    rows = call.read(engine, "part.browse_proposals", **given)
    return page(
        request,
        "proposals.html",
        rows=rows,
        pictured=photographed(engine, {row["coin_id"] for row in rows}),
        labels=sorted({row["label"] for row in counts}),
        counts={one: sum(row["proposals"] for row in counts if row["state"] == one) for one in STATES},
        total=total,
        state=state,
        label=label,
        number=number,
        last=last_page,
        query=[("label", label), ("state", state if state != STATES[0] else "")],
        **last(request),
    )


async def decide(request: Request) -> Response:
    """Accepts or rejects proposals, or opens them again."""
    form = await forms.read(request)
    who, decision = forms.writer(request), form.get("decision")
    ids = [number for number in map(whole, form.getlist("id")) if number is not None]
    if decision not in DECISIONS or not ids:
        raise HTTPException(400, "Choose proposals, then accept or reject them.")
    query = [(name, form.get(name)) for name in ("label", "state", "page")]
    back = with_query("/review", [pair for pair in query if isinstance(pair[1], str)])
    await run_in_threadpool(_decide, request, who, str(decision), ids, back)
    return go(back)


def _decide(request: Request, who: str, decision: Any, ids: list[int], back: str) -> None:
    store = site(request).store
    which = ProposalFilter(where=f"proposal_id in ({', '.join(map(str, ids))})")
    rows = {row["proposal_id"]: row for row in list_proposals(reader(request), which)}
    if lacking := [number for number in ids if number not in rows]:
        raise HTTPException(404, f"Proposal {lacking[0]} is gone; load the list again.")
    decided = decide_proposals(store, decision, ids, who)
    if not decided.after:
        if _is_done(list_proposals(reader(request), which), decision, who):
            return  # as of a second click
        raise HTTPException(409, "Somebody else has decided this; load the list again.")
    asked, said = [row["proposal_id"] for row in decided.after], DECISIONS[decision]
    if others := len(asked) - len(decided.changed):
        not_all = f"{said}; {others:,} not" if decided.changed else f"not {said}"
        said = f"{not_all}, as the coin has another value now"
    _note(
        request,
        f"{_name([rows[number] for number in asked])}: {said}.",
        back,
        partial(undo_decided, store, decided),
    )


def _is_done(rows: Sequence[Any], decision: str, who: str) -> bool:
    """Whether all proposals are already as this person asks."""
    state, by = (STATES[0], None) if decision == "reopen" else (DECISIONS[decision], who)
    return all((row["state"], row["decided_by"]) == (state, by) for row in rows)


def _name(rows: Sequence[Any]) -> str:
    if len(rows) != 1:
        return f"{len(rows):,} proposals"
    return f"{rows[0]['inventory_number']}, {rows[0]['label']} {rows[0]['value']}"


def _note(request: Request, said: str, back: str, undo: Any = None) -> None:
    note(request, Step(said, back, undo))


def names(request: Request) -> Response:
    """Names that may mean the same."""
    asked = request.query_params.get("field")
    found = [one for one in _suggestions(request) if asked not in FIELDS or one.field == asked]
    passed = session(request).passed
    found = [one for one in found if (one.field, one.name, one.alias) not in passed]
    shown = [(one, _coins(one.field, one.name), _coins(one.field, one.alias)) for one in found[:MOST]]
    return page(
        request, "names.html", rows=shown, total=len(found), field=asked, fields=FIELDS, **last(request)
    )


def _coins(field: str, name: str) -> str:
    return with_query("/coins", [(field, named(name))])


def _suggestions(request: Request) -> list[Suggestion]:
    engine = reader(request)
    return listed(request, "names", lambda: suggest_terms(engine))


async def unite(request: Request) -> Response:
    """Makes one name the preferred one of two, or keeps them apart in this session."""
    form = await forms.read(request)
    who, decision = forms.writer(request), form.get("decision")
    texts = [form.get(part) for part in ("field", "name", "alias")]
    if decision not in ("name", "alias", "apart"):
        raise HTTPException(400, "Choose which name is shown, or that they are not the same.")
    field = form.get("of")
    back = with_query("/review/names", [("field", field if isinstance(field, str) else "")])
    await run_in_threadpool(_unite, request, who, str(decision), texts, back)
    return go(back)


def _unite(request: Request, who: str, decision: str, texts: list[Any], back: str) -> None:
    found = _suggestions(request)
    one = next((row for row in found if [row.field, row.name, row.alias] == texts), None)
    if one is None:
        raise HTTPException(404, "This suggestion is gone; load the list again.")
    here, key = session(request), (one.field, one.name, one.alias)
    if decision == "apart":
        here.leave(key)
        said = f"{one.name} and {one.alias}: left as they are for now."
        return _note(request, said, back, lambda: here.passed.discard(key))
    name, alias = (one.name, one.alias) if decision == "name" else (one.alias, one.name)
    store = site(request).store
    was_term = any((row["field"], row["term"]) == (one.field, alias) for row in list_terms(store, one.field))
    term = Term(one.field, name, who, (alias,))
    # How many coins that changes would tell how many are hidden from this person.
    add_term(store, term)
    said = f"{alias} is shown as {name}, in all collections."
    if was_term:
        return _note(request, f"{said} Its own aliases moved as well. This cannot be undone here.", back)
    return _note(request, said, back, partial(undo_alias, store, term))


def duplicates(request: Request) -> Response:
    """Records that may be of one coin, and photographs that are stored twice."""
    engine, number = reader(request), bounded(request.query_params, "page", 1)
    rows = _twice(request, "browse_twice", skip=(number - 1) * PAIRS, at_most=PAIRS)
    if not rows and number > 1:
        return RedirectResponse("/review/duplicates")  # there are fewer pairs than before
    total = rows[0]["pairs"] if rows else 0
    return page(
        request,
        "duplicates.html",
        rows=rows,
        pictured=photographed(engine, {row[key] for row in rows for key in ("coin_id", "other_id")}),
        total=total,
        within=_twice(request, "browse_twice_within", at_most=MOST) if number == 1 else [],
        number=number,
        last_page=max(-(-total // PAIRS), 1),
    )


def _twice(request: Request, function: str, **given: int) -> list[Any]:
    engine = reader(request)
    return listed(request, function, lambda: call.read(engine, f"part.{function}", **given), *given.values())


ROUTES = [
    Route("/review", proposals, methods=["GET"], name="proposals"),
    Route("/review", decide, methods=["POST"], name="decide"),
    Route("/review/names", names, methods=["GET"], name="names"),
    Route("/review/names", unite, methods=["POST"], name="unite"),
    Route("/review/duplicates", duplicates, name="duplicates"),
]
