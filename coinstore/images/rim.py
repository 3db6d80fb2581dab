"""The rim of a coin: traced around a place where a coin may be, with what speaks for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from .ground import FLOOR, Floats, whitening
from .outline import ANGLES

Bools = NDArray[np.bool_]

CROP_PX = 190  # the side of the square in which a rim is traced; the radius of a coin is then 65
NEAR, FAR, STEPS = 0.3, 1.44, 76  # the radii that are looked at, as shares of the radius
RADII = np.linspace(NEAR, FAR, STEPS, dtype=np.float32)
STEP = (FAR - NEAR) / (STEPS - 1)
INNER, OUTER = int(np.searchsorted(RADII, 0.85)), int(np.searchsorted(RADII, 1.13))
ANGLE = np.arange(ANGLES) * (2 * np.pi / ANGLES)
RIGHT, DOWN = np.cos(ANGLE).astype(np.float32)[:, None], np.sin(ANGLE).astype(np.float32)[:, None]
ROWS = np.arange(ANGLES)[:, None]
OVAL = np.stack([np.ones(ANGLES), np.cos(ANGLE), np.sin(ANGLE), np.cos(2 * ANGLE), np.sin(2 * ANGLE)], axis=1)
LEVELS = 24  # of the distance from the ground
RARE, UNSEEN = 0.005, 0.015  # are added to the shares of coin and ground: what neither has is rather ground
ROUNDS = 3
INWARDS = 0.65  # what a change counts that is farther inside than where the ground seems to begin
ROUGH = 1.0  # what ups and downs count that are passed on the way inwards
SURELY = 0.7  # within this radius a coin may look like its ground
LEAVING = 3.5  # of likeness lost: a stretch of clear ground
AGAIN = 8.0  # what must be gained behind a stretch of clear ground
DOUBT = 0.3  # the likeness that a place must have to be coin
PULL = 0.4  # towards the usual radius nearby, by step; the likeness of a place is at most 2


class Disc(NamedTuple):
    """A place where a coin may be, in pixels."""

    x: float
    y: float
    radius: float

    def scaled(self, factor: float) -> Disc:
        """The same place in a picture of another size."""
        return Disc(factor * self.x, factor * self.y, factor * self.radius)


@dataclass(frozen=True, slots=True)
class Rim:
    """A traced rim: the square around it, its edge as in Outline, and the evidence for a coin.

    `evidence`: how clearly the inside differs from the outside, on average and where it is least clear;
    the share of angles where it does; how much the edge departs from an ellipse and the ellipse from a
    circle; how much more relief is inside; the share of the rim that is in the picture.
    """

    disc: Disc
    edge: Floats
    evidence: tuple[float, ...]


def trace(
    picture: Image.Image, disc: Disc, others: Sequence[Disc] = (), hidden: Bools | None = None
) -> Rim | None:
    """The rim near a disc, in pixels of the picture; None if there is nothing that can be told apart.

    What is nearer to another disc of `others` is not looked at, and what is `hidden`: a mask `(h, w)` of
    any size that covers the picture.
    """
    for left in reversed(range(ROUNDS)):
        unrolled = _unrolled(picture, disc, others, hidden)
        likeness = _likeness(*unrolled)
        if likeness is None:
            return None
        edge, seen = _edge(likeness, unrolled)
        moved = _around(edge, seen)
        if moved is None:
            return None
        if left == 0 or (math.hypot(moved.x, moved.y) < 0.04 and abs(moved.radius - 1) < 0.05):
            evidence = _evidence((edge, seen), likeness, unrolled)
            return Rim(_absolute(disc, moved), _recentred(edge, moved), evidence)
        disc = _absolute(disc, moved)
    return None


def _absolute(disc: Disc, moved: Disc) -> Disc:
    """A disc that is given in radii of another."""
    x, y = disc.x + moved.x * disc.radius, disc.y + moved.y * disc.radius
    return Disc(x, y, disc.radius * moved.radius)


def _unrolled(
    picture: Image.Image, disc: Disc, others: Sequence[Disc], hidden: Bools | None
) -> tuple[Floats, Bools]:
    """The surroundings of a disc by angle and radius, `(ANGLES, STEPS, 3)` in YCbCr, and what is seen."""
    half = disc.radius * (FAR + 0.02)
    left, top = max(disc.x - half, 0), max(disc.y - half, 0)
    right, bottom = min(disc.x + half, picture.width), min(disc.y + half, picture.height)
    scale = CROP_PX / (2 * half)
    size = max(2, round((right - left) * scale)), max(2, round((bottom - top) * scale))
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    crop = picture.resize(size, how, box=(left, top, right, bottom)).convert("YCbCr")
    x, y = disc.x + disc.radius * RIGHT * RADII, disc.y + disc.radius * DOWN * RADII
    visible = (x >= 0) & (x < picture.width) & (y >= 0) & (y < picture.height)
    for other in others:
        visible &= np.hypot(x - other.x, y - other.y) / other.radius > RADII
    if hidden is not None:
        tall, wide = hidden.shape
        row = (y * (tall / picture.height)).astype(np.intp).clip(0, tall - 1)
        column = (x * (wide / picture.width)).astype(np.intp).clip(0, wide - 1)
        visible &= ~hidden[row, column]
    column = ((x - left) * (size[0] / (right - left))).astype(np.intp).clip(0, size[0] - 1)
    row = ((y - top) * (size[1] / (bottom - top))).astype(np.intp).clip(0, size[1] - 1)
    return np.asarray(crop)[row, column].astype(np.float32), visible


def _likeness(pixels: Floats, visible: Bools) -> Floats | None:
    """How much each place is like the coin (up to 2) and unlike its ground (down to -2)."""
    ring, inside = visible[:, OUTER:], visible[:, :INNER]
    known = ring.sum(axis=1) > 3
    if known.sum() < ANGLES // 8:
        return None
    ground = np.median(pixels[:, OUTER:], axis=1)
    if not known.all():
        at = np.flatnonzero(known)
        around = np.concatenate([at - ANGLES, at, at + ANGLES])
        for channel in range(3):
            ground[:, channel] = np.interp(np.arange(ANGLES), around, np.tile(ground[at, channel], 3))
    ground = ndimage.median_filter(ground, size=(25, 1), mode="wrap")
    ground = ndimage.uniform_filter1d(ground, 15, axis=0, mode="wrap")
    apart = pixels - ground[:, None]
    white = whitening(apart[:, OUTER:][ring][::2], 1.3)
    distance = np.linalg.norm(apart @ white, axis=2)
    distance = (np.roll(distance, 1, 0) + 2 * distance + np.roll(distance, -1, 0)) / 4
    level = np.minimum(np.log1p(distance) * (LEVELS / 4), LEVELS - 1).astype(np.intp)
    coin, rest = (
        np.bincount(some, minlength=LEVELS) / max(len(some), 1)
        for some in (level[:, :INNER][inside], level[:, OUTER:][ring])
    )
    ratio = np.log((coin + RARE) / (rest + UNSEEN)).clip(-2, 2)
    return np.where(visible, _rising(ratio, coin + rest + 1e-6)[level], 0).astype(np.float32)


def _rising(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Floats:
    """The nearest values that do not fall: the farther from the ground, the likelier it is coin.

    Isotonic regression by pooling (Ayer et al. 1955, doi:10.1214/aoms/1177728423).
    """
    pools: list[tuple[float, float, int]] = []
    for mean, weight in zip(values.tolist(), weights.tolist(), strict=True):
        count = 1
        while pools and pools[-1][0] > mean:
            before, its, more = pools.pop()
            mean, weight = (before * its + mean * weight) / (its + weight), its + weight
            count += more
        pools.append((mean, weight, count))
    return np.repeat([mean for mean, _, _ in pools], [count for *_, count in pools]).astype(np.float32)


def _edge(likeness: Floats, unrolled: tuple[Floats, Bools]) -> tuple[NDArray[np.intp], Bools]:
    """The last step inside the coin at each angle, and at which angles the ground beyond is seen."""
    pixels, visible = unrolled
    gained = np.cumsum(likeness - DOUBT, axis=1)
    gained -= AGAIN * _left(gained)
    edge = (gained - PULL * np.abs(RADII - 1) / STEP).argmax(axis=1)
    for size in (17, 9):
        usual = ndimage.median_filter(edge, size=size, mode="wrap")
        away = np.abs(np.arange(STEPS) - usual[:, None])
        edge = (gained - PULL * away - 1e3 * (away > 10)).argmax(axis=1)
    count = visible.sum(axis=1)
    seen = edge < count - 3
    edge = np.where(seen, _sharpened(edge, pixels, count), _guessed(edge, seen))
    usual = ndimage.median_filter(edge, size=9, mode="wrap")
    edge = np.where(np.abs(edge - usual) > 3, usual, edge)
    return edge.clip(0, np.maximum(count - 1, 0)), seen


def _guessed(edge: NDArray[np.intp], seen: Bools) -> NDArray[np.intp]:
    """The edge where no ground is seen beyond it: not farther than the circle through the rest of it."""
    if seen.sum() < ANGLES // 4:
        return edge
    radius = RADII[edge[seen]] + STEP / 2
    circle = _circle(radius * RIGHT[seen, 0], radius * DOWN[seen, 0])
    most: NDArray[np.intp] = np.rint((_reach(circle) - NEAR) / STEP).astype(np.intp)
    return np.minimum(edge, most)


def _left(gained: Floats) -> Bools:
    """Places behind a stretch of clear ground: a label there is not a part of the coin."""
    best = np.maximum.accumulate(gained, axis=1)
    lost = (best - gained > LEAVING) & (RADII > SURELY)
    return np.logical_or.accumulate(lost, axis=1)


def _sharpened(edge: NDArray[np.intp], pixels: Floats, count: NDArray[np.intp]) -> NDArray[np.intp]:
    """The edge moved to where the picture changes most: inwards past a shadow, if enough ground is seen.

    A shadow becomes brighter or darker steadily; relief goes up and down, and is not passed.
    """
    shifts = np.arange(-14, 3)
    at = (edge[:, None] + shifts).clip(2, STEPS - 3)
    step = pixels[ROWS, at - 1] + pixels[ROWS, at] - pixels[ROWS, at + 1] - pixels[ROWS, at + 2]
    bright = pixels[..., 0]
    climbed = np.cumsum(np.abs(np.diff(bright, axis=1, prepend=bright[:, :1])), axis=1)
    end = np.maximum(edge[:, None] + 2, at + 2).clip(0, STEPS - 1)
    passed = climbed[ROWS, end] - climbed[ROWS, at + 2] - np.abs(bright[ROWS, end] - bright[ROWS, at + 2])
    change = ndimage.uniform_filter1d(np.abs(step).sum(axis=2) - ROUGH * passed, 7, axis=0, mode="wrap")
    weight = np.where(shifts < -2, INWARDS, 1.0) * ((shifts >= -3) | (count - edge > 8)[:, None])
    moved: NDArray[np.intp] = (edge + shifts[(change * weight).argmax(axis=1)]).clip(1, STEPS - 1)
    return moved


def _around(edge: NDArray[np.intp], seen: Bools) -> Disc | None:
    """The square around the edge, in radii; a coin that leaves the picture is completed as a circle."""
    if seen.sum() < ANGLES // 4:
        return None
    radius = RADII[edge] + STEP / 2
    x, y = radius * RIGHT[:, 0], radius * DOWN[:, 0]
    left, right, top, bottom = x.min(), x.max(), y.min(), y.max()
    box = Disc(float(left + right) / 2, float(top + bottom) / 2, float(max(right - left, bottom - top)) / 2)
    if not seen.all():
        circle = _circle(x[seen], y[seen])
        if (_reach(circle) - radius)[~seen].max() > 0.05:
            box = circle
    return box if 0.3 < box.radius < 1.7 and math.hypot(box.x, box.y) < 1 else None


def _circle(x: Floats, y: Floats) -> Disc:
    """The circle through points by least squares (Kåsa 1976, doi:10.1109/TIM.1976.6312298)."""
    sides = np.stack([2 * x, 2 * y, np.ones_like(x)], axis=1)
    a, b, c = np.linalg.lstsq(sides, x * x + y * y, rcond=None)[0]
    return Disc(float(a), float(b), math.sqrt(max(float(c + a * a + b * b), 1e-6)))


def _reach(circle: Disc) -> NDArray[np.float64]:
    """How far a circle reaches from the origin at each angle."""
    along = circle.x * np.cos(ANGLE) + circle.y * np.sin(ANGLE)
    across2 = circle.x**2 + circle.y**2 - along**2
    reach: NDArray[np.float64] = along + np.sqrt(np.maximum(circle.radius**2 - across2, 0))
    return reach


def _recentred(edge: NDArray[np.intp], moved: Disc) -> Floats:
    """The edge as seen from another centre, as shares of the new radius."""
    radius = RADII[edge] + STEP / 2
    x, y = radius * RIGHT[:, 0] - moved.x, radius * DOWN[:, 0] - moved.y
    angle = np.arctan2(y, x) % (2 * np.pi)
    order = np.argsort(angle, kind="stable")
    around = np.concatenate([angle[order] - 2 * np.pi, angle[order], angle[order] + 2 * np.pi])
    reach = np.tile(np.hypot(x, y)[order] / moved.radius, 3)
    edge_there: Floats = np.interp(ANGLE, around, reach).clip(0, 1.5).astype(np.float32)
    return edge_there


def _evidence(
    traced: tuple[NDArray[np.intp], Bools], likeness: Floats, unrolled: tuple[Floats, Bools]
) -> tuple[float, ...]:
    (edge, seen), (pixels, visible) = traced, unrolled
    inside = likeness[ROWS, (edge[:, None] + np.arange(-7, 0)).clip(0)].mean(axis=1)
    beyond = (edge[:, None] + np.arange(2, 9)).clip(0, STEPS - 1)
    outside = likeness[ROWS, beyond].sum(axis=1) / np.maximum(visible[ROWS, beyond].sum(axis=1), 1)
    clear = (inside - outside)[seen]
    radius = (RADII[edge] + STEP / 2)[seen]
    oval = OVAL[seen]
    found = np.linalg.lstsq(oval, radius, rcond=None)[0]
    size = max(float(found[0]), 0.1)
    bright = pixels[..., 0]
    change = np.abs(np.diff(bright, axis=1))
    steps = np.arange(STEPS - 1)
    within = change[(steps < edge[:, None] - 3) & visible[:, 1:]]
    without = change[(steps > edge[:, None] + 4) & visible[:, 1:]]
    relief = (
        math.log((within.mean() + FLOOR[0]) / ((without.mean() if without.size else 0) + FLOOR[0]))
        if within.size
        else 0.0
    )
    return (
        float(clear.mean()),
        float(np.percentile(clear, 15)),
        float((clear > 1).mean()),
        min(float((radius - oval @ found).std()) / size, 0.2),
        min(float(np.hypot(found[3], found[4])) / size, 0.3),
        min(max(relief, -1.0), 2.5),
        float(seen.mean()),
    )
