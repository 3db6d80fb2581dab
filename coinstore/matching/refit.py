"""A calibration that starts from the shipped one and follows the verdicts of people.

It is the logistic regression of `calibrate` with a prior: each weight, for a figure whose standard deviation
is 1, and the offset at the mean of the figures, are normal around those of the shipped calibration (maximum
a posteriori; Bishop 2006, "Pattern Recognition and Machine Learning", 4.5). With few verdicts it stays near
the shipped one, with many they decide.

People judge the pairs that a queue shows them, which are the uncertain ones, not a sample of all pairs. That
does no harm here: the model says how probable one die is *given* the figures, and the queue chooses by what
follows from the figures, not by the answer (ignorable selection; Little and Rubin 2019, chapter 1). It would
do harm to the share of pairs without a transform that are of one die, which have no figures: `without` stays.
So it does when people only judge pairs of which they know beforehand that they are of one die.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .calibrate import Calibration, Flags, Floats, Reliability, measured, regressed

FOLDS = 5
STRENGTH = 10.0
"""The prior weighs as much as 40 verdicts on pairs whose probability is a half: each tells p(1-p) = 1/4."""


def refit(rows: Floats, truth: Flags, start: Calibration) -> Calibration:
    """The calibration for figures `(n, k)` of judged pairs, from a start; no weight gets the wrong sign."""
    weights = np.array(start.weights)
    before = np.append(weights * (rows.std(axis=0) + 1e-9), start.offset + weights @ rows.mean(axis=0))
    found, offset = regressed(rows, truth, before, np.full(len(before), STRENGTH))
    fitted_on = f"{len(truth):,} judged pairs, starting from {start.fitted_on}"
    return Calibration(tuple(found.tolist()), offset, start.without, fitted_on, len(truth), int(truth.sum()))


def held_out(rows: Floats, truth: Flags, groups: Sequence[int], start: Calibration) -> Reliability:
    """How reliable it is on pairs that it was not fitted to: the others predict each fold of groups.

    Pairs that share a coin belong in one group; there are at least two groups.
    """
    from sklearn.model_selection import GroupKFold  # slow to import; comparing does not need it

    found = np.zeros(len(truth))
    for learnt, asked in GroupKFold(min(FOLDS, len(set(groups)))).split(rows, groups=groups):
        found[asked] = refit(rows[learnt], truth[learnt], start).probabilities(rows[asked])
    return measured(found, truth)


def parts(pairs: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """For each pair of coins the number of its part: pairs that share a coin are in one part."""
    coins, places = np.unique(np.array(pairs), return_inverse=True)
    ends = places.reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), (len(coins), len(coins)))
    found: NDArray[np.int64] = connected_components(graph, directed=False)[1][ends[:, 0]].astype(np.int64)
    return found
