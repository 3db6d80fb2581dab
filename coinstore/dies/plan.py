"""Which pairs are compared: along a graph, of named coins, or all of a face."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SettingsError, SourceError
from ..graph.catalogue import named_graph
from ..matching import Parameters
from ..search.similar import find_coin
from ..sources import files
from .calibrations import take_shipped

Face = Literal["obverse", "reverse"]
FACES: tuple[Face, ...] = get_args(Face)
MOST_PAIRS = 2_000_000
"""How many pairs of a face are compared without a graph: those of 2,000 coins."""
HEADER = ["coin", "neighbour", "face"]


@dataclass(frozen=True, slots=True)
class NamedPair:
    """Two coins by key that are to be compared by one face, or by each (None)."""

    coin: int
    neighbour: int
    face: Face | None = None


@dataclass(frozen=True, slots=True)
class PairsAsked:
    """Which pairs are to be compared: those of `graph`, `pairs`, and all of `faces` that pass `where`.

    `where` is a predicate over the columns of api.sides.
    """

    graph: str | None = None
    pairs: Sequence[NamedPair] = ()
    faces: Sequence[Face] = ()
    where: str = "true"


@dataclass(frozen=True, slots=True)
class Planned:
    """How many pairs were asked for, how many of them lack a current match, and how many pairs are due.

    `waiting` also counts the pairs that an earlier run left.
    """

    pairs: int
    due: int
    waiting: int


def plan(engine: Engine, asked: PairsAsked, settings: Parameters) -> Planned:
    """Notes which of the pairs are to be compared; takes the shipped calibration in place of an earlier one.

    Raises NotFound for an unknown graph, SpaceError for more than MOST_PAIRS pairs, PredicateError.
    """
    if asked.graph is not None:
        named_graph(call.look(engine, "api.graphs"), asked.graph)
    take_shipped(engine)
    pairs = [{"coin": p.coin, "neighbour": p.neighbour, "face": p.face} for p in asked.pairs]
    [row] = call.changes(
        engine,
        "job.plan_matches",
        parameters=json.dumps(settings.recipe()),
        graph=asked.graph,
        pairs=json.dumps(pairs),
        faces=list(asked.faces),
        predicate=asked.where,
        most=MOST_PAIRS,
    )
    return Planned(row["pairs_count"], row["due"], call.run(engine, "job.matches_due"))


def only_graph(engine: Engine) -> str:
    """The name of the graph when there is one; raises NotFound where there is none, or several."""
    names = [row["graph"] for row in call.look(engine, "api.graphs")]
    if not names:
        raise NotFound("the store has no graph whose edges can be compared; build one first.")
    if len(names) > 1:
        raise NotFound(f"there are several graphs; name the one to match: {', '.join(names)}")
    return str(names[0])


def read_pairs(engine: Engine, path: str | Path) -> list[NamedPair]:
    """The pairs of a CSV file with the columns coin, neighbour and, if wanted, face.

    Raises SourceError for a file that cannot be read, with its line, and NotFound for an unknown coin.
    """
    try:
        text = files.read(str(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(f"{path} is not a text in UTF-8; save it as CSV in UTF-8.") from None
    lines = csv.reader(io.StringIO(text))
    if [cell.strip().lower() for cell in next(lines, [])] not in (HEADER, HEADER[:2]):
        raise SourceError(f"{path}: the first line names the columns: coin,neighbour or coin,neighbour,face.")
    keys: dict[str, int] = {}
    return [_pair(engine, cells, f"{path}, line {lines.line_num}", keys) for cells in lines if any(cells)]


def _pair(engine: Engine, cells: list[str], place: str, keys: dict[str, int]) -> NamedPair:
    if not 2 <= len(cells) <= 3:
        raise SourceError(f"{place}: there are {len(cells)} values; give two coins and, if wanted, the face.")
    face: Any = cells[2].strip() if len(cells) == 3 else ""
    if face not in ("", *FACES):
        raise SourceError(f"{place}: {face!r} is not a face; give obverse, reverse or nothing.")
    for name in cells[:2]:
        if name not in keys:
            try:
                keys[name] = find_coin(engine, name.strip())
            except NotFound as error:
                raise type(error)(f"{place}: {error}") from None
    return NamedPair(keys[cells[0]], keys[cells[1]], face or None)


def named_pair(engine: Engine, coin: str, neighbour: str, face: Face | None = None) -> NamedPair:
    """A pair of coins by name; raises NotFound, and SettingsError for one coin twice."""
    pair = NamedPair(find_coin(engine, coin), find_coin(engine, neighbour), face)
    if pair.coin == pair.neighbour:
        raise SettingsError(f"{coin!r} and {neighbour!r} are the same coin; give two coins.")
    return pair
