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


def paired_p(differences: Numbers, seed: int) -> Numbers:
    """Two-sided p of each column's mean under a randomisation test: each row's sign `(n, m)` is thrown.

    Smucker, Allan and Carterette 2007, doi:10.1145/1321440.1321528. At least 1 / 10,001.
    """
    random = np.random.default_rng(seed)
    n = len(differences)
    seen = np.abs(differences.mean(axis=0))
    as_far = np.zeros(differences.shape[1])
    for _ in range(FLIPS // BLOCK):
        signs = random.integers(0, 2, size=(BLOCK, n), dtype=np.int8).astype(np.float64) * 2 - 1
        as_far += (np.abs(signs @ differences / n) >= seen - 1e-12).sum(axis=0)
    p: Numbers = (1 + as_far) / (1 + FLIPS)
    return p
