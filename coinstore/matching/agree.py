"""Which features of two sides belong together, and the one transform that says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .keypoints import Keypoints
from .opencv import opencv
from .parameters import Parameters

Transform = NDArray[np.float64]
"""`(2, 3)`: a point of the first disc, x, y and 1, to its place on the second one."""
MOST_BENT = 1.15  # times as large one way as across it: an oblique photograph
GUIDED = 0.1  # by how much the cosine may be lower where a transform says which features belong together
WIDE = 2.0  # the transform of one feature is rough: its radius, in radii of the final one


@dataclass(frozen=True, slots=True)
class Pairs:
    """Features of two sides that may belong together: the places `(n,)` of each in its side's list."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    def where(self, chosen: NDArray[np.bool_]) -> Pairs:
        """The pairs that are chosen."""
        return Pairs(self.first[chosen], self.second[chosen])


def nearest_pairs(alike: NDArray[np.float32], least: float) -> Pairs:
    """The pairs that are each other's nearest, with a cosine of at least `least`; `alike` is `(n, m)`."""
    if not alike.size:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    first, second = alike.argmax(axis=0), np.arange(alike.shape[1])
    nearest = alike[first, second]
    mutual = (nearest == alike.max(axis=1)[first]) & (nearest >= least)
    order = np.argsort(first[mutual])
    return Pairs(first[mutual][order], second[mutual][order])


def consensus(a: Keypoints, b: Keypoints, pairs: Pairs, settings: Parameters) -> NDArray[np.bool_]:
    """Which pairs `(n,)` agree with the one similarity that most of them agree with.

    Each pair has a place, a size and an angle on both sides, which is a whole similarity; each is tried.
    """
    if not len(pairs):
        return np.zeros(0, bool)
    here, there = a.places[pairs.first], b.places[pairs.second]
    turn = np.radians(b.angles[pairs.second] - a.angles[pairs.first])
    size = np.log(b.sizes[pairs.second] / a.sizes[pairs.first])
    # As complex numbers: a similarity is p -> factor * p + shift.
    p, q = (np.ascontiguousarray(places).view(np.complex64)[:, 0] for places in (here, there))
    turned, most = np.exp(1j * turn).astype(np.complex64), np.log(settings.most_scaled)
    factor = np.exp(np.clip(size, -most, most)) * turned
    off = np.outer(factor, p) + (q - factor * p)[:, None] - q
    agree = off.real**2 + off.imag**2 < (WIDE * settings.radius_px) ** 2
    agree &= np.outer(turned, turned.conj()).real > np.cos(np.radians(settings.turn_deg))
    agree &= np.abs(size[None, :] - size[:, None]) < settings.log_scale
    middle = complex(settings.side_px, settings.side_px) / 2
    strayed = np.abs(factor * (middle - p) + q - middle)
    agree &= (strayed < settings.most_shifted * settings.side_px)[:, None]
    found: NDArray[np.bool_] = agree[agree.sum(axis=1).argmax()]
    return found


def transform(a: Keypoints, b: Keypoints, pairs: Pairs, settings: Parameters) -> Transform | None:
    """The affine transform that fits the pairs, by MAGSAC (Barath et al. 2019, arXiv:1803.07469).

    None when there is none, or when it turns the coin over or bends it: a camera does neither.
    """
    cv2 = opencv()
    if len(pairs) < 4:
        return None
    found, _ = cv2.estimateAffine2D(
        a.places[pairs.first],
        b.places[pairs.second],
        method=cv2.USAC_MAGSAC,
        ransacReprojThreshold=settings.radius_px,
        maxIters=500,
        confidence=0.995,
    )
    if found is None or not np.isfinite(found).all():
        return None
    return found if is_possible(found, settings) else None


def is_possible(how: Transform, settings: Parameters) -> bool:
    """Whether a camera can have made it: it does not turn the coin over, bend it, or make it far larger."""
    longest, shortest = np.linalg.svd(how[:, :2], compute_uv=False)
    most = settings.most_scaled
    is_sane = np.linalg.det(how[:, :2]) > 0 and longest < most and shortest > 1 / most
    return bool(is_sane and longest < MOST_BENT * shortest)


def moved(places: NDArray[np.floating], how: Transform) -> NDArray[np.float64]:
    """The places `(n, 2)` on the other disc."""
    found: NDArray[np.float64] = places @ how[:, :2].T + how[:, 2]
    return found


def guided_pairs(
    a: Keypoints, b: Keypoints, alike: NDArray[np.float32], how: Transform, settings: Parameters
) -> Pairs:
    """The pairs under a transform: near enough, turned and sized alike, and each other's nearest of these."""
    first, second = _near(moved(a.places, how).astype(np.float32), b.places, settings.radius_px)
    turn = np.degrees(np.arctan2(how[1, 0] - how[0, 1], how[0, 0] + how[1, 1]))
    apart = np.abs((b.angles[second] - a.angles[first] - turn + 180) % 360 - 180)
    size = np.log(b.sizes[second] / a.sizes[first]) - np.log(np.linalg.det(how[:, :2])) / 2
    likely = (apart < settings.turn_deg) & (np.abs(size) < settings.log_scale)
    likely &= alike[first, second] >= settings.least_cosine - GUIDED
    return _mutual(Pairs(first, second).where(likely), alike)


def _near(here: NDArray[np.float32], there: NDArray[np.float32], radius: float) -> NDArray[np.int64]:
    """Which places of two lists `(n, 2)` and `(m, 2)` are near each other: `(2, k)`, in the lists' order."""
    order = np.argsort(there[:, 0], kind="stable")
    across = there[order, 0]
    begins, ends = (np.searchsorted(across, here[:, 0] + step) for step in (-radius - 1, radius + 1))
    counts = ends - begins
    first = np.repeat(np.arange(len(here)), counts)
    second = order[np.arange(len(first)) + np.repeat(begins - (np.cumsum(counts) - counts), counts)]
    off = here[first] - there[second]
    close = off[:, 0] ** 2 + off[:, 1] ** 2 < radius**2
    first, second = first[close], second[close]
    return np.stack([first, second])[:, np.lexsort((second, first))]


def _mutual(pairs: Pairs, alike: NDArray[np.float32]) -> Pairs:
    """The pairs that are each other's best of these."""
    order = np.argsort(-alike[pairs.first, pairs.second], kind="stable")
    best = [np.zeros(len(pairs), bool) for _ in range(2)]
    for flags, ends in zip(best, (pairs.first, pairs.second), strict=True):
        flags[order[np.unique(ends[order], return_index=True)[1]]] = True
    return pairs.where(best[0] & best[1])


def scaled(how: Transform, scale: float) -> Transform:
    """The transform between discs of another size; in both, the centre of a pixel is at whole numbers."""
    found = how.copy()
    found[:, 2] = scale * how[:, 2] + (how[:, :2].sum(axis=1) - 1) * (0.5 - 0.5 * scale)
    return found
