"""Relief: from outlines to the height field of a die."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from coinstore.synthetic.curves import Design, Layer, Outline

FIELD_PX = 256
EXTENT = 1.12
"""A height field is FIELD_PX square and spans -EXTENT to EXTENT die radii both ways."""
WEAR_PX = (0.6, 1.6, 3.6)
"""The widths of blur, in pixels of the field, for a relief that is fresh, used or worn."""

Field = NDArray[np.float32]

_PX = FIELD_PX / 2 / EXTENT  # pixels per die radius


def relief(design: Design) -> Field:
    """Return the heights of a design at each width of wear, shape (3, FIELD_PX, FIELD_PX).

    Unit: pixels of the field, so that slopes are plain differences; the field is 0, a head
    reaches about 16. The top row is the top of the die.
    """
    sharp = np.zeros((FIELD_PX, FIELD_PX), dtype=np.float32)
    for layer in design:
        sharp += _raised(layer)
    return np.stack([blurred(sharp, width) for width in WEAR_PX])


def blurred(field: Field, width_px: float) -> Field:
    """Return the square field under a Gaussian of standard deviation `width_px`.

    Two products with a band matrix: several times faster than a convolution at this size.
    """
    band = _band(len(field), width_px)
    return np.asarray(band @ field @ band.T, dtype=np.float32)


@lru_cache(maxsize=64)
def _band(side: int, width_px: float) -> Field:
    offset = np.arange(side)[:, None] - np.arange(side)[None, :]
    weight = np.exp(-0.5 * (offset / width_px) ** 2)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float32)


def _raised(layer: Layer) -> Field:
    """Return the height of one layer: a dome over each outline, steep as a square root at its shoulder."""
    mask = _mask(layer.outlines)
    height = layer.height / 100 * _PX
    if layer.softness == 0:
        return mask * np.float32(height)
    spread = blurred(mask, round(layer.softness * _PX, 2))
    dome = np.sqrt(np.clip(2 * spread - 1, 0, 1))
    return np.asarray((0.3 * mask + 0.7 * dome) * height, dtype=np.float32)


def _mask(outlines: Sequence[Outline]) -> Field:
    """Return the share of each pixel that the outlines cover, 0 to 1, drawn at twice the size."""
    picture = Image.new("L", (2 * FIELD_PX, 2 * FIELD_PX))
    draw = ImageDraw.Draw(picture)
    for outline in outlines:
        flat = outline * (2 * _PX, -2 * _PX) + FIELD_PX
        draw.polygon(flat.ravel().tolist(), fill=255)
    return np.asarray(picture.reduce(2), dtype=np.float32) / 255
