"""Derived spaces: the vectors of another space without means, deviations and minor axes.

Means and whitening: Jégou and Chum 2012, doi:10.1007/978-3-642-33709-3_55. Removing each collection's
own mean removes much of a museum's photographic style. Where there is no good mean, the nearest is removed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.call import Row
from ..db.copy import copy_axes, read_vectors
from ..db.engine import snapshot
from ..db.translate import translated
from ..errors import SpaceError
from ..models.spec import Precision
from .axes import principal_axes
from .centres import Centres, measure_centres
from .claims import Embedded

LEAST_SIDES = 5
AXES = 256  # when no number is given; fewer if the source has fewer vectors or dimensions
SAMPLE = 100_000  # sides that axes are measured on, at most
BATCH = 500
POWERS = {"half": 0.25, "full": 0.5}


@dataclass(frozen=True, slots=True)
class Derivation:
    """What is done to the vectors of `source`.

    `centre` removes the mean of all sides, or of each collection's sides. `standardise` divides by the
    deviation. `whiten` projects onto this many principal axes (True: AXES, or as many as there are);
    `whitening` divides each axis by its deviation (full) or by its root (half). Centred by collection, a
    collection with fewer than `least_sides` has no mean of its own: `strangers` says what is removed from
    it, and from vectors that are not in the store: the nearest of the collections' means, or that of all.
    """

    source: str
    centre: Literal["all", "collection"] | None = None
    standardise: bool = False
    whiten: int | None = None
    whitening: Literal["half", "full"] = "half"
    precision: Precision = "half"
    least_sides: int = LEAST_SIDES
    strangers: Literal["nearest", "all"] = "nearest"

    def recipe(self) -> dict[str, Any]:
        """What is stored with the space. Recipes of earlier versions name no strangers: they use all."""
        found = {"family": "derived", "learnt": []} | asdict(self)
        if self.centre == "collection":
            found["learnt"] = ["collection"]
        if self.centre != "collection" or self.strangers == "all":
            del found["strangers"]
        return found


@dataclass(frozen=True, slots=True)
class Derived:
    """What was made: `axes`, the principal axes of a whitened space (None: it has the source's dimensions).

    `borrowed`: the collections that are too small for a mean of their own, each with the collection whose
    mean is removed instead (None: there is none, so that of all is).
    """

    axes: int | None
    borrowed: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Settled:
    """A collection that came later has its mean now: of its `sides`, or taken from another collection."""

    space: str
    collection: str
    sides: int
    taken_from: str | None


def derive_space(engine: Engine, name: str, derivation: Derivation) -> Derived:
    """Measures what the derivation needs and makes the space; only tells about it if it exists already.

    Axes are measured on at most SAMPLE sides, drawn by the hashes of their photographs. While this
    measures, others may make spaces. Raises SpaceError: too few vectors for this many axes, no mean that
    is subtracted, another recipe of that name; NotFound for an unknown source.
    """
    if derivation.centre is None:
        raise SpaceError(
            "it is not said which mean is subtracted; say whose: that of all sides, or of each collection."
        )
    with translated(), snapshot(engine) as connection:
        source, derivation = _fitted(connection, derivation)
        recipe = derivation.recipe() | _sampled(connection, derivation.source)
        is_new = call.value(connection, "job.vectors_table", space=name) is None
        centres = measure_centres(connection, derivation) if is_new else None
        axes = _axes(connection, derivation, centres) if centres else None
    with translated(), engine.begin() as connection:
        call.rows(connection, "job.hold_space", space=derivation.source, expected=source["space_id"])
        space_id = call.value(
            connection,
            "job.derive_space",
            name=name,
            source=derivation.source,
            recipe=json.dumps(recipe),
            dims=derivation.whiten or source["dims"],
            precision=derivation.precision,
        )
        if centres is None:
            call.value(connection, "job.expect_centres", name=name, id=space_id)
        elif call.value(connection, "job.store_centres", id=space_id, centres=centres.as_json()):
            call.rows(connection, "job.settle_centres", space=name)
            if axes is not None:
                copy_axes(connection, space_id, axes)
        return Derived(derivation.whiten, _borrowed(connection, name, derivation))


def _axes(connection: Connection, derivation: Derivation, centres: Centres) -> NDArray[np.float32] | None:
    if derivation.whiten is None:
        return None
    read = ("job.sampled_vectors", (derivation.source, SAMPLE), ("collection_id", "int4"))
    centred = (centres.subtracted(*block) for block in read_vectors(connection, *read))
    return whitening_axes(centred, derivation.whiten, POWERS[derivation.whitening])


def _sampled(connection: Connection, source: str) -> dict[str, Any]:
    """The vectors depend on the sides that were measured, so these are part of the recipe."""
    found = dict(call.value(connection, "job.fingerprint", space=source, at_most=SAMPLE))
    return found | ({"measured_at_most": SAMPLE} if found["measured_sides"] > SAMPLE else {})


def _fitted(connection: Connection, derivation: Derivation) -> tuple[Row, Derivation]:
    """What is known of the source, and the derivation with its number of axes.

    Raises SpaceError where the source has too few vectors to measure.
    """
    source, asked = derivation.source, derivation.whiten
    here = call.rows(connection, "part.known_space", space=source)[0]
    vectors = call.value(connection, "job.embedded", name=source)
    if vectors == 0:
        raise SpaceError(f"{source} has no vectors yet; run: coinstore embed {source}")
    most = min(here["dims"], vectors - 1)
    if asked is True and most:
        return here, replace(derivation, whiten=min(AXES, most))
    if asked is not None and asked > most:
        raise SpaceError(
            f"{vectors:,} vectors of {here['dims']:,} dimensions have {most:,} principal axes at most."
        )
    return here, derivation


def _borrowed(connection: Connection, name: str, derivation: Derivation) -> dict[str, str | None]:
    if derivation.centre != "collection":
        return {}
    found = call.rows(connection, "job.borrowed_centres", space=name)
    return {row["collection"]: row["taken_from"] for row in found}


def settle_centres(engine: Engine, space: str) -> list[Settled]:
    """Gives collections that came after a space was derived a mean of their own, or the nearest one.

    A collection gets its own once it has enough sides; what was made of its sides before is made again.
    Spaces of earlier versions keep the mean of all for these.
    """
    with translated(), engine.begin() as connection:
        return [Settled(space, **row) for row in call.rows(connection, "job.settle_centres", space=space)]


def late_collections(engine: Engine, space: str) -> dict[str, int]:
    """Sides by collection that came after a space of an earlier version was centred by collection.

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
