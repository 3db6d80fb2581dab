"""Whether the relief of two aligned sides is the same, and where: by sectors of the disc, and by patches.

The same portrait by the same hand, or one equal letter, fits in a few sectors. One die fits in all of them
that both coins show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .agree import Transform, is_possible, scaled
from .light import Floats, Lit, Small, halfway, slopes
from .opencv import opencv
from .parameters import Parameters
from .patches import ROWS, Patches, patches, refitted
from .relief import Disc

SECTORS = 8  # of each ring; the first begins to the right, and they go clockwise
RING = 0.58  # where the inner ring ends, in radii of the disc: inside is the type, outside is the legend
LEAST_AREA = 0.3  # the share of a sector that both coins have to show
PASSES = ((5, False), (ROWS, True), (ROWS, True))
"""Of moving the patches to their places: rows of patches, and whether the transform may bend."""


@dataclass(frozen=True, slots=True)
class Dense:
    """How far the relief agrees where both coins are: correlations from -1 to 1.

    `sectors` are the inner ring and then the outer one, SECTORS of each; None where too little is common.
    `common` is the share of the first disc that both show; `whole` is the correlation of all of it. For
    each patch of the disc, row by row, `offsets_px` says how far its best place is from its place, in pixels
    of the disc, and `peaks` has the correlation there; None where too little of it is common.
    """

    whole: float
    common: float
    sectors: tuple[float | None, ...]
    offsets_px: tuple[float | None, ...]
    peaks: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class _Aligned:
    """The slopes `(n, n, 2)` of both sides under one light, the second put upon the first."""

    here: Floats
    there: Floats
    shown: Floats
    both: NDArray[np.bool_]

    @property
    def whole(self) -> float:
        """The correlation of all that both show."""
        here, there = self.here.ravel(), self.there.ravel()
        return float(here @ there / np.sqrt((here @ here) * (there @ there) + 1e-6))


def small(disc: Disc, dense_px: int) -> Small:
    """The relief of a disc at the size of the dense check."""
    cv2 = opencv()
    size = (dense_px, dense_px)
    tone = cv2.resize(disc.relief, size, interpolation=cv2.INTER_AREA)
    shown = cv2.resize(disc.inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    found: Small = (tone & 0xFE) | shown
    return found


def best_start(a: Lit, b: Lit, starts: list[Transform]) -> Transform:
    """The transform of the small discs that fits best."""
    if len(starts) == 1:
        return starts[0]
    return max(starts, key=lambda how: _aligned(*halfway(a, b, how[:, :2]), a.shown, b.shown, how).whole)


def dense(a: Lit, b: Lit, start: Transform, settings: Parameters) -> tuple[Transform, Dense] | None:
    """Compares the relief of two sides, put upon each other: by the start, and then by their own patches.

    The start is between the small discs, the transform that is found between the discs. None when the
    relief is not nearly the same after the first pass.
    """
    tones, how = halfway(a, b, start[:, :2]), start
    for rows, may_bend in PASSES:
        now = _aligned(*tones, a.shown, b.shown, how)
        if now.whole < (settings.least_whole if may_bend else settings.least_start):
            return None
        found = patches(now.here, now.there, now.both, rows)
        moved = refitted(how, found, len(a), may_bend=may_bend)
        how = moved if is_possible(moved, settings) else how
    now = _aligned(*tones, a.shown, b.shown, how)
    pixel = settings.side_px / len(a)
    return scaled(how, pixel), _told(now, patches(now.here, now.there, now.both), pixel, settings)


def _aligned(here: Floats, there: Floats, shown: Floats, other: Floats, how: Transform) -> _Aligned:
    cv2 = opencv()
    linear, nearest = (cv2.WARP_INVERSE_MAP | way for way in (cv2.INTER_LINEAR, cv2.INTER_NEAREST))
    put = cv2.warpAffine(there, how, here.shape, flags=linear)
    both = shown * cv2.warpAffine(other, how, here.shape, flags=nearest)
    return _Aligned(slopes(here) * both[..., None], slopes(put) * both[..., None], shown, both > 0)


def _told(now: _Aligned, found: Patches, pixel: float, settings: Parameters) -> Dense:
    offsets: list[float | None] = [None] * ROWS**2
    peaks = list(offsets)
    for number, offset, peak in zip(found.numbers, found.offsets, found.peaks, strict=True):
        offsets[number], peaks[number] = float(np.hypot(*offset)) * pixel, float(peak)
    labels = np.where(now.both, _sector_map(len(now.both)), 2 * SECTORS)
    return Dense(
        whole=now.whole,
        common=float(now.both.sum() / max(int((now.shown > 0).sum()), 1)),
        sectors=_sectors(now.here, now.there, labels, settings.play_px),
        offsets_px=tuple(offsets),
        peaks=tuple(peaks),
    )


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
