"""Similarity within and between classes, from pairs that are drawn without regard to their similarity.

Lists of neighbours hold only the most similar pairs; a mean over them makes different classes look alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from .ranks import Gallery, Numbers, Places

PAIRS = 50_000  # of each kind
ALL_UP_TO = 200_000  # pairs; up to here each is taken, once
BLOCK = 8192


@dataclass(frozen=True, slots=True)
class Classes:
    """Mean cosine within and between classes, and how well the two can be distinguished.

    `auc` is the probability that a pair within is more similar than a pair between (0.5: as by chance).
    `d_prime` is the distance of the means in units of the mean standard deviation (Green and Swets 1966).
    """

    within: float
    between: float
    auc: float
    d_prime: float
    within_pairs: int
    between_pairs: int


def compare_classes(gallery: Gallery, across: bool, seed: int) -> Classes | None:
    """Pairs of all coins, or (`across`) of coins of two collections; None if there are no pairs of a kind."""
    # If pairs of one collection are removed afterwards, more are drawn.
    first, second = _pairs(gallery.values, np.random.default_rng(seed), PAIRS * (4 if across else 1))
    if across:
        apart = gallery.collections[first] != gallery.collections[second]
        first, second = first[apart], second[apart]
    same = gallery.values[first] == gallery.values[second]
    if same.sum() < 2 or (~same).sum() < 2:
        return None
    similar = _cosines(gallery.rows, first, second)
    within, between = similar[same], similar[~same]
    deviation = np.sqrt((within.var(ddof=1) + between.var(ddof=1)) / 2)
    return Classes(
        float(within.mean()),
        float(between.mean()),
        float(roc_auc_score(same, similar)),
        float((within.mean() - between.mean()) / deviation) if deviation else 0.0,
        len(within),
        len(between),
    )


def _pairs(values: Places, random: np.random.Generator, count: int) -> tuple[Places, Places]:
    n = len(values)
    if n * (n - 1) // 2 <= ALL_UP_TO:
        first, second = np.triu_indices(n, 1)
        return first, second
    within = _within(values, random, count)
    between = random.integers(0, n, size=(2, count))
    between = between[:, values[between[0]] != values[between[1]]]
    both = np.concatenate([within, between], axis=1)
    return both[0], both[1]


def _within(values: Places, random: np.random.Generator, count: int) -> Places:
    """Pairs of one class `(2, count)`, each such pair as likely as any other."""
    order = np.argsort(values, kind="stable")
    sizes = np.bincount(values)
    starts = np.cumsum(sizes) - sizes
    pairs = sizes * (sizes - 1) / 2
    if not pairs.sum():
        return np.empty((2, 0), np.int64)
    chosen = random.choice(len(sizes), size=count, p=pairs / pairs.sum())
    one = random.integers(0, sizes[chosen])
    other = (one + random.integers(1, sizes[chosen])) % sizes[chosen]
    return np.stack([order[starts[chosen] + one], order[starts[chosen] + other]])


def _cosines(rows: NDArray[np.float32], first: Places, second: Places) -> Numbers:
    found = np.empty(len(first))
    for start in range(0, len(first), BLOCK):
        part = slice(start, start + BLOCK)
        a, b = rows[first[part]].astype(np.float64), rows[second[part]].astype(np.float64)
        found[part] = np.einsum("ij,ij->i", a, b)
    return found
