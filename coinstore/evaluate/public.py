"""Measuring spaces, as the public face offers it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from ..progress import Report, Tally, finish
from ..rows import Rows
from .measure import Evaluated, EvaluationRequest, QueriesAnswered, QueriesStarted, evaluate_spaces

COLUMNS = ("space", "face", "label", "setting", "figure", "value", "chance")


def evaluate(engine: Engine, request: EvaluationRequest, progress: Report) -> Rows[Any]:
    """The figures of spaces, labels and faces; they are also stored, but not by a replica."""
    tally = Tally(progress, f"Evaluating {', '.join(request.spaces)}", "queries")
    steps = evaluate_spaces(engine, request)
    done = finish(steps, Evaluated, tally, {QueriesStarted: "queries"}, {QueriesAnswered: "queries"})
    return Rows(done.figures, COLUMNS)
