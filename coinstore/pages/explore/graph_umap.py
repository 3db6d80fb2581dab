"""UMAP of a graph's own edges: positions where joined nodes are near each other.

McInnes, Healy and Melville 2018, doi:10.48550/arXiv.1802.03426. umap-learn needs numba and finds
neighbours by itself; here the neighbours are known, and NumPy moves all nodes at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Points = NDArray[np.float64]

A, B = 0.992, 1.112  # the curve 1 / (1 + A·d^2B) that UMAP fits to a least distance of 0.3
REPULSIONS = 5  # random nodes that push at each end of an edge, in each epoch
STRONGEST = 4.0  # limit of one push or pull, as in umap-learn
SMOOTHINGS = 100


def graph_umap(
    pairs: NDArray[np.int64], lengths: Points, n: int, *, epochs: int, rng: np.random.Generator
) -> Points:
    """Positions `(n, 2)` of the nodes of a component, whose edges are `pairs` `(m, 2)`, `lengths` `(m,)`."""
    weights = _weights(pairs, lengths, n)
    upper = sparse.triu(weights).tocoo()
    ends = np.column_stack((upper.row, upper.col)).astype(np.int64)
    chances = upper.data / upper.data.max()
    points = _start(weights, rng)
    speeds = 1 / (1 + np.bincount(ends.ravel(), chances.repeat(2), n))  # or nodes of high degree overshoot
    for epoch in range(epochs):
        chosen = ends[rng.random(len(ends)) < chances]
        moves = _pulls(points, chosen) + _pushes(points, chosen.ravel().repeat(REPULSIONS), rng)
        points += (1 - epoch / epochs) * speeds[:, None] * moves
    return points


def _weights(pairs: NDArray[np.int64], lengths: Points, n: int) -> sparse.csr_array:
    """How much each edge counts, 0 to 1: less if it is long for its ends."""
    both = np.concatenate((pairs, pairs[:, ::-1])).T
    found = sparse.csr_array((np.tile(lengths, 2), tuple(both)), shape=(n, n))
    counts, starts = np.diff(found.indptr), found.indptr[:-1]
    excess = found.data - np.minimum.reduceat(found.data, starts).repeat(counts)
    scale = np.maximum(np.add.reduceat(excess, starts) / counts, 1e-6)
    found.data = np.exp(-excess / scale.repeat(counts))
    return (found + found.T - found * found.T).tocsr()


def _start(weights: sparse.csr_array, rng: np.random.Generator) -> Points:
    """The two smoothest axes over the graph, roughly: random numbers, averaged over neighbours many times."""
    degrees = weights.sum(axis=1)[:, None]
    roots = np.sqrt(degrees)
    axes = np.column_stack((np.ones(len(roots)), rng.normal(size=(len(roots), 2))))
    for _ in range(SMOOTHINGS):
        axes = (axes + weights @ axes / degrees) / 2
        axes = np.linalg.qr(axes * roots)[0] / roots
    found: Points = 10 * axes[:, 1:] / np.abs(axes[:, 1:]).max(axis=0)
    return found + rng.normal(scale=0.01, size=found.shape)


def _pulls(points: Points, ends: NDArray[np.int64]) -> Points:
    """The sum of what edges pull at each node."""
    apart = points[ends[:, 0]] - points[ends[:, 1]]
    square = np.maximum(np.einsum("ij,ij->i", apart, apart), 1e-12)
    force = -2 * A * B * square ** (B - 1) / (1 + A * square**B)
    pull = np.clip(force[:, None] * apart, -STRONGEST, STRONGEST)
    return _summed(ends[:, 0], pull, len(points)) - _summed(ends[:, 1], pull, len(points))


def _pushes(points: Points, nodes: NDArray[np.int64], rng: np.random.Generator) -> Points:
    """The sum of what random other nodes push at each of `nodes`."""
    apart = points[nodes] - points[rng.integers(0, len(points), len(nodes))]
    square = np.einsum("ij,ij->i", apart, apart)
    force = 2 * B / ((0.001 + square) * (1 + A * square**B))
    return _summed(nodes, np.clip(force[:, None] * apart, -STRONGEST, STRONGEST), len(points))


def _summed(nodes: NDArray[np.int64], moves: Points, n: int) -> Points:
    return np.column_stack([np.bincount(nodes, moves[:, axis], n) for axis in (0, 1)])
