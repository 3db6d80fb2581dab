"""Two sides in one frame: the second photograph turned and scaled to fit the first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..images.outline import Outline
from ..matching.agree import Transform, scaled
from ..matching.opencv import opencv
from ..matching.relief import relief
from ..models.fit import MARGIN

RELIEF_PX = 384
"""How wide the reliefs and their difference are."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two sides as pictures of the square around the first coin.

    `first` and `second` are RGB and of one size. `reliefs` are grey `(RELIEF_PX, RELIEF_PX)`, 128 where
    there is no coin; `difference` is the first relief less the second one, -1 to 1, NaN where not both
    show the coin. Without a transform the second side has a square of its own, and there is no difference.
    `room` is how many times as wide as the first disc the pictures are, so that both coins are within them.
    """

    first: Image.Image
    second: Image.Image
    reliefs: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    difference: NDArray[np.float32] | None
    room: float = 1.0


@dataclass(frozen=True, slots=True)
class Cut:
    """One side by itself: the square around its coin as a picture, its relief, and where the coin is."""

    picture: Image.Image
    relief: NDArray[np.uint8]
    inside: NDArray[np.bool_]


def cut(photograph: Image.Image, outline: Outline, side_px: int, how: Transform | None = None) -> Cut:
    """A side as a square of `side_px`; `how` says where each point of a disc of `side_px` is on its own disc.

    So the inverse of a transform is not needed: `how` of the second side is the transform of the match.
    """
    cv2 = opencv()
    disc = relief(photograph, outline, RELIEF_PX)
    picture = squared(photograph, outline, side_px, how)
    if how is None:
        return Cut(picture, disc.relief, disc.inside)
    back, size = scaled(how, RELIEF_PX / side_px), (RELIEF_PX, RELIEF_PX)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    put = cv2.warpAffine(disc.relief, back, size, flags=flags, borderValue=128)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_NEAREST
    shown = cv2.warpAffine(disc.inside.astype(np.uint8), back, size, flags=flags, borderValue=0)
    return Cut(picture, put, shown.astype(bool))


def room_for(how: Transform, side_px: int) -> float:
    """How many times as wide as the first disc a square is that has room for the second, put upon it."""
    back = np.linalg.inv(how[:, :2])
    half = side_px / 2
    middle = np.full(2, half - 0.5)
    off = np.abs(back @ (middle - how[:, 2]) - middle)
    reach = off + half * np.linalg.norm(back, axis=1)
    return max(1.0, float(reach.max()) / half)


def widened(side_px: int, wide: float) -> Transform:
    """From a square that is `wide` times as wide as a disc to that disc; both are drawn at `side_px`."""
    shift = (1 - wide) * (side_px - 1) / 2
    return np.array([[wide, 0, shift], [0, wide, shift]])


def aligned(first: Cut, second: Cut, *, is_put: bool, room: float = 1.0) -> Aligned:
    """Both sides together; `is_put`: the second one was put upon the first one."""
    difference = None
    if is_put:
        both = first.inside & second.inside
        less = first.relief.astype(np.float32) - second.relief
        difference = np.where(both, less / np.float32(255), np.float32(np.nan))
    return Aligned(first.picture, second.picture, (first.relief, second.relief), difference, room)


def squared(
    photograph: Image.Image, outline: Outline, side_px: int, how: Transform | None = None
) -> Image.Image:
    """The square around a coin, RGB; what is beyond the photograph has the tone of its edge."""
    cv2 = opencv()
    smaller = max(1, int(2 * (1 + MARGIN) * outline.radius_px / side_px))
    if smaller > 1:  # by blocks of pixels, so that no fine line is skipped
        photograph, outline = photograph.reduce(smaller), outline.scaled(1 / smaller)
    half = (1 + MARGIN) * outline.radius_px
    step = 2 * half / side_px
    corner = (step - 1) / 2 - half
    place = np.array([[step, 0, outline.x_px + corner], [0, step, outline.y_px + corner]])
    if how is not None:
        place = place @ np.vstack([how, (0, 0, 1)])
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC
    pixels = np.asarray(photograph.convert("RGB"))
    size = (side_px, side_px)
    return Image.fromarray(cv2.warpAffine(pixels, place, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
