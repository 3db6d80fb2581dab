"""Classifying: measured where groups are held out, then learnt from all, kept with what it proposes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import SettingsError, SpaceError
from .calibrate import Platt, cross_fitted, fit_platt
from .examples import ClassifierRequest, Coins, Seen, gather_rows, look_at
from .folds import parted
from .measure import HeldOut, confusions, figures
from .models import BLOCK, ClassifierRecipe, Predictor, learn

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ClassifierTrial:
    """How a classifier is measured: `folds` at most, and the certainty below which it abstains, 0 to 1."""

    folds: int = 5
    least: float = 0.8
    proposes: bool = True


@dataclass(frozen=True, slots=True)
class Fold:
    """One fold that was held out: its groups, coins, and the share of them that was right."""

    number: int
    groups: tuple[str, ...]
    coins: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class Classified:
    """A classifier as it was kept: its number and figures; `proposed` values, and coins on which it abstained."""

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
    engine: Engine, subject: ClassifierRequest, recipe: ClassifierRecipe, trial: ClassifierTrial
) -> Iterator[Fold | Classified]:
    """Yields each fold as it is measured; at the end the classifier, once it is stored.

    Without `trial.proposes` nothing is proposed. The same store, recipe and seed give the same rows, and keep
    the classifier's number. Raises NotFound for an unknown label or space; SpaceError where a space has seen
    the label, and where there is too little to learn from; SettingsError for an impossible `least`.
    """
    if not 0 <= trial.least <= 1:
        raise SettingsError("a confidence lies between 0 and 1, as in --min-certainty 0.8")
    seen = look_at(engine, subject)
    proposable = bool(call.run(engine, "job.can_propose", label=subject.label))
    proposes = trial.proposes and proposable
    coins, rows, asked = gather_rows(engine, subject, recipe.seed, proposes)
    held, calibration, without_group = None, Platt(), int((coins.groups < 0).sum())
    for step in measure_folds(coins, rows, recipe, trial.folds):
        if isinstance(step, Fold):
            yield step
        else:
            held, calibration = step
    assert held is not None
    found = figures(held, trial.least, recipe.seed) | {
        "groups": len(coins.group_names),
        "without_group": without_group,
        "without_vector": coins.without_vector,
        "calibration": {"slope": calibration.slope, "offset": calibration.offset},
    }
    batch: list[dict[str, Any]] = []
    if proposes and len(asked):
        batch = propose(learn(rows, coins.codes, coins.groups, recipe), asked, coins, calibration)
    sure = [row for row in batch if row["certainty"] >= trial.least]
    said = described(subject, recipe, trial, seen) | {"figures": found}
    said["recipe"]["learned_sha256"] = coins.fingerprint
    with translated(), engine.begin() as connection:
        expect(connection, seen)
        classifier, stored = keep(connection, said, held, sure if proposes else None)
    rest = len(batch) - len(sure), len(sure) - stored, coins.lacking_without_vector
    yield Classified(classifier, found, stored, *rest, proposable, seen.leaked, seen.trained)


def keep(
    connection: Connection, said: dict[str, Any], held: HeldOut, sure: list[dict[str, Any]] | None
) -> tuple[int, int]:
    """Stores a classifier, its confusions and what it proposes, in the caller's transaction; its number, how many.

    None for proposals leaves those of earlier runs alone.
    """
    cells = json.dumps(confusions(held))
    classifier = call.value(connection, "job.add_classifier", said=json.dumps(said), confusions=cells)
    if sure is None:
        return classifier, 0
    return classifier, call.value(
        connection, "job.store_proposals", classifier=classifier, batch=json.dumps(sure)
    )


def measure_folds(
    coins: Coins, rows: Rows, recipe: ClassifierRecipe, folds: int
) -> Iterator[Fold | tuple[HeldOut, Platt]]:
    """Each fold, predicted by what the others teach; at the end all predictions and the calibration from them.

    Coins without a group are in none: they might be of any that is held out.
    """
    used = np.flatnonzero(coins.groups >= 0)
    rows, codes, groups = rows[used] if len(used) < len(rows) else rows, coins.codes[used], coins.groups[used]
    predicted, raw = np.zeros(len(used), np.int64), np.zeros(len(used))
    learnable, fold_of = np.zeros(len(used), bool), np.full(len(used), -1)
    for number, held_out in enumerate(parted(codes, groups, folds, recipe.seed), 1):
        predictor = learn(rows[~held_out], codes[~held_out], groups[~held_out], recipe)
        predicted[held_out], raw[held_out] = best(predictor, rows[held_out])
        learnable[held_out] = np.isin(codes[held_out], codes[~held_out])
        fold_of[held_out] = number
        names = tuple(coins.group_names[group] for group in np.unique(groups[held_out]))
        accuracy = float((predicted[held_out] == codes[held_out]).mean())
        yield Fold(number, names, int(held_out.sum()), accuracy)
    if (fold_of < 0).any():
        raise SpaceError("the groups cannot be held out in so few folds; give more folds in --config.")
    hits = predicted == codes
    certainty = cross_fitted(raw, hits, fold_of)
    yield HeldOut(coins.values, codes, predicted, raw, certainty, learnable), fit_platt(raw, hits)


def propose(predictor: Predictor, asked: Rows, coins: Coins, calibration: Platt) -> list[dict[str, Any]]:
    """For each coin that lacks a value the likeliest, with its certainty."""
    codes, raw = best(predictor, asked)
    certainty = calibration.apply(raw)
    return [
        {"coin_id": key, "value": coins.values[code], "certainty": float(sure)}
        for key, code, sure in zip(coins.lacking, codes, certainty, strict=True)
    ]


def best(predictor: Predictor, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The likeliest value of each row and its probability; of equal ones the first by name."""
    codes, certain = np.empty(len(rows), np.int64), np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):  # never all coins by all values at once
        part = slice(start, start + BLOCK)
        said = predictor(rows[part])
        codes[part], certain[part] = said.argmax(axis=1), said.max(axis=1)
    return codes, certain


def described(
    subject: ClassifierRequest, recipe: ClassifierRecipe, trial: ClassifierTrial, seen: Seen
) -> dict[str, Any]:
    """What is kept of a classifier, besides what it learned and how well."""
    decides = recipe.parts() | {
        "group": subject.group,
        "folds": trial.folds,
        "least": trial.least,
        "most": subject.most,
        "calibration": "platt on held-out groups",
        "space_ids": list(seen.ids.values()),
    }
    return {
        "label": subject.label,
        "spaces": list(subject.spaces),
        "face": subject.face,
        "model": recipe.model,
        "recipe": decides,
        "seed": recipe.seed,
        "library": f"scikit-learn {sklearn.__version__}",
        "trained": seen.trained,
        "leaked": seen.leaked,
    }


def expect(connection: Connection, seen: Seen) -> None:
    """Raises SpaceError where a name stands for another space than when the run began."""
    for space, space_id in seen.ids.items():
        call.value(connection, "job.expect_space", space=space, expected=space_id)
