"""Where a coin is in its photograph."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

FINDER = 1  # the version of what finds outlines: one more whenever it may give others
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

    def scaled(self, factor: float) -> Outline:
        """The same outline in a picture of another size, for one that was decoded smaller."""
        x_px, y_px, radius_px = (factor * length for length in (self.x_px, self.y_px, self.radius_px))
        return replace(self, x_px=x_px, y_px=y_px, radius_px=radius_px)


def written(outline: Outline) -> dict[str, Any]:
    """The outline as the store has it: lengths in pixels, the edge per mille of the radius."""
    return asdict(outline) | {"edge": [round(1000 * share) for share in outline.edge], "finder": FINDER}


def read_outline(row: Mapping[str, Any]) -> Outline:
    """The outline that was `written`."""
    said = {name: row[name] for name in ("x_px", "y_px", "radius_px", "certainty", "method")}
    return Outline(edge=tuple(share / 1000 for share in row["edge"]), **said)


def whole(width_px: float, height_px: float, method: str = "whole picture") -> Outline:
    """The outline of a picture without a coin: its own rectangle, with certainty 0."""
    x, y = width_px / 2, height_px / 2
    radius = max(x, y)
    angles = [2 * math.pi * step / ANGLES for step in range(ANGLES)]
    reach = (min(_ratio(x, math.cos(angle)), _ratio(y, math.sin(angle))) for angle in angles)
    return Outline(x, y, radius, tuple(one / radius for one in reach), 0.0, method)


def _ratio(length: float, share: float) -> float:
    return length / max(abs(share), 1e-9)
