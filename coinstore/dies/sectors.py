"""The sectors of a match: what each says, in words and as a shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..matching.dense import RING, SECTORS

AGREES, DIFFERS = 0.6, 0.4  # correlations
STEPS = 12  # corners of an arc
Says = Literal["agrees", "unclear", "differs", "not shown"]


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector of the first disc: 1 to 8 are the inner ring, 9 to 16 the outer one, clockwise from the right.

    `correlation` of the slopes of the relief is -1 to 1; None where both coins show too little.
    """

    number: int
    correlation: float | None

    @property
    def ring(self) -> Literal["inner", "outer"]:
        """The inner ring has most of the type, the outer one most of the legend."""
        return "inner" if self.number <= SECTORS else "outer"

    @property
    def says(self) -> Says:
        """Whether the relief is the same here."""
        if self.correlation is None:
            return "not shown"
        if self.correlation >= AGREES:
            return "agrees"
        return "differs" if self.correlation < DIFFERS else "unclear"

    @property
    def corners(self) -> NDArray[np.float64]:
        """Its shape as a polygon `(n, 2)`: x and y with the disc from -1 to 1, y downwards."""
        inside, outside = (0.0, RING) if self.ring == "inner" else (RING, 1.0)
        return self.band(inside, outside)

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the sector, as `corners`."""
        reach = 0.68 * RING if self.ring == "inner" else (1 + RING) / 2
        angle = 2 * np.pi * ((self.number - 1) % SECTORS + 0.5) / SECTORS
        return float(reach * np.cos(angle)), float(reach * np.sin(angle))

    def band(self, inside: float, outside: float, gap_rad: float = 0.0) -> NDArray[np.float64]:
        """As `corners`, from one radius to another; `gap_rad` is left to the next sector."""
        begin = (self.number - 1) % SECTORS
        begin_rad, end_rad = (2 * np.pi * step / SECTORS for step in (begin, begin + 1))
        angles = np.linspace(begin_rad + gap_rad / 2, end_rad - gap_rad / 2, STEPS + 1)
        arc = np.column_stack([np.cos(angles), np.sin(angles)])
        return np.vstack([inside * arc, outside * arc[::-1]])


def sectors_of(correlations: Sequence[float | None]) -> tuple[Sector, ...]:
    """The sectors of a match that has these correlations."""
    return tuple(Sector(number, one) for number, one in enumerate(correlations, 1))


def counted(sectors: Sequence[Sector]) -> dict[Says, int]:
    """How many sectors say what."""
    every: tuple[Says, ...] = ("agrees", "unclear", "differs", "not shown")
    return {says: sum(sector.says == says for sector in sectors) for says in every}
