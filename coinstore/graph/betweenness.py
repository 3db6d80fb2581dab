"""Shortest paths from sampled coins. No library with a free licence counts them for a sample at this size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Floats = NDArray[np.float64]


def paths_over(adjacency: Any, sources: Iterable[int]) -> Floats:
    """The shortest paths from `sources` that lead over each node `(n,)`; if a pair has several, they share 1.

    Each unordered pair counts half, as both of its ends may be sources. Brandes 2001,
    doi:10.1080/0022250X.2001.9990249. `adjacency` is a symmetric CSR matrix; its weights are not used.
    """
    starts, ends = adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64)
    found = np.zeros(len(starts) - 1)
    for source in sources:
        found += _dependencies(starts, ends, source)
    return found / 2


def _dependencies(starts: Places, ends: Places, source: int) -> Floats:
    """How much the paths from one source depend on each node, level by level out and back."""
    n = len(starts) - 1
    paths, over, is_new = np.zeros(n), np.zeros(n), np.ones(n, bool)
    paths[source], is_new[source] = 1, False
    front, levels = np.array([source]), []
    while len(front):
        near, far = _edges_of(starts, ends, front)
        unseen = is_new[far]
        near, far = near[unseen], far[unseen]
        levels.append((near, far))
        front, counts = _sums(far, paths[near], n)
        paths[front], is_new[front] = counts, False
    for near, far in reversed(levels):
        places, sums = _sums(near, paths[near] * (1 + over[far]) / paths[far], n)
        over[places] = sums
    over[source] = 0
    return over


def _edges_of(starts: Places, ends: Places, nodes: Places) -> tuple[Places, Places]:
    """All edges from some nodes, as two arrays of their ends."""
    counts = starts[nodes + 1] - starts[nodes]
    after = np.cumsum(counts)
    places = np.arange(after[-1]) + np.repeat(starts[nodes] - after + counts, counts)
    return np.repeat(nodes, counts), ends[places]


def _sums(places: Places, values: Floats, n: int) -> tuple[Any, Any]:
    """Each of the `places` once, and the sum of its values, all above 0."""
    if len(places) > n // 8:  # then an array of all nodes is faster than sorting
        sums = np.bincount(places, values, n)
        found = np.flatnonzero(sums)
        return found, sums[found]
    found, inverse = np.unique(places, return_inverse=True)
    return found, np.bincount(inverse, values, len(found))
