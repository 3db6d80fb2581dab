"""Where the dies and the lines of a component are drawn; lengths are in CSS pixels (96 per inch)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from ...dies.links import Component

SIZES = ((12, 92), (16, 68), (10**9, 56))  # up to this many dies in a row, the side of a photograph
SPACE_PX = 14
LABEL_PX = 36
THINNEST_PX, THICKEST_PX = 1.2, 9.0
BADGE_PX = 12.0  # from the middle of a number to what it must not touch
SHARES = np.linspace(0.12, 0.88, 39)
"""Where on a line its number may be, the nearest to the obverse first."""
Point = tuple[float, float]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tile:
    """A die: the upper left corner of its photograph, and its side."""

    die: int
    x: float
    y: float
    side: float
    is_obverse: bool

    @property
    def middle(self) -> float:
        """The middle from left to right."""
        return self.x + self.side / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A link from an obverse to a reverse: its ends, its width, and where the number of coins is written."""

    obverse: int
    reverse: int
    coins: int
    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A component as it is drawn."""

    width: float
    height: float
    tiles: Sequence[Tile]
    lines: Sequence[Line]


def drawing(component: Component) -> Drawing:
    """Places both rows of a component, each spread over the whole width."""
    most = max(len(component.obverses), len(component.reverses))
    side = next(px for count, px in SIZES if most <= count)
    width = most * (side + SPACE_PX) + SPACE_PX
    between = 70 + 14 * min(most, 14)
    top = LABEL_PX
    below = top + side + between
    tiles = [
        *_row(component.obverses, side, width, top, is_obverse=True),
        *_row(component.reverses, side, width, below, is_obverse=False),
    ]
    return Drawing(width, below + side + LABEL_PX, tiles, list(_lines(component, tiles)))


def _row(dies: Sequence[int], side: int, width: float, y: float, *, is_obverse: bool) -> Iterator[Tile]:
    for n, die in enumerate(dies):
        yield Tile(die, width * (n + 0.5) / len(dies) - side / 2, y, side, is_obverse)


def _lines(component: Component, tiles: Sequence[Tile]) -> Iterator[Line]:
    at = {tile.die: tile for tile in tiles}
    ends = [_ends(at[link.obverse], at[link.reverse]) for link in component.links]
    labels = _labels(ends, [link.coins for link in component.links])
    for link, (start, end), label in zip(component.links, ends, labels, strict=True):
        width = min(THINNEST_PX + 1.8 * log2(link.coins), THICKEST_PX)
        yield Line(link.obverse, link.reverse, link.coins, start, end, width, label)


def _ends(above: Tile, below: Tile) -> tuple[Point, Point]:
    return (above.middle, above.y + above.side + 2), (below.middle, below.y - 2)


def _labels(ends: Sequence[tuple[Point, Point]], coins: Sequence[int]) -> list[Point]:
    """Where the number of each line is: on the line, and as near the obverse as nothing else is in its way.

    Where no place is free, it is the one with most room.
    """
    segments = np.array(ends, float)
    placed = np.empty((0, 2))
    found: list[Point] = [start for start, _ in ends]
    for n, ((start, end), number) in enumerate(zip(segments, coins, strict=True)):
        if number == 1:
            continue  # it has no number
        spots = start + SHARES[:, None] * (end - start)
        others = np.delete(segments, n, axis=0)
        free = np.minimum(_from_lines(spots, others) - BADGE_PX, _from_points(spots, placed) - 2 * BADGE_PX)
        first = int((free >= 0).argmax()) if (free >= 0).any() else int(free.argmax())
        placed = np.vstack([placed, spots[first]])
        found[n] = (float(spots[first, 0]), float(spots[first, 1]))
    return found


def _from_points(spots: Floats, points: Floats) -> Floats:
    """How far each spot is from the nearest point."""
    apart = np.linalg.norm(spots[:, None] - points[None], axis=2)
    nearest: Floats = apart.min(axis=1, initial=np.inf)
    return nearest


def _from_lines(spots: Floats, lines: Floats) -> Floats:
    """How far each spot is from the nearest line between two points."""
    begin, along = lines[:, 0], lines[:, 1] - lines[:, 0]
    off = spots[:, None] - begin[None]
    share = ((off * along).sum(axis=2) / (along**2).sum(axis=1)).clip(0, 1)
    apart = np.linalg.norm(off - share[..., None] * along, axis=2)
    nearest: Floats = apart.min(axis=1, initial=np.inf)
    return nearest
