"""Cross-validation over collections: does a learnt space hold for collections that it was not learnt from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from ..progress import Report, Tally, silent
from .discriminant import Codes, Rows, scatter
from .folds import held_out_folds

FOLDS = 5
QUERIES = 2500  # sides that ask; more would change the third decimal
BLOCK = 500
Blend = tuple[float, float]
Shrinkage = float | None


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is learnt from: unit vectors `(n, d)` of sides, their values, collections and faces `(n,)`.

    `along` `(n, k)` are the rows as they are learnt from: along fewer axes. None: as they are. `coins`
    `(n,)` are the keys of their coins; None: each is of another.
    """

    rows: Rows
    codes: Codes
    collections: Codes
    faces: Codes
    along: Rows | None = None
    coins: Codes | None = None

    @property
    def taught(self) -> Rows:
        """The rows that directions are learnt from."""
        return self.rows if self.along is None else self.along

    def learnable(self, among: NDArray[np.bool_]) -> Codes:
        """The values that two coins among some rows share, numbered from 0; -1 for the other rows `(n,)`."""
        coins = np.arange(len(self.codes)) if self.coins is None else self.coins
        pairs = np.unique(np.column_stack([self.codes, coins])[among], axis=0)
        shared = np.flatnonzero(np.bincount(pairs[:, 0], minlength=self.codes.max() + 1) > 1)
        place = np.full(self.codes.max() + 1, -1)
        place[shared] = np.arange(len(shared))
        return np.where(among, place[self.codes], -1)


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
    """How the source agrees, and each shrinkage with each blend; who asks is of collections not learnt from.

    `p`, for each choice: how likely this many more right answers than in the source are by chance, one-sided
    (McNemar 1947, doi:10.1007/BF02295996).
    """

    source: Agreement
    choices: dict[tuple[Shrinkage, Blend], Agreement]
    p: dict[tuple[Shrinkage, Blend], float]

    def best(self) -> tuple[Shrinkage, Blend]:
        """The choice that agrees best, of equal ones the first."""
        return max(self.choices, key=lambda choice: self.choices[choice].value)


def cross_validate(
    lessons: Lessons,
    shrinkages: Sequence[Shrinkage],
    blends: Sequence[Blend],
    seed: int,
    report: Report = silent,
) -> Comparison | None:
    """Whole collections are held out in turn: their sides ask all others, in a space that never saw them.

    A value of one coin is not learnt, but may be an answer. None if no value is in two collections, or a
    fold leaves fewer than two values to learn. Memory: the projections of all rows for each shrinkage
    and a few blocks (500, n).
    """
    asking, chance = _askable(lessons, np.ones(len(lessons.codes), bool), seed)
    tally = Tally(report, "Asking held-out collections", "queries", int(asking.sum()))
    found = []
    for held_out in held_out_folds(lessons.codes, lessons.collections, FOLDS, seed):
        asked = np.flatnonzero(held_out & asking)
        codes = lessons.learnable(~held_out)
        if len(asked) and codes.max() > 0:
            blended = _blended(lessons, codes, shrinkages, blends)
            for start in range(0, len(asked), BLOCK):
                some = asked[start : start + BLOCK]
                found.append(blended.agree(some))
                tally.add(len(some))
    if not found:
        return None
    of_all, expected = np.concatenate(found), float(chance.mean())
    choices = [(shrinkage, blend) for shrinkage in shrinkages for blend in blends]
    source, *others = (_agreement(hits, expected) for hits in of_all.T)
    p = [_p(of_all[:, 0], hits) for hits in of_all.T[1:]]
    return Comparison(source, dict(zip(choices, others, strict=True)), dict(zip(choices, p, strict=True)))


@dataclass(frozen=True, slots=True)
class _Blended:
    """All rows in the spaces that one fold teaches.

    `mean` `(d,)` and `variance` are those of the rows that were learnt from; `projected` are all rows on
    the axes of each shrinkage.
    """

    lessons: Lessons
    mean: Rows
    variance: float
    projected: list[Rows]
    blends: Sequence[Blend]

    def agree(self, some: Codes) -> NDArray[np.bool_]:
        """Whether each side of `some` is answered rightly: in the source, then by each choice."""
        rows = self.lessons.rows
        plain = rows[some] @ rows.T
        towards = rows @ self.mean
        centred = plain - towards[some, None] - towards + self.mean @ self.mean
        squares = 1 - 2 * towards + self.mean @ self.mean
        hits = [_agrees(plain, self.lessons, some)]
        for projected in self.projected:
            learnt, lengths = projected[some] @ projected.T, (projected**2).sum(axis=1)
            for blend in self.blends:
                source, ours = np.float32(blend[0] / sum(blend) / self.variance), blend[1] / sum(blend)
                squared = source * squares + np.float32(ours) * lengths
                similar = source * centred + np.float32(ours) * learnt
                # The length of the side that asks changes no order.
                similar /= np.sqrt(np.maximum(squared, np.finfo(np.float32).tiny))
                hits.append(_agrees(similar, self.lessons, some))
        return np.column_stack(hits)


def _blended(
    lessons: Lessons, codes: Codes, shrinkages: Sequence[Shrinkage], blends: Sequence[Blend]
) -> _Blended:
    """What is learnt from the rows that have a code of 0 or more."""
    used = np.flatnonzero(codes >= 0)
    measured = scatter(lessons.taught[used], codes[used])
    projected = []
    for shrinkage in shrinkages:
        found = measured.discriminant(shrinkage)
        projected.append((lessons.taught - found.mean.astype(np.float32)) @ found.axes.T.astype(np.float32))
    weights = (codes >= 0).astype(np.float32) / np.float32(len(used))
    mean = np.asarray(weights @ lessons.rows, np.float32)
    return _Blended(lessons, mean, float(1 - mean @ mean), projected, blends)


def agreement_of(lessons: Lessons, asked: Codes) -> Agreement | None:
    """How the sides at the positions `asked` agree; None if none has a fellow in another collection."""
    asking, chance = _askable(lessons, np.isin(np.arange(len(lessons.codes)), asked), 0)
    asked = np.flatnonzero(asking)
    if not len(asked):
        return None
    return _agreement(_nearest_agrees(lessons.rows, lessons, asked), float(chance.mean()))


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
    blocks = (asked[start : start + BLOCK] for start in range(0, len(asked), BLOCK))
    return np.concatenate([_agrees(rows[some] @ rows.T, lessons, some) for some in blocks])


def _agrees(similar: Rows, lessons: Lessons, some: Codes) -> NDArray[np.bool_]:
    """The same for the sides `some`, by their similarities `(m, n)` with all."""
    other = lessons.collections[some, None] != lessons.collections
    nearest = np.where(other & (lessons.faces[some, None] == lessons.faces), similar, -np.inf).argmax(axis=1)
    found: NDArray[np.bool_] = lessons.codes[nearest] == lessons.codes[some]
    return found


def _agreement(hits: NDArray[np.bool_], chance: float) -> Agreement:
    right, asked = int(hits.sum()), len(hits)
    ends = binomtest(right, asked).proportion_ci(method="wilson")
    return Agreement(right / asked, float(ends.low), float(ends.high), chance, asked)


def _p(source: NDArray[np.bool_], ours: NDArray[np.bool_]) -> float:
    """McNemar's exact test, one-sided: the p of as many answers that are right in ours only, or more."""
    more, less = int((ours & ~source).sum()), int((source & ~ours).sum())
    return float(binomtest(more, more + less, alternative="greater").pvalue) if more + less else 1.0
