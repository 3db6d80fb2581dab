"""The coins: a grid, with words, names, dates and weights to choose by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..db import call
from .addresses import FIELDS, NUMBERS, bounded, chosen, named, pairs, with_query
from .site import page, reader, site

PER_PAGE = 48
SORTS = {
    "": "as loaded",
    "number": "by number",
    "type": "by type",
    "oldest": "oldest first",
    "newest": "newest first",
    "heaviest": "heaviest first",
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name that can be chosen: how many coins have it, and the address that chooses or drops it."""

    name: str | None
    coins: int
    is_chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Facet:
    """The most frequent names of a field; `others` more are not shown."""

    field: str
    names: tuple[Name, ...]
    others: int


def coins(request: Request) -> Response:
    """The grid of the coins that the address chooses."""
    found, engine = chosen(request.query_params), reader(request)
    sort = request.query_params.get("sort", "")
    sort = sort if sort in SORTS else ""
    state = [*pairs(found), *([("sort", sort)] if sort else [])]
    if "" in request.query_params.values():  # of a form; an address that people share is short
        return RedirectResponse(with_query("/coins", state), 303)
    given = {"chosen": json.dumps(found)}
    counts = site(request).counted
    facets = counts.get(engine, "part.browse_facets", **given)
    total = next(int(row["coins"]) for row in facets if row["field"] == "all")
    last = max(-(-total // PER_PAGE), 1)
    number = bounded(request.query_params, "page", 1, last)
    rows = call.read(
        engine, "part.browse_coins", **given, sort=sort, skip=(number - 1) * PER_PAGE, at_most=PER_PAGE
    )
    return page(
        request,
        "coins.html",
        rows=rows,
        total=total,
        why_none=_why_none(found),
        number=number,
        last=last,
        chosen=found,
        state=state,
        sort=sort,
        sorts=SORTS,
        facets=list(_facets(facets, found, state)),
        ranges=counts.get(engine, "part.browse_ranges")[0],
        dropped=list(dropped("/coins", state)),
        condition=condition(engine, found),
        order=call.read(engine, "part.browse_order", sort=sort)[0]["browse_order"],
        to_come=counts.get(engine, "part.words_to_come")[0]["coins"] if "words" in found else 0,
    )


def _why_none(found: Mapping[str, Any]) -> str:
    """Why there may be no coin with all that is chosen, and what to do."""
    for what in ("year", "weight"):
        if found.get(f"{what}_from", float("-inf")) > found.get(f"{what}_to", float("inf")):
            return f"The {what}s run backwards: “from” is above “to”."
    if not found:
        return "There is no coin yet, or none that you may see. Load some: coinstore ingest FILE"
    return "No coin matches all of this. Remove something above, or use fewer words."


def condition(engine: Engine, found: Mapping[str, Any]) -> str:
    """What is chosen, as a condition over api.coins."""
    return str(call.read(engine, "part.chosen_condition", chosen=json.dumps(found))[0]["chosen_condition"])


def _facets(
    rows: Iterable[Mapping[str, Any]], found: Mapping[str, Any], state: list[tuple[str, str]]
) -> Iterable[Facet]:
    by_field: dict[str, list[Any]] = {field: [] for field in FIELDS}
    for row in rows:
        if row["field"] != "all":
            by_field[row["field"]].append(row)
    for field, of_field in by_field.items():
        known = {row["name"]: (row["coins"], row["is_chosen"]) for row in of_field}
        # A name that no coin has any more can still be dropped.
        known |= {name: (0, True) for name in found.get(field, ()) if name not in known}
        if list(known) in ([], [None]):
            continue
        names = tuple(Name(name, *told, _toggled(state, field, name)) for name, told in known.items())
        others = max((of_field[0]["names"] if of_field else 0) - len(names), 0)
        yield Facet(field, names, others)


def _toggled(state: list[tuple[str, str]], field: str, name: str | None) -> str:
    one = (field, named(name))
    return with_query("/coins", [pair for pair in state if pair != one] + [one] * (one not in state))


def dropped(path: str, state: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """What an address chooses, in words, each with the address without it."""
    words = {"year_from": "from", "year_to": "to", "weight_from": "at least", "weight_to": "at most"}
    for name, value in state:
        if name not in (*FIELDS, *NUMBERS, "words") or not value:
            continue
        text = value if name in FIELDS else f"“{value}”"
        if name in NUMBERS:
            text = f"{words[name]} {value}{' g' if name.startswith('weight') else ''}"
        elif value == named(None):
            text = f"no {name}"
        yield text, with_query(path, [pair for pair in state if pair != (name, value)])


ROUTES = [Route("/coins", coins, name="coins")]
