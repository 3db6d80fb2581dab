"""What differs from the ground of a photograph, in parts, and the discs that fit them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .ground import Floats, grown
from .rim import Disc

LEAST_PX = 2.5  # the radius of the smallest disc
STRETCHED = 1.7  # a part that is longer than this times its width is more than one coin
ROUND = 1.3  # the longer side of one coin's box, as a share of the shorter
AGAIN = 0.45  # a second disc in a part has at least this share of the first one's radius
SOLID = 0.92  # of the ellipse in its box: a part that is this full and nearly round is one coin


@dataclass(frozen=True, slots=True)
class Components:
    """Parts `(h, w)`, numbered from 1 (0 is ground), and discs that may be coins, each with its part."""

    parts: NDArray[np.int32]
    discs: tuple[tuple[Disc, int], ...]


def components(distance: Floats, threshold: float, *, joined: bool) -> Components:
    """The parts that are farther from the ground than the threshold, and their discs, the largest first.

    If they are `joined`, gaps of two pixels are closed.
    """
    mask = np.pad(distance > threshold, 3, mode="edge")
    mask = _filled(~grown(~grown(mask)) if joined else mask)
    mask = _square(~_square(~mask))[3:-3, 3:-3]
    parts, count = ndimage.label(mask)
    if mask.all():
        return Components(parts, ())
    found = [
        (disc, number)
        for number, part in enumerate(ndimage.find_objects(parts, count), 1)
        for disc in _discs(parts, part, number)
    ]
    return Components(parts, tuple(sorted(found, key=lambda one: -one[0].radius)))


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask without holes: ground that does not reach the border of the picture."""
    ground, count = ndimage.label(~mask)
    is_open = np.zeros(count + 1, bool)
    for end in (ground[0], ground[-1], ground[:, 0], ground[:, -1]):
        is_open[end] = True
    is_open[0] = False
    filled: NDArray[np.bool_] = ~is_open[ground]
    return filled


def _square(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask and the eight neighbours of each of its pixels."""
    rows = mask.copy()
    rows[1:] |= mask[:-1]
    rows[:-1] |= mask[1:]
    out = rows.copy()
    out[:, 1:] |= rows[:, :-1]
    out[:, :-1] |= rows[:, 1:]
    return out


def _discs(parts: NDArray[np.int32], part: tuple[slice, slice], number: int) -> Iterator[Disc]:
    """The disc around a part, and up to three that fit into it next to each other."""
    rows, columns = part
    tall, wide = rows.stop - rows.start, columns.stop - columns.start
    if min(tall, wide) < 2 * LEAST_PX:
        return
    ends = (rows.start == 0, rows.stop == len(parts), columns.start == 0, columns.stop == len(parts[0]))
    inside = parts[part] == number
    longer, shorter = max(tall, wide), min(tall, wide)
    is_one = (
        longer < ROUND * shorter and inside.sum() > SOLID * math.pi / 4 * tall * wide and not inside.all()
    )
    if is_one or (not any(ends) and longer < STRETCHED * shorter):
        yield Disc((columns.start + columns.stop) / 2, (rows.start + rows.stop) / 2, longer / 2)
    if is_one:
        return
    depth = _depth(inside, ends)
    y, x = np.ogrid[: depth.shape[0], : depth.shape[1]]
    least = LEAST_PX
    for _ in range(3):
        row, column = divmod(int(depth.argmax()), depth.shape[1])
        radius = float(depth[row, column])
        if radius < least:
            return
        least = max(least, AGAIN * radius)
        yield Disc(column + 0.5 + columns.start, row + 0.5 + rows.start, radius)
        depth[(y - row) ** 2 + (x - column) ** 2 < (1.25 * radius) ** 2] = 0


def _depth(inside: NDArray[np.bool_], ends: tuple[bool, ...]) -> NDArray[np.float64]:
    """How far inside a part each pixel is; the end of the picture is not an edge."""
    top, bottom, left, right = ends
    padding = ((int(not top), int(not bottom)), (int(not left), int(not right)))
    if all(ends) and inside.all():
        return np.zeros(inside.shape)
    depth = ndimage.distance_transform_edt(np.pad(inside, padding))
    height, width = inside.shape
    own: NDArray[np.float64] = depth[padding[0][0] :, padding[1][0] :][:height, :width]
    return own


def otsu(values: Floats) -> float:
    """The threshold between two classes of values from 0 (Otsu 1979, doi:10.1109/TSMC.1979.4310076)."""
    count = np.bincount((values.ravel() * 2).astype(np.intp), minlength=2)
    middle = np.arange(len(count)) / 2 + 0.25
    low, below = np.cumsum(count), np.cumsum(count * middle)
    high = low[-1] - low
    apart = below / np.maximum(low, 1) - (below[-1] - below) / np.maximum(high, 1)
    return float(middle[np.argmax(low * high * apart**2)])
