"""Re-ranking as api.search does it, for many queries: k-reciprocal neighbours, in NumPy.

Zhong, Zheng, Cao and Li 2017, doi:10.1109/CVPR.2017.389.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

CANDIDATES, CONTEXT = 100, 300
K1, K2, LAMBDA = 30, 8, 0.3


def reranked(
    rows: NDArray[np.float32], coins: Places, similar: Numbers, i: int, candidates: Places
) -> Numbers:
    """The re-ranked distances `(candidates,)` of the coins nearest to coin i, given by their places.

    `rows` `(n, d)` are unit vectors; `similar` `(n,)` is -inf at i. Neighbours are counted among the
    candidates and the CONTEXT nearest of all, as in part.reranking.
    """
    context = np.argsort(-similar, kind="stable")[: min(CONTEXT, len(similar) - 1)]
    pool = np.unique(np.concatenate([candidates, context]))
    pool = pool[np.argsort(coins[pool])]  # ties go by coin_id, and the query comes first
    near = rows[np.concatenate([[i], pool])].astype(np.float64)
    distances = 1 - near @ near.T
    np.fill_diagonal(distances, 0)
    place = np.zeros(len(similar), np.int64)
    place[pool] = np.arange(1, len(pool) + 1)
    found: Numbers = rerank(distances)[place[candidates]]
    return found


def rerank(distances: Numbers) -> Numbers:
    """The re-ranked distances `(m,)` of all points from the first; `distances` `(m, m)` is 0 to itself.

    Each point is its own nearest, and equal ones go by their order, as in part.rerank.
    """
    m = len(distances)
    keys = distances.copy()
    np.fill_diagonal(keys, -1)
    order = np.argsort(keys, axis=1, kind="stable")
    mutual, half = (_mutual(order, k + 1) for k in (K1, round(K1 / 2)))
    shared = mutual.astype(np.float32) @ half.T.astype(np.float32)
    joins = mutual & (3 * shared >= 2 * half.sum(axis=1))
    member = mutual | ((joins.astype(np.float32) @ half.astype(np.float32)) > 0)
    weights = np.where(member, np.exp(-distances), 0)
    weights /= weights.sum(axis=1, keepdims=True)
    spread = _nearest(order, K2).astype(np.float64) @ weights / min(K2, m)
    both = np.minimum(spread[0], spread).sum(axis=1)
    found: Numbers = (1 - LAMBDA) * (1 - both / (2 - both)) + LAMBDA * distances[0]
    return found


def _nearest(order: Places, k: int) -> NDArray[np.bool_]:
    found = np.zeros(order.shape, bool)
    np.put_along_axis(found, order[:, :k], True, axis=1)
    return found


def _mutual(order: Places, k: int) -> NDArray[np.bool_]:
    near = _nearest(order, k)
    return near & near.T
