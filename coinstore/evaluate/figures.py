"""From ranks to figures: means with intervals and what chance would give, as rows that are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .breakdown import Failure, broken_down, failures
from .groups import grouped, separate
from .intervals import by_value, clustered_interval, interval, paired_p
from .lists import hubness, same_collection
from .pairs import compare_classes
from .ranks import FIGURES, SETTINGS, Gallery, Numbers, Ranked

FigureRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SpaceFigures:
    """The figures of one space: rows to store, the coins that were queries, and the figures of each query.

    `values` `(queries,)` are label values. `found` is `(queries, settings, figures)`; it is NaN where a
    query has no fellow in a setting. `groups` are the figures by value and by collection; `failures` the
    queries whose nearest coin of another collection differs, the farthest off first.
    """

    rows: list[FigureRow]
    counts: dict[str, int]
    queries: list[int]
    queries_across: list[int]
    sample: list[int]
    coins: list[int]
    values: NDArray[np.str_]
    found: Numbers
    groups: list[FigureRow]
    failures: list[Failure]
    evaluation_id: int = 0

    def stored_as(self, key: int) -> SpaceFigures:
        """A copy with its key in the store."""
        return replace(self, evaluation_id=key)


def figures_of_space(gallery: Gallery, blocks: Sequence[Ranked], seed: int) -> SpaceFigures:
    """All figures of one space, from what its queries found."""
    found, chance, neighbours, firsts, near = (
        np.concatenate([getattr(block, name) for block in blocks])
        for name in ("figures", "chance", "neighbours", "firsts", "near")
    )
    is_query = ~np.isnan(found[:, :, 0])
    asked = gallery.coins[: len(found)]
    apart = gallery.asking()  # what a space was learnt from would seem well separated
    places = grouped(apart)
    rows = [
        *_of_queries(found, chance, is_query, seed),
        *_of_lists(gallery, neighbours, seed),
        *_of_classes(apart, seed),
    ]
    if separated := separate(apart, places):
        for figure, value in zip(("silhouette", "davies_bouldin"), separated, strict=True):
            rows.append({"setting": "groups", "figure": figure, "value": value, "n": len(places)})
    alone = int((np.bincount(gallery.values)[gallery.values] == 1).sum())
    counts = {
        "alone": alone,
        "alone_across": int((is_query[:, 0] & ~is_query[:, 1]).sum()),
        "not_asked": gallery.askable - len(found),
    }
    queries, across = (asked[is_query[:, setting]].tolist() for setting in range(2))
    return SpaceFigures(
        rows,
        counts,
        queries,
        across,
        sample=gallery.coins[places].tolist(),
        coins=asked.tolist(),
        values=gallery.names[gallery.values[: len(found)]],
        found=found,
        groups=broken_down(gallery, found, chance),
        failures=failures(gallery, firsts, near),
    )


def _of_queries(found: Numbers, chance: Numbers, is_query: Numbers, seed: int) -> list[FigureRow]:
    rows = []
    for setting, name in enumerate(SETTINGS):
        values = found[is_query[:, setting], setting]
        if not len(values):
            continue
        low, high = interval(values, seed)
        expected = chance[is_query[:, setting], setting].mean(axis=0)
        for n, figure in enumerate(FIGURES):
            rows.append(
                {
                    "setting": name,
                    "figure": figure,
                    "value": values[:, n].mean(),
                    "low": low[n],
                    "high": high[n],
                    "chance": expected[n],
                    "n": len(values),
                }
            )
    return rows


def _of_lists(gallery: Gallery, neighbours: Any, seed: int) -> list[FigureRow]:
    own, chance = same_collection(gallery, neighbours)
    low, high = interval(own, seed)
    hubs = hubness(neighbours, len(gallery.coins))
    rows: list[FigureRow] = [
        {"figure": figure, "value": own[:, n].mean(), "low": low[n], "high": high[n], "chance": chance}
        for n, figure in enumerate(("same_collection_at_1", "same_collection_at_k"))
    ]
    rows.append({"figure": "hubness_skew", "value": hubs.skewness, "chance": hubs.skewness_by_chance})
    rows.append({"figure": "antihub_share", "value": hubs.unlisted, "chance": hubs.unlisted_by_chance})
    return [{"setting": "all", "n": len(neighbours)} | row for row in rows]


def _of_classes(gallery: Gallery, seed: int) -> list[FigureRow]:
    rows: list[FigureRow] = []
    for across, name in enumerate(SETTINGS):
        found = compare_classes(gallery, bool(across), seed)
        if found is None:
            continue
        both = found.within_pairs + found.between_pairs
        rows += [
            {"setting": name, "figure": "similarity_within", "value": found.within, "n": found.within_pairs},
            {
                "setting": name,
                "figure": "similarity_between",
                "value": found.between,
                "n": found.between_pairs,
            },
            {"setting": name, "figure": "auc", "value": found.auc, "chance": 0.5, "n": both},
            {"setting": name, "figure": "d_prime", "value": found.d_prime, "chance": 0.0, "n": both},
        ]
    return rows


def compare_spaces(one: SpaceFigures, other: SpaceFigures, seed: int) -> list[FigureRow]:
    """How the figures of two spaces differ over the queries that both have, with a paired test.

    Empty if the label values of a query differ: the dies of an obverse are not those of a coin.
    """
    place = {coin: n for n, coin in enumerate(other.coins)}
    pairs = np.array([(n, place[coin]) for n, coin in enumerate(one.coins) if coin in place]).reshape(-1, 2)
    mine, theirs = one.values[pairs[:, 0]], other.values[pairs[:, 1]]
    if (mine != theirs).any():
        return []
    values = np.unique(mine, return_inverse=True)[1]
    rows = []
    for setting, name in enumerate(SETTINGS):
        differences = one.found[pairs[:, 0], setting] - other.found[pairs[:, 1], setting]
        both = ~np.isnan(differences).any(axis=1)
        if both.sum() < 2:
            continue
        sums = by_value(differences[both], values[both])
        (low, high), p = clustered_interval(sums, seed), paired_p(sums, seed)
        for n, figure in enumerate(FIGURES):
            rows.append(
                {
                    "evaluation_id": one.evaluation_id,
                    "other_id": other.evaluation_id,
                    "setting": name,
                    "figure": figure,
                    "difference": differences[both, n].mean(),
                    "low": low[n],
                    "high": high[n],
                    "p": p[n],
                    "n": int(both.sum()),
                }
            )
    return rows
