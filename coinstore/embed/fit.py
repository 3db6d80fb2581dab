"""Fitting a picture of any shape into the square that a model takes."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from .spec import Spec


def fit(picture: Image.Image, spec: Spec) -> Image.Image:
    """The picture as a square of `spec.side_px`, in the spec's colour mode.

    `pad` keeps all of it and its proportions, on a ground of its own border's median tone (a black
    ground beside a white one would otherwise be an edge that no coin has); `squash` keeps all of it;
    `crop` takes the middle.
    """
    picture = picture.convert("L" if spec.colour == "grey" else "RGB")
    size = (spec.side_px, spec.side_px)
    if spec.fit == "squash":
        return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if spec.fit == "crop":
        return ImageOps.fit(picture, size, Image.Resampling.BILINEAR)
    picture = ImageOps.contain(picture, size, Image.Resampling.BILINEAR)
    return ImageOps.pad(picture, size, color=_border_tone(picture))


def _border_tone(picture: Image.Image) -> int | tuple[int, ...]:
    pixels = np.asarray(picture)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    tone = np.median(border, axis=0)
    return int(tone) if tone.ndim == 0 else tuple(int(part) for part in tone)
