"""Figures of a space by value of the label and by collection, and the queries that it answers worst."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .ranks import FIGURES, SETTINGS, Gallery, Numbers, Places

SHOWN = ("nn_agreement", "map", "r_precision")


@dataclass(frozen=True, slots=True)
class Failure:
    """A query whose nearest coin of another collection has another value.

    `nearest` is that coin, `fellow` the first coin of another collection with the query's value, in place
    `place`. Coins are coin_ids.
    """

    coin: int
    value: str
    nearest: int
    nearest_value: str
    nearest_similarity: float
    fellow: int
    fellow_similarity: float
    place: int


def broken_down(gallery: Gallery, found: Numbers, chance: Numbers) -> list[dict[str, Any]]:
    """A row for each value and each collection of the queries: their number and means, in each setting."""
    asked = len(found)
    return [
        *_by("value", gallery.names, gallery.values[:asked], found, chance),
        *_by("collection", gallery.museums, gallery.collections[:asked], found, chance),
    ]


def _by(by: str, names: Any, groups: Places, found: Numbers, chance: Numbers) -> Iterator[dict[str, Any]]:
    for group in np.unique(groups).tolist():
        row: dict[str, Any] = {"grouped_by": by, "group_name": str(names[group])}
        for setting, said in enumerate(SETTINGS):
            here = (groups == group) & ~np.isnan(found[:, setting, 0])
            if not here.any():
                continue
            means = {figure: float(found[here, setting, FIGURES.index(figure)].mean()) for figure in SHOWN}
            expected = float(chance[here, setting, FIGURES.index("nn_agreement")].mean())
            yield row | {"setting": said, "n": int(here.sum())} | means | {"chance": expected}


def failures(gallery: Gallery, firsts: Places, near: Numbers) -> list[Failure]:
    """The queries whose nearest coin of another collection differs, the farthest off first.

    `firsts` `(queries, 3)`: the places of the nearest and of the first fellow, and its rank; -1: no
    fellow. `near` `(queries, 2)`: their similarities.
    """
    wrong = np.flatnonzero(firsts[:, 2] > 1)
    order = wrong[np.lexsort((gallery.coins[wrong], near[wrong, 1] - near[wrong, 0], -firsts[wrong, 2]))]
    values = gallery.names[gallery.values]
    return [
        Failure(
            coin=int(gallery.coins[i]),
            value=str(values[i]),
            nearest=int(gallery.coins[firsts[i, 0]]),
            nearest_value=str(values[firsts[i, 0]]),
            nearest_similarity=float(near[i, 0]),
            fellow=int(gallery.coins[firsts[i, 1]]),
            fellow_similarity=float(near[i, 1]),
            place=int(firsts[i, 2]),
        )
        for i in order.tolist()
    ]
