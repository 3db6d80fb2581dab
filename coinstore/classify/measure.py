"""How good predictions are: figures over coins of held-out groups, and confusions as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import brier_score_loss, f1_score

from .calibrate import expected_calibration_error

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Predictions for n coins, each made without its group.

    `truth` and `predicted` `(n,)` are places in `values`. `raw` and `certainty` `(n,)` are the probability
    of the predicted value before and after calibration, 0 to 1. `learnable` `(n,)` says whether any coin
    outside the group has the true value.
    """

    values: Sequence[str]
    truth: Codes
    predicted: Codes
    raw: Floats
    certainty: Floats
    learnable: NDArray[np.bool_]


def macro_f1(truth: Codes, predicted: Codes) -> float:
    """The mean of F1 over all values that were there or predicted; F1 is 0 for a value without hits."""
    return float(f1_score(truth, predicted, average="macro", zero_division=0))


def effective_values(truth: Codes) -> float:
    """How many equally frequent values would be as hard to guess: e to the power of the entropy.

    Hill 1973, doi:10.2307/1934352.
    """
    return float(np.exp(stats.entropy(np.bincount(truth))))


def interval(hits: NDArray[np.bool_], level: float = 0.95) -> tuple[float, float]:
    """The bootstrap interval by percentiles of a share of n coins.

    Efron 1979, doi:10.1214/aos/1176344552. The hits among n coins drawn with replacement are binomial, so
    the percentiles are known without drawing. Coins of one group are alike: for new groups the interval is
    too narrow.
    """
    low, high = stats.binom.interval(level, len(hits), hits.mean())
    return float(low) / len(hits), float(high) / len(hits)


def figures_of_classifier(held: HeldOut, min_certainty: float) -> dict[str, Any]:
    """The figures of a classifier; those of calibration are about the predicted value, right or wrong.

    Coins whose value cannot be learned count in every denominator except that of `accuracy_learnable`.
    `majority_accuracy` is what always saying the most frequent value of these coins would give, which is
    more than a classifier can know.
    """
    hits = held.truth == held.predicted
    counts = np.bincount(held.truth, minlength=len(held.values))
    majority = int(counts.argmax())
    low, high = interval(hits)
    sure = held.certainty >= min_certainty
    return {
        "coins": len(hits),
        "values": int((counts > 0).sum()),
        "effective_values": effective_values(held.truth),
        "accuracy": float(hits.mean()),
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_f1": macro_f1(held.truth, held.predicted),
        "majority_value": held.values[majority],
        "majority_accuracy": float(counts[majority] / len(hits)),
        "majority_macro_f1": macro_f1(held.truth, np.full_like(held.truth, majority)),
        "unlearnable": int((~held.learnable).sum()),
        "accuracy_learnable": _share(hits[held.learnable]),
        "least": min_certainty,
        "coverage": float(sure.mean()),
        "accuracy_covered": _share(hits[sure]),
        "ece_raw": expected_calibration_error(held.raw, hits),
        "ece": expected_calibration_error(held.certainty, hits),
        "brier_raw": float(brier_score_loss(hits, held.raw)),
        "brier": float(brier_score_loss(hits, held.certainty)),
    }


def confusions(held: HeldOut) -> list[dict[str, Any]]:
    """The confusion matrix as rows: truth, predicted, coins, and how many of these could not be learned."""
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
