"""Maps of networks as grids of cells: where things are on the coin is kept, not averaged away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import SpaceError
from .spec import unit

Floats = NDArray[np.float32]
OPTIONS = ("layer", "grid", "cells", "margin", "channels")
MOST_CELLS, MOST_DIMS = 32, 4000  # in one direction; of a vector that a space holds


@dataclass(frozen=True, slots=True)
class Grid:
    """A map is averaged into cells; the outer `margin` rows and columns of cells are left out.

    What is kept has `rows` by `columns` cells. Normalised cells have length 1 each, so that no part of the
    coin counts more than another. `channels` is how many numbers a cell keeps, by a fixed random projection
    that nearly keeps cosines (Johnson and Lindenstrauss 1984, doi:10.1090/conm/026/737400).
    """

    rows: int
    columns: int
    cells: Literal["normalised", "plain"] = "normalised"
    margin: int = 0
    channels: int | None = None

    @staticmethod
    def of(options: dict[str, Any]) -> Grid:
        """The grid in the options of a recipe; raises SpaceError when it is not one."""
        rows, columns = options["grid"]
        margin = options["margin"]
        if not (0 < rows <= MOST_CELLS and 0 < columns <= MOST_CELLS and 0 <= margin <= MOST_CELLS):
            raise SpaceError(
                f"a grid has 1 to {MOST_CELLS} rows and columns, and a margin of 0 to {MOST_CELLS} cells."
            )
        return Grid(rows, columns, options["cells"], margin, options.get("channels"))

    def dims(self, shape: tuple[int, int, int], layer: str) -> int:
        """The dimensions of a vector of a map `(h, w, c)`; raises SpaceError if the map is too small."""
        rows, columns = self.rows + 2 * self.margin, self.columns + 2 * self.margin
        if rows > shape[0] or columns > shape[1]:
            raise SpaceError(
                f"the layer {layer} gives {shape[0]} x {shape[1]} places, which are too few for {rows} x"
                f" {columns} cells with the margin; choose a smaller grid or an earlier layer."
            )
        channels = self.channels or shape[2]
        if channels > shape[2]:
            raise SpaceError(f"the layer {layer} has {shape[2]:,} channels; {channels:,} cannot be kept.")
        dims, most = self.rows * self.columns * channels, MOST_DIMS // (self.rows * self.columns)
        if dims > MOST_DIMS:
            raise SpaceError(
                f"{self.rows} x {self.columns} cells of {channels:,} numbers are {dims:,} dimensions, and a"
                f" space holds {MOST_DIMS:,}: choose a smaller grid, or keep at most {most:,} channels."
            )
        return dims

    def vectors(self, maps: Floats) -> Floats:
        """Unit vectors `(n, rows * columns * c)` of maps `(n, h, w, c)`, cell by cell in reading order."""
        count, height, width, channels = maps.shape
        down = shares(height, self.rows, self.margin)
        across = shares(width, self.columns, self.margin)
        rows = np.matmul(down, maps.reshape(count, height, width * channels))
        cells = np.matmul(across, rows.reshape(count, self.rows, width, channels))
        if self.channels:
            cells = cells @ projection(channels, self.channels)
        if self.cells == "normalised":
            cells /= np.maximum(np.linalg.norm(cells, axis=3, keepdims=True), 1e-12)
        return unit(cells.reshape(count, -1))


def shares(places: int, cells: int, margin: int) -> Floats:
    """For each cell that is kept, the share of each place of the map in its mean, `(cells, places)`.

    A place that two cells share counts in both, by the part that is inside.
    """
    edges = np.arange(margin, margin + cells + 1) * places / (cells + 2 * margin)
    ends = np.minimum(edges[1:, None], np.arange(1, places + 1))
    starts = np.maximum(edges[:-1, None], np.arange(places))
    inside = np.maximum(ends - starts, 0)
    shares: Floats = (inside / inside.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def split_options(changes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options of a grid, all or none, and the other changes; `grid` may be a text like `5x5`.

    Raises SpaceError for another text; a missing layer is named by the network, which knows its own.
    """
    cells = {name: part for name, part in changes.items() if name in OPTIONS}
    others = {name: part for name, part in changes.items() if name not in OPTIONS}
    if cells:
        cells = {"layer": "", "grid": [1, 1], "cells": "normalised", "margin": 0} | cells
    if isinstance(shape := cells.get("grid"), str):
        cells["grid"] = read_grid(shape)
    return cells, others


@lru_cache(maxsize=8)
def projection(channels: int, kept: int) -> Floats:
    """Orthogonal directions `(channels, kept)`, from a generator whose numbers never change."""
    directions, _ = np.linalg.qr(np.random.RandomState(0).standard_normal((channels, kept)))
    return directions.astype(np.float32)


def read_grid(text: str) -> list[int]:
    """The rows and columns of `5x5`; raises SpaceError for another text."""
    found = re.fullmatch(r"(\d{1,2})x(\d{1,2})", text)
    if not found:
        raise SpaceError(f"{text!r} is not a grid; a grid looks like 5x5: rows x columns.")
    return [int(part) for part in found.groups()]
