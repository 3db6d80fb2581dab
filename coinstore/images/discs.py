"""Finding coins in a photograph: discs that differ from the ground around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage import color

from .outline import ANGLES, Outline, whole

Arrangement = Literal["side by side", "one above the other"]
COPY_PX = 256  # the longer side of the copy that is searched


@dataclass(frozen=True, slots=True)
class Found:
    """The coins of a photograph: one, or two faces in reading order; the whole picture if there is none.

    `problem` says why it is unclear what the photograph shows; then it counts as one.
    """

    coins: tuple[Outline, ...]
    arrangement: Arrangement | None = None
    problem: str | None = None


def find(picture: Image.Image) -> Found:
    """Where the coins are in an upright RGB photograph, in its pixels; the same in every run."""
    scale = max(1.0, max(picture.size) / COPY_PX)
    small = (max(1, round(picture.width / scale)), max(1, round(picture.height / scale)))
    lab = color.rgb2lab(np.asarray(picture.convert("RGB").resize(small, Image.Resampling.BOX)))
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    distance = ndimage.gaussian_filter(np.linalg.norm(lab - np.median(border, axis=0), axis=2), 0.7)
    if np.ptp(distance) == 0:
        return Found((whole(*picture.size),))
    mask = distance > np.clip(_otsu(distance) * 0.55, 6, 22)
    mask = ndimage.binary_fill_holes(ndimage.binary_closing(mask, iterations=2))
    labels, _ = ndimage.label(ndimage.binary_opening(mask, iterations=2))
    sizes = np.bincount(labels.ravel())[1:]
    if not len(sizes) or sizes.max() < 0.04 * mask.size:
        return Found((whole(*picture.size),))
    coin = outline_of(labels == sizes.argmax() + 1, 0.5, "ground")
    return Found((coin.scaled(max(picture.size) / max(small)),))


def _otsu(values: NDArray[np.float64]) -> float:
    """The threshold between two classes of values (Otsu 1979, doi:10.1109/TSMC.1979.4310076)."""
    count, edges = np.histogram(values, 128)
    middle = (edges[:-1] + edges[1:]) / 2
    low, below = np.cumsum(count), np.cumsum(count * middle)
    high = low[-1] - low
    apart = below / np.maximum(low, 1) - (below[-1] - below) / np.maximum(high, 1)
    return float(middle[np.argmax(low * high * apart**2)])


def outline_of(mask: NDArray[np.bool_], certainty: float, method: str) -> Outline:
    """The outline of a mask that is not empty: the square around it, and how far it reaches from there."""
    (top, bottom), (left, right) = (np.flatnonzero(mask.any(axis))[[0, -1]] + (0, 1) for axis in (1, 0))
    x, y, radius = (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top) / 2
    angle = np.arange(ANGLES)[:, None] * (2 * np.pi / ANGLES)
    reach = np.arange(0.25, 1.5 * radius, 0.5)
    column = np.floor(x + reach * np.cos(angle)).astype(int)
    row = np.floor(y + reach * np.sin(angle)).astype(int)
    within = (column >= 0) & (column < mask.shape[1]) & (row >= 0) & (row < mask.shape[0])
    hit = within & mask[row.clip(0, mask.shape[0] - 1), column.clip(0, mask.shape[1] - 1)]
    edge = np.where(hit, reach + 0.25, 0).max(axis=1) / radius
    edge = ndimage.median_filter(edge, size=5, mode="wrap").clip(0, 1.5)
    return Outline(float(x), float(y), float(radius), tuple(map(float, edge)), certainty, method)
