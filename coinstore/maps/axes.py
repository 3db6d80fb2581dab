"""Principal components of vectors that come in blocks (Pearson 1901, doi:10.1080/14786440109462720)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..derive import principal_axes

Blocks = Callable[[], Iterator[tuple[list[int], NDArray[np.float32]]]]


@dataclass(frozen=True, slots=True)
class Basis:
    """A mean `(d,)` and principal axes `(m, d)`, unit rows, the one of most variance first."""

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]

    def project(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Coordinates `(n, m)` of rows `(n, d)`."""
        found: NDArray[np.float64] = (rows.astype(np.float64) - self.mean) @ self.axes.T.astype(np.float64)
        return found

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

    There are at most as many axes as dimensions, and one less than rows. Where all rows are the same, no
    variance is explained: `explained` is 0.
    """
    passed = _Passed(blocks)
    axes = principal_axes(passed.rows(), passed.dims, min(most_axes, passed.dims), 0.0)
    mean = (passed.total / passed.count).astype(np.float32)
    basis = Basis(mean, axes[: max(1, passed.count - 1)])
    coins: list[int] = []
    parts, square = [], 0.0
    for some, rows in blocks():
        coins += some
        parts.append(basis.project(rows))
        square += float(np.square(rows - mean, dtype=np.float64).sum())
    coordinates = np.concatenate(parts)
    is_flat = square <= 1e-10 * passed.count
    explained = np.zeros(len(basis.axes)) if is_flat else np.square(coordinates).sum(axis=0) / square
    return Reduced(coins, coordinates, explained, basis)


class _Passed:
    """Lets rows pass by and keeps their sum and their number."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = (rows for _, rows in blocks())
        self._first = next(self._blocks)
        self.dims = self._first.shape[1]
        self.total, self.count = np.zeros(self.dims), 0

    def rows(self) -> Iterator[NDArray[np.float32]]:
        for rows in chain([self._first], self._blocks):
            self.total += rows.sum(axis=0, dtype=np.float64)
            self.count += len(rows)
            yield rows
