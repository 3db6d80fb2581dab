"""Maps: built from the vectors of a space and stored as rows.

Memory for n coins of d dimensions: pca and tsne keep two matrices (d, d) and at most 50 numbers for each
coin. umap compares whole vectors, so it keeps them as float32 (n, d): 0.7 GB for 100,000 coins of 1,764
dimensions, 1.4 GB by both faces. Nothing is (n, n).
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import read_vectors
from ..db.engine import snapshot
from ..db.translate import translated
from ..errors import NotFound, SettingsError, SpaceError
from ..spaces.catalogue import known
from .axes import Blocks, Projection, project
from .layout import EARLY_ITERATIONS, ITERATIONS, Layout, lay_out_tsne, lay_out_umap, library_of, plane
from .nearest import Matrix

MapFace = Literal["obverse", "reverse", "both"]
Method = Literal["tsne", "umap", "pca"]

AXES = {"pca": 2, "tsne": 50, "umap": 2}  # for tsne as openTSNE's guide advises; umap starts from two
MIN_COINS = {"pca": 3, "tsne": 7, "umap": 7}  # fewer than seven allow no perplexity of 2


@dataclass(frozen=True, slots=True)
class MapRequest:
    """Which map: the coins of `space` by `face` (`coin`: by both faces; a coin that lacks one is left out).

    `perplexity` (for tsne) and `neighbours` (for umap) say how many near coins each coin keeps near. Both
    are lowered if there are few coins.
    """

    space: str
    face: MapFace = "obverse"
    method: Method = "tsne"
    seed: int = 0
    perplexity: float = 30.0
    neighbours: int = 15

    @property
    def default_name(self) -> str:
        """The name of a map that is given no other."""
        return f"{self.space}_{self.face}_{self.method}"


@dataclass(frozen=True, slots=True)
class MapStarted:
    """How many coins, of all in the store, are laid out, and in how many iterations (0: not known)."""

    coins: int
    of_coins: int
    iterations: int


@dataclass(frozen=True, slots=True)
class PointsMoved:
    """This many more iterations are done."""

    iterations: int


@dataclass(frozen=True, slots=True)
class MapBuilt:
    """The map is stored; `parameters` are those that were really used."""

    coins: int
    of_coins: int
    parameters: dict[str, Any]
    seconds: float


MapStep = MapStarted | PointsMoved | MapBuilt


def build_map(engine: Engine, name: str, request: MapRequest) -> Iterator[MapStep]:
    """Builds a map and stores it at the end, in one transaction, in place of the one of that name.

    The same vectors, seed and library give the same rows. Raises NotFound for an unknown space;
    SpaceError for an impossible name, too few coins, coins that all look the same, and a library that
    is not installed; SettingsError for impossible numbers.
    """
    if request.perplexity < 1 or request.neighbours < 2 or not 0 <= request.seed < 2**31:
        raise SettingsError(
            "a map needs a perplexity of at least 1, at least 2 neighbours, and a seed of 0 or more."
        )
    started, space_id = time.monotonic(), known(engine, request.space).space_id
    by = library_of(request.method)
    call.run(engine, "job.check_map", map=name)
    start, projection, whole = yield from _read(engine, request)
    layout = yield from _lay_out(request, projection, whole)
    parameters = {"coins": start.coins, "of_coins": start.of_coins} | layout.parameters
    seconds = time.monotonic() - started
    call.run(
        engine,
        "job.store_map",
        map=name,
        space=request.space,
        expected=space_id,
        face=request.face,
        method=request.method,
        parameters=json.dumps(parameters),
        seed=request.seed,
        library=by,
        seconds=seconds,
        coins=projection.coins,
        x=layout.points[:, 0].tolist(),
        y=layout.points[:, 1].tolist(),
    )
    shown = {name: value for name, value in parameters.items() if name != "basis"}
    yield MapBuilt(start.coins, start.of_coins, shown, seconds)


def _read(
    engine: Engine, request: MapRequest
) -> Generator[MapStarted, None, tuple[MapStarted, Projection, Matrix]]:
    """What a layout needs: how many coins there are, their projection, and for umap their vectors."""
    with translated(), snapshot(engine) as connection:
        start = _coverage(connection, request)
        yield start
        blocks = vector_blocks(connection, request.space, request.face)
        projection = project(blocks, AXES[request.method])
        if projection.explained.sum() == 0:
            raise SpaceError(
                f"all {start.coins:,} coins have the same vector in {request.space}, so a map shows nothing."
            )
        whole = read_all(blocks, start.coins)[1] if request.method == "umap" else np.empty((0, 0))
    return start, projection, whole


def _coverage(connection: Connection, request: MapRequest) -> MapStarted:
    found = call.rows(connection, "job.map_coverage", space=request.space, face=request.face)[0]
    coins, least = found["coins"], MIN_COINS[request.method]
    if coins < least:
        vectors = "vectors of both faces" if request.face == "both" else f"a vector of the {request.face}"
        raise SpaceError(
            f"{coins} of {found['of_coins']:,} coins have {vectors} in {request.space}; a map by"
            f" {request.method} needs {least}. Fill the space with: coinstore embed {request.space}"
        )
    iterations = EARLY_ITERATIONS + ITERATIONS if request.method == "tsne" else 0
    return MapStarted(coins, found["of_coins"], iterations)


def _lay_out(
    request: MapRequest, projection: Projection, whole: Matrix
) -> Generator[PointsMoved, None, Layout]:
    explained = [round(float(share), 6) for share in projection.explained]
    if request.method == "pca":
        points = plane(projection.coordinates)
        return Layout(points, {"explained": explained, "basis": projection.basis.to_json()})
    common = {"metric": "cosine", "nearest": "exact", "initialisation": "pca"}
    if request.method == "umap":
        found = lay_out_umap(whole, projection.coordinates, request.neighbours, request.seed)
        placing = "mean of the nearest coins, weighed by inverse distance"
        return Layout(found.points, found.parameters | common | {"placing": placing})
    moving = lay_out_tsne(projection.coordinates, request.perplexity, request.seed)
    while True:
        try:
            yield PointsMoved(next(moving))
        except StopIteration as end:
            layout: Layout = end.value
            break
    axes = {"axes": len(explained), "explained": round(sum(explained), 6)}
    return Layout(layout.points, layout.parameters | common | axes | {"placing": "openTSNE's transform"})


def vector_blocks(connection: Connection, *arguments: Any) -> Blocks:
    """Reads the unit vectors that job.coin_vectors gives for `arguments`, each time it is called."""
    return lambda: read_vectors(connection, "job.coin_vectors", arguments, ("coin_id", "int4"))


def read_all(blocks: Blocks, count: int) -> tuple[list[int], Matrix]:
    """The coins of blocks, and all their rows `(count, d)`, float32."""
    coins: list[int] = []
    found = np.empty((0, 0), np.float32)
    for some, rows in blocks():
        if not coins:
            found = np.empty((count, rows.shape[1]), np.float32)
        found[len(coins) : len(coins) + len(some)] = rows
        coins += some
    return coins, found


def map_named(engine: Engine, name: str) -> Any:
    """The row of api.maps for a map; raises NotFound, which lists the names that exist."""
    return named_map(call.look(engine, "api.maps"), name)


def named_map(maps: Sequence[Any], name: str) -> Any:
    """The row of this name among rows of api.maps; raises NotFound, which lists the names that exist."""
    for row in maps:
        if row["map"] == name:
            return row
    there = ", ".join(row["map"] for row in maps) or "none yet; run: coinstore map build SPACE"
    raise NotFound(f"there is no map {name}; there is: {there}")


def drop_map(engine: Engine, name: str) -> None:
    """Drops a map with its points. Raises NotFound."""
    call.run(engine, "job.drop_map", map=name)
