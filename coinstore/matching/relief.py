"""The relief of one side: the coin as a disc of one size, its tone evened out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..images.outline import Outline
from ..models.fit import prepare, within_edge
from ..models.spec import PictureSpec
from .opencv import opencv

SPREAD = 1 / 28  # of the neighbourhood that tone is evened out over, as a share of the disc's side
CLIP = 2.5  # deviations; highlights and deep shadows say little
FLAT = 15.0  # tones: a field that varies less has only grain, which must not become relief
SMOOTH_PX = 1.5  # grain of the metal and of the photograph is not of the die
RIM = 0.035  # the band at the edge of the flan that is no part of the die, as a share of the side


@dataclass(frozen=True, slots=True)
class Disc:
    """A side as a disc: its relief `(n, n)` in grey, 128 where there is none, and where the coin is `(n, n)`.

    `inside` leaves out a narrow band along the edge of the flan: that edge is not of the die.
    """

    relief: NDArray[np.uint8]
    inside: NDArray[np.bool_]


def relief(picture: Image.Image, outline: Outline, side_px: int) -> Disc:
    """The disc of the coin that `outline` shows in an upright photograph.

    The square around the coin is `side_px` wide. Tone is evened out by the mean and the deviation of the
    neighbourhood within the coin. CLAHE after that made no difference, and is left out.
    """
    cv2 = opencv()
    grey = prepare(picture, _spec(side_px), outline).astype(np.float32)
    coin = within_edge(side_px, outline.edge)
    even = _evened(grey, coin, SPREAD * side_px)
    tone = np.rint(128 + even * (127 / CLIP)).clip(0, 255).astype(np.uint8)
    tone = cv2.GaussianBlur(tone, (0, 0), SMOOTH_PX)
    tone[~coin] = 128
    width = 2 * round(RIM * side_px) + 1
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    return Disc(tone, cv2.erode(coin.astype(np.uint8), shape, borderValue=0).astype(bool))


def _spec(side_px: int) -> PictureSpec:
    return PictureSpec(
        family="match",
        dims=0,
        options={},
        side_px=side_px,
        fit="coin",
        colour="grey",
        interpolation="bicubic",
        ground="mask",
        tone="normalise",
    )


def _evened(grey: NDArray[np.float32], coin: NDArray[np.bool_], spread_px: float) -> NDArray[np.float32]:
    """The grey less its neighbourhood's mean, over its deviation; what is not coin does not count."""
    cv2 = opencv()

    def around(field: NDArray[np.float32]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = cv2.GaussianBlur(field, (0, 0), spread_px)
        return found

    weight = coin.astype(np.float32)
    share = around(weight).clip(1e-3)
    high = (grey - around(grey * weight) / share) * weight
    deviation = np.sqrt(around(high * high) / share)
    found: NDArray[np.float32] = np.clip(high / (deviation + np.float32(FLAT)), -CLIP, CLIP)
    return found
