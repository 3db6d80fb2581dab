"""Verdicts that cannot all be true: persons disagree on a pair, or a chain of verdicts meets another one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import networkx as nx

from .cluster import Pair

Kind = Literal["persons disagree", "chain meets a verdict"]


@dataclass(slots=True)
class Judged:
    """What people say about a pair of sides: who says that it is of one die, and who that it is not."""

    same: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Sides whose verdicts cannot all be true, and for each step from one to the next who said what.

    The last step leads back from the last side to the first. Two sides have one step.
    """

    kind: Kind
    sides: Sequence[int]
    said: Sequence[Judged]


def judged(rows: Iterable[Any]) -> dict[Pair, Judged]:
    """The pairs of sides that people judged, from rows of part.die_verdicts."""
    found: defaultdict[Pair, Judged] = defaultdict(Judged)
    for row in rows:
        one = found[row["side_id"], row["other_id"]]
        (one.same if row["is_same"] else one.apart).append(row["said_by"])
    return dict(sorted(found.items()))


def joined(verdicts: dict[Pair, Judged]) -> list[Pair]:
    """The pairs that are of one die and on which nobody disagrees; those that most people say first."""
    pairs = [pair for pair, said in verdicts.items() if said.same and not said.apart]
    return sorted(pairs, key=lambda pair: (-len(verdicts[pair].same), pair))


def apart(verdicts: dict[Pair, Judged]) -> list[Pair]:
    """The pairs of which somebody says that they are not of one die."""
    return [pair for pair, said in verdicts.items() if said.apart]


def contradictions(verdicts: dict[Pair, Judged]) -> Iterator[Contradiction]:
    """What cannot all be true; of a chain the shortest way from one side to the other."""
    for pair, said in verdicts.items():
        if said.same and said.apart:
            yield Contradiction("persons disagree", pair, [said])
    graph = nx.Graph(joined(verdicts))
    part = {side: n for n, sides in enumerate(nx.connected_components(graph)) for side in sides}
    for pair in apart(verdicts):
        if not verdicts[pair].same and part.get(pair[0], -1) == part.get(pair[1], -2):
            way = nx.shortest_path(graph, *pair)
            steps = [*pairwise(way), pair]
            said_on_way = [verdicts[min(step), max(step)] for step in steps]
            yield Contradiction("chain meets a verdict", way, said_on_way)
