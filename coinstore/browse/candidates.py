"""Which pairs a person judges next: those that teach most first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine
from starlette.requests import Request

from ..db import call
from ..dies.queue import pairs_to_judge
from ..errors import Unsuitable
from ..records.coin import Face
from .coins import condition
from .site import person, reader, site
from .steps import listed, session

MOST = 200
Pair = tuple[int, int, Face]
"""Two coins by key, the smaller first, and the face by which they are compared."""


def candidates(request: Request) -> list[Pair]:
    """The pairs to be judged by the visitor, without those that this person has judged or left open."""
    engine, passed, who = reader(request), session(request).passed, person(request)
    most = MOST * (1 + len(passed) // (MOST // 2))
    pairs = listed(request, "pairs", lambda: _pairs(site(request).store, engine, most), most)
    pairs = [pair for pair in pairs if pair not in passed]
    if not who or not pairs:
        return pairs
    coins = {"coins": [a for a, _, _ in pairs], "neighbours": [b for _, b, _ in pairs]}
    rows = call.read(engine, "part.judged_pairs", person=who, **coins)
    judged = {(row["coin_id"], row["neighbour_id"], row["face"]) for row in rows}
    return [(a, b, face) for a, b, face in pairs if not {(a, b, face), (a, b, "both")} & judged]


def _pairs(store: Engine, engine: Engine, most: int) -> Iterator[Pair]:
    """Pairs that were compared for one die; where there are none, edges of the newest graph."""
    where = "true"
    if call.look(engine, "part.browse_sight")[0]["hides"]:
        # The groups of dies are made with the rights of the owner: only of coins that the reader sees.
        seen = [row["collection"] for row in call.look(engine, "part.browse_collections")]
        where = condition(engine, {"collection": seen}) if seen else "false"
    rows = _queue(store, engine, most, where)
    if not rows and not call.read(engine, "part.probable_matches", at_most=1):
        rows = call.read(engine, "part.edges_to_judge", at_most=most)
    for row in rows:
        first, second = sorted((row["coin_id"], row["neighbour_id"]))
        yield first, second, row["face"]


def _queue(store: Engine, engine: Engine, most: int, where: str) -> Sequence[Mapping[str, Any]]:
    try:
        return pairs_to_judge(store, most, where=where)
    except Unsuitable:  # a reader's login serves the pages: by uncertainty only
        return call.read(engine, "part.matches_to_judge", at_most=most)
