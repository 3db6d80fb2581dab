"""A collection at a glance: the database counts every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.call import Row
from ..db.engine import reader_snapshot
from ..errors import NotFound
from ..spaces.catalogue import known

Field = Literal["type", "denomination", "material", "mint", "authority", "portrait", "collection"]
FIELDS: tuple[Field, ...] = (
    "type",
    "denomination",
    "material",
    "mint",
    "authority",
    "portrait",
    "collection",
)
NO_COINS = "there are no coins yet; load some: coinstore ingest"
OVER_TIME = ("denomination", "material", "type")
ENOUGH = 5  # measured coins that a class needs before one of them can be an outlier


@dataclass(frozen=True, slots=True)
class Description:
    """What was found in the coins that pass `where`.

    `by` is the field within which weights and diameters were compared; `by_default` is True if no type had
    enough of them. `space` is where coins that may be the same were compared; `trained` is False if
    nearness in it means nothing.
    """

    where: str
    coins: int
    counts: Sequence[Row]
    imbalance: Sequence[Row]
    missing: Sequence[Row]
    over_time: Mapping[str, Sequence[Row]]
    by: str
    by_default: bool
    spread: Sequence[Row]
    outliers: Sequence[Row]
    fingerprints: Row
    duplicates: Sequence[Row]
    twice: Sequence[Row]
    space: str | None = None
    trained: bool | None = None


def describe_coins(
    engine: Engine,
    where: str = "true",
    *,
    by: Field | None = None,
    years: int | None = None,
    space: str | None = None,
) -> Description:
    """Describes the coins that pass a condition over the columns of api.coins.

    With `by` None, weights are compared within types, or within denominations if no type has five measured
    coins. `years` is the length of a period, None for about two dozen of them. Copies are found among
    photographs with a fingerprint: see add_fingerprints. Raises NotFound if no coin passes,
    PredicateError for a `where` that is not a condition.
    """
    trained = known(engine, space).trained if space else None
    with reader_snapshot(engine) as connection:  # or the counts could contradict each other
        counts = call.rows(connection, "part.describe_counts", predicate=where)
        if not counts:
            raise NotFound(
                NO_COINS if where == "true" else "no coin passes the condition; try another --where"
            )
        chosen, spread = _spread(connection, where, by)
        return Description(
            where=where,
            coins=sum(row["coins"] for row in counts if row["field"] == "collection"),
            counts=counts,
            imbalance=call.rows(connection, "part.class_imbalance", predicate=where),
            missing=call.rows(connection, "api.missing_values", predicate=where),
            over_time=_over_time(connection, where, years),
            by=chosen,
            by_default=by is None and chosen != "type",
            spread=spread,
            outliers=call.rows(connection, "api.outliers", field=chosen, predicate=where),
            fingerprints=call.rows(connection, "part.fingerprint_state")[0],
            duplicates=call.rows(connection, "api.duplicate_photographs", predicate=where),
            twice=call.rows(connection, "api.same_coin_twice", predicate=where, space=space),
            space=space,
            trained=trained,
        )


def _over_time(connection: Connection, where: str, years: int | None) -> dict[str, Sequence[Row]]:
    return {
        field: call.rows(connection, "part.coins_over_time", field=field, predicate=where, years=years)
        for field in OVER_TIME
    }


def _spread(connection: Connection, where: str, by: Field | None) -> tuple[str, Sequence[Row]]:
    found = call.rows(connection, "part.measure_spread", field=by or "type", predicate=where)
    if by or any(row["n"] >= ENOUGH for row in found):
        return by or "type", found
    return "denomination", call.rows(connection, "part.measure_spread", field="denomination", predicate=where)
