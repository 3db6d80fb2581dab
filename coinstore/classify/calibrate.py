"""Calibration: turns how sure a classifier is into how often it is right.

The classifier proposes one value for each coin, so the probability that this value is right is calibrated
(Gupta and Ramdas 2022, arXiv:2107.08353). Platt's sigmoid on its log-odds has two parameters, which a few
dozen coins determine, however many values there are (Platt 1999; Zadrozny and Elkan 2002,
doi:10.1145/775047.775151; Guo et al. 2017, arXiv:1706.04599). It is fitted to predictions for held-out
groups: a coin of a museum that was never seen may be less certain than a coin of a known one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST, BINS = 1e-6, 10


@dataclass(frozen=True, slots=True)
class Platt:
    """A certainty is 1 / (1 + e^-(slope · log-odds + offset)); a slope of 0 or more keeps the order."""

    slope: float = 1.0
    offset: float = 0.0

    def apply(self, raw: Floats) -> Floats:
        """Calibrated probabilities `(n,)`, 0 to 1, of raw ones."""
        found: Floats = expit(self.slope * _odds(raw) + self.offset)
        return found


def fit_platt(raw: Floats, hits: Flags) -> Platt:
    """The sigmoid that fits best; without any measurement, certainties stay as they are.

    As Platt proposes, n right coins of n count as n + 1 of n + 2, so no number of coins gives certainty.
    """
    if not len(raw):
        return Platt()
    right, n = int(hits.sum()), len(hits)
    goals = np.where(hits, (right + 1) / (right + 2), 1 / (n - right + 2))
    # Each coin counts as a right one with the weight of its goal, and as a wrong one with the rest.
    model = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
    model.fit(np.tile(_odds(raw), 2)[:, None], np.repeat([1, 0], n), np.concatenate((goals, 1 - goals)))
    slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    return Platt(slope, offset) if slope > 0 else Platt(0.0, float(logit(goals.mean())))


def cross_fitted(raw: Floats, hits: Flags, folds: NDArray[np.int64]) -> Floats:
    """Calibrated probabilities `(n,)`; those of each fold by a sigmoid that was fitted to the others."""
    found = np.empty_like(raw)
    for fold in np.unique(folds):
        mine = folds == fold
        found[mine] = fit_platt(raw[~mine], hits[~mine]).apply(raw[mine])
    return found


def expected_calibration_error(certainty: Floats, hits: Flags) -> float:
    """The mean gap between certainty and the share of hits, over 10 bins of about the same number of coins.

    Equal certainties are in one bin, so bins can differ in size; scikit-learn's calibration_curve does not
    give their sizes.
    """
    edges = np.quantile(certainty, np.linspace(0, 1, BINS + 1)[1:-1])
    bins = np.searchsorted(edges, certainty, side="right")
    return float(np.abs(np.bincount(bins, certainty - hits)).sum() / len(hits))


def _odds(raw: Floats) -> Floats:
    found: Floats = logit(np.clip(raw, LEAST, 1 - LEAST))
    return found
