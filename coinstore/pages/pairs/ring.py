"""A small picture of a coin within a ring that shows which sectors agree: it hides nothing of the coin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ...dies.sectors import Says, Sector

COIN = 0.76  # how wide the coin is, as a share of the picture
BANDS = {"inner": (0.79, 0.885), "outer": (0.905, 1.0)}
"""The bands for both rings of sectors, from one radius to another; half of the picture is 1."""
FINE = 3  # times as large the ring is drawn, for smooth edges
GAP_RAD = 0.03  # between sectors
LOOKS: dict[Says, tuple[tuple[int, int, int], float]] = {
    "agrees": ((8, 81, 156), 1.0),
    "unclear": ((140, 140, 140), 0.5),
    "differs": ((230, 97, 1), 0.25),
    "not shown": ((255, 255, 255), 0.0),
}
"""The colour of a part of the ring and how thick it is: both say the same, for any eye and any printer."""
GREYS: dict[Says, tuple[int, int, int]] = {
    "agrees": (110, 110, 110),
    "unclear": (140, 140, 140),
    "differs": (170, 170, 170),
    "not shown": (255, 255, 255),
}
"""The colours where one die is not likely, whatever the relief is: coins of one type are alike, too."""
KEY = (
    "A coin in a ring (↻) is turned to fit the other one. The ring shows the sectors of the relief, inside "
    "those of the middle: thick and blue where it agrees, thin and orange where it differs, grey where that "
    "is unclear, and nothing where too little is shown. The whole ring is grey where the probability of one "
    "die is below 0.5: coins of one type can have much the same relief, with its details at other places. "
    "The probability counts, and not the ring."
)


def ringed(
    picture: Image.Image, sectors: Sequence[Sector] = (), turn_rad: float = 0.0, *, is_likely: bool = True
) -> Image.Image:
    """The disc of a square picture, within the ring of its sectors, turned clockwise by `turn_rad`.

    `is_likely`: one die is, else the ring is grey.
    """
    side = picture.width
    large = Image.new("RGB", (FINE * side, FINE * side), "white")
    on = ImageDraw.Draw(large)
    half = FINE * side / 2
    for sector in sectors:
        colour, thick = LOOKS[sector.says]
        colour = colour if is_likely else GREYS[sector.says]
        inside, outside = BANDS[sector.ring]
        middle, reach = (inside + outside) / 2, (outside - inside) / 2 * thick
        if reach:
            corners = _turned(sector.band(middle - reach, middle + reach, GAP_RAD), turn_rad)
            on.polygon([(half + half * x, half + half * y) for x, y in corners], fill=colour)
    wide = round(COIN * side)
    mask = Image.new("L", (FINE * wide, FINE * wide))
    ImageDraw.Draw(mask).ellipse((0, 0, FINE * wide - 1, FINE * wide - 1), fill=255)
    drawn = large.reduce(FINE)
    at = (side - wide) // 2
    drawn.paste(picture.resize((wide, wide), Image.Resampling.LANCZOS), (at, at), mask.reduce(FINE))
    return drawn


def _turned(points: NDArray[np.float64], angle: float) -> list[tuple[float, float]]:
    cos, sin = np.cos(angle), np.sin(angle)
    return [(cos * x - sin * y, sin * x + cos * y) for x, y in points]
