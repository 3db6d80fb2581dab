"""Comparing two sides: a quick look at how they may lie, and a full check of the pairs that pass it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..images.outline import Outline
from . import agree
from .agree import Pairs
from .dense import Dense, best_start, dense, small
from .keypoints import Keypoints, keypoints
from .light import Lit, Small
from .opencv import opencv
from .parameters import Parameters
from .registration import Spectrum, Turned, register, spectrum, turned
from .relief import relief

SPOTS = 6  # the disc has as many rows and columns of spots; coverage counts those with a pair


@dataclass(frozen=True)
class Side:
    """What matching knows of one side: its features, and its relief made smaller."""

    keypoints: Keypoints
    small: Small

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """The descriptors of the features, whole numbers `(n, d)`."""
        return self.keypoints.vectors()

    @cached_property
    def shares(self) -> NDArray[np.float32]:
        """One over the length of each descriptor `(n, 1)`."""
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        found: NDArray[np.float32] = 1 / np.maximum(lengths, np.float32(1))
        return found

    @cached_property
    def lit(self) -> Lit:
        """The small relief with its light."""
        return Lit(self.small)

    @cached_property
    def spectrum(self) -> Spectrum:
        """What is registered upon another side."""
        return spectrum(self.lit)

    def to_bytes(self) -> bytes:
        """The side as a cache keeps it, about 100 kB."""
        return f"{len(self.small)}\n".encode() + self.small.tobytes() + self.keypoints.to_bytes()

    @staticmethod
    def from_bytes(data: bytes) -> Side:
        """The side that `to_bytes` wrote."""
        head, _, rest = data.partition(b"\n")
        side_px = int(head)
        pixels = np.frombuffer(rest[: side_px**2], np.uint8).reshape(side_px, side_px)
        return Side(Keypoints.from_bytes(rest[side_px**2 :]), pixels)


@dataclass(frozen=True, slots=True)
class Match:
    """Why two sides may, or may not, be of one die. Lengths are in pixels of the disc.

    `agreeing` pairs of features agree in a quick look. `transform` puts the first disc upon the second one:
    the rows (a, b, x) and (c, d, y). When neither features nor the whole relief suggest one under which the
    relief is nearly the same, it is None, and nothing else is known. `inliers` pairs of features agree with
    it, of `possible` ones in the common area; they are `coverage` (0 to 1) of its spots, and `residual_px`
    (median) from their places. `points` are these pairs: x and y on the first disc, x and y on the second
    one. `dense` is the agreement of the relief.
    """

    agreeing: int
    transform: tuple[tuple[float, ...], ...] | None
    inliers: int
    possible: int
    coverage: float
    residual_px: float | None
    dense: Dense | None
    parameters: Parameters
    opencv_version: str
    points: NDArray[np.float32] = field(repr=False, compare=False)


def side(picture: Image.Image, outline: Outline, settings: Parameters) -> Side:
    """What matching needs of the coin that `outline` shows in an upright photograph."""
    disc = relief(picture, outline, settings.side_px)
    found = keypoints(disc, settings.detector, settings.keypoints)
    return Side(found, small(disc, settings.dense_px))


def compare(a: Side, b: Side, settings: Parameters) -> Match:
    """Compares two sides, in full where a quick look finds enough features that agree."""
    return compare_many(a, [b], settings)[0]


def compare_many(a: Side, others: Sequence[Side], settings: Parameters) -> list[Match]:
    """Compares a side with each of the others; the descriptors of all are multiplied at once."""
    known = [one for one in others if len(one.keypoints) and len(a.keypoints)]
    alike = np.zeros((0, len(a.keypoints)), np.float32)
    if known:
        # Whole numbers are multiplied, and scaled afterwards: no sum depends on how many others there are.
        alike = np.concatenate([one.vectors for one in known]) @ a.vectors.T
        alike *= np.concatenate([one.shares for one in known])
        alike *= a.shares.T
    ends = np.cumsum([0, *(len(one.keypoints) if known else 0 for one in others)])
    parts = (alike[begin:end].T for begin, end in pairwise(ends))
    ways = turned(a.lit, any_turn=settings.any_turn)
    return [_compared(_Pair(a, *rest, settings), ways) for rest in zip(others, parts, strict=True)]


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two sides that are compared; `alike` `(n, m)` are the products of their descriptors."""

    a: Side
    b: Side
    alike: NDArray[np.float32]
    settings: Parameters


def _compared(pair: _Pair, ways: Turned) -> Match:
    """The match of two sides: features or the whole relief say how they lie, and then they are checked."""
    a, b, settings = pair.a, pair.b, pair.settings
    likely = agree.nearest_pairs(pair.alike, settings.least_cosine)
    chosen = agree.consensus(a.keypoints, b.keypoints, likely, settings)
    agreeing = int(chosen.sum())
    starts = []
    if agreeing >= settings.least_agreeing:
        how = agree.transform(a.keypoints, b.keypoints, likely.where(chosen), settings)
        starts += [agree.scaled(how, settings.dense_px / settings.side_px)] if how is not None else []
    if agreeing < settings.enough_agreeing:
        how, fit = register(ways, b.spectrum, len(b.small))
        starts += [how] if fit >= settings.least_fit else []
    found = dense(a.lit, b.lit, best_start(a.lit, b.lit, starts, settings), settings) if starts else None
    return _without(agreeing, settings) if found is None else _matched(pair, agreeing, *found)


def _without(agreeing: int, settings: Parameters) -> Match:
    """The match of two sides that nothing brings together."""
    none = np.zeros((0, 4), np.float32)
    return Match(agreeing, None, 0, 0, 0.0, None, None, settings, opencv().__version__, none)


def _matched(pair: _Pair, agreeing: int, how: agree.Transform, relief_agrees: Dense) -> Match:
    """The match of two sides under the transform that their relief has."""
    a, b, settings = pair.a, pair.b, pair.settings
    pairs = agree.guided_pairs(a.keypoints, b.keypoints, pair.alike, how, settings)
    here, there = a.keypoints.places[pairs.first], b.keypoints.places[pairs.second]
    off = np.linalg.norm(agree.moved(here, how) - there, axis=1)
    possible = _in_common(a, b, how, settings)
    return Match(
        agreeing=agreeing,
        transform=tuple(tuple(map(float, row)) for row in how),
        inliers=len(pairs),
        possible=int(possible.sum()),
        coverage=_coverage(a.keypoints.places, possible, pairs, settings.side_px),
        residual_px=float(np.median(off)) if len(off) else None,
        dense=relief_agrees,
        parameters=settings,
        opencv_version=opencv().__version__,
        points=np.hstack([here, there]),
    )


def _in_common(a: Side, b: Side, how: agree.Transform, settings: Parameters) -> NDArray[np.bool_]:
    """Which features of the first side are where the second one shows the coin."""
    places = agree.moved(a.keypoints.places, how) * (len(b.small) / settings.side_px)
    x, y = np.rint(places).astype(int).T
    last = len(b.small) - 1
    on = (x >= 0) & (y >= 0) & (x <= last) & (y <= last)
    found: NDArray[np.bool_] = on & ((b.small[y.clip(0, last), x.clip(0, last)] & 1) == 1)
    return found


def _coverage(places: NDArray[np.float32], possible: NDArray[np.bool_], pairs: Pairs, side_px: int) -> float:
    """The share of the spots with features in common that have a pair."""
    x, y = (places * (SPOTS / side_px)).astype(int).clip(0, SPOTS - 1).T
    spot = y * SPOTS + x
    return len(np.unique(spot[pairs.first])) / max(len(np.unique(spot[possible])), 1)
