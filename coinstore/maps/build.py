"""Maps: built from a space's vectors, kept as rows, and new coins placed into them without moving the old.

Memory at n coins of d dimensions: pca and tsne keep two matrices (d, d) and at most 50 numbers a coin; umap
compares whole vectors, so it keeps them as float32 (n, d): 100,000 coins of 1,764 dimensions are 0.7 GB, by
both faces 1.4 GB. Nothing is (n, n).
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
from .axes import Blocks, Reduced, reduce
from .layout import EARLY_ITERATIONS, ITERATIONS, Layout, lay_out_tsne, lay_out_umap, library
from .nearest import Matrix

MapFace = Literal["obverse", "reverse", "coin"]
Method = Literal["tsne", "umap", "pca"]

AXES = {"pca": 2, "tsne": 50, "umap": 2}  # for tsne as openTSNE's guide advises; umap starts from two
LEAST_COINS = {"pca": 3, "tsne": 7, "umap": 7}  # below seven no perplexity of 2 is to be had


@dataclass(frozen=True, slots=True)
class MapRequest:
    """Which map: the coins of `space` by `face` (`coin`: by both faces; a coin that lacks one is left out).

    `perplexity` is of tsne, `neighbours` of umap: how many near coins each coin is to keep near; both are
    lowered for few coins.
    """

    space: str
    face: MapFace = "obverse"
    method: Method = "tsne"
    seed: int = 0
    perplexity: float = 30.0
    neighbours: int = 15

    @property
    def default_name(self) -> str:
        """The name that a map has unless it is given another."""
        return f"{self.space}_{self.face}_{self.method}"


@dataclass(frozen=True, slots=True)
class MapStarted:
    """So many coins, of all in the store, are to be laid out, in so many iterations (0: not known)."""

    coins: int
    of_coins: int
    iterations: int


@dataclass(frozen=True, slots=True)
class PointsMoved:
    """So many iterations more were made."""

    iterations: int


@dataclass(frozen=True, slots=True)
class MapBuilt:
    """The map stands; `parameters` are those that were really used."""

    coins: int
    of_coins: int
    parameters: dict[str, Any]
    seconds: float


MapStep = MapStarted | PointsMoved | MapBuilt


def build_map(engine: Engine, name: str, wanted: MapRequest) -> Iterator[MapStep]:
    """Builds a map, in place of the one of that name in one moment at the end.

    The same vectors, seed and library give the same rows. Raises NotFound for an unknown space, SpaceError
    for an impossible name, too few coins, coins that all look the same, and a library that is not there;
    SettingsError for impossible numbers.
    """
    if wanted.perplexity < 1 or wanted.neighbours < 2 or not 0 <= wanted.seed < 2**31:
        raise SettingsError(
            "a map takes a perplexity of at least 1, 2 neighbours or more, and a seed of 0 or more."
        )
    started, space_id, by = time.monotonic(), known(engine, wanted.space).space_id, library(wanted.method)
    call.run(engine, "job.check_map", map=name)
    with translated(), snapshot(engine) as connection:
        coverage = _coverage(connection, wanted)
        yield coverage
        blocks = vectors(connection, wanted.space, wanted.face)
        reduced = reduce(blocks, AXES[wanted.method])
        if reduced.explained.sum() == 0:
            raise SpaceError(
                f"all {coverage.coins:,} coins have the same vector in {wanted.space}: no map shows more."
            )
        whole = gather(blocks, len(reduced.coins))[1] if wanted.method == "umap" else np.empty((0, 0))
    layout = yield from _lay_out(wanted, reduced, whole)
    parameters = {"coins": len(reduced.coins), "of_coins": coverage.of_coins} | layout.parameters
    seconds = time.monotonic() - started
    call.run(
        engine,
        "job.store_map",
        map=name,
        space=wanted.space,
        expected=space_id,
        face=wanted.face,
        method=wanted.method,
        parameters=json.dumps(parameters),
        seed=wanted.seed,
        library=by,
        seconds=seconds,
        coins=reduced.coins,
        x=layout.points[:, 0].tolist(),
        y=layout.points[:, 1].tolist(),
    )
    yield MapBuilt(
        len(reduced.coins), coverage.of_coins, {k: v for k, v in parameters.items() if k != "basis"}, seconds
    )


def _coverage(connection: Connection, wanted: MapRequest) -> MapStarted:
    found = call.rows(connection, "job.map_coverage", space=wanted.space, face=wanted.face)[0]
    coins, least = found["coins"], LEAST_COINS[wanted.method]
    if coins < least:
        vectors = "vectors of both faces" if wanted.face == "coin" else f"a vector of the {wanted.face}"
        raise SpaceError(
            f"{coins} of {found['of_coins']:,} coins have {vectors} in {wanted.space}; a map by {wanted.method}"
            f" takes {least}. Fill the space with: coinstore embed {wanted.space}"
        )
    return MapStarted(
        coins, found["of_coins"], EARLY_ITERATIONS + ITERATIONS if wanted.method == "tsne" else 0
    )


def _lay_out(wanted: MapRequest, reduced: Reduced, whole: Matrix) -> Generator[PointsMoved, None, Layout]:
    explained = [round(float(share), 6) for share in reduced.explained]
    if wanted.method == "pca":
        points = np.hstack([reduced.coordinates, np.zeros((len(reduced.coins), 1))])[:, :2]
        return Layout(points, {"explained": explained, "basis": reduced.basis.to_json()})
    common = {"metric": "cosine", "nearest": "exact", "initialisation": "pca"}
    if wanted.method == "umap":
        found = lay_out_umap(whole, reduced.coordinates, wanted.neighbours, wanted.seed)
        placing = "mean of the nearest coins, weighed by inverse distance"
        return Layout(found.points, found.parameters | common | {"placing": placing})
    moving = lay_out_tsne(reduced.coordinates, wanted.perplexity, wanted.seed)
    while True:
        try:
            yield PointsMoved(next(moving))
        except StopIteration as end:
            layout: Layout = end.value
            break
    axes = {"axes": len(explained), "explained": round(sum(explained), 6)}
    return Layout(layout.points, layout.parameters | common | axes | {"placing": "openTSNE's transform"})


def vectors(connection: Connection, *arguments: Any) -> Blocks:
    """Reads the unit vectors that job.coin_vectors gives for `arguments`, by coin, each time it is called."""
    return lambda: read_vectors(connection, "job.coin_vectors", arguments, ("coin_id", "int4"))


def gather(blocks: Blocks, count: int) -> tuple[list[int], Matrix]:
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
    """A map's row of api.maps; raises NotFound, with the names of those there are."""
    return named_map(call.look(engine, "api.maps"), name)


def named_map(maps: Sequence[Any], name: str) -> Any:
    """The one of that name among rows of api.maps; raises NotFound, with the names of those there are."""
    for row in maps:
        if row["map"] == name:
            return row
    there = ", ".join(row["map"] for row in maps) or "none yet; run: coinstore map build SPACE"
    raise NotFound(f"there is no map {name}; there is: {there}")


def drop_map(engine: Engine, name: str) -> None:
    """Drops a map with its points. Raises NotFound."""
    call.run(engine, "job.drop_map", map=name)
