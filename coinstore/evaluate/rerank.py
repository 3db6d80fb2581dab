"""Re-ranking as api.search does it, for many queries: k-reciprocal neighbours, in NumPy.

Zhong, Zheng, Cao and Li 2017, doi:10.1109/CVPR.2017.389.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

CANDIDATES, CONTEXT = 100, 300
K1, K2, LAMBDA = 30, 8, 0.3


def reranked(
    rows: NDArray[np.float32], coins: Places, context: Places, i: int, candidates: Places
) -> Numbers:
    """The re-ranked distances `(candidates,)` of the coins nearest to coin i, given by their places.

    `rows` `(n, d)` are unit vectors. Neighbours are counted among the candidates and the places `context`,
    the CONTEXT nearest of all, as in part.reranking.
    """
    pool = np.union1d(candidates, context)
    pool = pool[np.argsort(coins[pool])]  # ties go by coin_id, and the query comes first
    near = rows[np.concatenate([[i], pool])].astype(np.float64)
    distances = 1 - near @ near.T
    np.fill_diagonal(distances, 0)
    place = np.zeros(len(coins), np.int64)
    place[pool] = np.arange(1, len(pool) + 1)
    return rerank(distances, place[candidates])


def rerank(distances: Numbers, asked: Places) -> Numbers:
    """The re-ranked distances of the points `asked` from the first; `distances` `(m, m)` is 0 to itself.

    Each point is its own nearest, and equal ones go by their order, as in part.rerank.
    """
    m = len(distances)
    keys = distances.copy()
    np.fill_diagonal(keys, -1)
    near, near_half, near_few = _nearest(keys, (K1 + 1, round(K1 / 2) + 1, K2))
    # Only the points near the first and near those that are asked have a say.
    near_few = near_few[np.concatenate([[0], asked])]
    rows = np.flatnonzero(near_few.any(axis=0))
    of_few = near_few[:, rows].astype(np.float32)
    half = (near_half & near_half.T).astype(np.float32)
    mutual = (near[rows] & near.T[rows]).astype(np.float32)
    joins = mutual * (3 * (mutual @ half) >= 2 * half.sum(axis=1))
    i, j = np.nonzero(mutual + joins @ half)
    weights = np.zeros(mutual.shape)
    weights[i, j] = np.exp(-distances[rows[i], j])
    weights /= weights.sum(axis=1, keepdims=True)
    first = of_few[0] @ weights / min(K2, m)
    shared = np.flatnonzero(first)
    spread = of_few[1:] @ weights[:, shared] / min(K2, m)
    both = np.minimum(first[shared], spread).sum(axis=1)
    found: Numbers = (1 - LAMBDA) * (1 - both / (2 - both)) + LAMBDA * distances[0, asked]
    return found


def _nearest(keys: Numbers, sizes: Sequence[int]) -> list[NDArray[np.bool_]]:
    """For each of the sizes, which fall: whether a point `(m, m)` is among this many nearest of another."""
    found, few = [], keys
    for size in (min(size, len(keys)) for size in sizes):
        few = np.partition(few, size - 1, axis=1)[:, :size]
        near = keys <= few[:, -1:]
        for row in np.flatnonzero(np.count_nonzero(near, axis=1) > size):  # equal ones go by their order
            near[row] = False
            near[row, np.argsort(keys[row], kind="stable")[:size]] = True
        found.append(near)
    return found
