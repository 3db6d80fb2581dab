"""How much a patch of the relief says for one die: by how far it is from its place, and how well it fits.

A patch that fits well at its place says much for one die, and one that fits well elsewhere says more against
it. A patch that fits nowhere says little: it is worn. The figures are logarithms of likelihood ratios,
counted on patches of coins of one die and of two dies of one type, among those that fit equally well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .dense import Dense

OFFSETS_PX = (0, 1, 2, 3, 4, 6, 8, 12)
"""Where the classes of distance begin, in pixels of the disc."""
PEAKS = (-1, 0.3, 0.45, 0.55, 0.65, 0.75, 0.85)
"""Where the classes of correlation begin."""
SHIPPED = Path(__file__).with_name("evidence.json")
FEW = 2.0  # patches that are added to each class, so that a class with few of them says little
Floats = NDArray[np.float64]
Table = tuple[tuple[float, ...], ...]
"""For each class of distance the evidence of each class of correlation."""


def evidence(found: Dense) -> Floats:
    """The evidence of each patch `(n,)` for one die; nan where too little is common."""
    offsets, peaks = _columns(found)
    known = ~np.isnan(offsets)
    told = np.full(len(offsets), np.nan)
    told[known] = np.array(shipped())[_classes(offsets[known], OFFSETS_PX), _classes(peaks[known], PEAKS)]
    return told


@lru_cache(maxsize=1)
def shipped() -> Table:
    """The table that comes with coinstore."""
    stored = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return tuple(tuple(row) for row in stored["evidence"])


def counted(same: Iterable[Dense], different: Iterable[Dense]) -> Table:
    """The table by the patches of pairs of one die, and of pairs of two dies that look alike."""
    shares = []
    for some in (different, same):
        count = np.full((len(OFFSETS_PX), len(PEAKS)), FEW)
        for one in some:
            offsets, peaks = _columns(one)
            known = ~np.isnan(offsets)
            places = (_classes(offsets[known], OFFSETS_PX), _classes(peaks[known], PEAKS))
            np.add.at(count, places, 1)
        shares.append(count / count.sum(axis=0))
    ratios = np.log(shares[1] / shares[0]).round(3)
    return tuple(tuple(row) for row in ratios.tolist())


def _columns(found: Dense) -> tuple[Floats, Floats]:
    return np.array(found.offsets_px, float), np.array(found.peaks, float)


def _classes(values: Floats, begins: tuple[float, ...]) -> NDArray[np.int64]:
    return np.maximum(np.searchsorted(begins, values, side="right") - 1, 0)
