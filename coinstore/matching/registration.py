"""Putting one relief upon another as a whole, without features: worn coins have few that agree.

The slopes of both, made small, are correlated at all places, turns and sizes that coins are photographed at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from .agree import Transform, scaled
from .light import CUSTOMARY, Floats, Lit, complex_slopes
from .opencv import opencv

SIDE_PX = 48
TURNS_DEG = np.arange(-60, 61, 5.0)  # coins are photographed upright, as their dies were cut, more or less
SCALES = (0.9, 1.0, 1.11)  # one flan is larger than the other
SHIFT = 0.16  # how far the die may be from its place on the flan, as a share of the disc's side
_REACH = int(SHIFT * SIDE_PX)
_PLACES = np.arange(-_REACH, _REACH + 1)
_WAVES = np.exp(2j * np.pi / SIDE_PX * np.outer(_PLACES, np.arange(SIDE_PX))).astype(np.complex64) / SIDE_PX
"""The inverse of the Fourier transform at these places only, which is faster than at all."""
Spectrum = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Turned:
    """A side at k turns and sizes: conjugate spectra `(k, SIDE_PX, SIDE_PX)`, and how each came about."""

    spectra: Spectrum
    hows: tuple[Transform, ...]


def turned(side: Lit) -> Turned:
    """The side at all turns and sizes that are tried."""
    cv2 = opencv()
    field = _field(side)
    middle = (SIDE_PX - 1) / 2
    hows, fields = [], []
    for scale in SCALES:
        for turn_deg in TURNS_DEG:
            how = cv2.getRotationMatrix2D((middle, middle), turn_deg, scale)
            parts = field.view(np.float32).reshape(SIDE_PX, SIDE_PX, 2)
            moved = cv2.warpAffine(parts, how, (SIDE_PX, SIDE_PX)).view(np.complex64)[..., 0]
            fields.append(_unit(moved * np.complex64(np.exp(-1j * np.radians(turn_deg)))))
            hows.append(how)
    return Turned(np.conj(fft.fft2(np.array(fields))), tuple(hows))


def spectrum(side: Lit) -> Spectrum:
    """The side as it is, `(SIDE_PX, SIDE_PX)`."""
    found: Spectrum = fft.fft2(_unit(_field(side)))
    return found


def register(a: Turned, b: Spectrum, side_px: int) -> tuple[Transform, float]:
    """The transform between small discs of this size that fits best, from a to b; and its correlation."""
    fits = (_WAVES @ (a.spectra * b) @ _WAVES.T).real
    which, down, right = np.unravel_index(int(fits.argmax()), fits.shape)
    how = a.hows[which].copy()
    how[:, 2] += _PLACES[right], _PLACES[down]
    return scaled(how, side_px / SIDE_PX), float(fits[which, down, right])


def _field(side: Lit) -> NDArray[np.complex64]:
    """The slopes of a side under the customary light, made small."""
    cv2 = opencv()
    size = (SIDE_PX, SIDE_PX)
    tone: Floats = cv2.resize(side.under(CUSTOMARY), size, interpolation=cv2.INTER_AREA)
    shown: Floats = cv2.resize(side.shown, size, interpolation=cv2.INTER_NEAREST)
    return complex_slopes(tone, shown)


def _unit(field: NDArray[np.complex64]) -> NDArray[np.complex64]:
    found: NDArray[np.complex64] = field / np.float32(np.linalg.norm(field) + 1e-3)
    return found
