"""Where a coin is in its photograph."""

from __future__ import annotations

from dataclasses import dataclass

ANGLES = 96  # of the edge; a coin of 1,000 pixels then has a corner each 33 pixels of its edge


@dataclass(frozen=True, slots=True)
class Outline:
    """Where one coin is in an upright photograph; lengths are in its pixels, from its upper left corner.

    The centre and the radius are those of the square around the coin: its middle, and half of its side.
    `edge` has the distance of the coin's edge from the centre at ANGLES equal steps, as a share of the
    radius; it begins to the right and goes clockwise. `certainty` is 0 to 1; with 0 no coin was found,
    and the whole picture counts. `method` says how, or by whom, it was found.
    """

    x_px: float
    y_px: float
    radius_px: float
    edge: tuple[float, ...]
    certainty: float
    method: str
