"""Groups of sides that are of one die, from probabilities of pairs and from verdicts.

Average-linkage agglomeration of a graph whose pairs speak for or against (Bailoni et al. 2022, "GASP", CVPR,
arXiv:1906.11713; with constraints), for the aim of correlation clustering (Bansal, Blum and Chawla 2004,
doi:10.1023/B:MACH.0000033116.57574.95). It starts with each side as a group of its own. A verdict "same die"
joins, whatever the probability. Then the two groups are joined for which most speaks on average, as long as
the odds that all of their links together give are at least those of the lowest certainty:

- a link, a pair with at least this certainty, counts with its log-odds;
- a compared pair that is probably not of one die counts against, but at most with log(1 - LEAST_RECALL):
  a worn coin has few links with coins of its own die;
- a pair in between, and one that was never compared, counts nothing;
- a verdict against keeps two groups apart for good, and the probability of a judged pair counts nothing.

So one weak link does not join two groups whose other pairs were compared and not found; the larger they
are, the surer one link must be. The surest link is taken first: one that is surer than those of its coins
with their own dies joins larger groups than that. Pairs that were never compared do not stop it: a chain of
links, each coin compared only with the next, is one group. Time and memory grow with the number of pairs.
The order of the pairs does not matter.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

LEAST_RECALL = 0.5
"""Share of the pairs of one die that are found, at least: how much it says that a pair is not one of them.

The measured recall of links is above that (tests/benchmarks/match.py prints it); worn coins have fewer.
"""
MOST_CERTAIN = 0.999
"""No single pair counts more than this: a group is not decided by one photograph."""
EVEN = 0.5

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the sides 0 to count - 1; `pairs` of shape (n, 2) with `probability` of shape (n,).

    `joined` are pairs that people say are of one die, the surest first, `apart` those that they say are not.
    No pair is in two of the three.
    """

    count: int
    pairs: NDArray[np.int64]
    probability: NDArray[np.float64]
    joined: Sequence[Pair] = ()
    apart: Sequence[Pair] = ()

    def parts(self, min_certainty: float) -> NDArray[np.int64]:
        """For each side the part that it is in: no group can reach beyond what links and verdicts connect."""
        links = self.pairs[self.probability >= min_certainty]
        ends = np.concatenate([links, np.array(self.joined, dtype=np.int64).reshape(-1, 2)])
        graph = coo_array((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), (self.count, self.count))
        found: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
        return found


def groups_of(evidence: Evidence, min_certainty: float) -> NDArray[np.int64]:
    """For each side the smallest side of its group; `min_certainty` is at least EVEN, below MOST_CERTAIN."""
    parts = evidence.parts(min_certainty)
    merging = _Merging(list(range(evidence.count)))
    for first, second in evidence.apart:
        merging.keep_apart(first, second)
    within = parts[evidence.pairs[:, 0]] == parts[evidence.pairs[:, 1]]
    weights = weights_of(evidence.probability, min_certainty)
    counts = np.flatnonzero(within & (weights != 0))
    ordered = counts[np.lexsort((evidence.pairs[counts, 1], evidence.pairs[counts, 0]))]
    merging.add(zip(evidence.pairs[ordered].tolist(), weights[ordered].tolist(), strict=True))
    for first, second in evidence.joined:
        merging.join(first, second)
    merging.run(float(log_odds(np.array(min_certainty))))
    return merging.smallest()


def weights_of(probability: NDArray[np.float64], min_certainty: float) -> NDArray[np.float64]:
    """How much each pair speaks for one die: above 0 for, below 0 against."""
    odds = log_odds(np.clip(probability, 1 - MOST_CERTAIN, MOST_CERTAIN))
    against = np.where(probability < EVEN, np.maximum(odds, np.log(1 - LEAST_RECALL)), 0.0)
    return np.where(probability >= min_certainty, odds, against)


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """The natural logarithm of p/(1 - p)."""
    found: NDArray[np.float64] = np.log(probability / (1 - probability))
    return found


@dataclass(slots=True)
class _Between:
    """What is known of all pairs of two groups; `queued` is their place in the heap, others are outdated."""

    weight: float = 0.0
    is_apart: bool = False
    queued: float | None = None

    def add(self, other: _Between) -> None:
        self.weight += other.weight
        self.is_apart |= other.is_apart


@dataclass(slots=True)
class _Merging:
    """Groups while they are joined. `group` leads from a side to its group, by way of others."""

    group: list[int]
    size: list[int] = field(default_factory=list)
    near: dict[int, dict[int, _Between]] = field(default_factory=dict)
    heap: list[tuple[float, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.size = [1] * len(self.group)

    def add(self, weights: Iterable[tuple[Sequence[int], float]]) -> None:
        """Adds what pairs of single sides say."""
        for (first, second), weight in weights:
            self._between(first, second).weight += weight

    def keep_apart(self, first: int, second: int) -> None:
        """Never joins the groups of two sides."""
        self._between(first, second).is_apart = True

    def join(self, first: int, second: int) -> bool:
        """Joins the groups of two sides; false where they are kept apart."""
        one, other = self.find(first), self.find(second)
        known = self.near.get(one, {}).get(other)
        if known is not None and known.is_apart:
            return False
        if one != other:
            self._merge(one, other)
        return True

    def run(self, lowest: float) -> None:
        """Joins the two groups with the highest mean, until no two reach the lowest sum."""
        for one in sorted(self.near):
            for other in sorted(self.near[one]):
                if one < other:
                    self._push(one, other, lowest)
        while self.heap:
            mean, one, other = heapq.heappop(self.heap)
            known = self.near.get(one, {}).get(other)
            if known is None or known.queued != mean or known.is_apart or known.weight < lowest:
                continue
            if -self._mean(one, other, known) > mean:  # the groups have grown since
                self._push(one, other, lowest)
                continue
            for neighbour in self._merge(one, other):
                self._push(self.find(one), neighbour, lowest)

    def find(self, side: int) -> int:
        """The group of a side."""
        while self.group[side] != side:
            self.group[side] = self.group[self.group[side]]
            side = self.group[side]
        return side

    def smallest(self) -> NDArray[np.int64]:
        """For each side the smallest side of its group."""
        groups = np.array([self.find(side) for side in range(len(self.group))], dtype=np.int64)
        _, firsts, places = np.unique(groups, return_index=True, return_inverse=True)
        found: NDArray[np.int64] = firsts[places.reshape(-1)]
        return found

    def _between(self, one: int, other: int) -> _Between:
        known = self.near.setdefault(one, {}).get(other)
        if known is None:
            known = self.near[one][other] = self.near.setdefault(other, {})[one] = _Between()
        return known

    def _merge(self, one: int, other: int) -> list[int]:
        """Joins two groups; returns the groups of which more is known than before."""
        if len(self.near.get(one, ())) < len(self.near.get(other, ())):
            one, other = other, one
        self.group[other] = one
        self.size[one] += self.size[other]
        moved = self.near.pop(other, {})
        moved.pop(one, None)
        self.near.get(one, {}).pop(other, None)
        for neighbour, known in moved.items():
            del self.near[neighbour][other]
            self._between(one, neighbour).add(known)
        return sorted(moved)

    def _push(self, one: int, other: int, lowest: float) -> None:
        known = self.near[one][other]
        if known.weight >= lowest and not known.is_apart:
            known.queued = -self._mean(one, other, known)
            heapq.heappush(self.heap, (known.queued, min(one, other), max(one, other)))

    def _mean(self, one: int, other: int, known: _Between) -> float:
        return known.weight / (self.size[one] * self.size[other])
