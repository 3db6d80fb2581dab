"""Nearest rows of a matrix, exactly and in blocks: the same answer each time, and no matrix (n, n)."""

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

    With `itself` the queries are the reference, and no row is its own neighbour. On unit vectors the
    order is that of cosine distance, which is half the square of this distance. Time: m * n * d.
    """
    indices = np.empty((len(queries), k), np.int64)
    distances = np.empty((len(queries), k))
    squares = np.einsum("nd,nd->n", reference, reference)
    size = max(1, CELLS // max(len(reference), k * reference.shape[1]))
    for start in range(0, len(queries), size):
        rows = queries[start : start + size]
        apart = squares - 2 * (rows @ reference.T)  # up to a constant for each row
        if itself:
            apart[np.arange(len(rows)), np.arange(start, start + len(rows))] = np.inf
        some = np.sort(np.argpartition(apart, k - 1, axis=1)[:, :k], axis=1)
        # Measured again, by differences: equal rows get exactly 0.
        exact = np.linalg.norm(reference[some] - rows[:, None, :], axis=2)
        order = np.argsort(exact, axis=1, kind="stable")
        indices[start : start + size] = np.take_along_axis(some, order, axis=1)
        distances[start : start + size] = np.take_along_axis(exact, order, axis=1)
    return indices, distances
