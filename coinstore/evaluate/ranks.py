"""Retrieval: each coin asks for the others, and where its fellows come is counted.

A query's fellows are the other coins with its label value. Every other coin of the gallery is ranked by
cosine, equal ones by coin_id, in blocks of queries: memory is (block, n), never (n, n).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

SETTINGS = ("all", "other collections")
FIGURES = ("nn_agreement", "precision_at_k", "recall_at_k", "map", "r_precision")
BLOCK_BYTES = 100_000_000  # of similarities at a time
CHUNK = 4096  # rows that are widened to double precision at a time


@dataclass(frozen=True, slots=True)
class Gallery:
    """Coins that are held against each other, in the order in which they are asked.

    `rows` are unit vectors `(n, d)`, float32; `values` `(n,)` number the label's values, whose `names` they are,
    `collections` the collections.
    """

    coins: Places
    rows: NDArray[np.float32]
    values: Places
    names: NDArray[np.str_]
    collections: Places


@dataclass(frozen=True, slots=True)
class Ranked:
    """What some queries found: `figures` and `chance` `(queries, settings, figures)`, NaN where one has no fellow.

    `neighbours` are the positions of each query's k nearest, own collection included, `(queries, k)`.
    """

    figures: Numbers
    chance: Numbers
    neighbours: Places


def rank(gallery: Gallery, queries: int, k: int) -> Iterator[Ranked]:
    """The first so many coins of the gallery ask for the others, block by block.

    nn_agreement: the nearest is a fellow. precision_at_k: share of the k nearest that are fellows.
    recall_at_k: share of the fellows among the k nearest. map: the mean, over the fellows, of the precision
    at each one's rank. r_precision: precision at as many as there are fellows. (Manning, Raghavan and
    Schütze 2008, chapter 8.) All 0 to 1.
    """
    n = len(gallery.coins)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n + 1))])
    step = max(1, BLOCK_BYTES // (8 * n))
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy sorts without the interpreter's lock
        for start in range(0, queries, step):
            places = range(start, min(start + step, queries))
            similar = _similarities(gallery.rows, places)
            found = list(pool.map(lambda i, s: _ask(gallery, i, s, k, harmonic), places, similar))
            yield Ranked(*(np.stack(part) for part in zip(*found, strict=True)))


def _similarities(rows: NDArray[np.float32], places: range) -> Numbers:
    """Cosines of some rows and all `(len(places), n)`; double, so that the order is that of a brute comparison."""
    asked = rows[places.start : places.stop].astype(np.float64)
    found = np.empty((len(places), len(rows)))
    for start in range(0, len(rows), CHUNK):
        np.matmul(
            asked, rows[start : start + CHUNK].astype(np.float64).T, out=found[:, start : start + CHUNK]
        )
    return found


def _ask(
    gallery: Gallery, i: int, similar: Numbers, k: int, harmonic: Numbers
) -> tuple[Numbers, Numbers, Places]:
    similar[i] = -np.inf
    fellows = np.flatnonzero(gallery.values == gallery.values[i])
    fellows = fellows[fellows != i]
    neighbours = _nearest(similar, gallery.coins, min(k, len(similar) - 1))
    figures = np.full((2, len(FIGURES)), np.nan)
    chance = np.full((2, len(FIGURES)), np.nan)
    for setting in range(2):
        others = len(similar) - 1
        if setting == 1:
            own = gallery.collections == gallery.collections[i]
            similar[own] = -np.inf
            fellows, others = fellows[~own[fellows]], int((~own).sum())
        if len(fellows):
            figures[setting] = _figures(_ranks(similar, fellows, gallery.coins), k)
            chance[setting] = by_chance(len(fellows), others, k, harmonic)
    return figures, chance, neighbours


def _nearest(similar: Numbers, coins: Places, k: int) -> Places:
    last = np.partition(similar, len(similar) - k)[len(similar) - k]
    near = np.flatnonzero(similar >= last)
    found: Places = near[np.lexsort((coins[near], -similar[near]))][:k]
    return found


def _ranks(similar: Numbers, fellows: Places, coins: Places) -> Places:
    """At which places (from 1) fellows come, rising."""
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
    """What an order by chance gives in the mean, for each of FIGURES; `harmonic[i]` is 1 + 1/2 + … + 1/i.

    For average precision after Bestgen 2015, doi:10.1515/pralin-2015-0007.
    """
    share, asked = fellows / others, min(k, others)
    rest = (fellows - 1) / (others - 1) if others > 1 else 0.0
    precision = (harmonic[others] + rest * (others - harmonic[others])) / others
    return np.array([share, asked * share / k, asked / others, precision, share])
