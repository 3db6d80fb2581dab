"""The light of a photograph: where it comes from, and the relief as if it came from elsewhere.

A line of the relief is seen as the light crosses it, and a line along the light is not seen at all. Two
photographs of one coin under different lamps differ more than two coins of one type under one lamp. So both
are put under one lamp, half-way between their own.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from .opencv import opencv

CUSTOMARY = np.array((0.5, np.sqrt(0.75)))
"""Light from the upper left, as most coins are photographed: how tone changes with slopes right and down."""
FAINT = 0.15  # lines along the light are seen too faintly to be put under another lamp; 0 would trust them
SMOOTH_PX = 1.2  # of the relief before its slopes are taken
Floats = NDArray[np.float32]
Lamp = NDArray[np.float64]
"""`(2,)`, of length 1: tone is the slope of the relief in this direction, right and down."""
Small = NDArray[np.uint8]
"""The relief of a disc, made smaller: the tone, and in its last bit whether the coin is there."""


class Lit:
    """The small relief of a side with its light: `tone` and `shown` are `(n, n)`, both 0 beyond the coin."""

    def __init__(self, small: Small) -> None:
        self.shown: Floats = (small & 1).astype(np.float32)
        self.tone: Floats = ((small & 0xFE).astype(np.float32) - 128) * self.shown

    def __len__(self) -> int:
        return len(self.tone)

    @cached_property
    def lamp(self) -> Lamp:
        """Where the light comes from: most slopes of the tone lie along it (a structure tensor).

        The tensor does not know the light from its opposite; it is the one nearer to the customary one.
        """
        slopes = complex_slopes(self.tone, self.shown)
        angle = np.angle(np.sum(slopes**2)) / 2
        found: Lamp = np.array((np.cos(angle), np.sin(angle)))
        return found if found @ CUSTOMARY >= 0 else -found

    @cached_property
    def _spectrum(self) -> NDArray[np.complex64]:
        found: NDArray[np.complex64] = fft.rfft2(self.tone)
        return found

    def under(self, lamp: Lamp) -> Floats:
        """The tone `(n, n)` as if light came from this lamp: linear shape from shading, and shading again.

        Pentland 1990, doi:10.1007/BF00056776: tone is one slope of the heights, so both lamps' tones are the
        same heights times a direction, in frequencies.
        """
        right, down = _directions(len(self))
        own = right * np.float32(self.lamp[0]) + down * np.float32(self.lamp[1])
        other = right * np.float32(lamp[0]) + down * np.float32(lamp[1])
        changed = self._spectrum * (other * own / (own * own + np.float32(FAINT)))
        found: Floats = fft.irfft2(changed, s=self.tone.shape) * self.shown
        return found


def halfway(a: Lit, b: Lit, linear: NDArray[np.floating], *, any_turn: bool = False) -> tuple[Floats, Floats]:
    """Both tones under the lamp between their own; `linear` `(2, 2)` turns the first disc to the second.

    With `any_turn` a lamp may be on either side of the coin; then one tone may be the negative of the other.
    """
    other = _unit(np.linalg.inv(linear) @ b.lamp)
    if any_turn and other @ a.lamp < 0:
        other = -other
    middle = _unit(a.lamp + other)
    return a.under(middle), b.under(_unit(linear @ middle))


def slopes(tone: Floats, smooth_px: float = SMOOTH_PX) -> Floats:
    """The slopes of a relief to the right and down, `(h, w, 2)`."""
    cv2 = opencv()
    smooth = cv2.GaussianBlur(tone, (0, 0), smooth_px)
    found: Floats = cv2.merge([cv2.Sobel(smooth, cv2.CV_32F, *way) for way in ((1, 0), (0, 1))])
    return found


def complex_slopes(tone: Floats, shown: Floats) -> NDArray[np.complex64]:
    """The slopes as complex numbers `(h, w)`, right and down, evened out: each as the root of its size."""
    both = slopes(tone, smooth_px=1.0)
    found = (both[..., 0] + 1j * both[..., 1]) * shown
    evened: NDArray[np.complex64] = (found / np.sqrt(np.abs(found) + 1e-3)).astype(np.complex64)
    return evened


@lru_cache(maxsize=4)
def _directions(side_px: int) -> tuple[Floats, Floats]:
    """The direction of each frequency of `rfft2`, right and down, of length 1."""
    down, right = np.meshgrid(fft.fftfreq(side_px), fft.rfftfreq(side_px), indexing="ij")
    size = np.hypot(down, right) + 1e-6
    return (right / size).astype(np.float32), (down / size).astype(np.float32)


def _unit(vector: Lamp) -> Lamp:
    found: Lamp = vector / (np.linalg.norm(vector) + 1e-9)
    return found
