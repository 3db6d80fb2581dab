"""Derived spaces: the vectors of another space without means, deviations and minor axes.

Means and whitening: Jégou and Chum 2012, doi:10.1007/978-3-642-33709-3_55. Removing each collection's
own mean removes much of a museum's photographic style.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import copy_axes, read_vectors
from ..db.translate import translated
from ..errors import SpaceError
from ..models.spec import Precision
from .axes import principal_axes
from .claims import Embedded

LEAST_SIDES = 5
BATCH = 500
POWERS = {"half": 0.25, "full": 0.5}


@dataclass(frozen=True, slots=True)
class Derivation:
    """What is done to the vectors of `source`.

    `centre` removes the mean of all sides, or of each collection's sides (of all sides, for a collection
    with fewer than `least_sides`). `standardise` divides by the deviation. `whiten` projects onto this
    many principal axes; `whitening` divides each axis by its deviation (full) or by its root (half).
    """

    source: str
    centre: Literal["all", "collection"] | None = None
    standardise: bool = False
    whiten: int | None = None
    whitening: Literal["half", "full"] = "half"
    precision: Precision = "half"
    least_sides: int = LEAST_SIDES


def derive_space(engine: Engine, name: str, derivation: Derivation) -> None:
    """Measures what the derivation needs and makes the space; does nothing if the space exists already.

    Raises SpaceError: too few vectors for this many axes, deviations without a mean, another recipe of
    that name; NotFound for an unknown source.
    """
    if derivation.centre is None:
        raise SpaceError("deviations and axes are measured around a mean: add --centre.")
    with translated(), engine.begin() as connection:
        dims = _check_source(connection, derivation)
        learnt = ["collection"] if derivation.centre == "collection" else []
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
            axes = whitening_axes(blocks, derivation.whiten, POWERS[derivation.whitening])
            copy_axes(connection, space_id, axes)


def _check_source(connection: Connection, derivation: Derivation) -> int:
    """The dimensions of the source; raises SpaceError where it has too few vectors to measure."""
    source = derivation.source
    dims = int(call.rows(connection, "part.known_space", space=source)[0]["dims"])
    vectors = call.value(connection, "job.embedded", name=source)
    if vectors == 0:
        raise SpaceError(f"{source} has no vectors yet; run: coinstore embed {source}")
    most = min(dims, vectors - 1)
    if derivation.whiten is not None and derivation.whiten > most:
        raise SpaceError(f"{vectors:,} vectors of {dims:,} dimensions have {most:,} principal axes at most.")
    return dims


def small_collections(engine: Engine, source: str) -> list[str]:
    """The collections that have too few sides in a space for their own mean."""
    with translated(), engine.begin() as connection:
        found = call.rows(connection, "job.small_collections", space=source, least_sides=LEAST_SIDES)
    return [row["collection"] for row in found]


def late_collections(engine: Engine, space: str) -> dict[str, int]:
    """Sides by collection that came after a space was centred by collection.

    Their collection has no measured mean, so they are centred by the mean of all sides.
    """
    with translated(), engine.begin() as connection:
        found = call.rows(connection, "job.late_collections", space=space)
    return {row["collection"]: row["sides"] for row in found}


def whitening_axes(blocks: Iterable[NDArray[np.float32]], count: int, power: float) -> NDArray[np.float32]:
    """The first principal axes `(count, dims)`, each divided by its variance to the `power`.

    0.5 whitens fully, 0.25 half, 0 not at all.
    """
    found = principal_axes(blocks, count)
    scale = np.maximum(found.variances, found.variances[0] * 1e-9) ** -power
    scaled: NDArray[np.float32] = (found.axes * scale[:, None]).astype(np.float32)
    return scaled


def derive_sides(engine: Engine, space: str, limit: int | None = None) -> Iterator[Embedded]:
    """Makes the vectors that a derived or blended space lacks, in SQL; yields after each committed batch."""
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
