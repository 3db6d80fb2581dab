"""Principal axes of vectors that arrive in blocks (Pearson 1901, doi:10.1080/14786440109462720)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PrincipalAxes:
    """The first principal axes of some rows.

    `mean` `(d,)`; `axes` `(m, d)` are unit rows with their `variances` `(m,)`. The first axis has
    the most variance. The largest component of each axis is positive.
    """

    mean: Floats
    axes: Floats
    variances: Floats
    total_variance: float


def principal_axes(blocks: Iterable[NDArray[np.float32]], most: int) -> PrincipalAxes:
    """The first principal axes of all rows `(n, d)`, exactly: `most` of them, and at most d and n - 1.

    Memory: two matrices (d, d).
    """
    total, count, square = np.zeros(0), 0, np.zeros((0, 0))
    for block in blocks:
        rows = block.astype(np.float64)
        if not count:
            total, square = np.zeros(rows.shape[1]), np.zeros((rows.shape[1], rows.shape[1]))
        total += rows.sum(axis=0)
        square += rows.T @ rows
        count += len(rows)
    mean = total / count
    covariance = square / count - np.outer(mean, mean)
    variances, axes = _largest(covariance, min(most, len(mean), count - 1))
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1)
    return PrincipalAxes(mean, axes * np.sign(largest), variances, float(np.trace(covariance)))


def _largest(covariance: Floats, count: int) -> tuple[Floats, Floats]:
    """The largest eigenvalues of a symmetric matrix (d, d), and their eigenvectors `(count, d)`."""
    if count > len(covariance) // 4 or not covariance.any():
        variances, vectors = np.linalg.eigh(covariance)
    else:  # Lanczos: as exact, and ten times as fast as finding all of them
        from scipy.sparse.linalg import eigsh

        start = np.random.default_rng(0).normal(size=len(covariance))
        variances, vectors = eigsh(covariance, k=count, which="LA", v0=start)
    order = np.argsort(variances)[::-1][:count]
    return variances[order], vectors[:, order].T
