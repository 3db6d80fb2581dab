"""How good predictions are: figures over coins of groups that were held out, and confusions as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calibrate import brier, expected_calibration_error

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Predictions for n coins, each made without its group.

    `truth` and `predicted` `(n,)` number the `values`; `raw` and `certainty` `(n,)` are the probability
    of the predicted value before and after calibration, 0 to 1, `learnable` whether any coin outside
    the group has its value.
    """

    values: Sequence[str]
    truth: Codes
    predicted: Codes
    raw: Floats
    certainty: Floats
    learnable: NDArray[np.bool_]


def confusion_matrix(truth: Codes, predicted: Codes, values: int) -> NDArray[np.int64]:
    """How many coins of value i (row) were taken for value j (column)."""
    matrix = np.zeros((values, values), np.int64)
    np.add.at(matrix, (truth, predicted), 1)
    return matrix


def macro_f1(matrix: NDArray[np.int64]) -> float:
    """The mean over values of F1 = 2 hits / (coins of it + coins taken for it); 0 where nothing was found."""
    support, said, hits = matrix.sum(axis=1), matrix.sum(axis=0), np.diag(matrix)
    there = (support + said) > 0
    return float(np.mean(2 * hits[there] / (support + said)[there])) if there.any() else 0.0


def effective_values(truth: Codes) -> float:
    """How many equally frequent values would be as hard to guess: e to the entropy.

    Hill 1973, doi:10.2307/1934352.
    """
    share = np.unique(truth, return_counts=True)[1] / len(truth)
    return float(np.exp(-(share * np.log(share)).sum()))


def interval(hits: NDArray[np.bool_], seed: int, level: float = 0.95) -> tuple[float, float]:
    """Bootstrap interval of a share, by percentiles of 2,000 resamples of coins.

    Efron 1979, doi:10.1214/aos/1176344552. Coins of one group are alike: for groups not yet seen it is too narrow.
    """
    # To draw n coins with replacement and count the hits is to draw from a binomial.
    drawn = np.random.default_rng(seed).binomial(len(hits), hits.mean(), RESAMPLES) / len(hits)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def figures(held: HeldOut, least: float, seed: int) -> dict[str, Any]:
    """The figures of a classifier; those of calibration are of the predicted value, right or not.

    Coins whose value cannot be learned stay in every denominator but that of `accuracy_learnable`.
    `majority_accuracy` is what the most frequent value of all these coins would reach, said of each:
    more than a classifier could know.
    """
    hits = held.truth == held.predicted
    matrix = confusion_matrix(held.truth, held.predicted, len(held.values))
    counts = matrix.sum(axis=1)
    majority = int(counts.argmax())
    always = confusion_matrix(held.truth, np.full_like(held.truth, majority), len(held.values))
    low, high = interval(hits, seed)
    sure = held.certainty >= least
    return {
        "coins": len(hits),
        "values": int((counts > 0).sum()),
        "effective_values": effective_values(held.truth),
        "accuracy": float(hits.mean()),
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_f1": macro_f1(matrix),
        "majority_value": held.values[majority],
        "majority_accuracy": float(counts[majority] / len(hits)),
        "majority_macro_f1": macro_f1(always),
        "unlearnable": int((~held.learnable).sum()),
        "accuracy_learnable": _share(hits[held.learnable]),
        "least": least,
        "coverage": float(sure.mean()),
        "accuracy_covered": _share(hits[sure]),
        "ece_raw": expected_calibration_error(held.raw, hits),
        "ece": expected_calibration_error(held.certainty, hits),
        "brier_raw": brier(held.raw, hits),
        "brier": brier(held.certainty, hits),
    }


def confusions(held: HeldOut) -> list[dict[str, Any]]:
    """The confusion matrix as rows of truth, predicted, coins and how many of those could not be learned."""
    pairs = list(zip(held.truth.tolist(), held.predicted.tolist(), strict=True))
    coins = Counter(pairs)
    lost = Counter(pair for pair, can in zip(pairs, held.learnable, strict=True) if not can)
    return [
        {
            "truth": held.values[truth],
            "predicted": held.values[predicted],
            "coins": count,
            "unlearnable": lost[truth, predicted],
        }
        for (truth, predicted), count in sorted(coins.items())
    ]


def _share(hits: NDArray[np.bool_]) -> float | None:
    return float(hits.mean()) if len(hits) else None
