"""The probability that two sides are of one die, from the figures of their match.

A logistic regression; it is fitted to pairs with a known truth as they come, so that it knows how rare pairs
of one die are among these. The coefficients that coinstore ships are fitted to drawn coins and to restruck
photographs, which are easier than worn coins: tests/benchmarks/match.py --fit writes them, and
`Calibration.fitted_on` says to what. Verdicts of a person on real pairs are a better truth.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ..errors import SettingsError
from .compare import Match
from .evidence import evidence

FIGURES = ("evidence", "kept", "weakest", "shown")
"""What decides; more is better. See `figures`."""
LEAST_PEAK = 0.2  # a lower correlation of patches is none
BINS = 10
SHIPPED = Path(__file__).with_name("calibration.json")
RELIABILITY = Path(__file__).with_name("reliability.json")
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the FIGURES; `without` is the probability of pairs that no transform brings together.

    `fitted_on` says in words what the truth was, `pairs` and `same` how many pairs that were.
    """

    weights: tuple[float, ...]
    offset: float
    without: float
    fitted_on: str
    pairs: int
    same: int

    def probability(self, match: Match) -> float:
        """The probability, 0 to 1, that both sides are of one die."""
        found = figures(match)
        return self.without if found is None else float(self.probabilities(found))

    def probabilities(self, rows: Floats) -> Floats:
        """The probability for each row of figures `(n, k)`."""
        found: Floats = expit(rows @ np.array(self.weights) + self.offset)
        return found

    def to_json(self) -> str:
        """The calibration as it is stored."""
        return json.dumps(asdict(self) | {"figures": FIGURES}, indent=1)

    @staticmethod
    def from_json(text: str) -> Calibration:
        """The calibration that was stored; raises SettingsError for one of another version of coinstore."""
        stored: dict[str, Any] = json.loads(text)
        if tuple(stored.pop("figures", ())) != FIGURES:
            raise SettingsError("this calibration was made by another version of coinstore; calibrate again.")
        return Calibration(**stored | {"weights": tuple(stored["weights"])})


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities were right, by predictions for pairs that were not fitted to.

    `bins`: for each tenth that has pairs, the mean probability, the share that is of one die, and how many
    pairs. `brier` is the mean square of the error (0 is best), `gap` the mean difference of probability
    and share in these bins, over the pairs.
    """

    bins: tuple[tuple[float, float, int], ...]
    brier: float
    gap: float


def figures(match: Match) -> Floats | None:
    """The numbers of a match that decide, in the order of FIGURES; None without a transform.

    The mean evidence of the patches; the correlation of the whole relief, as a share of what its patches
    reach near their places (dies that only look alike lose much of it); the correlation that a quarter of
    the sectors does not reach; and the share of the patches that both coins show.
    """
    found = match.dense
    if found is None:
        return None
    told = evidence(found)
    known = ~np.isnan(told)
    peak = np.mean(np.array(found.peaks, float)[known]) if known.any() else 1.0
    sectors = [one for one in found.sectors if one is not None] or [0.0]
    return np.array(
        [
            told[known].mean() if known.any() else 0.0,
            found.whole / max(peak, LEAST_PEAK),
            np.quantile(sectors, 0.25),
            known.mean(),
        ]
    )


@lru_cache(maxsize=1)
def shipped() -> Calibration:
    """The calibration that comes with coinstore."""
    return Calibration.from_json(SHIPPED.read_text(encoding="utf-8"))


def shipped_reliability() -> Reliability:
    """How reliable calibrations like the shipped one are, on the drawn and real coins that it was fitted to.

    Each mintage of drawn coins, and the real coins, are predicted by a calibration that was fitted to all the
    others. The shipped one, which was fitted to all of them, is not measured itself.
    """
    stored = json.loads(RELIABILITY.read_text(encoding="utf-8"))
    return Reliability(**stored | {"bins": tuple(tuple(one) for one in stored["bins"])})


def fit(matches: Sequence[Match], same: Sequence[bool], fitted_on: str) -> Calibration:
    """The calibration for pairs of known truth; raises SettingsError when both kinds are not among them."""
    rows = [figures(match) for match in matches]
    truth = np.array(same, bool)
    known = np.array([row is not None for row in rows])
    if len(set(truth[known].tolist())) < 2:
        raise SettingsError(
            "a calibration needs pairs of one die and pairs of different dies that match; judge more pairs."
        )
    none = np.zeros(len(FIGURES) + 1)
    held = np.append(np.ones(len(FIGURES)), 0)
    weights, offset = regressed(np.array([row for row in rows if row is not None]), truth[known], none, held)
    others = truth[~known]
    without = float((others.sum() + 0.5) / (len(others) + 1)) if len(others) else 0.0
    return Calibration(tuple(weights), offset, min(without, 0.5), fitted_on, len(truth), int(truth.sum()))


def measured(found: Floats, truth: Flags) -> Reliability:
    """The reliability of probabilities `(n,)` for pairs of known truth `(n,)`."""
    from sklearn.metrics import brier_score_loss  # slow to import; comparing does not need it

    place = np.minimum((found * BINS).astype(int), BINS - 1)
    chosen = [place == bin_ for bin_ in range(BINS) if (place == bin_).any()]
    bins = tuple((float(found[c].mean()), float(truth[c].mean()), int(c.sum())) for c in chosen)
    gap = sum(abs(said - is_so) * count for said, is_so, count in bins) / len(truth)
    return Reliability(bins, float(brier_score_loss(truth, found)), gap)


def regressed(rows: Floats, truth: Flags, before: Floats, strength: Floats) -> tuple[Floats, float]:
    """The weights `(k,)` and the offset of a logistic regression on figures `(n, k)`, as they are.

    `before` `(k + 1,)` are weights and an offset (at the mean of the figures) that it starts from, and
    `strength` `(k + 1,)` how strongly each is held there; both are for figures whose standard deviation is 1.
    No weight may be below 0: better agreement never makes one die less likely.
    """
    from scipy.optimize import minimize

    middle, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    columns = (rows - middle) / spread

    def loss(values: Floats) -> tuple[float, Floats]:
        odds = columns @ values[:-1] + values[-1]
        wrong, held = expit(odds) - truth, strength * (values - before)
        slope = np.append(columns.T @ wrong, wrong.sum()) + held
        return float((np.logaddexp(0, odds) - truth * odds).sum() + held @ (values - before) / 2), slope

    bounds = [(0, None)] * rows.shape[1] + [(None, None)]
    best = minimize(loss, before, jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = best[:-1] / spread
    return weights, float(best[-1] - weights @ middle)
