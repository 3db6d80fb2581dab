"""Two coins side by side and one over the other: why they may be of one die, and what people say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..db import call
from ..dies.explain import Explanation, explained_by
from ..dies.plan import NamedPair
from ..dies.verdicts import VERDICTS, Judgement, said_before, store_verdict, take_back, undo_verdict
from ..errors import CoinstoreError
from ..matching.opencv import opencv
from ..pages.explore.shell import asset
from ..pages.pairs import words
from ..pages.pairs.html import view
from ..pages.words import sentence, verdict
from ..records.coin import FACES, Face
from . import forms
from .addresses import whole, with_query
from .candidates import Pair, candidates
from .desk import Step
from .site import page, person, reader, site
from .steps import desk, go, last, note, session

UNSURE = "unsure"
BUTTONS = (
    ("1", "same die", "Same die"),
    ("2", "same type", "Same type"),
    ("3", "no link", "Different"),
    ("4", UNSURE, "Unsure"),
)
PARTS = {"pair_parts.css": "text/css", "pair.js": "text/javascript"}
MOST_NOTE = 2000  # characters


def compare(request: Request) -> Response:
    """The pair of the address; without one, the pair whose verdict teaches most."""
    query = request.query_params
    if "a" not in query and "b" not in query:
        return _next(request)
    coins = _coins(query.get("a"), query.get("b"))
    engine = reader(request)
    rows = _rows(engine, coins)
    names = _faces(engine, coins)
    face: Face = next((one for one in (query.get("face"), *names) if one in names), FACES[0])
    one, reasons = _explained(request, engine, (*coins, face)) if names else (None, [words.NO_FACE])
    said = call.read(engine, "part.verdicts_of_pair", coin=coins[0], neighbour=coins[1], face=face)
    shown = (one.first, one.second) if one else rows
    return page(
        request,
        "compare.html",
        coins=shown,
        face=face,
        faces=names,
        view=view(one) if one else None,
        reasons=reasons,
        said=said,
        mine=next((row for row in said if row["said_by"] == person(request)), None),
        skip=_skip(request),
        words=words,
        buttons=BUTTONS,
        title=" and ".join(words.number(row) for row in shown),
        **last(request),
    )


def _coins(*texts: Any) -> tuple[int, int]:
    """Both coins of an address or a form by key; raises HTTPException."""
    known = [number for number in map(whole, texts) if number is not None]
    if len(known) != 2:
        raise HTTPException(404, "There is no such pair of coins.")
    if known[0] == known[1]:
        raise HTTPException(400, "A coin is not compared with itself; choose two coins.")
    return known[0], known[1]


def _rows(engine: Engine, coins: tuple[int, int]) -> list[Mapping[str, Any]]:
    rows = {row["coin_id"]: row for row in call.read(engine, "part.coins_by_id", coins=list(coins))}
    if len(rows) != 2:
        raise HTTPException(404, "There is no such coin, or you may not see it.")
    return [rows[coin] for coin in coins]


def _faces(engine: Engine, coins: tuple[int, int]) -> list[Any]:
    """The faces of which the reader sees a photograph of both coins."""
    rows = call.read(engine, "part.faces_to_compare", coin=coins[0], neighbour=coins[1])
    return [row["faces_to_compare"] for row in rows]


def _explained(request: Request, engine: Engine, pair: Pair) -> tuple[Explanation | None, list[str]]:
    """What the geometry says of a pair; or why it says nothing."""
    first, second, face = pair
    try:
        opencv()
        found = list(explained_by(desk(request).compare, engine, NamedPair(first, second, face)))
    except CoinstoreError as error:
        return None, [sentence(str(error))]
    reasons = [sentence(one) for one in found if isinstance(one, str)]
    return next((one for one in found if isinstance(one, Explanation)), None), reasons


def _skip(request: Request) -> int:
    return whole(request.query_params.get("skip")) or 0


def _next(request: Request) -> Response:
    """To the next pair; `skip` of the address leaves out the first ones, for those who only look."""
    found, skip = candidates(request), _skip(request)
    if skip >= len(found):
        return page(request, "judged.html", skip=skip, **last(request))
    return RedirectResponse(address(found[skip], skip))


def address(pair: Pair, skip: int = 0) -> str:
    """Where a pair is compared."""
    return with_query("/compare", [("a", pair[0]), ("b", pair[1]), ("face", pair[2]), ("skip", skip or "")])


async def judge(request: Request) -> Response:
    """Stores what a person says of a pair, and goes to the next one."""
    form = await forms.read(request)
    who, said = forms.writer(request), form.get("verdict")
    coins, face, why = _coins(form.get("a"), form.get("b")), form.get("face"), form.get("note")
    if said not in (*VERDICTS, UNSURE, "") or face not in FACES:
        raise HTTPException(400, f"A verdict is one of {', '.join(map(verdict, VERDICTS))}, by one face.")
    text = why.strip()[:MOST_NOTE].replace("\0", "") if isinstance(why, str) else ""
    judged = Judgement(min(coins), max(coins), face, said, text or None)
    await run_in_threadpool(_judge, request, who, judged)
    return go("/compare")


def _judge(request: Request, who: str, given: Judgement) -> None:
    engine, coins = reader(request), (given.coin, given.neighbour)
    rows = _rows(engine, coins)
    if given.face not in _faces(engine, coins):
        raise HTTPException(404, words.NO_FACE)
    store, here = site(request).store, session(request)
    pair: Pair = (given.coin, given.neighbour, given.face)
    name = f"{' and '.join(words.number(row) for row in rows)}, {given.face}"
    before, is_open = said_before(store, given, who), given.verdict == UNSURE
    said = [] if given.verdict else ["verdict taken back"]
    if is_open:
        said = ["left open", *_left_out(given, before)]
        here.leave(pair)
        given = replace(given, verdict="", note=None)
    elif given.verdict:
        said = [verdict(given.verdict)]
        store_verdict(store, given, who)
    if before and not given.verdict:
        take_back(store, given, who)

    def undo() -> None:
        if before or given.verdict:
            undo_verdict(store, given, before, who)
        if is_open:
            here.passed.discard(pair)

    note(request, Step(f"{name}: {'; '.join(said)}.", address(pair), undo))


def _left_out(given: Judgement, before: Judgement | None) -> Iterator[str]:
    """What is not kept of a pair that stays open."""
    if before:
        yield "your verdict is taken back"
    if given.note and not (before and before.note == given.note):
        yield "your note is not kept, because it needs a verdict"


def part(request: Request) -> Response:
    """A style or a program that pages of pairs share with the files that are made of them."""
    name = request.path_params["name"]
    if name not in PARTS:
        raise HTTPException(404, "There is no such file.")
    return Response(asset(name), media_type=PARTS[name])


ROUTES = [
    Route("/compare", compare, methods=["GET"], name="compare"),
    Route("/compare", judge, methods=["POST"], name="judge"),
    Route("/parts/{name}", part, name="part"),
]
