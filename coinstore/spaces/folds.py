"""Folds: whole groups (collections, findspots) are held out, so that the style of a museum does not help."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

Codes = NDArray[np.int64]
Groups = NDArray[np.int64]


def held_out_folds(codes: Codes, groups: Groups, folds: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """For each fold, a mask `(n,)` of the held-out coins; no group is in two folds, and every coin is in one.

    With more groups than folds, each fold has about the same mixture of values (StratifiedGroupKFold,
    shuffled by the seed). Otherwise each group is a fold.
    """
    names = np.unique(groups)
    if len(names) <= folds:
        for name in names:
            yield groups == name
        return
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="The least populated class"
        )  # such coins are counted separately
        for _, held_out in splitter.split(np.zeros(len(codes)), codes, groups):
            mine = np.zeros(len(codes), bool)
            mine[held_out] = True
            if mine.any() and not mine.all():
                yield mine
