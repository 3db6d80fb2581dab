"""All that decides a match, in one frozen record that is stored with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

VERSION = 4
"""Rises when the code, or the evidence of patches, gives other figures for the same parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """How two sides are compared; lengths are in pixels of the disc, whose side is `side_px`.

    `detector` and `keypoints` (at most, for each side) decide the local features. A pair of features may
    belong together when their cosine is `least_cosine` or more and each is the other's nearest. Under the
    transform that is found, pairs whose cosine is lower by `agree.GUIDED` belong together, too: inliers,
    coverage and points are of these. When `least_agreeing` pairs agree, they suggest how the sides lie;
    below `enough_agreeing`, the whole relief suggests another way, if its correlation is `least_fit` or more.
    The relief must have a correlation of `least_start` as suggested and of `least_whole` after the first
    adjustment, or the sides do not match.
    `radius_px`, `turn_deg` and `log_scale` say how far a feature may be from its place. One disc may be
    `most_scaled` times as large as the other, and its middle may move by the share `most_shifted` of the
    side. A photograph may be turned by up to 60° against another, and with `any_turn` any way, as reverses
    are that were photographed as the coin was turned over. The dense check is done at `dense_px`; a part of
    the relief may move by `play_px` of these.
    """

    side_px: int = 256
    detector: str = "sift"
    keypoints: int = 500
    least_cosine: float = 0.8
    least_agreeing: int = 6
    enough_agreeing: int = 20
    least_fit: float = 0.3
    least_start: float = 0.18
    least_whole: float = 0.3
    radius_px: float = 4.0
    turn_deg: float = 30.0
    log_scale: float = 0.45
    most_scaled: float = 1.25
    most_shifted: float = 0.15
    any_turn: bool = False
    dense_px: int = 128
    play_px: int = 1
    version: int = VERSION

    def recipe(self) -> dict[str, Any]:
        """The parameters as they are stored with a match; `any_turn` only where it is so."""
        return {name: value for name, value in asdict(self).items() if name != "any_turn" or value}
