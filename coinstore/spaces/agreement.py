"""Cross-validation over collections: does a learnt space hold for collections that it was not learnt from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from .discriminant import Codes, Rows, discriminant, learnt_axes, project
from .folds import held_out_folds

FOLDS = 5
QUERIES = 2500  # sides that ask; more would change the third decimal
BLOCK = 500
Blend = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is learnt from: unit vectors `(n, d)` of sides, their values, collections and faces `(n,)`."""

    rows: Rows
    codes: Codes
    collections: Codes
    faces: Codes


@dataclass(frozen=True, slots=True)
class Agreement:
    """In which share of `queries` the nearest side of another collection has the same value, 0 to 1.

    `low` and `high` are the ends of the 95% interval (Wilson 1927), `chance` the share that a random
    answer would have.
    """

    value: float
    low: float
    high: float
    chance: float
    queries: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the source and each blend agree; the sides that ask are of collections not learnt from."""

    source: Agreement
    blends: dict[Blend, Agreement]


def cross_validate(
    lessons: Lessons, shrinkage: float | None, blends: Sequence[Blend], seed: int
) -> Comparison | None:
    """Whole collections are held out in turn: their sides ask all others, in a space that never saw them.

    None if no value is in two collections, or a fold leaves fewer than two values to learn.
    """
    asking, chance = _askable(lessons, np.ones(len(lessons.codes), bool), seed)
    hits: dict[Blend, list[NDArray[np.bool_]]] = {blend: [] for blend in blends}
    of_source = []
    for held_out in held_out_folds(lessons.codes, lessons.collections, FOLDS, seed):
        asked = np.flatnonzero(held_out & asking)
        codes = shared_codes(lessons.codes[~held_out])
        if not len(asked) or codes.max() < 1:
            continue
        found = discriminant(lessons.rows[~held_out][codes >= 0], codes[codes >= 0], shrinkage)
        for blend in blends:
            rows = project(lessons.rows, found.mean, learnt_axes(found, *blend))
            hits[blend].append(_nearest_agrees(rows, lessons, asked))
        of_source.append(_nearest_agrees(lessons.rows, lessons, asked))
    if not of_source:
        return None
    expected = float(chance.mean())
    return Comparison(
        _agreement(of_source, expected), {blend: _agreement(found, expected) for blend, found in hits.items()}
    )


def agreement_of(lessons: Lessons, asked: Codes) -> Agreement | None:
    """How the sides at the positions `asked` agree; None if none has a fellow in another collection."""
    asking, chance = _askable(lessons, np.isin(np.arange(len(lessons.codes)), asked), 0)
    asked = np.flatnonzero(asking)
    if not len(asked):
        return None
    return _agreement([_nearest_agrees(lessons.rows, lessons, asked)], float(chance.mean()))


def shared_codes(codes: Codes) -> Codes:
    """The codes that two rows or more share, numbered from 0; -1 for the others."""
    sizes = np.bincount(codes)
    place = np.where(sizes > 1, np.cumsum(sizes > 1) - 1, -1)
    found: Codes = place[codes]
    return found


def _askable(
    lessons: Lessons, may_ask: NDArray[np.bool_], seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which sides ask `(n,)`: at most QUERIES with a fellow of another collection; what chance gives each."""
    n, where = len(lessons.codes), lessons.collections + (lessons.collections.max() + 1) * lessons.faces
    both = lessons.codes * (where.max() + 1) + where
    in_value, in_both = _sizes(lessons.codes * 2 + lessons.faces), _sizes(both)
    fellows, others = in_value - in_both, _sizes(lessons.faces) - _sizes(where)
    able = np.random.default_rng(seed).permutation(np.flatnonzero((fellows > 0) & may_ask))[:QUERIES]
    asking = np.zeros(n, bool)
    asking[able] = True
    return asking, fellows[able] / others[able]


def _sizes(keys: Codes) -> NDArray[np.int64]:
    """For each row `(n,)`, how many rows have its key."""
    _, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
    found: NDArray[np.int64] = counts[places]
    return found


def _nearest_agrees(rows: Rows, lessons: Lessons, asked: Codes) -> NDArray[np.bool_]:
    """For the sides `asked`: has the nearest side of the same face, in another collection, the same value."""
    found = np.zeros(len(asked), bool)
    for start in range(0, len(asked), BLOCK):
        some = asked[start : start + BLOCK]
        similar = rows[some] @ rows.T
        for of, same in ((lessons.collections, True), (lessons.faces, False)):
            similar[(of[some, None] == of) == same] = -np.inf
        found[start : start + BLOCK] = lessons.codes[similar.argmax(axis=1)] == lessons.codes[some]
    return found


def _agreement(hits: Sequence[NDArray[np.bool_]], chance: float) -> Agreement:
    right, asked = int(sum(part.sum() for part in hits)), sum(len(part) for part in hits)
    ends = binomtest(right, asked).proportion_ci(method="wilson")
    return Agreement(right / asked, float(ends.low), float(ends.high), chance, asked)
