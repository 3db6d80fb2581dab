"""Candidates: discs in a photograph that may be coins, found in several ways, each with its certainty."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .circles import circles, middle_circle
from .components import components, otsu
from .ground import Floats, distances, grown
from .outline import ANGLES
from .rim import Disc, Rim, trace

COPY_PX = 288  # the longer side of the copy in which rims are traced is between this and twice this
SEARCH_PX = 128  # the longer side of the copy in which coins are looked for
SMALL_PX = 24  # the rim of a coin with a smaller radius is traced in the photograph itself
LOW = 3.5  # deviations from the ground that make a coin; a higher threshold follows from the picture
MOST = 40.0  # deviations; more says nothing more
TRIES = 5  # discs that are tried in each way
LEAST = 0.48  # the least certainty of a coin
SURE = 0.8  # with this certainty no other way is tried
CLUTTER = 0.35  # a disc with less than this share of the coin's radius is something else
APART = 0.85  # of the sum of two radii: the least distance between two coins
# How clear a circle in the middle is that is a coin with a certainty of 0.5, and how fast the certainty
# grows; chosen by hand on drawn photographs. tests/benchmarks/outlines.py prints the false alarms.
CLEAR, STEEP = 0.58, 20.0
# Of a logistic regression on drawn photographs, by tests/benchmarks/outlines.py: the evidence of a rim, and
# the logarithm of its radius as a share of the photograph's shorter side.
WEIGHTS = (0.601, 1.118, 0.246, -29.102, -14.523, 2.624, 8.064, 1.1)
BIAS = -9.58


@dataclass(frozen=True, slots=True)
class Candidate:
    """A disc that may be a coin: its rim in pixels of the photograph, its certainty, and how it was found."""

    rim: Rim
    certainty: float
    method: str

    def overlaps(self, other: Candidate) -> bool:
        """Whether both cannot be coins next to each other."""
        return not _apart(self.rim.disc, other.rim.disc)


def candidates(picture: Image.Image) -> list[Candidate]:
    """The candidates of an upright RGB photograph, the most certain first."""
    scene = _Scene(picture)
    found: list[Candidate] = []
    for way in (scene.low, scene.high, scene.rims, scene.middle):
        found += way(found)
        found.sort(key=lambda one: -one.certainty)
        if _is_clear(found):
            break
    return found


def _is_clear(found: list[Candidate]) -> bool:
    """Whether all that is not much smaller than the surest coin and next to it is a sure coin, too."""
    sure = [one for one in found if one.certainty > SURE]
    if not sure:
        return False
    rest = [one for one in found if one.rim.disc.radius > CLUTTER * sure[0].rim.disc.radius]
    return all(any(one.overlaps(coin) for coin in sure) for one in rest)


def features(rim: Rim, picture: Image.Image) -> tuple[float, ...]:
    """What the certainty of a rim follows from."""
    size = rim.disc.radius / min(picture.size)
    return (*rim.evidence, math.log(max(size, 0.02)))


def certainty(rim: Rim, picture: Image.Image) -> float:
    """The probability that a rim is that of a coin, within a few percent of its radius."""
    score = BIAS + sum(weight * part for weight, part in zip(WEIGHTS, features(rim, picture), strict=True))
    return 1 / (1 + math.exp(-min(max(score, -30.0), 30.0)))


@dataclass(frozen=True, slots=True)
class _Try:
    """A disc in the small copy, others that touch it, and what is not to be looked at."""

    disc: Disc
    touching: list[Disc]
    hidden: NDArray[np.bool_] | None


class _Scene:
    """A photograph, and its smaller copies."""

    def __init__(self, picture: Image.Image) -> None:
        self._picture = picture
        shrink = max(1, max(picture.size) // COPY_PX)
        self._copy = picture.reduce(shrink) if shrink > 1 else picture
        scale = max(1.0, max(picture.size) / SEARCH_PX)
        size = max(8, round(picture.width / scale)), max(8, round(picture.height / scale))
        small = self._copy.resize(size, Image.Resampling.BOX).convert("YCbCr")
        self._small = np.asarray(small).astype(np.float32)
        self._scale = picture.width / size[0]

    @cached_property
    def _distance(self) -> Floats:
        return np.minimum(distances(self._small), MOST)

    def low(self, known: list[Candidate]) -> list[Candidate]:
        """Candidates among all that differs from the ground."""
        return self._of_parts(LOW, known)

    def high(self, known: list[Candidate]) -> list[Candidate]:
        """Candidates among what differs most from the ground: without shadows and bright texture."""
        threshold = 0.5 * otsu(self._distance)
        return self._of_parts(threshold, known) if threshold > 1.3 * LOW else []

    def rims(self, known: list[Candidate]) -> list[Candidate]:
        """Candidates that only their edges show, if there is no sure one yet."""
        if known and known[0].certainty > SURE:
            return []
        return list(self._traced([_Try(disc, [], None) for disc in circles(self._small)], "rim", known))

    def middle(self, known: list[Candidate]) -> list[Candidate]:
        """A circle in the middle, if there is no coin yet: coins are photographed there."""
        if known and known[0].certainty >= LEAST:
            return []
        disc, clear = middle_circle(self._small)
        found = 1 / (1 + math.exp(-STEEP * (clear - CLEAR)))
        return [Candidate(Rim(disc.scaled(self._scale), np.ones(ANGLES, np.float32), ()), found, "circle")]

    def _of_parts(self, threshold: float, known: list[Candidate]) -> list[Candidate]:
        found = components(self._distance, threshold, joined=threshold == LOW)
        tries = []
        for disc, part in found.discs[:TRIES]:
            touching = [
                other
                for other, its in found.discs
                if its == part and _apart(disc, other) and other.radius > CLUTTER * disc.radius
            ]
            tries.append(_Try(disc, touching, _others(found.parts, part)))
        return list(self._traced(tries, "ground", known))

    def _traced(self, tries: list[_Try], method: str, known: list[Candidate]) -> Iterator[Candidate]:
        tried = [one.rim.disc for one in known]
        for one in tries:
            disc = one.disc.scaled(self._scale)
            if any(_alike(disc, other) for other in tried):
                continue
            rim = self._trace(disc, [other.scaled(self._scale) for other in one.touching], one.hidden)
            if rim is not None:
                tried.append(rim.disc)
                yield Candidate(rim, certainty(rim, self._picture), method)

    def _trace(self, disc: Disc, others: list[Disc], hidden: NDArray[np.bool_] | None) -> Rim | None:
        factor = self._copy.width / self._picture.width
        if disc.radius * factor < SMALL_PX:
            return trace(self._picture, disc, others, hidden)
        rim = trace(self._copy, disc.scaled(factor), [other.scaled(factor) for other in others], hidden)
        return None if rim is None else Rim(rim.disc.scaled(1 / factor), rim.edge, rim.evidence)


def _others(parts: NDArray[np.int32], own: int) -> NDArray[np.bool_] | None:
    """Where the other parts are, and one pixel around them."""
    others = (parts != own) & (parts != 0)
    return grown(others) if others.any() else None


def _alike(a: Disc, b: Disc) -> bool:
    return math.hypot(a.x - b.x, a.y - b.y) < 0.15 * b.radius and abs(math.log(a.radius / b.radius)) < 0.15


def _apart(a: Disc, b: Disc) -> bool:
    return math.hypot(a.x - b.x, a.y - b.y) > APART * (a.radius + b.radius)
