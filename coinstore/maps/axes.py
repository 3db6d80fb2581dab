"""Principal components of vectors that come in blocks (Pearson 1901, doi:10.1080/14786440109462720)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Blocks = Callable[[], Iterator[tuple[list[int], NDArray[np.float32]]]]


@dataclass(frozen=True, slots=True)
class Basis:
    """A mean `(d,)` and principal axes `(m, d)`, unit rows, the one of most variance first."""

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]

    def project(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Coordinates `(n, m)` of rows `(n, d)`, to nine decimals: what a sum leaves beyond hangs on threads."""
        found: NDArray[np.float64] = (rows.astype(np.float64) - self.mean) @ self.axes.T.astype(np.float64)
        return found.round(9)

    def to_json(self) -> dict[str, Any]:
        """Lists of numbers, from which from_json makes the same basis bit for bit."""
        return {"mean": self.mean.tolist(), "axes": self.axes.tolist()}

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Basis:
        """The basis that to_json wrote."""
        return cls(np.array(given["mean"], np.float32), np.array(given["axes"], np.float32))


@dataclass(frozen=True, slots=True)
class Reduced:
    """Coins by their principal components: coordinates `(n, m)`, and the share of the variance along each axis."""

    coins: list[int]
    coordinates: NDArray[np.float64]
    explained: NDArray[np.float64]
    basis: Basis


def reduce(blocks: Blocks, most_axes: int) -> Reduced:
    """The first principal components of all rows, exactly; reads them twice, and keeps two matrices (d, d) at most.

    There are at most as many axes as dimensions, and one less than rows. The sign of an axis is that in
    which its largest part is positive. Where all rows are the same, `explained` is 0.
    """
    total, count, square = np.zeros(0), 0, np.zeros((0, 0))
    for _, block in blocks():
        rows = block.astype(np.float64)
        if not count:
            total, square = np.zeros(rows.shape[1]), np.zeros((rows.shape[1], rows.shape[1]))
        total += rows.sum(axis=0)
        square += rows.T @ rows
        count += len(rows)
    mean = total / count
    square -= np.outer(mean, total)
    variance = float(np.trace(square))
    directions = _first(square, min(most_axes, len(mean), count - 1))
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1, keepdims=True), axis=1)
    basis = Basis(mean.astype(np.float32), (directions * np.sign(largest)).astype(np.float32))
    coins: list[int] = []
    parts = []
    for some, block in blocks():
        coins += some
        parts.append(basis.project(block))
    coordinates = np.concatenate(parts)
    is_flat = variance <= 1e-10 * count
    explained = np.zeros(len(directions)) if is_flat else np.square(coordinates).sum(axis=0) / variance
    return Reduced(coins, coordinates, explained, basis)


def _first(square: NDArray[np.float64], axes: int) -> NDArray[np.float64]:
    """Eigenvectors `(axes, d)` of the largest eigenvalues of a symmetric matrix, the largest first."""
    if axes > len(square) // 4 or not square.any():
        return np.linalg.eigh(square)[1][:, ::-1][:, :axes].T
    # To the last digit by Lanczos, in a tenth of the time of finding all of them.
    from scipy.sparse.linalg import eigsh

    start = np.random.default_rng(0).normal(size=len(square))
    values, vectors = eigsh(square, k=axes, which="LA", v0=start)
    found: NDArray[np.float64] = vectors[:, np.argsort(values)[::-1]].T
    return found
