"""Principal axes of vectors that arrive in blocks (Pearson 1901, doi:10.1080/14786440109462720)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEW = 4  # times as many dimensions as rows
MANY = 24  # where more than one axis in 24 is wanted, finding all of them is as fast


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
    held: list[Floats] = []
    total, count, square = np.zeros(0), 0, np.zeros((0, 0))
    for block in blocks:
        rows = block.astype(np.float64)
        count += len(rows)
        held.append(rows)
        if FEW * count > rows.shape[1]:  # else they are kept: their singular vectors are found faster
            total, square = _added(total, square, held)
    if held:
        rows = np.concatenate(held)
        mean = rows.mean(axis=0)
        _, deviations, axes = np.linalg.svd(rows - mean, full_matrices=False)
        variances, whole = deviations**2 / count, float((deviations**2).sum() / count)
        kept = min(most, count - 1)
        variances, axes = variances[:kept], axes[:kept]
    else:
        mean = total / count
        covariance = square / count - np.outer(mean, mean)
        whole = float(np.trace(covariance))
        variances, axes = _largest(covariance, min(most, len(mean), count - 1))
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1)
    return PrincipalAxes(mean, axes * np.sign(largest), variances, whole)


def _added(total: Floats, square: Floats, held: list[Floats]) -> tuple[Floats, Floats]:
    """The sums of rows and of their products, with the rows of `held`, which is emptied."""
    for rows in held:
        if not len(total):
            total, square = np.zeros(rows.shape[1]), np.zeros((rows.shape[1], rows.shape[1]))
        total, square = total + rows.sum(axis=0), square + rows.T @ rows
    held.clear()
    return total, square


def _largest(covariance: Floats, count: int) -> tuple[Floats, Floats]:
    """The largest eigenvalues of a symmetric matrix (d, d), and their eigenvectors `(count, d)`."""
    if count > len(covariance) // MANY or not covariance.any():
        variances, vectors = np.linalg.eigh(covariance)
    else:  # Lanczos: as exact, and for a few ten times as fast as finding all of them
        from scipy.sparse.linalg import eigsh

        start = np.random.default_rng(0).normal(size=len(covariance))
        variances, vectors = eigsh(covariance, k=count, which="LA", v0=start)
    order = np.argsort(variances)[::-1][:count]
    return variances[order], vectors[:, order].T
