"""Fitting a picture of any shape into the square that a model needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .spec import PictureSpec


def prepare(picture: Image.Image, spec: PictureSpec) -> NDArray[np.uint8]:
    """The picture fitted to `(side_px, side_px)`, with a third axis of 3 unless the spec is grey."""
    return np.asarray(fit(picture, spec))


def fit(picture: Image.Image, spec: PictureSpec) -> Image.Image:
    """The picture as a square of `spec.side_px`, in the colour mode of the spec.

    `pad` keeps the whole picture and its proportions, and fills up with the median tone of its border (a
    black margin next to a white background would be an edge that no coin has). `squash` keeps the whole
    picture; `crop` takes the middle. `squash` and `crop` give, pixel for pixel, the result of Resize and
    CenterCrop of torchvision for a Pillow image.
    """
    picture = picture.convert("L" if spec.colour == "grey" else "RGB")
    size = (spec.side_px, spec.side_px)
    how = Image.Resampling[spec.interpolation.upper()]
    if spec.fit == "squash":
        return picture.resize(size, how)
    if spec.fit == "crop":
        return _middle(_resized(picture, spec.resize_px or spec.side_px, how), spec.side_px)
    picture = ImageOps.contain(picture, size, how)
    return ImageOps.pad(picture, size, color=_border_tone(picture))


def _resized(picture: Image.Image, shorter_px: int, how: Image.Resampling) -> Image.Image:
    width, height = picture.size
    longer_px = int(shorter_px * max(width, height) / min(width, height))
    return picture.resize((shorter_px, longer_px) if width <= height else (longer_px, shorter_px), how)


def _middle(picture: Image.Image, side_px: int) -> Image.Image:
    left, top = (round((length - side_px) / 2) for length in picture.size)
    return picture.crop((left, top, left + side_px, top + side_px))


def _border_tone(picture: Image.Image) -> int | tuple[int, ...]:
    pixels = np.asarray(picture)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    tone = np.median(border, axis=0)
    return int(tone) if tone.ndim == 0 else tuple(int(part) for part in tone)
