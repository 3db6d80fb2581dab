"""How far a mean over queries can be trusted: bootstrap intervals and a paired test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

RESAMPLES = 1000
FLIPS = 10_000
BLOCK = 100


def interval(values: Numbers, seed: int) -> tuple[Numbers, Numbers]:
    """The 95% percentile interval of each column's mean, rows `(n, m)` drawn anew with replacement.

    Efron 1979, doi:10.1214/aos/1176344552. The rows are queries; queries of one class are not independent,
    so the interval speaks of other queries of this collection, not of other collections.
    """
    random = np.random.default_rng(seed)
    n = len(values)
    means = [
        random.multinomial(n, np.full(n, 1 / n), size=BLOCK).astype(np.float64) @ values / n
        for _ in range(RESAMPLES // BLOCK)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5], axis=0)
    return low, high


def by_value(differences: Numbers, values: NDArray[np.int64]) -> Numbers:
    """The sums of the rows `(n, m)` that share a label value `(n,)`, and how many they are: `(values, m + 1)`."""
    sums = np.zeros((int(values.max()) + 1, differences.shape[1] + 1))
    np.add.at(sums, values, np.column_stack([differences, np.ones(len(differences))]))
    return sums[sums[:, -1] > 0]


def paired_p(sums: Numbers, seed: int) -> Numbers:
    """Two-sided p of each column's mean under a randomisation test; `sums` as `by_value` gives them.

    Smucker, Allan and Carterette 2007, doi:10.1145/1321440.1321528, but a sign is thrown for each label value and
    not for each query: queries of one value are not independent. Few values can never give a small p: with v of
    them it is about 2 / 2^v at least.
    """
    random = np.random.default_rng(seed)
    n, sums = sums[:, -1].sum(), sums[:, :-1]
    seen = np.abs(sums.sum(axis=0) / n)
    as_far = np.zeros(sums.shape[1])
    for _ in range(FLIPS // BLOCK):
        signs = random.integers(0, 2, size=(BLOCK, len(sums)), dtype=np.int8).astype(np.float64) * 2 - 1
        as_far += (np.abs(signs @ sums / n) >= seen - 1e-12).sum(axis=0)
    p: Numbers = (1 + as_far) / (1 + FLIPS)
    return p


def clustered_interval(sums: Numbers, seed: int) -> tuple[Numbers, Numbers]:
    """The 95% percentile interval of each column's mean, label values drawn anew with all their queries."""
    random = np.random.default_rng(seed)
    v = len(sums)
    means = []
    for _ in range(RESAMPLES // BLOCK):
        drawn = random.multinomial(v, np.full(v, 1 / v), size=BLOCK).astype(np.float64) @ sums
        means.append(drawn[:, :-1] / drawn[:, -1:])
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5], axis=0)
    return low, high
