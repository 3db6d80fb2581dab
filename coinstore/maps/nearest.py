"""Nearest rows of a matrix, exactly and in blocks: the same answer each time, and nothing (n, n)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.floating[Any]]

CELLS = 10_000_000  # numbers of one block: 80 MB at most


def nearest(
    reference: Matrix, queries: Matrix, k: int, *, itself: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Indices and Euclidean distances, each `(m, k)`, of the k nearest of n rows to each of m, nearest first.

    `itself` says that queries are the reference: no row is its own neighbour then. On unit vectors the
    order is that of cosine distance, which is half the square of the distance. Time m * n * d.
    """
    indices = np.empty((len(queries), k), np.int64)
    distances = np.empty((len(queries), k))
    squares = np.einsum("nd,nd->n", reference, reference)
    size = max(1, CELLS // max(len(reference), k * reference.shape[1]))
    for start in range(0, len(queries), size):
        rows = queries[start : start + size]
        apart = squares - 2 * (rows @ reference.T)  # but for a constant of each row
        if itself:
            apart[np.arange(len(rows)), np.arange(start, start + len(rows))] = np.inf
        some = np.sort(np.argpartition(apart, k - 1, axis=1)[:, :k], axis=1)
        # Measured anew, by differences: of two that are the same nothing is left.
        exact = np.linalg.norm(reference[some] - rows[:, None, :], axis=2)
        order = np.argsort(exact, axis=1, kind="stable")
        indices[start : start + size] = np.take_along_axis(some, order, axis=1)
        distances[start : start + size] = np.take_along_axis(exact, order, axis=1)
    return indices, distances
