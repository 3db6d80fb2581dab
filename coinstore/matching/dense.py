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
LEAST_DETAIL = 0.2  # of the disc's mean; in sectors with less, coins of one die agree as little as others
PASSES = ((5, False), (ROWS, True), (ROWS, True))
"""Of moving the patches to their places: rows of patches, and whether the transform may bend."""


@dataclass(frozen=True, slots=True)
class Dense:
    """How far the relief agrees where both coins are: correlations from -1 to 1.

    `sectors` are the inner ring and then the outer one, SECTORS of each; None where too little is common,
    or to be seen.
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


def best_start(a: Lit, b: Lit, starts: list[Transform], settings: Parameters) -> Transform:
    """The transform of the small discs that fits best."""
    if len(starts) == 1:
        return starts[0]
    return max(starts, key=lambda how: _Halfway(a, b, how, settings).under(how).whole)


def dense(a: Lit, b: Lit, start: Transform, settings: Parameters) -> tuple[Transform, Dense] | None:
    """Compares the relief of two sides, put upon each other: by the start, and then by their own patches.

    The start is between the small discs, the transform that is found between the discs. None when the
    relief is not nearly the same after the first pass.
    """
    sides, how = _Halfway(a, b, start, settings), start
    for rows, may_bend in PASSES:
        now = sides.under(how)
        if now.whole < (settings.least_whole if may_bend else settings.least_start):
            return None
        found = patches(now.here, now.there, now.both, rows)
        moved = refitted(how, found, len(a), may_bend=may_bend)
        how = moved if is_possible(moved, settings) else how
    now = sides.under(how)
    pixel = settings.side_px / len(a)
    return scaled(how, pixel), _told(now, patches(now.here, now.there, now.both), pixel, settings)


class _Halfway:
    """Two sides under the lamp between their own, as a transform turns them."""

    def __init__(self, a: Lit, b: Lit, how: Transform, settings: Parameters) -> None:
        here, self._there = halfway(a, b, how[:, :2], any_turn=settings.any_turn)
        self._here, self._shown, self._other = slopes(here), a.shown, b.shown
        if settings.any_turn and self.under(how).whole < 0:
            self._there = -self._there

    def under(self, how: Transform) -> _Aligned:
        """The second side put upon the first by a transform."""
        cv2 = opencv()
        linear, nearest = (cv2.WARP_INVERSE_MAP | way for way in (cv2.INTER_LINEAR, cv2.INTER_NEAREST))
        put = cv2.warpAffine(self._there, how, self._shown.shape, flags=linear)
        both = self._shown * cv2.warpAffine(self._other, how, self._shown.shape, flags=nearest)
        shown = cv2.merge([both, both])
        return _Aligned(self._here * shown, slopes(put) * shown, self._shown, both > 0)


def _told(now: _Aligned, found: Patches, pixel: float, settings: Parameters) -> Dense:
    offsets: list[float | None] = [None] * ROWS**2
    peaks = list(offsets)
    for number, offset, peak in zip(found.numbers, found.offsets, found.peaks, strict=True):
        offsets[number], peaks[number] = float(np.hypot(*offset)) * pixel, float(peak)
    return Dense(
        whole=now.whole,
        common=float(now.both.sum() / max(int((now.shown > 0).sum()), 1)),
        sectors=_sectors(now, settings.play_px),
        offsets_px=tuple(offsets),
        peaks=tuple(peaks),
    )


def _sectors(now: _Aligned, play_px: int) -> tuple[float | None, ...]:
    """The correlation of each sector, at the best place within `play_px`: no two photographs fit exactly.

    None where too little is common, and where both show an empty field: its grain says nothing.
    """
    masks = _sector_masks(len(now.both))
    here, there = (slopes.view(np.complex64)[..., 0] for slopes in (now.here, now.there))
    ways = ((0, 0), (play_px, 0), (-play_px, 0), (0, play_px), (0, -play_px))
    moved = np.stack([np.roll(there, way, (0, 1)) for way in ways]) * now.both
    fields = [now.both[None], _power(here)[None], _power(moved), (here.conj() * moved).real]
    sums = np.concatenate(fields).reshape(-1, masks.shape[1]) @ masks.T
    area, own, others, products = sums[0], sums[1], sums[2 : 2 + len(ways)], sums[2 + len(ways) :]
    detail = np.sqrt(own * others[0]) / np.maximum(area, 1)
    least = LEAST_DETAIL * np.sqrt(own.sum() * others[0].sum()) / max(area.sum(), 1)
    shown = (area >= LEAST_AREA * masks.sum(axis=1)) & (detail >= least)
    best = (products / np.sqrt(own * others + 1e-6)).max(axis=0)
    return tuple(float(one) if ok else None for one, ok in zip(best, shown, strict=True))


def _power(field: NDArray[np.complex64]) -> Floats:
    found: Floats = field.real**2 + field.imag**2
    return found


@lru_cache(maxsize=4)
def _sector_masks(side_px: int) -> Floats:
    """For each sector 1 at its pixels, row by row `(2 * SECTORS, n * n)`."""
    line = (np.arange(side_px) + 0.5) / side_px * 2 - 1
    x, y = np.meshgrid(line, line)
    reach = np.hypot(x, y)
    sector = (np.arctan2(y, x) % (2 * np.pi) * (SECTORS / (2 * np.pi))).astype(np.int64).clip(0, SECTORS - 1)
    number = np.where(reach > 1, -1, sector + np.where(reach > RING, SECTORS, 0)).ravel()
    found: Floats = (number == np.arange(2 * SECTORS)[:, None]).astype(np.float32)
    return found
