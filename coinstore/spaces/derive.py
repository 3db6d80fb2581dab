"""Derived spaces: means, deviations and principal axes taken out of another space's vectors.

Means and whitening: Jégou and Chum 2012, doi:10.1007/978-3-642-33709-3_55. Taking out each
collection's own mean removes much of a museum's photographic style.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from ..db import call
from ..db.copy import copy_axes, read_vectors
from ..db.translate import translated
from ..errors import SpaceError
from ..models.spec import Precision
from .claims import Embedded

LEAST_SIDES = 5
BATCH = 500
POWERS = {"half": 0.25, "full": 0.5}


@dataclass(frozen=True, slots=True)
class Derivation:
    """What is done to the vectors of `source`.

    `centre` takes out the mean of all sides, or of each collection's (of all, where a collection
    has fewer than `least_sides`); `standardise` divides by the deviation; `whiten` projects onto so
    many principal axes, `whitening` divides each by its deviation (full) or that one's root (half).
    """

    source: str
    centre: Literal["all", "collection"] | None = None
    standardise: bool = False
    whiten: int | None = None
    whitening: Literal["half", "full"] = "half"
    precision: Precision = "half"
    least_sides: int = LEAST_SIDES


def derive_space(engine: Engine, name: str, derivation: Derivation) -> None:
    """Measures what the derivation needs and makes the space; nothing happens when it is there already.

    Raises SpaceError: too few vectors for so many axes, deviations without a mean, another recipe of
    that name; NotFound for an unknown source.
    """
    if derivation.centre is None:
        raise SpaceError("deviations and axes are measured around a mean: add --centre.")
    learnt = ["collection"] if derivation.centre == "collection" else []
    with translated(), engine.begin() as connection:
        source = call.rows(connection, "api.known_space", space=derivation.source)[0]
        vectors, dims = call.value(connection, "job.embedded", name=derivation.source), int(source["dims"])
        if vectors == 0:
            raise SpaceError(
                f"{derivation.source} has no vectors yet; run: coinstore embed {derivation.source}"
            )
        if derivation.whiten is not None and derivation.whiten > min(dims, vectors - 1):
            raise SpaceError(
                f"{vectors:,} vectors of {dims:,} dimensions have {min(dims, vectors - 1):,} principal axes at most."
            )
        space_id = call.value(
            connection,
            "job.derive_space",
            name=name,
            source=derivation.source,
            recipe=json.dumps({"family": "derived", "learnt": learnt} | asdict(derivation)),
            dims=derivation.whiten or dims,
            precision=derivation.precision,
        )
        call.value(
            connection,
            "job.measure_centres",
            space=name,
            by_collection=derivation.centre == "collection",
            standardise=derivation.standardise,
            least_sides=derivation.least_sides,
        )
        if derivation.whiten is not None and not call.value(connection, "job.has_axes", space=name):
            blocks = (block for _, block in read_vectors(connection, "job.centred_vectors", (name,)))
            axes = principal_axes(blocks, dims, derivation.whiten, POWERS[derivation.whitening])
            copy_axes(connection, space_id, axes)


def small_collections(engine: Engine, source: str) -> list[str]:
    """The collections that have too few sides in a space for a mean of their own."""
    with translated(), engine.begin() as connection:
        found = call.rows(connection, "job.small_collections", space=source, least_sides=LEAST_SIDES)
    return [row["collection"] for row in found]


def late_collections(engine: Engine, space: str) -> dict[str, int]:
    """Sides by collection that a space of centred collections holds, but whose mean was never measured.

    They came after the space was derived, and were centred by the mean of all sides.
    """
    with translated(), engine.begin() as connection:
        found = call.rows(connection, "job.late_collections", space=space)
    return {row["collection"]: row["sides"] for row in found}


def principal_axes(
    blocks: Iterator[NDArray[np.float32]], dims: int, axes: int, power: float
) -> NDArray[np.float32]:
    """The first principal axes `(axes, dims)` of rows that come in blocks `(n, dims)`.

    Each is divided by its variance to the `power`: 0.5 whitens fully, 0.25 half, 0 not at all. The
    sign of an axis is that in which its largest part is positive. Memory: two matrices (dims, dims).
    """
    total, count, square = np.zeros(dims), 0, np.zeros((dims, dims))
    for block in blocks:
        rows = block.astype(np.float64)
        total += rows.sum(axis=0)
        square += rows.T @ rows
        count += len(rows)
    covariance = square / count - np.outer(total / count, total / count)
    variance, directions = np.linalg.eigh(covariance)
    variance, directions = variance[::-1][:axes], directions[:, ::-1][:, :axes].T
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1, keepdims=True), axis=1)
    scale = np.maximum(variance, variance[0] * 1e-9) ** -power
    found: NDArray[np.float32] = (directions * np.sign(largest) * scale[:, None]).astype(np.float32)
    return found


def derive_sides(engine: Engine, space: str, limit: int | None = None) -> Iterator[Embedded]:
    """Makes the vectors that a derived or blended space lacks, in the database, yielding after each committed batch."""
    left = limit
    with translated(), engine.connect() as connection:
        while left is None or left > 0:
            started = time.perf_counter()
            at_most = BATCH if left is None else min(BATCH, left)
            found = call.rows(connection, "job.derive_sides", space=space, at_most=at_most)[0]
            connection.commit()
            if not found["done"]:
                return
            left = None if left is None else left - found["done"]
            yield Embedded(space, found["done"], found["faults"], 0.0, time.perf_counter() - started, 0.0)
