"""Fitting a picture of any shape into the square that a model needs."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ..images import discs
from ..images.outline import ANGLES, Outline
from .spec import PictureSpec

MARGIN = 0.02  # around a coin, as a share of its radius
MEAN, DEVIATION = 127.5, 51.0  # of a coin with normalised tone: 0.5 and 0.2 of the range of a byte


def prepare(picture: Image.Image, spec: PictureSpec, outline: Outline | None = None) -> NDArray[np.uint8]:
    """The picture fitted to `(side_px, side_px)`, with a third axis of 3 unless the spec is grey."""
    return np.asarray(fit(picture, spec, outline))


def fit(picture: Image.Image, spec: PictureSpec, outline: Outline | None = None) -> Image.Image:
    """The picture as a square of `spec.side_px`, in the colour mode of the spec.

    `pad` keeps the whole picture and its proportions, and fills up with the median tone of its border (a
    black margin next to a white background would be an edge that no coin has). `squash` keeps the whole
    picture; `crop` takes the middle. `squash` and `crop` give, pixel for pixel, the result of Resize and
    CenterCrop of torchvision for a Pillow image. `coin` takes the square around the coin plus MARGIN,
    where `outline` says it is, or else where it is found; outside the picture it is the border's tone.
    """
    if spec.fit == "coin":
        return _coin(picture, spec, outline or discs.find(picture).coins[0])
    picture = picture.convert("L" if spec.colour == "grey" else "RGB")
    size = (spec.side_px, spec.side_px)
    how = Image.Resampling[spec.interpolation.upper()]
    if spec.fit == "squash":
        return picture.resize(size, how)
    if spec.fit == "crop":
        return _middle(_resized(picture, spec.resize_px or spec.side_px, how), spec.side_px)
    picture = ImageOps.contain(picture, size, how)
    return ImageOps.pad(picture, size, color=_border_tone(picture))


def _coin(picture: Image.Image, spec: PictureSpec, outline: Outline) -> Image.Image:
    side_px = spec.resize_px or spec.side_px
    how = Image.Resampling[spec.interpolation.upper()]
    square = _square(picture, "L" if spec.colour == "grey" else "RGB", outline, side_px, how)
    if (spec.ground, spec.tone) != ("keep", "keep"):
        square = _toned(square, spec, within_edge(side_px, outline.edge))
    return square if side_px == spec.side_px else square.resize((spec.side_px, spec.side_px), how)


def _square(
    picture: Image.Image, mode: str, outline: Outline, side_px: int, how: Image.Resampling
) -> Image.Image:
    """The square around the coin; outside the picture it has the median tone of the picture's border."""
    half = (1 + MARGIN) * outline.radius_px
    left, top = math.floor(outline.x_px - half), math.floor(outline.y_px - half)
    right, bottom = math.ceil(outline.x_px + half), math.ceil(outline.y_px + half)
    inside = (max(left, 0), max(top, 0), min(right, picture.width), min(bottom, picture.height))
    square = picture.crop(inside).convert(mode)
    if inside != (left, top, right, bottom):
        tone = _border_tone(picture.convert(mode))
        canvas = Image.new(mode, (right - left, bottom - top), tone)
        canvas.paste(square, (inside[0] - left, inside[1] - top))
        square = canvas
    x, y = outline.x_px - left, outline.y_px - top
    box = (max(x - half, 0), max(y - half, 0), min(x + half, square.width), min(y + half, square.height))
    return square.resize((side_px, side_px), how, box=box)


def _toned(square: Image.Image, spec: PictureSpec, inside: NDArray[np.bool_]) -> Image.Image:
    """The square with the coin's tone and the ground of the spec; `inside` says which pixels are coin.

    The channels of a coloured picture share one mean and one deviation, so that colours stay apart.
    """
    pixels = np.asarray(square, np.float32)
    if spec.tone == "normalise" and inside.any():
        coin = pixels[inside]
        pixels = MEAN + (pixels - coin.mean()) * (DEVIATION / max(float(coin.std()), 1.0))
    if spec.ground == "mask":
        pixels[~inside] = MEAN
    return Image.fromarray(np.rint(pixels).clip(0, 255).astype(np.uint8))


def within_edge(side_px: int, edge: tuple[float, ...]) -> NDArray[np.bool_]:
    """Which pixels of the square around a coin, `(side_px, side_px)`, are within its edge."""
    reach, step, share = _polar(side_px)
    radii = np.array((*edge, edge[0]), np.float32)
    inside: NDArray[np.bool_] = reach <= radii[step] + share * (radii[step + 1] - radii[step])
    return inside


@lru_cache(maxsize=8)
def _polar(side_px: int) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """For each pixel of the square: its distance from the centre in radii, and its angle.

    The angle is a step of the edge, and the share of the way to the next one.
    """
    line = ((np.arange(side_px) + 0.5) / side_px * 2 - 1) * (1 + MARGIN)
    x, y = np.meshgrid(line, line)
    angle = np.arctan2(y, x) % (2 * np.pi) * (ANGLES / (2 * np.pi))
    step = np.minimum(angle.astype(np.int64), ANGLES - 1)
    return np.hypot(x, y).astype(np.float32), step, (angle - step).astype(np.float32)


def _resized(picture: Image.Image, shorter_px: int, how: Image.Resampling) -> Image.Image:
    width, height = picture.size
    longer_px = int(shorter_px * max(width, height) / min(width, height))
    return picture.resize((shorter_px, longer_px) if width <= height else (longer_px, shorter_px), how)


def _middle(picture: Image.Image, side_px: int) -> Image.Image:
    left, top = (round((length - side_px) / 2) for length in picture.size)
    return picture.crop((left, top, left + side_px, top + side_px))


def _border_tone(picture: Image.Image) -> int | tuple[int, ...]:
    width, height = picture.size
    sides = (
        (0, 0, width, 1),
        (0, height - 1, width, height),
        (0, 0, 1, height),
        (width - 1, 0, width, height),
    )
    border = np.concatenate(
        [np.asarray(picture.crop(side)).reshape(-1, len(picture.getbands())) for side in sides]
    )
    tone = tuple(int(part) for part in np.median(border, axis=0))
    return tone if len(tone) > 1 else tone[0]
