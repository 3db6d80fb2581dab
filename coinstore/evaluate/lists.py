"""What lists of neighbours reveal: photographic style, and coins that are in too many lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import skew

from .ranks import Gallery, Numbers, Places


@dataclass(frozen=True, slots=True)
class Hubness:
    """How unevenly coins are listed: the skewness of how often (0: evenly), and the share that is in no list.

    Radovanović, Nanopoulos and Ivanović 2010, JMLR 11:2487-2531. Each with what random lists would give.
    """

    skewness: float
    skewness_by_chance: float
    unlisted: float
    unlisted_by_chance: float


def hubness(neighbours: Places, n: int) -> Hubness:
    """The hubness of lists `(queries, k)` of positions among n coins."""
    asked, k = neighbours.shape
    counts = np.bincount(neighbours.ravel(), minlength=n)
    p = k / (n - 1)  # the probability that a random list has a coin
    spread = np.sqrt(asked * p * (1 - p))
    return Hubness(
        float(skew(counts)) if counts.var() else 0.0,
        float((1 - 2 * p) / spread) if spread else 0.0,
        float((counts == 0).mean()),
        float((1 - p) ** asked),
    )


def same_collection(gallery: Gallery, neighbours: Places) -> tuple[Numbers, float]:
    """For each query `(queries, 2)`: is its nearest of its own collection, and which share of its k.

    With the share of such coins among all others, which is what a random list would give.
    """
    asked = len(neighbours)
    own = gallery.collections[neighbours] == gallery.collections[:asked, None]
    sizes = np.bincount(gallery.collections)[gallery.collections[:asked]]
    chance = float(((sizes - 1) / (len(gallery.coins) - 1)).mean())
    return np.column_stack([own[:, 0], own.mean(axis=1)]).astype(np.float64), chance
