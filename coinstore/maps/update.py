"""New coins on a map that is there: each is placed by its vector, and no old point moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.engine import snapshot
from ..db.translate import translated
from ..errors import SpaceError
from .axes import Basis, reduce
from .build import AXES, LEAST_COINS, gather, named_map, vectors
from .layout import Points, library, place_tsne, place_umap

Place = Callable[[NDArray[np.float32]], Points]


@dataclass(frozen=True, slots=True)
class CoinsWaiting:
    """So many coins are to be placed."""

    coins: int


@dataclass(frozen=True, slots=True)
class CoinsPlaced:
    """So many coins more were placed."""

    coins: int


@dataclass(frozen=True, slots=True)
class MapUpdated:
    """The map holds all that can be placed. `lost` of its points are of coins that have no vector any more."""

    coins: int
    added: int
    lost: int
    seconds: float


def update_map(engine: Engine, name: str) -> Iterator[CoinsWaiting | CoinsPlaced | MapUpdated]:
    """Places the coins that came since a map was built, by those that it was laid out with: moves no point.

    A coin lies where it would have been placed alone. Stopped, it keeps nothing of this run. A coin that was
    embedded anew keeps its point until the map is built again. Raises NotFound for an unknown map,
    SpaceError where a library or the vectors it was laid out with are not there any more.
    """
    started = time.monotonic()
    coins: list[int] = []
    parts: list[Points] = []
    with translated(), snapshot(engine) as connection:
        stored = named_map(call.view(connection, "api.maps"), name)  # a space may change its name meanwhile
        library(stored["method"])
        changes = call.rows(connection, "job.map_changes", map=name)[0]
        yield CoinsWaiting(changes["fresh"])
        if changes["fresh"]:
            place = _placing(connection, stored, changes["kept"])
            for some, rows in vectors(connection, stored["space"], stored["face"], name, None)():
                parts.append(place(rows))
                coins += some
                yield CoinsPlaced(len(some))
    added = 0
    if coins:
        points = np.concatenate(parts)
        added = call.run(
            engine,
            "job.place_points",
            map=stored["map_id"],
            coins=coins,
            x=points[:, 0].tolist(),
            y=points[:, 1].tolist(),
        )
    yield MapUpdated(stored["points"] + added, added, changes["lost"], time.monotonic() - started)


def _placing(connection: Connection, stored: Any, kept: int) -> Place:
    """How a map places rows `(m, d)`."""
    name, method = stored["map"], stored["method"]
    if method == "pca":
        basis = Basis.from_json(call.value(connection, "job.map_basis", map=name))
        return lambda rows: np.hstack([basis.project(rows), np.zeros((len(rows), 1))])[:, :2]
    at = {row["coin_id"]: (row["x"], row["y"]) for row in call.rows(connection, "job.laid_out", map=name)}
    blocks = vectors(connection, stored["space"], stored["face"], name, True)
    if kept < LEAST_COINS[method]:
        raise SpaceError(
            f"{kept} of the coins that {name} was laid out with still have a vector: too few to place others by."
            f" Build it anew: coinstore map build {stored['space']} --face {stored['face']} --method {method}"
        )
    if method == "umap":
        there, whole = gather(blocks, kept)
        points = np.array([at[coin] for coin in there])
        return lambda rows: place_umap(whole, points, rows)
    reduced = reduce(blocks, AXES["tsne"])
    points = np.array([at[coin] for coin in reduced.coins])
    return lambda rows: place_tsne(reduced.coordinates, points, reduced.basis.project(rows))
