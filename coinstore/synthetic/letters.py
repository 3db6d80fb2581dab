"""Legends: a stroke alphabet, set around the rim or in columns."""

from __future__ import annotations

import numpy as np

from coinstore.synthetic.curves import Layer, Outline, disc

# Each stroke is a run of (x, y) digits on a grid 4 wide and 6 high. Classical lettering has no
# J, U or W: `spelled` turns them into I, V and VV.
_STROKES = {
    "A": "002640 1232",
    "B": "0006 063645443303 333342413000",
    "C": "4536160501103041",
    "D": "00062644422000",
    "E": "40000646 0333",
    "F": "000646 0333",
    "G": "45361605011030414323",
    "H": "0006 4046 0343",
    "I": "2026",
    "K": "0006 460340",
    "L": "060040",
    "M": "0016233640",
    "N": "00064046",
    "O": "163645413010010516",
    "P": "00063645443303",
    "Q": "163645413010010516 2240",
    "R": "00063645443303 2340",
    "S": "4536160504133342413010",
    "T": "0646 2026",
    "V": "062046",
    "X": "0046 0640",
    "Y": "062346 2320",
    "Z": "06460040",
}
_ADVANCE = 5.8  # grid units from one letter to the next
_SPELLING = str.maketrans({"J": "I", "U": "V", "W": "VV"})


def spelled(text: str) -> str:
    """Return `text` as it is cut on a die: capitals, V for U."""
    return text.upper().translate(_SPELLING)


def ring(text: str, from_deg: float, span_deg: float, radius: float = 0.775) -> Layer:
    """Return a legend that runs clockwise along the rim, with the feet of the letters towards the centre.

    It begins at `from_deg` (anticlockwise from the right) and fills at most `span_deg`.
    """
    size = min(0.021, np.radians(span_deg) * radius / (_ADVANCE * max(len(text), 1)))
    parts: list[Outline] = []
    for place, letter in enumerate(text):
        for stroke in _glyph(letter):
            run = (stroke[:, 0] + place * _ADVANCE) * size
            angle = np.radians(from_deg) - run / radius
            reach = radius + stroke[:, 1] * 0.021
            parts += _bars(np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1))
    return Layer(tuple(parts), height=4.0, play=0.0)


def column(text: str, x: float) -> Layer:
    """Return a legend that reads downwards, centred at `x`."""
    size = min(0.021, 1.3 / (7.6 * max(len(text), 1)))
    top = len(text) * 7.6 * size / 2
    parts: list[Outline] = []
    for place, letter in enumerate(text):
        for stroke in _glyph(letter):
            corner = (x - 2 * size, top - (place + 1) * 7.6 * size)
            parts += _bars(stroke * size + corner)
    return Layer(tuple(parts), height=4.0, play=0.0)


def row(text: str, y: float, size: float = 0.03) -> Layer:
    """Return one line of letters, centred, its feet at `y`."""
    left = -len(text) * _ADVANCE * size / 2
    parts: list[Outline] = []
    for place, letter in enumerate(text):
        for stroke in _glyph(letter):
            parts += _bars(stroke * size + (left + place * _ADVANCE * size, y))
    return Layer(tuple(parts), height=4.0, play=0.0)


def _glyph(letter: str) -> list[Outline]:
    strokes = _STROKES.get(letter, "").split()
    return [np.array([int(c) for c in s], dtype=float).reshape(-1, 2) for s in strokes]


def _bars(line: Outline) -> list[Outline]:
    """Return one bar for each segment and a pellet at each end, as engravers drilled them."""
    start, end = line[:-1], line[1:]
    along = end - start
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across *= 0.0125 / (np.hypot(*across.T)[:, None] + 1e-9)
    bars = np.stack([start + across, end + across, end - across, start - across], axis=1)
    return [*bars, disc(*line[0], 0.019), disc(*line[-1], 0.019)]
