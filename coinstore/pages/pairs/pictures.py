"""The pictures of a pair: reliefs upon each other, and which points and sectors are drawn."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...dies.aligned import Aligned

NUMBERED = 16  # points with a number; more would hide the coin
NUMBER_WIDE, NUMBER_HIGH = 0.07, 0.045  # the room of the number of a point, in shares of the picture
TINT = 1.6  # how much stronger differences are coloured than they are
PALE = 0.75  # how far what only one coin shows fades to white
QUALITY = 88
Point = tuple[float, float, float, float]


def jpeg(picture: Image.Image) -> bytes:
    """A picture as JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def relief_picture(pair: Aligned) -> Image.Image | None:
    """Both reliefs upon each other: orange where only the first is light, blue where only the second is.

    Grey where they are alike. None where nothing brings the sides together.
    """
    if pair.difference is None:
        return None
    first, second = (one.astype(np.float32) for one in pair.reliefs)
    middle = (first + second) / 2
    shade = np.nan_to_num(pair.difference) * (127 * TINT)
    colour = np.dstack([middle + shade, middle, middle - shade])
    only_one = np.isnan(pair.difference)
    colour[only_one] += (255 - colour[only_one]) * PALE
    return Image.fromarray(np.rint(colour).clip(0, 255).astype(np.uint8))


def numbered(points: Sequence[Point]) -> list[int]:
    """The places in the list of at most NUMBERED points, far from each other, in reading order."""
    if not points:
        return []
    places = np.array(points)[:, :2]
    chosen = [int(np.linalg.norm(places - places.mean(axis=0), axis=1).argmax())]
    apart = _apart(places, chosen[0])
    while len(chosen) < min(NUMBERED, len(points)):
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, _apart(places, chosen[-1]))
    return sorted(chosen, key=lambda n: (round(6 * places[n, 1]), places[n, 0]))


def number_place(x: float, y: float) -> tuple[float, float, bool]:
    """Where the number of a point begins, in shares of the picture; True: where it ends, at the right."""
    is_left = x > 1 - NUMBER_WIDE
    return x + (-0.017 if is_left else 0.017), (y + 0.035 if y < NUMBER_HIGH else y - 0.01), is_left


def _apart(places: NDArray[np.float64], one: int) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.linalg.norm(places - places[one], axis=1)
    return found
