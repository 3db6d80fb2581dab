"""The means that a derived space subtracts, before the space is made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from ..db import call

if TYPE_CHECKING:
    from .derive import Derivation

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Centre:
    """The mean of some sides, and 1 / deviation of each dimension; None: it is not divided by it."""

    sides: int
    mean: Rows
    per_deviation: Rows | None


@dataclass(frozen=True, slots=True)
class Centres:
    """The centre of all sides, at None, and those of collections; `used` says whose a collection has."""

    measured: dict[int | None, Centre]
    used: dict[int, int | None]

    def subtracted(self, collections: Sequence[int], rows: Rows) -> Rows:
        """Rows `(n, d)` of the source without the means of their collections; as job.centred."""
        found, whose = np.empty_like(rows), np.array(collections)
        for collection in np.unique(whose).tolist():
            centre, mine = self.measured[self.used.get(collection)], whose == collection
            found[mine] = rows[mine] - centre.mean
            if centre.per_deviation is not None:
                found[mine] *= centre.per_deviation
        return found

    def as_json(self) -> str:
        """What job.store_centres takes."""
        return json.dumps(
            [
                {
                    "collection_id": collection,
                    "sides": centre.sides,
                    "mean": _written(centre.mean),
                    "per_deviation": None if centre.per_deviation is None else _written(centre.per_deviation),
                }
                for collection, centre in self.measured.items()
            ]
        )


def measure_centres(connection: Connection, derivation: Derivation) -> Centres:
    """Measures the means of all sides and of the collections that have enough; reads every vector once."""
    by_collection = derivation.centre == "collection"
    rows = call.rows(connection, "job.measure_means", source=derivation.source, by_collection=by_collection)
    every: dict[int | None, Centre] = {
        row["collection_id"]: Centre(
            row["sides"],
            np.array(row["mean"], np.float32),
            np.array(row["per_deviation"], np.float32) if derivation.standardise else None,
        )
        for row in rows
    }
    measured = {
        collection: centre
        for collection, centre in every.items()
        if collection is None or centre.sides >= derivation.least_sides
    }
    own = [collection for collection in measured if collection is not None]
    used: dict[int, int | None] = {collection: collection for collection in own}
    if derivation.strangers == "nearest" and own:
        for collection, centre in every.items():
            if collection is not None and collection not in used:
                used[collection] = _nearest({o: measured[o].mean for o in own}, centre.mean)
    return Centres(measured, used)


def _nearest(means: dict[int, Rows], to: Rows) -> int:
    return min(means, key=lambda collection: float(np.linalg.norm(means[collection] - to)))


def _written(row: Rows) -> str:
    return f"[{','.join(map(str, row))}]"
