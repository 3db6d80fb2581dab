"""Retrieval: each coin is a query for the others, and the ranks of its fellows are counted.

The fellows of a query are the other coins with its label value. All other coins of the gallery are ranked by
cosine, equal ones by coin_id, in blocks of queries: memory is (block, n), never (n, n).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from ..parallel import threads
from .rerank import CANDIDATES, CONTEXT, reranked

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

SETTINGS = ("all", "other collections")
FIGURES = ("nn_agreement", "precision_at_k", "recall_at_k", "map", "r_precision")
BLOCK_BYTES = 100_000_000  # of similarities at a time
AGAIN = 64  # queries at a time that are re-ranked, each of which takes some milliseconds
CHUNK = 4096  # rows that are converted to double precision at a time


@dataclass(frozen=True, slots=True)
class Gallery:
    """Coins that are compared with each other; the first ones are the queries.

    `rows` are unit vectors `(n, d)`, float32. `values` `(n,)` are places in `names`, the values of the
    label. `collections` `(n,)` are places in `museums`, the names of the collections. From the last
    `learnt` coins a space was learnt: they are answers only.
    """

    coins: Places
    rows: NDArray[np.float32]
    values: Places
    names: NDArray[np.str_]
    collections: Places
    learnt: int = 0
    museums: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, np.str_))

    @property
    def askable(self) -> int:
        """How many coins can be queries."""
        return len(self.coins) - self.learnt

    def asking(self) -> Gallery:
        """The coins that can be queries, as a gallery of their own."""
        n = self.askable
        return Gallery(self.coins[:n], self.rows[:n], self.values[:n], self.names, self.collections[:n])


@dataclass(frozen=True, slots=True)
class Ranked:
    """What some queries found: `figures` and `chance` `(queries, settings, figures)`, NaN without a fellow.

    `neighbours` `(queries, k)` are the positions of each query's k nearest, own collection included.
    `firsts` `(queries, 3)` are, of other collections, the positions of the nearest coin and of the first
    fellow, and its rank (-1: it has none); `near` `(queries, 2)` are the similarities of these two.
    """

    figures: Numbers
    chance: Numbers
    neighbours: Places
    firsts: Places
    near: Numbers


@dataclass(frozen=True, slots=True)
class _How:
    """How queries are ranked: k, `harmonic[i]` = 1 + 1/2 + … + 1/i, and whether they are re-ranked."""

    k: int
    harmonic: Numbers
    again: bool


def rank(gallery: Gallery, queries: int, k: int, *, again: bool = False) -> Iterator[Ranked]:
    """Ranks all coins for the first `queries` coins of the gallery, block by block; `again`: re-ranked.

    nn_agreement: whether the nearest is a fellow. precision_at_k: the share of the k nearest that are
    fellows. recall_at_k: the share of the fellows among the k nearest. map: the mean, over the fellows, of
    the precision at the rank of each. r_precision: the precision at R, the number of fellows. (Manning,
    Raghavan and Schütze 2008, chapter 8.) All are 0 to 1.
    """
    n = len(gallery.coins)
    how = _How(k, np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n + 1))]), again)
    step = max(1, min(BLOCK_BYTES // (8 * n), AGAIN if again else queries))
    blas = ThreadpoolController()
    with threads() as pool:
        for start in range(0, queries, step):
            places = range(start, min(start + step, queries))
            similar = _similarities(gallery.rows, places)
            with blas.limit(limits=1, user_api="blas"):  # the products of a query are small
                found = [*pool.map(lambda i, s: _ask(gallery, i, s, how), places, similar)]
            yield Ranked(*(np.stack(part) for part in zip(*found, strict=True)))


def _similarities(rows: NDArray[np.float32], places: range) -> Numbers:
    """Cosines `(len(places), n)` of some rows with all, in double precision: the order is then exact."""
    asked = rows[places.start : places.stop].astype(np.float64)
    found = np.empty((len(places), len(rows)))
    for start in range(0, len(rows), CHUNK):
        np.matmul(
            asked, rows[start : start + CHUNK].astype(np.float64).T, out=found[:, start : start + CHUNK]
        )
    return found


def _ask(
    gallery: Gallery, i: int, similar: Numbers, how: _How
) -> tuple[Numbers, Numbers, Places, Places, Numbers]:
    similar[i] = -np.inf
    fellows = np.flatnonzero(gallery.values == gallery.values[i])
    fellows = fellows[fellows != i]
    order = lifted(gallery, i, similar, similar) if how.again else similar
    neighbours = _nearest(order, gallery.coins, min(how.k, len(similar) - 1))
    figures, chance = np.full((2, 2, len(FIGURES)), np.nan)
    firsts, near = np.full(3, -1), np.full(2, np.nan)
    if len(fellows):
        figures[0] = _figures(_ranks(order, fellows, gallery.coins), how.k)
        chance[0] = by_chance(len(fellows), len(similar) - 1, how.k, how.harmonic)
    own = gallery.collections == gallery.collections[i]
    fellows = fellows[~own[fellows]]
    if len(fellows):
        others = np.where(own, -np.inf, similar)
        order = lifted(gallery, i, similar, others) if how.again else others
        ranks = _ranks(order, fellows, gallery.coins)
        figures[1] = _figures(ranks, how.k)
        chance[1] = by_chance(len(fellows), int((~own).sum()), how.k, how.harmonic)
        first = fellows[np.lexsort((gallery.coins[fellows], -order[fellows]))[0]]
        firsts = np.array([_nearest(order, gallery.coins, 1)[0], first, ranks[0]])
        near = similar[firsts[:2]]
    return figures, chance, neighbours, firsts, near


def lifted(gallery: Gallery, i: int, similar: Numbers, passing: Numbers) -> Numbers:
    """`passing` `(n,)` with its largest ones re-ranked: these are above all others, in their new order."""
    candidates = _nearest(passing, gallery.coins, min(CANDIDATES, int(np.isfinite(passing).sum())))
    context = _nearest(similar, gallery.coins, min(CONTEXT, len(similar) - 1))
    found = passing.copy()
    found[candidates] = 10 - reranked(gallery.rows, gallery.coins, context, i, candidates)
    return found


def _nearest(similar: Numbers, coins: Places, k: int) -> Places:
    last = np.partition(similar, len(similar) - k)[len(similar) - k]
    near = np.flatnonzero(similar >= last)
    found: Places = near[np.lexsort((coins[near], -similar[near]))][:k]
    return found


def _ranks(similar: Numbers, fellows: Places, coins: Places) -> Places:
    """The ranks of the fellows, from 1, ascending."""
    rising, own = np.sort(similar), similar[fellows]
    after = np.searchsorted(rising, own, "right")
    if (after - np.searchsorted(rising, own, "left") > 1).any():  # ties go by coin_id
        places = np.empty(len(similar), np.int64)
        places[np.lexsort((coins, -similar))] = np.arange(1, len(similar) + 1)
        return np.sort(places[fellows])
    return np.sort(len(similar) - after + 1)


def _figures(ranks: Places, k: int) -> Numbers:
    fellows, hits = len(ranks), np.count_nonzero(ranks <= k)
    precisions = np.arange(1, fellows + 1) / ranks
    return np.array(
        [
            ranks[0] == 1,
            hits / k,
            hits / fellows,
            precisions.mean(),
            np.count_nonzero(ranks <= fellows) / fellows,
        ]
    )


def by_chance(fellows: int, others: int, k: int, harmonic: Numbers) -> Numbers:
    """The mean of each of FIGURES over random orders; `harmonic[i]` is 1 + 1/2 + … + 1/i.

    For average precision see Bestgen 2015, doi:10.1515/pralin-2015-0007.
    """
    share, asked = fellows / others, min(k, others)
    rest = (fellows - 1) / (others - 1) if others > 1 else 0.0
    precision = (harmonic[others] + rest * (others - harmonic[others])) / others
    return np.array([share, asked * share / k, asked / others, precision, share])
