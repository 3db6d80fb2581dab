"""Fields of coins with several names, or an uncertain one, as sources, people and models give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from ..db import call

SHOWN = ("collection", "inventory_number", "field", "value", "is_uncertain", "certainty", "said_by")


@dataclass(frozen=True, slots=True)
class ValueFilter:
    """Which names: of one field, only the uncertain ones; `where` is SQL over the columns of api.coins."""

    field: str | None = None
    uncertain: bool = False
    where: str = "true"


def stream_values(engine: Engine, which: ValueFilter) -> Iterator[Mapping[str, Any]]:
    """Rows of `api.values` where a coin has several names or an uncertain one; raises PredicateError."""
    return call.stream(
        engine,
        "part.values_where",
        predicate=which.where,
        of_field=which.field,
        uncertain=which.uncertain,
    )
