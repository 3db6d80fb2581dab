"""Chains of dies: which dies are linked by coins, directly or through others, and in which order.

Two dies are linked when they struck the same coin. What hangs together is a component, whose dies were in use
within one span of time. Along the shortest way from one end of a component to the other, each die has a
position: the number of links from that end. Dies of one position are not ordered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

import networkx as nx
import numpy as np

SWEEPS = 24
MOST_LINKS = 1500  # whose crossings are counted; their number grows with the square


@dataclass(frozen=True, slots=True)
class Link:
    """An obverse and a reverse die on the same coins, by die_id."""

    obverse: int
    reverse: int
    coins: int


@dataclass(frozen=True)
class Component:
    """Dies that hang together.

    `positions` has for each die the number of links from one end, `between` the dies without which the
    component falls apart. `circles` is the number of independent closed chains: without any, each die leads
    to each other on one way only.
    """

    links: Sequence[Link]
    positions: dict[int, int]
    between: frozenset[int]

    @cached_property
    def rows(self) -> tuple[list[int], list[int]]:
        """The dies of the obverse and of the reverse, each in an order in which few links cross."""
        return _rows(self.links, self.positions)

    @property
    def obverses(self) -> list[int]:
        """The first of `rows`."""
        return self.rows[0]

    @property
    def reverses(self) -> list[int]:
        """The second of `rows`."""
        return self.rows[1]

    @property
    def coins(self) -> int:
        """The number of coins with dies of both faces."""
        return sum(link.coins for link in self.links)

    @property
    def dies(self) -> int:
        """The number of dies of both faces."""
        return len(self.positions)

    @property
    def circles(self) -> int:
        """The number of independent closed chains."""
        return len(self.links) - self.dies + 1

    @property
    def caption(self) -> str:
        """The number of dies, coins and closed chains, in words."""
        chains = {0: "", 1: ", 1 closed chain"}.get(self.circles, f", {self.circles:,} closed chains")
        coins = f"{self.coins:,} coin{'' if self.coins == 1 else 's'}"
        return f"{self.dies:,} dies, {coins}{chains}"


def components(rows: Iterable[Any]) -> list[Component]:
    """The components of the rows of api.die_combinations of one study; those with most coins first."""
    links = sorted(
        (Link(row["obverse_die_id"], row["reverse_die_id"], row["coins"]) for row in rows),
        key=lambda link: (link.obverse, link.reverse),
    )
    graph = nx.Graph()
    for link in links:
        graph.add_edge(link.obverse, link.reverse)
    part = {die: n for n, dies in enumerate(nx.connected_components(graph)) for die in dies}
    found: dict[int, list[Link]] = {}
    for link in links:
        found.setdefault(part[link.obverse], []).append(link)
    made = [_component(graph, some) for some in found.values()]
    return sorted(made, key=lambda one: (-one.coins, -one.dies, min(one.positions)))


def _component(graph: nx.Graph, links: list[Link]) -> Component:
    dies = sorted({link.obverse for link in links} | {link.reverse for link in links})
    here = graph.subgraph(dies)
    start = _farthest(here, _farthest(here, dies[0]))
    end = _farthest(here, start)
    positions = nx.single_source_shortest_path_length(here, min(start, end))
    return Component(links, positions, frozenset(nx.articulation_points(here)))


def _farthest(graph: nx.Graph, die: int) -> int:
    """The first of the dies that are most links away: in a component without circles it is an end."""
    away = nx.single_source_shortest_path_length(graph, die)
    return int(min(away, key=lambda other: (-away[other], other)))


def _rows(links: Sequence[Link], positions: dict[int, int]) -> tuple[list[int], list[int]]:
    """The dies of each face by position, then so that few links cross.

    Each die moves to the mean place of its partners, again and again, and the best order is kept (Sugiyama,
    Tagawa and Toda 1981, doi:10.1109/TSMC.1981.4308636).
    """
    sides = [{link.obverse for link in links}, {link.reverse for link in links}]
    rows = [sorted(side, key=lambda die: (positions[die], die)) for side in sides]
    partners: dict[int, list[int]] = {}
    for link in links:
        partners.setdefault(link.obverse, []).append(link.reverse)
        partners.setdefault(link.reverse, []).append(link.obverse)
    best, fewest = [list(row) for row in rows], _crossings(links, rows)
    for sweep in range(SWEEPS):
        if fewest == 0 or len(links) > MOST_LINKS:
            break
        moved = 1 - sweep % 2
        place = {die: n for n, die in enumerate(rows[1 - moved])}
        mean = {die: fmean(place[other] for other in partners[die]) for die in rows[moved]}
        rows[moved] = sorted(rows[moved], key=mean.__getitem__)  # as before where the means are equal
        if (count := _crossings(links, rows)) < fewest:
            best, fewest = [list(row) for row in rows], count
    return best[0], best[1]


def _crossings(links: Sequence[Link], rows: list[list[int]]) -> int:
    if len(links) > MOST_LINKS:
        return 0
    above, below = ({die: n for n, die in enumerate(row)} for row in rows)
    x = np.array([above[link.obverse] for link in links])
    y = np.array([below[link.reverse] for link in links])
    return int(np.count_nonzero((x[:, None] - x) * (y[:, None] - y) < 0)) // 2
