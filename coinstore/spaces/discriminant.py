"""Linear discriminant analysis in closed form, shrunk: the directions in which the values of a label differ.

Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x; shrinkage: Ledoit and Wolf 2004,
doi:10.1016/S0047-259X(03)00096-4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, eigh
from sklearn.covariance import ledoit_wolf_shrinkage, shrunk_covariance

from ..errors import SpaceError
from .axes import Floats

Rows = NDArray[np.float32]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Discriminant:
    """What was learnt from some rows of d dimensions.

    `mean` `(d,)` is theirs, and `variance` their mean squared distance from it. `axes` `(m, d)` are
    the directions, the strongest first; m is one less than there are values, and at most d. The rows
    minus the mean, projected onto the axes, have a mean squared length of 1.
    """

    mean: Floats
    variance: float
    axes: Floats
    shrinkage: float


def discriminant(rows: Rows, codes: Codes, shrinkage: float | None = None) -> Discriminant:
    """The shrunk discriminant of rows `(n, d)` with the values `codes` `(n,)`, 0 to the number of values - 1.

    The directions are those of scikit-learn's LinearDiscriminantAnalysis(solver="eigen"), but each is
    multiplied by its share of variance between the values (the square of its canonical correlation),
    so that directions in which the values hardly differ hardly count. `shrinkage`, 0 to 1, pulls both
    covariances towards a sphere; None: as much as Ledoit and Wolf's estimate for the variance within
    values, to three decimals. Raises SpaceError if a value has no variance and nothing is shrunk.
    """
    found = rows.astype(np.float64)
    mean, sizes = found.mean(axis=0), np.bincount(codes)
    sums = np.zeros((len(sizes), found.shape[1]))
    np.add.at(sums, codes, found)
    within, centred = found - (sums / sizes[:, None])[codes], found - mean
    if shrinkage is None:
        shrinkage = round(float(ledoit_wolf_shrinkage(within, assume_centered=True)), 3)
    inside, whole = (shrunk_covariance(part.T @ part / len(part), shrinkage) for part in (within, centred))
    dims = len(mean)
    wanted = min(len(sizes) - 1, dims)
    try:
        ratios, vectors = eigh(whole - inside, inside, subset_by_index=[dims - wanted, dims - 1])
    except LinAlgError:
        raise SpaceError(
            f"{len(found):,} vectors of {dims:,} dimensions say too little about the variance within a value"
            f" with a shrinkage of {shrinkage:g}; use a larger one."
        ) from None
    axes = (vectors * (ratios / (1 + ratios)))[:, ::-1].T
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1)
    length = np.sqrt(((centred @ axes.T) ** 2).sum(axis=1).mean())
    return Discriminant(
        mean, float((centred**2).sum(axis=1).mean()), axes * np.sign(largest) / length, shrinkage
    )


def learnt_axes(found: Discriminant, source: float, learnt: float) -> Floats:
    """The axes `(k, d)` of a space that blends its source with what was learnt, by these weights.

    Rows are centred by `found.mean` and projected; their inner products are then the weighted sum of
    those in the source, scaled to a mean squared length of 1, and of those on the learnt axes. k is d;
    without the source only the learnt axes are left.
    """
    if not source:
        return found.axes
    source, learnt = source / (source + learnt), learnt / (source + learnt)
    _, lengths, directions = np.linalg.svd(found.axes, full_matrices=False)
    kept = np.sqrt(source / found.variance)
    stretched = np.sqrt(source / found.variance + learnt * lengths**2)
    axes: Floats = kept * np.eye(len(found.mean)) + (directions.T * (stretched - kept)) @ directions
    return axes


def project(rows: Rows, mean: Floats, axes: Floats) -> Rows:
    """Unit rows `(n, k)`: the rows `(n, d)` minus the mean, projected; what the store does in SQL."""
    projected = (rows - mean.astype(np.float32)) @ axes.astype(np.float32).T
    lengths = np.linalg.norm(projected, axis=1, keepdims=True)
    found: Rows = projected / np.maximum(lengths, np.finfo(np.float32).tiny)
    return found
