"""Classification by stored vectors: measures on held-out groups, learns from all, stores what it proposes."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import SettingsError, SpaceError
from ..spaces.folds import held_out_folds
from .calibrate import Platt, cross_fitted, fit_platt
from .examples import ClassifierRequest, Examples, SourceSpaces, check_spaces, read_examples_with_vectors
from .measure import HeldOut, confusions, figures_of_classifier
from .models import BLOCK, ClassifierRecipe, Predictor, Vectors, learn


@dataclass(frozen=True, slots=True)
class ClassifierTrial:
    """How a classifier is measured, in at most `folds` folds, and what it proposes.

    It proposes nothing for coins with a certainty below `min_certainty` (0 to 1), and nothing at all
    unless it `proposes`.
    """

    folds: int = 5
    min_certainty: float = 0.8
    proposes: bool = True

    def __post_init__(self) -> None:
        """Raises SettingsError for an impossible certainty."""
        if not 0 <= self.min_certainty <= 1:
            raise SettingsError(f"a certainty is 0 to 1, not {self.min_certainty:g}.")


@dataclass(frozen=True, slots=True)
class Fold:
    """A fold that was held out: its groups, its number of coins, and the share of them that was right."""

    number: int
    groups: tuple[str, ...]
    coins: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class Classified:
    """A stored classifier: its number and figures, and what became of the coins that lack the label.

    Of these, `proposed` have a new proposal, `abstained` are below the certainty, `decided` have the value
    of an earlier decision, and `lacking_without_vector` cannot be compared.
    """

    classifier_id: int
    figures: dict[str, Any]
    proposed: int
    abstained: int
    decided: int
    lacking_without_vector: int
    proposable: bool
    leaked: bool
    trained: bool


def classify_coins(
    engine: Engine, request: ClassifierRequest, recipe: ClassifierRecipe, trial: ClassifierTrial
) -> Iterator[Fold | Classified]:
    """Yields each fold when it is measured, and at the end the classifier, when it is stored.

    The same store, recipe and seed give the same rows and the same number of the classifier. Raises
    NotFound for an unknown label or space, SpaceError if a space has seen the label and if there is too
    little to learn from.
    """
    spaces = check_spaces(engine, request)
    proposable = bool(call.run(engine, "job.can_propose", label=request.label))
    proposes = trial.proposes and proposable
    examples, rows, asked = read_examples_with_vectors(engine, request, recipe.seed, proposes)
    held, calibration = yield from _measure_folds(examples, rows, recipe, trial.folds)
    figures = figures_of_classifier(held, trial.min_certainty) | {
        "groups": len(examples.group_names),
        "without_group": int((examples.groups < 0).sum()),
        "without_vector": examples.without_vector,
        "calibration": {"slope": calibration.slope, "offset": calibration.offset},
    }
    batch: list[dict[str, Any]] = []
    if proposes and len(asked):
        predictor = learn(rows, examples.codes, examples.groups, recipe)
        batch = _propose(predictor, asked, examples, calibration)
    sure = [row for row in batch if row["certainty"] >= trial.min_certainty]
    record = _record(request, recipe, trial, spaces) | {"figures": figures}
    record["recipe"]["learned_sha256"] = examples.fingerprint
    with translated(), engine.begin() as connection:
        for space, space_id in spaces.ids.items():  # or a space was replaced while this ran
            call.value(connection, "job.expect_space", space=space, expected=space_id)
        classifier, stored = store_classifier(connection, record, held, sure if proposes else None)
    rest = len(batch) - len(sure), len(sure) - stored, examples.lacking_without_vector
    yield Classified(classifier, figures, stored, *rest, proposable, spaces.leaked, spaces.trained)


def store_classifier(
    connection: Connection, record: dict[str, Any], held: HeldOut, sure: list[dict[str, Any]] | None
) -> tuple[int, int]:
    """Stores a classifier, its confusions and its proposals, in the caller's transaction.

    Returns its number and how many proposals are new. None for proposals keeps those of earlier runs.
    """
    cells = json.dumps(confusions(held))
    classifier = call.value(connection, "job.add_classifier", said=json.dumps(record), confusions=cells)
    if sure is None:
        return classifier, 0
    return classifier, call.value(
        connection, "job.store_proposals", classifier=classifier, batch=json.dumps(sure)
    )


def _measure_folds(
    examples: Examples, rows: Vectors, recipe: ClassifierRecipe, folds: int
) -> Generator[Fold, None, tuple[HeldOut, Platt]]:
    """Yields each fold, predicted from the others; returns all predictions and their calibration.

    Coins without a group are left out: they may be of the group that is held out.
    """
    used = np.flatnonzero(examples.groups >= 0)
    rows = rows[used] if len(used) < len(rows) else rows
    codes, groups = examples.codes[used], examples.groups[used]
    predicted, raw = np.zeros(len(used), np.int64), np.zeros(len(used))
    learnable, fold_of = np.zeros(len(used), bool), np.full(len(used), -1)
    for number, held_out in enumerate(held_out_folds(codes, groups, folds, recipe.seed), 1):
        predictor = learn(rows[~held_out], codes[~held_out], groups[~held_out], recipe)
        predicted[held_out], raw[held_out] = _likeliest(predictor, rows[held_out])
        learnable[held_out] = np.isin(codes[held_out], codes[~held_out])
        fold_of[held_out] = number
        names = tuple(examples.group_names[group] for group in np.unique(groups[held_out]))
        accuracy = float((predicted[held_out] == codes[held_out]).mean())
        yield Fold(number, names, int(held_out.sum()), accuracy)
    if (fold_of < 0).any():
        raise SpaceError("the groups do not fit into this number of folds; give more folds in --config.")
    hits = predicted == codes
    certainty = cross_fitted(raw, hits, fold_of)
    return HeldOut(examples.values, codes, predicted, raw, certainty, learnable), fit_platt(raw, hits)


def _propose(
    predictor: Predictor, asked: Vectors, examples: Examples, calibration: Platt
) -> list[dict[str, Any]]:
    """The likeliest value for each coin that lacks one, with its certainty."""
    codes, raw = _likeliest(predictor, asked)
    certainty = calibration.apply(raw)
    return [
        {"coin_id": key, "value": examples.values[code], "certainty": float(sure)}
        for key, code, sure in zip(examples.lacking, codes, certainty, strict=True)
    ]


def _likeliest(predictor: Predictor, rows: Vectors) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The likeliest value of each row and its probability; of equal ones the first by name."""
    codes, certain = np.empty(len(rows), np.int64), np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):  # never all coins by all values at once
        part = slice(start, start + BLOCK)
        probabilities = predictor(rows[part])
        codes[part], certain[part] = probabilities.argmax(axis=1), probabilities.max(axis=1)
    return codes, certain


def _record(
    request: ClassifierRequest, recipe: ClassifierRecipe, trial: ClassifierTrial, spaces: SourceSpaces
) -> dict[str, Any]:
    """What is stored of a classifier, apart from what it learned and how good it is."""
    decides = recipe.parts() | {
        "group": request.group,
        "folds": trial.folds,
        "least": trial.min_certainty,
        "most": request.limit,
        "calibration": "platt on held-out groups",
        "space_ids": list(spaces.ids.values()),
    }
    return {
        "label": request.label,
        "spaces": list(request.spaces),
        "face": request.face,
        "model": recipe.model,
        "recipe": decides,
        "seed": recipe.seed,
        "library": f"scikit-learn {sklearn.__version__}",
        "trained": spaces.trained,
        "leaked": spaces.leaked,
    }
