"""Finding coins in a photograph: one, or the two faces of one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from .candidates import CLUTTER, LEAST, Candidate, candidates
from .outline import ANGLES, Outline, whole
from .rim import Disc

Arrangement = Literal["side by side", "one above the other"]
EQUAL = 0.75  # the smaller face of a coin has at least this share of the other one's radius
UNCLEAR = "unclear"  # the method of an outline when the discs may be anything
ALIGNED = 0.5  # the greatest distance of two faces from one line, in radii


@dataclass(frozen=True, slots=True)
class Found:
    """The coins of a photograph: one, or two faces in reading order; the whole picture if there is none.

    `problem` says why it is unclear what the photograph shows; then the whole picture counts.
    """

    coins: tuple[Outline, ...]
    arrangement: Arrangement | None = None
    problem: str | None = None


def find(picture: Image.Image) -> Found:
    """Where the coins are in an upright RGB photograph, in its pixels; the same in every run."""
    coins = _chosen(candidates(picture))
    if not coins:
        return Found((whole(*picture.size),))
    arrangement, problem = _sense([coin.rim.disc for coin in coins])
    if problem:
        return Found((whole(*picture.size, UNCLEAR),), None, problem)
    if arrangement is None:
        return Found((_outline(coins[0], picture),))
    coins.sort(key=lambda coin: coin.rim.disc.x if arrangement == "side by side" else coin.rim.disc.y)
    return Found(tuple(_outline(coin, picture) for coin in coins), arrangement)


def _chosen(found: list[Candidate]) -> list[Candidate]:
    """The certain ones that do not overlap, without much smaller ones."""
    coins: list[Candidate] = []
    for one in found:
        if one.certainty >= LEAST and not any(one.overlaps(other) for other in coins):
            coins.append(one)
    largest = max((coin.rim.disc.radius for coin in coins), default=0.0)
    return [coin for coin in coins if coin.rim.disc.radius >= CLUTTER * largest]


def _sense(discs: list[Disc]) -> tuple[Arrangement | None, str | None]:
    """How two faces are arranged, or why it is unclear what the discs are."""
    if len(discs) == 1:
        return None, None
    if len(discs) > 2:
        return None, f"the photograph shows {len(discs)} discs, and not one coin or its two faces"
    a, b = discs
    least, most = sorted((a.radius, b.radius))
    if least < EQUAL * most:
        return None, "the photograph shows two discs of very different sizes, and not two faces of one coin"
    if abs(a.y - b.y) < ALIGNED * least:
        return "side by side", None
    if abs(a.x - b.x) < ALIGNED * least:
        return "one above the other", None
    return None, "the photograph shows two discs that are neither side by side nor one above the other"


def _outline(coin: Candidate, picture: Image.Image) -> Outline:
    """The outline of a candidate; its edge ends where the picture does."""
    x, y, radius = coin.rim.disc
    angle = np.arange(ANGLES) * (2 * math.pi / ANGLES)
    right, down = np.cos(angle), np.sin(angle)
    across = np.where(right > 0, picture.width - x, x) / np.maximum(np.abs(right), 1e-9)
    along = np.where(down > 0, picture.height - y, y) / np.maximum(np.abs(down), 1e-9)
    edge = np.clip(np.minimum(across, along) / radius, 0, coin.rim.edge)
    return Outline(x, y, radius, tuple(map(float, edge)), coin.certainty, coin.method)
