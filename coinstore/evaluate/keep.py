"""What becomes of measured figures: they are stored under a run, or, on a replica, only shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..db.call import Row
from ..db.translate import translated
from .figures import SpaceFigures, compare_spaces

Found = tuple[SpaceFigures, dict[str, Any]]
"""The figures of one space, and the row that says what they are about."""

OF_GROUPS = ("evaluation_id", "run", "label", "space", "face", "reranked", "leaked", "trained")


@dataclass
class Stored:
    """Figures that are stored, under the number of a run."""

    engine: Engine
    run: int

    def add(self, measured: Sequence[Found], more: Sequence[Any], seed: int) -> None:
        """Stores all that was found about one label, and how the spaces differ, in one transaction."""
        with translated(), self.engine.begin() as connection:
            stored = []
            for (found, about), rows in zip(measured, more, strict=True):
                key = call.value(
                    connection,
                    "job.store_evaluation",
                    evaluation=json.dumps(about | {"run": self.run}),
                    figures=json.dumps(found.rows + rows),
                )
                stored.append(found.stored_as(key))
            comparisons = [row for other in stored[1:] for row in compare_spaces(other, stored[0], seed)]
            call.value(connection, "job.store_comparisons", comparisons=json.dumps(comparisons))

    def figures(self) -> list[Row]:
        """The rows of part.evaluation_figures."""
        return call.read(self.engine, "part.evaluation_figures", run=self.run)

    def differences(self) -> list[Row]:
        """The rows of part.evaluation_differences."""
        return call.read(self.engine, "part.evaluation_differences", run=self.run)

    def groups(self) -> list[Row]:
        """The rows of part.evaluation_groups."""
        return call.read(self.engine, "part.evaluation_groups", run=self.run)


@dataclass
class Shown:
    """Figures that a replica cannot store: the same rows, without a run."""

    engine: Engine
    run: None = None
    _figures: list[Row] = field(default_factory=list)
    _differences: list[Row] = field(default_factory=list)
    _groups: list[Row] = field(default_factory=list)

    def add(self, measured: Sequence[Found], more: Sequence[Any], seed: int) -> None:
        """Keeps what was found about one label, and how the spaces differ."""
        heads = []
        with translated(), self.engine.begin() as connection:
            for (found, about), rows in zip(measured, more, strict=True):
                here = call.rows(
                    connection,
                    "job.shown_evaluation",
                    evaluation=json.dumps(about),
                    figures=json.dumps(found.rows + rows),
                )
                self._figures += here
                heads.append(here[0])
                self._groups += [{name: here[0][name] for name in OF_GROUPS} | row for row in found.groups]
        for (other, _), head in zip(measured[1:], heads[1:], strict=True):
            names = {
                "other_space": heads[0]["space"],
                "other_face": heads[0]["face"],
                "other_reranked": heads[0]["reranked"],
                "leaked": head["leaked"] or heads[0]["leaked"],
                "trained": head["trained"] and heads[0]["trained"],
            }
            about = {name: head[name] for name in ("run", "label", "space", "face", "reranked", "k")} | names
            self._differences += [row | about for row in compare_spaces(other, measured[0][0], seed)]

    def figures(self) -> list[Row]:
        """As of `Stored`."""
        return self._figures

    def differences(self) -> list[Row]:
        """As of `Stored`."""
        return self._differences

    def groups(self) -> list[Row]:
        """As of `Stored`."""
        return self._groups
