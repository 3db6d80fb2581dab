"""Proposals of classifiers: listed, accepted and rejected by people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine

from ..db import call
from ..db.translate import translated
from ..errors import Changed, SettingsError

State = Literal["proposed", "accepted", "rejected"]
Decision = Literal["accept", "reject", "reopen"]


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """Which proposals: of a label or a classifier, with a certainty of at least `least` (0 to 1), in a state.

    `where` is SQL over the columns of api.proposals.
    """

    label: str | None = None
    least: float = 0.0
    where: str = "true"
    state: State | None = None
    classifier: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptedProposals:
    """How many were accepted, already were (`unchanged`), or have a coin with another value (`occupied`)."""

    accepted: int
    unchanged: int
    occupied: int


@dataclass(frozen=True, slots=True)
class RejectedProposals:
    """How many were rejected, already were (`unchanged`), and for how many the coin lost the value again."""

    rejected: int
    unchanged: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class Decided:
    """Proposals that a person decided at once: what people had decided of each `before` and `after` it."""

    before: Sequence[Mapping[str, Any]]
    after: Sequence[Mapping[str, Any]]

    @property
    def changed(self) -> list[int]:
        """The proposals that have another state now. A coin that has another value by now accepts none."""
        states = {row["proposal_id"]: row["state"] for row in self.before}
        return [row["proposal_id"] for row in self.after if row["state"] != states[row["proposal_id"]]]


def list_proposals(engine: Engine, which: ProposalFilter) -> list[Mapping[str, Any]]:
    """Rows of `api.proposals`, the most certain first; raises PredicateError."""
    return call.read(engine, "part.proposals_where", **_asked(which))


def stream_proposals(engine: Engine, which: ProposalFilter) -> Iterator[Mapping[str, Any]]:
    """As list_proposals, row by row."""
    return call.stream(engine, "part.proposals_where", **_asked(which))


def _asked(which: ProposalFilter) -> dict[str, Any]:
    return {
        "predicate": which.where,
        "label": which.label,
        "at_least": which.least,
        "state": which.state,
        "classifier": which.classifier,
    }


def accept_proposals(
    engine: Engine, ids: Sequence[int], said_by: str, note: str | None = None
) -> AcceptedProposals:
    """A person accepts: each coin without a value gets it, in the name of that person.

    Accepting again does nothing. Raises NotFound for an unknown proposal; then none is accepted.
    """
    return AcceptedProposals(**_decide(engine, "job.accept_proposals", ids, said_by, note))


def reject_proposals(
    engine: Engine, ids: Sequence[int], said_by: str, note: str | None = None
) -> RejectedProposals:
    """A person rejects; values that were accepted before are taken back. Raises NotFound."""
    return RejectedProposals(**_decide(engine, "job.reject_proposals", ids, said_by, note))


def reopen_proposals(engine: Engine, ids: Sequence[int]) -> int:
    """Takes decisions back, and the values that coins got by them; returns how many. Raises NotFound."""
    return int(call.run(engine, "job.reopen_proposals", ids=list(ids)))


def decide_proposals(engine: Engine, decision: Decision, ids: Sequence[int], said_by: str) -> Decided:
    """A person accepts or rejects those that are open, or opens others again. Raises NotFound."""
    given = {"decision": decision, "ids": list(ids), "said_by": said_by}
    return Decided(**call.changes(engine, "job.decide_proposals", **given)[0])


def undo_decided(engine: Engine, decided: Decided) -> None:
    """Puts back what was decided before; raises Changed where somebody has decided since, which stays."""
    changed = decided.changed
    rows = {"before": decided.before, "after": decided.after}
    given = {
        name: json.dumps([one for one in of if one["proposal_id"] in changed]) for name, of in rows.items()
    }
    undone, total = int(call.run(engine, "job.undo_decisions", **given)), len(changed)
    if undone < total:
        raise Changed(
            "this was decided again in the meantime; that stays."
            if total == 1
            else f"{total - undone:,} of {total:,} were decided again in the meantime; they stay."
        )


def _decide(
    engine: Engine, function: str, ids: Sequence[int], said_by: str, note: str | None
) -> dict[str, Any]:
    if not said_by.strip():
        raise SettingsError("a decision needs the name of a person: add --as NAME.")
    with translated(), engine.begin() as connection:
        return dict(call.rows(connection, function, ids=list(ids), said_by=said_by.strip(), note=note)[0])
