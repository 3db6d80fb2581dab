"""Where the dies and the lines of a component are drawn; lengths are in CSS pixels (96 per inch)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2

from ...dies.links import Component

SIZES = ((12, 92), (16, 68), (10**9, 56))  # up to this many dies in a row, the side of a photograph
SPACE_PX = 14
LABEL_PX = 36
THINNEST_PX, THICKEST_PX = 1.2, 9.0


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
    reached: dict[int, list[int]] = {}
    for link in component.links:
        reached.setdefault(link.obverse, []).append(link.reverse)
    for link in component.links:
        above, below = at[link.obverse], at[link.reverse]
        start, end = (above.middle, above.y + above.side + 2), (below.middle, below.y - 2)
        others = sorted(reached[link.obverse], key=lambda die: at[die].x)
        # Numbers of the lines of one die are at different heights.
        share = 0.5 if len(others) == 1 else 0.36 + 0.3 * (others.index(link.reverse) % 3) / 2
        label = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        width = min(THINNEST_PX + 1.8 * log2(link.coins), THICKEST_PX)
        yield Line(link.obverse, link.reverse, link.coins, start, end, width, label)
