"""What people make of proposals: listed, accepted, rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine

from ..db import call
from ..db.translate import translated
from ..errors import SettingsError

State = Literal["proposed", "accepted", "rejected"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Which:
    """Which proposals: of a label or of a classifier, at least so certain (0 to 1), in a state.

    `where` is SQL over the columns of api.proposals.
    """

    label: str | None = None
    least: float = 0.0
    where: str = "true"
    state: State | None = None
    classifier: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many were accepted, were so already (`unchanged`), or are of coins that have another value by now."""

    accepted: int
    unchanged: int
    occupied: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """How many were rejected, were so already, and of how many a value was taken back that the coin had from it."""

    rejected: int
    unchanged: int
    taken_back: int


def list_proposals(engine: Engine, which: Which) -> list[Row]:
    """Rows of `api.proposals`, the surest first; raises PredicateError."""
    return call.read(
        engine,
        "api.proposals_where",
        predicate=which.where,
        label=which.label,
        at_least=which.least,
        state=which.state,
        classifier=which.classifier,
    )


def accept_proposals(engine: Engine, ids: Sequence[int], said_by: str, note: str | None = None) -> Accepted:
    """A person accepts: each coin that has no value yet gets it, as said by that person. Again, it does nothing.

    Raises NotFound for an unknown proposal: then none is accepted.
    """
    return Accepted(**_decide(engine, "job.accept_proposals", ids, said_by, note))


def reject_proposals(engine: Engine, ids: Sequence[int], said_by: str, note: str | None = None) -> Rejected:
    """A person rejects; what was accepted before is taken back. Raises NotFound as `accept_proposals` does."""
    return Rejected(**_decide(engine, "job.reject_proposals", ids, said_by, note))


def _decide(
    engine: Engine, function: str, ids: Sequence[int], said_by: str, note: str | None
) -> dict[str, Any]:
    if not said_by.strip():
        raise SettingsError("a decision is someone's: say whose with --by NAME.")
    with translated(), engine.begin() as connection:
        return dict(call.rows(connection, function, ids=list(ids), said_by=said_by.strip(), note=note)[0])
