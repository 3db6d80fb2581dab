"""The models: a vote of nearest neighbours, and a linear probe. Unit vectors in, probabilities out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors

from ..spaces.folds import Groups, held_out_folds

Model = Literal["knn", "linear"]
Codes = NDArray[np.int64]
Vectors = NDArray[np.float32]
Predictor = Callable[[Vectors], NDArray[np.float64]]
BLOCK = 500


@dataclass(frozen=True, slots=True)
class ClassifierRecipe:
    """All that decides a classifier, apart from what it learns from.

    `k` neighbours vote (knn). `strengths` are inverses of the L2 penalty (linear); of several, the best in
    `inner_folds` folds of the learned groups is used. With `balanced`, rare values weigh as much as
    frequent ones (linear).
    """

    model: Model = "knn"
    k: int = 10
    strengths: tuple[float, ...] = (1.0, 10.0, 100.0)
    inner_folds: int = 3
    balanced: bool = True
    seed: int = 0

    def parts(self) -> dict[str, Any]:
        """The parts that this model uses, as they are stored."""
        if self.model == "knn":
            return {"k": self.k, "vote": "similarity, and one vote by frequency"}
        return {"strengths": list(self.strengths), "inner_folds": self.inner_folds, "balanced": self.balanced}


def learn(rows: Vectors, codes: Codes, groups: Groups, recipe: ClassifierRecipe) -> Predictor:
    """A predictor that has learned from unit vectors `(n, d)`, their values and groups.

    It gives probabilities `(m, max(codes) + 1)` for m rows, and 0 for values that it has not seen.
    """
    if len(np.unique(codes)) == 1:  # there is nothing to distinguish
        return lambda asked: np.tile(np.eye(codes.max() + 1)[codes[0]], (len(asked), 1))
    return _vote(rows, codes, recipe.k) if recipe.model == "knn" else _linear(rows, codes, groups, recipe)


def _vote(rows: Vectors, codes: Codes, k: int) -> Predictor:
    values = int(codes.max()) + 1
    neighbours = NearestNeighbors(n_neighbors=min(k, len(rows)), metric="cosine", algorithm="brute").fit(rows)
    frequency = np.bincount(codes, minlength=values) / len(codes)

    def predict(asked: Vectors) -> NDArray[np.float64]:
        found = np.empty((len(asked), values))
        for start in range(0, len(asked), BLOCK):  # never all pairs at once
            distance, near = neighbours.kneighbors(asked[start : start + BLOCK])
            weight = np.clip(1 - distance.astype(np.float64), 0, None)
            votes = np.zeros((len(near), values))
            np.add.at(votes, (np.arange(len(near))[:, None], codes[near]), weight)
            # One more vote goes by frequency: a few neighbours that agree prove little.
            found[start : start + BLOCK] = (votes + frequency) / (weight.sum(axis=1, keepdims=True) + 1)
        return found

    return predict


def _linear(rows: Vectors, codes: Codes, groups: Groups, recipe: ClassifierRecipe) -> Predictor:
    strength = _strength(rows, codes, groups, recipe)
    model, values = _regression(rows, codes, strength, recipe), int(codes.max()) + 1

    def predict(asked: Vectors) -> NDArray[np.float64]:
        found = np.zeros((len(asked), values))
        for start in range(0, len(asked), BLOCK):
            found[start : start + BLOCK, model.classes_] = model.predict_proba(asked[start : start + BLOCK])
        return found

    return predict


def _strength(rows: Vectors, codes: Codes, groups: Groups, recipe: ClassifierRecipe) -> float:
    if len(recipe.strengths) == 1 or len(np.unique(groups)) < 2:
        return min(recipe.strengths)
    hits = dict.fromkeys(sorted(recipe.strengths), 0)
    for held_out in held_out_folds(codes, groups, recipe.inner_folds, recipe.seed):
        if len(np.unique(codes[~held_out])) < 2:
            continue
        for strength in hits:
            model = _regression(rows[~held_out], codes[~held_out], strength, recipe)
            hits[strength] += int((model.predict(rows[held_out]) == codes[held_out]).sum())
    return max(hits, key=lambda strength: (hits[strength], -strength))


def _regression(rows: Vectors, codes: Codes, strength: float, recipe: ClassifierRecipe) -> Any:
    model = LogisticRegression(
        C=strength, class_weight="balanced" if recipe.balanced else None, max_iter=500, tol=1e-3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 500 steps suffice; the figures show how well
        return model.fit(rows, codes)
