"""Which pairs are compared: along a graph, of named coins, or all of a face."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SettingsError
from ..graph.catalogue import named_graph
from ..matching import Parameters
from ..matching.keypoints import check_detector
from ..records.coin import FACES, Face
from ..search.similar import find_coin
from .calibrations import take_shipped
from .pair_files import COINS, Coins, Fault, read_rows

PARAMETERS = Parameters()
MOST_PAIRS = 2_000_000
"""How many pairs of a face are compared without a graph: those of 2,000 coins."""


@dataclass(frozen=True, slots=True)
class NamedPair:
    """Two coins by key that are to be compared by one face, or by each (None)."""

    coin: int
    neighbour: int
    face: Face | None = None


@dataclass(frozen=True, slots=True)
class PairsAsked:
    """Which pairs are to be compared: those of `graph`, `pairs`, and all of `faces` that pass `where`.

    `where` is a predicate over the columns of api.sides, `settings` say how they are compared.
    """

    graph: str | None = None
    pairs: Sequence[NamedPair] = ()
    faces: Sequence[Face] = ()
    where: str = "true"
    settings: Parameters = PARAMETERS


@dataclass(frozen=True, slots=True)
class Planned:
    """How many pairs were asked for, how many of them lack a current match, and how many pairs are due.

    `waiting` also counts the pairs that an earlier run left.
    """

    pairs: int
    due: int
    waiting: int


def plan(engine: Engine, asked: PairsAsked) -> Planned:
    """Notes which of the pairs are to be compared; takes the shipped calibration in place of an earlier one.

    Raises SettingsError for an unknown detector, NotFound for an unknown graph, SpaceError for more than
    MOST_PAIRS pairs, PredicateError.
    """
    check_detector(asked.settings.detector)
    if asked.graph is not None:
        named_graph(call.look(engine, "api.graphs"), asked.graph)
    take_shipped(engine)
    pairs = [{"coin": p.coin, "neighbour": p.neighbour, "face": p.face} for p in asked.pairs]
    [row] = call.changes(
        engine,
        "job.plan_matches",
        parameters=json.dumps(asked.settings.recipe()),
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


def read_pairs(engine: Engine, path: str | Path) -> tuple[list[NamedPair], list[str]]:
    """The pairs of a CSV file with the columns coin, neighbour and, if wanted, face; others are ignored.

    Also a sentence for each row that cannot be used. Raises SourceError for a file that cannot be read.
    """
    rows, faults = read_rows(path, COINS, ["face"])
    coins = Coins(engine, rows)
    pairs = []
    for number, row in rows:
        try:
            pairs.append(NamedPair(*coins.pair(row), _face(row["face"].strip())))
        except Fault as fault:
            faults.append(fault.at(path, number))
    return pairs, faults


def _face(text: str) -> Face | None:
    """The face of a row; None for each that both coins have."""
    if text.lower() in ("", "both"):
        return None
    found = next((face for face in FACES if face == text.lower()), None)
    if found is None:
        raise Fault("face", f"{text!r} is not a face; write {', '.join(FACES)}, both or nothing")
    return found


def named_pair(engine: Engine, coin: str, neighbour: str, face: Face | None = None) -> NamedPair:
    """A pair of coins by name; raises NotFound, and SettingsError for one coin twice."""
    pair = NamedPair(find_coin(engine, coin), find_coin(engine, neighbour), face)
    if pair.coin == pair.neighbour:
        raise SettingsError(f"{coin!r} and {neighbour!r} are the same coin; give two coins.")
    return pair
