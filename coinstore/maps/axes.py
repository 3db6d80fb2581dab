"""Coins by their principal components, and the basis that places later coins among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spaces.axes import principal_axes

Blocks = Callable[[], Iterator[tuple[list[int], NDArray[np.float32]]]]
"""Reads coins and their vectors `(n, d)` block by block, each time it is called."""


@dataclass(frozen=True, slots=True)
class Basis:
    """A mean `(d,)` and principal axes `(m, d)`: unit rows, the one of most variance first."""

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]

    def project(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Coordinates `(n, m)` of rows `(n, d)`, to nine decimals; the rest depends on threads."""
        found: NDArray[np.float64] = (rows.astype(np.float64) - self.mean) @ self.axes.T.astype(np.float64)
        return found.round(9)

    def to_json(self) -> dict[str, Any]:
        """Lists of numbers, from which from_json makes the same basis, bit for bit."""
        return {"mean": self.mean.tolist(), "axes": self.axes.tolist()}

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Basis:
        """The basis that to_json wrote."""
        return cls(np.array(given["mean"], np.float32), np.array(given["axes"], np.float32))


@dataclass(frozen=True, slots=True)
class Projection:
    """Coins, their coordinates `(n, m)` by principal components, and the share of the variance of each."""

    coins: list[int]
    coordinates: NDArray[np.float64]
    explained: NDArray[np.float64]
    basis: Basis


def project(blocks: Blocks, most_axes: int) -> Projection:
    """Projects all rows onto their first principal axes; reads the blocks twice.

    If all rows are the same, `explained` is 0.
    """
    found = principal_axes((rows for _, rows in blocks()), most_axes)
    basis = Basis(found.mean.astype(np.float32), found.axes.astype(np.float32))
    coins: list[int] = []
    parts = []
    for some, block in blocks():
        coins += some
        parts.append(basis.project(block))
    coordinates = np.concatenate(parts)
    is_flat = found.total_variance <= 1e-10
    explained = (
        np.zeros(len(found.axes)) if is_flat else np.square(coordinates).mean(axis=0) / found.total_variance
    )
    return Projection(coins, coordinates, explained, basis)
