"""Local features of a disc: where they are, how large, how turned, and what is around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SettingsError
from .opencv import opencv
from .relief import Disc

CELLS = 6  # the disc is divided into as many rows and columns, and features are taken from all of them
STEP = 64.0  # places are kept in 64ths of a pixel
UNIT = 512.0  # a root-normalised descriptor has length 1; its numbers are kept in 512ths
_LINE = np.dtype([("x", "<u2"), ("y", "<u2"), ("size", "<f2"), ("angle", "<f2")])


@dataclass(frozen=True, slots=True)
class Keypoints:
    """The features of one side: n of them.

    `places` `(n, 2)` are x and y in pixels of the disc, `sizes` `(n,)` are in pixels, `angles` `(n,)` in
    degrees. `codes` `(n, d)` describe what is around each; the detector says how two are compared.
    """

    detector: str
    places: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    codes: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.places)

    def to_bytes(self) -> bytes:
        """The features as a cache keeps them: 8 bytes and a descriptor for each."""
        lines = np.empty(len(self), _LINE)
        lines["x"], lines["y"] = np.rint(self.places.T * STEP)
        lines["size"], lines["angle"] = self.sizes, self.angles
        head = f"{self.detector} {len(self)} {self.codes.shape[1]}\n".encode()
        return head + lines.tobytes() + self.codes.tobytes()

    @staticmethod
    def from_bytes(data: bytes) -> Keypoints:
        """The features that `to_bytes` wrote."""
        head, _, rest = data.partition(b"\n")
        detector, count, width = head.decode().split()
        n, end = int(count), int(count) * _LINE.itemsize
        lines = np.frombuffer(rest[:end], _LINE)
        places = np.stack([lines["x"], lines["y"]], axis=1).astype(np.float32) / np.float32(STEP)
        codes = np.frombuffer(rest[end:], np.uint8).reshape(n, int(width))
        sizes, angles = lines["size"].astype(np.float32), lines["angle"].astype(np.float32)
        return Keypoints(detector, places, sizes, angles, codes)

    def vectors(self) -> NDArray[np.float32]:
        """The descriptors as whole numbers `(n, d)`: the cosine of two says how alike they are.

        Products of whole numbers are exact, in whatever order a library adds them up. Those of ORB are bits:
        the cosine is then 1 less twice the share of bits that differ.
        """
        if _DETECTORS[self.detector].is_binary:
            return np.unpackbits(self.codes, axis=1).astype(np.float32) * 2 - 1
        return self.codes.astype(np.float32)


def keypoints(disc: Disc, detector: str, most: int) -> Keypoints:
    """At most `most` features within the coin: the strongest of each part of the disc.

    Raises SettingsError for an unknown detector.
    """
    check_detector(detector)
    kind = _DETECTORS[detector]
    points, codes = kind.make(4 * most).detectAndCompute(disc.relief, None)
    if not points:
        return _none(detector)
    places = np.array([point.pt for point in points], np.float32)
    x, y = np.rint(places).astype(int).clip(0, len(disc.relief) - 1).T
    inside = np.flatnonzero(disc.inside[y, x])
    # Small features are mostly the grain of the metal, however sharp they are.
    strength = np.array([point.response * point.size for point in points], np.float32)
    kept = inside[_spread(places[inside], strength[inside], len(disc.relief), most)]
    sizes, angles = (np.array([getattr(p, name) for p in points], np.float32) for name in ("size", "angle"))
    codes = codes if kind.is_binary else np.rint(UNIT * _unit(np.sqrt(codes))).clip(0, 255).astype(np.uint8)
    return Keypoints(detector, places[kept], sizes[kept], angles[kept], np.ascontiguousarray(codes[kept]))


def check_detector(name: str) -> None:
    """Raises SettingsError for an unknown detector."""
    if name not in _DETECTORS:
        raise SettingsError(f"{name!r} is not a detector; use one of: {', '.join(_DETECTORS)}.")


def _spread(
    places: NDArray[np.float32], strength: NDArray[np.float32], side_px: int, most: int
) -> NDArray[np.int64]:
    """Which features to keep: the strongest of each cell first, then the second of each, and so on.

    The strongest of the whole disc would be most of the portrait's, while the legend tells dies apart.
    """
    x, y = (places * (CELLS / side_px)).astype(int).clip(0, CELLS - 1).T
    order = np.lexsort((-strength, y * CELLS + x))
    cell = (y * CELLS + x)[order]
    begins = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
    counts = np.diff(np.r_[begins, len(cell)])
    rank = np.arange(len(cell)) - np.repeat(begins, counts)
    found: NDArray[np.int64] = np.sort(order[np.lexsort((-strength[order], rank))][:most])
    return found


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return found


def _none(detector: str) -> Keypoints:
    empty = np.zeros(0, np.float32)
    return Keypoints(detector, np.zeros((0, 2), np.float32), empty, empty, np.zeros((0, 0), np.uint8))


@dataclass(frozen=True, slots=True)
class _Detector:
    """How to make a detector that gives up to N features, and whether it describes them in bits."""

    make: Callable[[int], Any]
    is_binary: bool


# SIFT: Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94; its root: Arandjelović and Zisserman 2012,
# doi:10.1109/CVPR.2012.6248018. ORB: Rublee et al. 2011, doi:10.1109/ICCV.2011.6126544.
_DETECTORS = {
    "sift": _Detector(lambda most: opencv().SIFT_create(nfeatures=most, contrastThreshold=0.02), False),
    "orb": _Detector(lambda most: opencv().ORB_create(nfeatures=most, fastThreshold=8), True),
}
