"""Circles in a picture, found by their edges: for coins on a ground that has all of their colours."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .ground import Floats
from .rim import DOWN, RIGHT, Disc

RADII = 20  # that are tried, in equal ratios
SMALLEST, LARGEST = 0.08, 0.62  # as shares of the picture's shorter side
CENTRED = (0.12, 0.3, 0.52)  # how far from the middle, and the radii, as shares of the picture
LEAST_SEEN = 0.8  # of a circle in the picture
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


def middle_circle(pixels: Floats) -> tuple[Disc, float]:
    """The clearest large circle near the middle of `(h, w, 3)`, and how clear it is, 0 to 1.

    A circle is clear where edges follow it: by the share of pixels with weaker edges, squared, and by how
    well their gradients point at the middle. That holds for a silver coin on grey cloth, too, whose tones
    are those of its ground.
    """
    height, width = pixels.shape[:2]
    right, down, strength = _gradients(ndimage.gaussian_filter(pixels, (1.5, 1.5, 0)))
    rank = (strength.ravel().argsort().argsort() / strength.size).reshape(strength.shape).astype(np.float32)
    weight = rank**2 / np.maximum(np.hypot(right, down), 1e-6)
    across, along = weight * right, weight * down
    radii = np.arange(int(CENTRED[1] * min(height, width)), int(CENTRED[2] * min(height, width)))
    best = (0.0, 0, 0, 1)
    for row in range(int((0.5 - CENTRED[0]) * height), int((0.5 + CENTRED[0]) * height) + 1, 2):
        for column in range(int((0.5 - CENTRED[0]) * width), int((0.5 + CENTRED[0]) * width) + 1, 2):
            x = np.rint(column + radii[:, None] * RIGHT[:, 0]).astype(np.intp)
            y = np.rint(row + radii[:, None] * DOWN[:, 0]).astype(np.intp)
            seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            place = np.where(seen, y * width + x, 0)
            towards = across.ravel()[place] * RIGHT[:, 0] + along.ravel()[place] * DOWN[:, 0]
            clear = (np.abs(towards) * seen).mean(axis=1) * (seen.mean(axis=1) > LEAST_SEEN)
            if len(clear) and clear.max() > best[0]:
                best = (float(clear.max()), column, row, int(radii[clear.argmax()]))
    return Disc(best[1] + 0.5, best[2] + 0.5, float(best[3])), best[0]


def _gradients(smooth: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each pixel the gradient of the channel in which it is strongest: right, down, and its strength."""
    down, right = np.gradient(smooth, axis=(0, 1))
    strength = np.hypot(right, down) * np.array((1.0, 1.5, 1.5), np.float32)
    channel = strength.argmax(axis=2)[..., None]
    right, down, strength = (np.take_along_axis(part, channel, 2)[..., 0] for part in (right, down, strength))
    return right, down, strength


def _edges(pixels: Floats) -> tuple[Floats, ...]:
    """Places of the strongest edges, and the unit vectors across them."""
    right, down, strength = _gradients(ndimage.gaussian_filter(pixels, (1.2, 1.2, 0)))
    strength = strength / (ndimage.uniform_filter(strength, 25, mode="nearest") + 1)
    y, x = np.nonzero(strength > np.quantile(strength, 1 - EDGES))
    length = np.hypot(right, down)[y, x] + 1e-6
    found = (x, y, right[y, x] / length, down[y, x] / length)
    return tuple(part.astype(np.float32) for part in found)


def _votes(edges: tuple[Floats, ...], radius: float, size: tuple[int, int]) -> Floats:
    """Votes for centres at this distance from the edges, on a grid of half the size."""
    x, y, right, down = edges
    rows, columns = size[0] // 2 + 1, size[1] // 2 + 1
    column = np.concatenate([x + radius * right, x - radius * right]) // 2
    row = np.concatenate([y + radius * down, y - radius * down]) // 2
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    cell = (row[inside] * columns + column[inside]).astype(np.intp)
    return np.bincount(cell, minlength=rows * columns).reshape(rows, columns).astype(np.float32)
