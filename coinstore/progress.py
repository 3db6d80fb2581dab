"""Progress of long work: one record, and the callable that receives it after each commit.

>>> def report(step: Progress) -> None:
...     print(f"{step.label}: {step.done} of {step.total} {step.unit}")
>>> tally = Tally(report, "Embedding hog", "sides", total=240)
>>> tally.add(64)
Embedding hog: 64 of 240 sides
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is: `done` of `total` things (None: not known yet), counted in `unit`.

    `label` says what is happening now. One job may count several units side by side, and may
    change its label or its total on the way.
    """

    label: str
    unit: str
    done: int = 0
    total: int | None = None


Report = Callable[[Progress], None]


def silent(_step: Progress) -> None:
    """Reports nothing; the default of every job."""


class Tally:
    """Counts the things that are done and reports the sum."""

    def __init__(self, report: Report, label: str, unit: str, total: int | None = None) -> None:
        self._report, self._label, self._unit, self._total = report, label, unit, total
        self._done = 0

    def add(self, count: int) -> None:
        """Adds `count` things that are done."""
        self._done += count
        self._report(Progress(self._label, self._unit, self._done, self._total))
