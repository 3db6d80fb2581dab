"""Calibration: how sure a classifier is, turned into how often it is right.

Of each coin one value is proposed, so what is calibrated is the probability that this one is right
(Gupta and Ramdas 2022, arXiv:2107.08353): by Platt's sigmoid on its log-odds, two numbers that a few
dozen coins determine, whatever the number of values (Platt 1999; Zadrozny and Elkan 2002,
doi:10.1145/775047.775151; Guo et al. 2017, arXiv:1706.04599). It is fitted on predictions for groups
that were held out, so a coin of a museum that was never seen may be less sure than one of a known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST, BINS = 1e-6, 10


@dataclass(frozen=True, slots=True)
class Platt:
    """A certainty is 1 / (1 + e^-(slope · log-odds + offset)); the slope is 0 or above, so that order is kept."""

    slope: float = 1.0
    offset: float = 0.0

    def apply(self, raw: Floats) -> Floats:
        """Calibrated probabilities `(n,)`, 0 to 1, of raw ones."""
        found: Floats = expit(self.slope * _odds(raw) + self.offset)
        return found


def fit_platt(raw: Floats, hits: Flags) -> Platt:
    """The sigmoid that fits best; where nothing was measured, certainties stay as they are.

    As Platt proposes, "always right" in n coins counts as (n + 1) of (n + 2): no finite number of
    coins makes anything certain.
    """
    if not len(raw):
        return Platt()
    right, odds = int(hits.sum()), _odds(raw)
    goal = np.where(hits, (right + 1) / (right + 2), 1 / (len(hits) - right + 2))

    def loss(parts: Floats) -> tuple[float, Floats]:
        said = parts[0] * odds + parts[1]
        off = expit(said) - goal
        return float(np.sum(np.logaddexp(0, said) - goal * said)), np.array([off @ odds, off.sum()])

    found = minimize(
        loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)]
    )
    return Platt(float(found.x[0]), float(found.x[1]))


def cross_fitted(raw: Floats, hits: Flags, folds: NDArray[np.int64]) -> Floats:
    """Calibrated probabilities `(n,)`, each fold's by a sigmoid fitted on the others."""
    found = np.empty_like(raw)
    for fold in np.unique(folds):
        mine = folds == fold
        found[mine] = fit_platt(raw[~mine], hits[~mine]).apply(raw[mine])
    return found


def expected_calibration_error(certainty: Floats, hits: Flags) -> float:
    """The mean gap between certainty and share of hits, over 10 bins of as equal a number of coins as can be.

    Equal certainties lie in one bin.
    """
    edges = np.quantile(certainty, np.linspace(0, 1, BINS + 1)[1:-1])
    bins = np.searchsorted(edges, certainty, side="right")
    count = np.bincount(bins, minlength=BINS)
    gap = np.bincount(bins, certainty - hits, minlength=BINS)
    return float(np.abs(gap).sum() / count.sum())


def brier(certainty: Floats, hits: Flags) -> float:
    """The mean square of certainty minus what came out, 0 (best) to 1 (Brier 1950)."""
    return float(np.mean((certainty - hits) ** 2))


def _odds(raw: Floats) -> Floats:
    found: Floats = logit(np.clip(raw, LEAST, 1 - LEAST))
    return found
