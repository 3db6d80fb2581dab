"""New coins on a stored map: each is placed by its vector, and no other point moves."""

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
from .axes import Basis, project
from .build import AXES, MIN_COINS, named_map, read_all, vector_blocks
from .layout import Points, library_of, place_tsne, place_umap, plane

Place = Callable[[NDArray[np.float32]], Points]


@dataclass(frozen=True, slots=True)
class CoinsWaiting:
    """This many coins are to be placed."""

    coins: int


@dataclass(frozen=True, slots=True)
class CoinsPlaced:
    """This many more coins have a place."""

    coins: int


@dataclass(frozen=True, slots=True)
class MapUpdated:
    """The map holds all coins that can be placed. The coins of `lost` points have no vector any more."""

    coins: int
    added: int
    lost: int
    seconds: float


def update_map(engine: Engine, name: str) -> Iterator[CoinsWaiting | CoinsPlaced | MapUpdated]:
    """Places the coins that came after a map was built, by the coins it was laid out with; moves no point.

    The place of a coin does not depend on the other new ones. A run that is stopped stores nothing. A coin
    that was embedded again keeps its point until the map is rebuilt. Raises NotFound for an unknown map,
    SpaceError if a library or the vectors that the map was laid out with are missing.
    """
    started = time.monotonic()
    coins: list[int] = []
    parts: list[Points] = []
    with translated(), snapshot(engine) as connection:
        stored = named_map(call.view(connection, "api.maps"), name)  # its space may be renamed meanwhile
        library_of(stored["method"])
        changes = call.rows(connection, "job.map_changes", map=name)[0]
        yield CoinsWaiting(changes["fresh"])
        if changes["fresh"]:
            place = _placing(connection, stored, changes["kept"])
            for some, rows in vector_blocks(connection, stored["space"], stored["face"], name, None)():
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
    """The function that places rows `(m, d)` on a map."""
    name, method = stored["map"], stored["method"]
    if method == "pca":
        basis = Basis.from_json(call.value(connection, "job.map_basis", map=name))
        return lambda rows: plane(basis.project(rows))
    at = {row["coin_id"]: (row["x"], row["y"]) for row in call.rows(connection, "job.laid_out", map=name)}
    blocks = vector_blocks(connection, stored["space"], stored["face"], name, True)
    if kept < MIN_COINS[method]:
        raise SpaceError(
            f"{kept} of the coins of {name} still have a vector: too few to place others."
            f" Rebuild it: coinstore map build {stored['space']} --face {stored['face']} --method {method}"
        )
    if method == "umap":
        coins, vectors = read_all(blocks, kept)
        points = np.array([at[coin] for coin in coins])
        return lambda rows: place_umap(vectors, points, rows)
    projection = project(blocks, AXES["tsne"])
    points = np.array([at[coin] for coin in projection.coins])
    return lambda rows: place_tsne(projection.coordinates, points, projection.basis.project(rows))
