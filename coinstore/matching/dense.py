"""Whether the relief of two aligned sides is the same, and where: by sectors of the disc.

The same portrait by the same hand, or one equal letter, fits in a few sectors. One die fits in all of them
that both coins show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .agree import Transform
from .opencv import opencv
from .parameters import Parameters
from .relief import Disc

SECTORS = 8  # of each ring; the first begins to the right, and they go clockwise
RING = 0.58  # where the inner ring ends, in radii of the disc: inside is the type, outside is the legend
LEAST_AREA = 0.3  # the share of a sector, or of a patch, that both coins have to show
SMOOTH_PX = 1.2  # of the relief before its slopes are taken
PATCHES = 7  # in a row of the disc
REACH = 0.035  # how far a patch looks for a better place, as a share of the disc's side
Floats = NDArray[np.float32]
Small = NDArray[np.uint8]
"""The relief of a disc, made smaller: the tone, and in its last bit whether the coin is there."""


@dataclass(frozen=True, slots=True)
class Dense:
    """How far the relief agrees where both coins are: correlations from -1 to 1.

    `sectors` are the inner ring and then the outer one, SECTORS of each; None where too little is common.
    `common` is the share of the first disc that both show; `whole` is the correlation of all of it. For
    each patch of the disc, `offsets_px` says how far its best place is from its place, in pixels of the
    disc, and `peaks` has the correlation there.
    """

    whole: float
    common: float
    sectors: tuple[float | None, ...]
    offsets_px: tuple[float, ...]
    peaks: tuple[float, ...]


def small(disc: Disc, dense_px: int) -> Small:
    """The relief of a disc at the size of the dense check."""
    cv2 = opencv()
    size = (dense_px, dense_px)
    tone = cv2.resize(disc.relief, size, interpolation=cv2.INTER_AREA)
    shown = cv2.resize(disc.inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    found: Small = (tone & 0xFE) | shown
    return found


def dense(a: Small, b: Small, how: Transform, settings: Parameters) -> Dense:
    """Compares the relief of the first disc with that of the second one, put upon it by the transform."""
    cv2 = opencv()
    back, size = _scaled(how, len(a) / settings.side_px), a.shape
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    put = cv2.warpAffine(b.astype(np.float32), back, size, flags=flags, borderValue=128)
    shown = cv2.warpAffine(b & 1, back, size, flags=cv2.WARP_INVERSE_MAP | cv2.INTER_NEAREST, borderValue=0)
    both = (a & 1 & shown).astype(bool)
    here, there = _slopes(a.astype(np.float32)), _slopes(put)
    sectors = np.where(both, _sector_map(len(a)), 2 * SECTORS)
    offsets, peaks = _patches(here, there, both, settings.side_px / len(a))
    return Dense(
        whole=float(_correlations(here, there, np.where(both, 0, 1), 1)[0]),
        common=float(both.sum() / max(int((a & 1).sum()), 1)),
        sectors=_sectors(here, there, sectors, settings.play_px),
        offsets_px=offsets,
        peaks=peaks,
    )


def _scaled(how: Transform, scale: float) -> Transform:
    """The transform between smaller discs; the centre of a pixel is at whole numbers in both sizes."""
    found = how.copy()
    found[:, 2] = scale * how[:, 2] + (how[:, :2].sum(axis=1) - 1) * (0.5 - 0.5 * scale)
    return found


def _slopes(tone: Floats) -> Floats:
    """The slopes of a relief to the right and down, `(h, w, 2)`."""
    cv2 = opencv()
    smooth = cv2.GaussianBlur(tone, (0, 0), SMOOTH_PX)
    found: Floats = np.dstack([cv2.Sobel(smooth, cv2.CV_32F, *way) for way in ((1, 0), (0, 1))])
    return found


def _sectors(
    here: Floats, there: Floats, labels: NDArray[np.int64], play_px: int
) -> tuple[float | None, ...]:
    """The correlation of each sector, at the best place within `play_px`: no two photographs fit exactly."""
    count = 2 * SECTORS
    ways = [
        (0, 0),
        *((step, 0) for step in (-play_px, play_px)),
        *((0, step) for step in (-play_px, play_px)),
    ]
    best = np.max([_correlations(here, np.roll(there, way, (0, 1)), labels, count) for way in ways], axis=0)
    areas = np.bincount(_sector_map(len(labels)).ravel(), minlength=count)[:count]
    shown = np.bincount(labels.ravel(), minlength=count)[:count] >= LEAST_AREA * areas
    return tuple(float(one) if ok else None for one, ok in zip(best, shown, strict=True))


def _correlations(here: Floats, there: Floats, labels: NDArray[np.int64], count: int) -> Floats:
    """The correlation of the slopes for each label, 0 to `count`."""
    flat = labels.ravel()

    def total(one: Floats, other: Floats) -> Floats:
        products = one[..., 0] * other[..., 0] + one[..., 1] * other[..., 1]
        sums: Floats = np.bincount(flat, products.ravel(), minlength=count + 1)[:count].astype(np.float32)
        return sums

    found: Floats = total(here, there) / np.sqrt(total(here, here) * total(there, there) + 1e-6)
    return found


@lru_cache(maxsize=4)
def _sector_map(side_px: int) -> NDArray[np.int64]:
    """The number of the sector of each pixel `(n, n)`; 2 * SECTORS is outside the disc."""
    line = (np.arange(side_px) + 0.5) / side_px * 2 - 1
    x, y = np.meshgrid(line, line)
    reach = np.hypot(x, y)
    sector = (np.arctan2(y, x) % (2 * np.pi) * (SECTORS / (2 * np.pi))).astype(np.int64).clip(0, SECTORS - 1)
    return np.where(reach > 1, 2 * SECTORS, sector + np.where(reach > RING, SECTORS, 0))


def _patches(
    here: Floats, there: Floats, both: NDArray[np.bool_], pixel: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """How far each patch's best place is from its place, in pixels of the disc, and the correlation there."""
    cv2 = opencv()
    side = len(here)
    wide, reach = side // PATCHES, round(REACH * side)
    first = (side - PATCHES * wide) // 2
    offsets, peaks = [], []
    for row, column in product(range(PATCHES), repeat=2):
        y, x = max(first + row * wide, reach), max(first + column * wide, reach)
        down, right = min(y + wide, side - reach), min(x + wide, side - reach)
        if both[y:down, x:right].mean() < 2 * LEAST_AREA:
            continue
        around = there[y - reach : down + reach, x - reach : right + reach]
        fit = cv2.matchTemplate(around, here[y:down, x:right], cv2.TM_CCORR_NORMED)
        best_y, best_x = np.unravel_index(int(fit.argmax()), fit.shape)
        offsets.append(float(np.hypot(best_y - reach, best_x - reach)) * pixel)
        peaks.append(float(fit[best_y, best_x]))
    return tuple(offsets), tuple(peaks)
