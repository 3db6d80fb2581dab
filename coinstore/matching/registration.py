"""Putting one relief upon another as a whole, without features: worn coins have few that agree.

The slopes of both, made small, are correlated at all places, turns and sizes that coins are photographed at.
The light does not turn with a coin. So when it may lie any way, it is first put under the lamp that the turn
brings to the customary place; and as no photograph tells its light from the opposite one, which makes hollows
of what is raised, a correlation far below 0 is as good as one far above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from .agree import Transform, scaled
from .light import CUSTOMARY, Floats, Lit, complex_slopes
from .opencv import opencv

SIDE_PX = 48
UPRIGHT_DEG = np.arange(-60, 61, 5.0)  # most coins are photographed as their dies were cut, more or less
ALL_TURNS_DEG = np.arange(-180, 180, 5.0)
SCALES = (0.9, 1.0, 1.11)  # one flan is larger than the other
SHIFT = 0.16  # how far the die may be from its place on the flan, as a share of the disc's side
_REACH = int(SHIFT * SIDE_PX)
_PLACES = np.arange(-_REACH, _REACH + 1)
_WAVES = np.exp(2j * np.pi / SIDE_PX * np.outer(_PLACES, np.arange(SIDE_PX))).astype(np.complex64) / SIDE_PX
"""The inverse of the Fourier transform at these places only, which is faster than at all."""
Spectrum = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Turned:
    """A side at k turns and sizes: conjugate spectra `(k, SIDE_PX, SIDE_PX)`, and how each came about.

    `any_turn`: it may be turned any way, and lit from the opposite side.
    """

    spectra: Spectrum
    hows: tuple[Transform, ...]
    any_turn: bool


def turned(side: Lit, *, any_turn: bool = False) -> Turned:
    """The side at all turns and sizes that are tried."""
    cv2 = opencv()
    middle = (SIDE_PX - 1) / 2
    hows, fields = [], []
    for turn_deg, field in _fields_to_turn(side) if any_turn else zip(UPRIGHT_DEG, repeat(_field(side))):
        back = np.exp(-1j * np.radians(turn_deg))
        parts = field.view(np.float32).reshape(SIDE_PX, SIDE_PX, 2)
        for scale in SCALES:
            how = cv2.getRotationMatrix2D((middle, middle), turn_deg, scale)
            moved = cv2.warpAffine(parts, how, (SIDE_PX, SIDE_PX)).view(np.complex64)[..., 0]
            fields.append(_unit(moved * np.complex64(back)))
            hows.append(how)
    return Turned(np.conj(fft.fft2(np.array(fields))), tuple(hows), any_turn)


def spectrum(side: Lit) -> Spectrum:
    """The side as it is, `(SIDE_PX, SIDE_PX)`."""
    found: Spectrum = fft.fft2(_unit(_field(side)))
    return found


def register(a: Turned, b: Spectrum, side_px: int) -> tuple[Transform, float]:
    """The transform between small discs of this size that fits best, from a to b; and its correlation."""
    fits = (_WAVES @ (a.spectra * b) @ _WAVES.T).real
    if a.any_turn:
        fits = np.abs(fits)
    which, down, right = np.unravel_index(int(fits.argmax()), fits.shape)
    how = a.hows[which].copy()
    how[:, 2] += _PLACES[right], _PLACES[down]
    return scaled(how, side_px / SIDE_PX), float(fits[which, down, right])


def _fields_to_turn(side: Lit) -> Iterator[tuple[float, NDArray[np.complex64]]]:
    """For each turn the slopes of a side under the lamp that the turn brings to the customary place."""
    # The tone follows from the lamp linearly, so that two lamps give all others.
    across, down = (_small(side.under(lamp)) for lamp in np.eye(2))
    shown = _shown(side)
    for turn_deg in ALL_TURNS_DEG:
        lamp = complex(*CUSTOMARY) * np.exp(1j * np.radians(turn_deg))
        yield turn_deg, complex_slopes((lamp.real * across + lamp.imag * down).astype(np.float32), shown)


def _field(side: Lit) -> NDArray[np.complex64]:
    """The slopes of a side under the customary light, made small."""
    return complex_slopes(_small(side.under(CUSTOMARY)), _shown(side))


def _small(tone: Floats) -> Floats:
    cv2 = opencv()
    found: Floats = cv2.resize(tone, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return found


def _shown(side: Lit) -> Floats:
    cv2 = opencv()
    found: Floats = cv2.resize(side.shown, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST)
    return found


def _unit(field: NDArray[np.complex64]) -> NDArray[np.complex64]:
    found: NDArray[np.complex64] = field / np.float32(np.linalg.norm(field) + 1e-3)
    return found
