"""Circles in a picture, found by their edges: for coins on a ground that has all of their colours."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .ground import Floats
from .rim import Disc

RADII = 20  # that are tried, in equal ratios
SMALLEST, LARGEST = 0.08, 0.62  # as shares of the picture's shorter side
EDGES = 0.12  # the share of pixels that vote


def circles(pixels: Floats, count: int = 4) -> list[Disc]:
    """The best circles of `(h, w, 3)`, by votes of the edges along their gradients.

    A Hough transform by gradients (Kimme, Ballard and Sklansky 1975, doi:10.1145/360666.360677).
    """
    height, width = pixels.shape[:2]
    edges = _edges(pixels)
    radii = np.geomspace(SMALLEST, LARGEST, RADII) * min(height, width)
    votes = np.stack([_votes(edges, float(radius), (height, width)) for radius in radii])
    votes = ndimage.uniform_filter(votes, (1, 3, 3), mode="constant") / radii[:, None, None]
    found: list[Disc] = []
    for _ in range(count):
        which, row, column = np.unravel_index(votes.argmax(), votes.shape)
        radius = float(radii[which])
        found.append(Disc(2 * float(column) + 1, 2 * float(row) + 1, radius))
        near = max(2, round(radius / 8))
        votes[
            max(which - 1, 0) : which + 2,
            max(row - near, 0) : row + near,
            max(column - near, 0) : column + near,
        ] = 0
    return found


def _edges(pixels: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Places of the strongest edges, and the unit vectors across them."""
    smooth = ndimage.gaussian_filter(pixels, (1.2, 1.2, 0))
    down, right = np.gradient(smooth, axis=(0, 1))
    strength = np.hypot(right, down) * (1.0, 1.5, 1.5)
    channel = strength.argmax(axis=2)[..., None]
    right, down, strength = (np.take_along_axis(part, channel, 2)[..., 0] for part in (right, down, strength))
    strength = strength / (ndimage.uniform_filter(strength, 25, mode="nearest") + 1)
    y, x = np.nonzero(strength > np.quantile(strength, 1 - EDGES))
    length = np.hypot(right, down)[y, x] + 1e-6
    return x.astype(np.float32), y.astype(np.float32), right[y, x] / length, down[y, x] / length


def _votes(edges: tuple[Floats, ...], radius: float, size: tuple[int, int]) -> Floats:
    """Votes for centres at this distance from the edges, on a grid of half the size."""
    x, y, right, down = edges
    rows, columns = size[0] // 2 + 1, size[1] // 2 + 1
    column = np.concatenate([x + radius * right, x - radius * right]) // 2
    row = np.concatenate([y + radius * down, y - radius * down]) // 2
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    cell = (row[inside] * columns + column[inside]).astype(np.intp)
    return np.bincount(cell, minlength=rows * columns).reshape(rows, columns).astype(np.float32)
