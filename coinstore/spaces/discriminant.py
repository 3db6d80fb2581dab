"""Linear discriminant analysis in closed form, shrunk: the directions in which the values of a label differ.

Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x; shrinkage: Ledoit and Wolf 2004,
doi:10.1016/S0047-259X(03)00096-4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage

from ..errors import SpaceError
from .axes import Floats

Rows = NDArray[np.float32]
Codes = NDArray[np.int64]
NOTHING = 1e-10  # of the mean variance; less is a rounding error


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


@dataclass(frozen=True, slots=True)
class Scatter:
    """How n rows of d dimensions scatter within and between c values; measured once for every shrinkage.

    `within` `(d,)` are the variances along the principal `directions` `(d, d)`, columns, within values.
    `between` `(c, d)` are the means of the values minus that of all, each times the root of its share of the
    rows, along the same directions. `advised` is the shrinkage of Ledoit and Wolf for the variance within
    values, to three decimals.
    """

    count: int
    mean: Floats
    directions: Floats
    within: Floats
    between: Floats
    advised: float

    @property
    def variance(self) -> float:
        """The mean squared distance of the rows from their mean."""
        return float(self.within.sum() + (self.between**2).sum())

    def discriminant(self, shrinkage: float | None = None) -> Discriminant:
        """The shrunk discriminant: the directions with the most variance between values for that within.

        `shrinkage`, 0 to 1, pulls the variance within values towards a sphere; None: as advised. Each
        direction is multiplied by its share of variance between the values (the square of its canonical
        correlation), so that directions in which the values hardly differ hardly count. Raises SpaceError
        if a value has no variance and nothing is shrunk.
        """
        shrinkage = self.advised if shrinkage is None else shrinkage
        sphere = self.within.mean()
        shrunk = (1 - shrinkage) * self.within + shrinkage * sphere
        if not shrunk.min() > NOTHING * sphere:
            raise SpaceError(
                f"{self.count:,} vectors of {len(self.mean):,} dimensions say too little about the variance"
                f" within a value with a shrinkage of {shrinkage:g}; use a larger one."
            )
        _, roots, turned = np.linalg.svd(self.between / np.sqrt(shrunk), full_matrices=False)
        kept = min(len(self.between) - 1, len(self.mean))
        ratios = roots[:kept] ** 2
        found = turned[:kept] / np.sqrt(shrunk) * (ratios / (1 + ratios))[:, None]
        length = np.sqrt((found**2 @ self.within).sum() + ((found @ self.between.T) ** 2).sum())
        axes = found @ self.directions.T
        largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1)
        return Discriminant(self.mean, self.variance, axes * np.sign(largest) / length, shrinkage)


def scatter(rows: NDArray[np.floating], codes: Codes) -> Scatter:
    """How the rows `(n, d)` scatter that have the values `codes` `(n,)`, 0 to the number of values - 1.

    Memory: the rows in double precision, twice, and two matrices (d, d).
    """
    found = rows.astype(np.float64)
    mean, sizes = found.mean(axis=0), np.bincount(codes)
    sums = np.zeros((len(sizes), found.shape[1]))
    np.add.at(sums, codes, found)
    means = sums / sizes[:, None]
    found -= means[codes]
    advised = round(float(ledoit_wolf_shrinkage(found, assume_centered=True)), 3)
    variances, directions = np.linalg.eigh(found.T @ found / len(found))
    between = (means - mean) * np.sqrt(sizes / len(found))[:, None] @ directions
    return Scatter(len(found), mean, directions, np.maximum(variances, 0), between, advised)


def discriminant(rows: Rows, codes: Codes, shrinkage: float | None = None) -> Discriminant:
    """The shrunk discriminant of rows `(n, d)` with the values `codes` `(n,)`; see Scatter."""
    return scatter(rows, codes).discriminant(shrinkage)


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
