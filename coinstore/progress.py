"""Progress of long work: one record, and the callable that receives it after each commit.

>>> def report(step: Progress) -> None:
...     print(f"{step.label}: {step.done} of {step.total} {step.unit}")
>>> tally = Tally(report, "Embedding hog", "sides", total=240)
>>> tally.add(64)
Embedding hog: 64 of 240 sides
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")
NOTHING: Mapping[type, str] = MappingProxyType({})


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

    def each(self, steps: Iterable[T]) -> Iterator[T]:
        """The steps as they come, each of them counted as one."""
        for step in steps:
            yield step
            self.add(1)

    @property
    def done(self) -> int:
        """The sum so far."""
        return self._done

    def expect(self, count: int) -> None:
        """Adds `count` things that are still to be done."""
        self._total = (self._done if self._total is None else self._total) + count
        self.add(0)


def finish(
    steps: Iterator[Any],
    kind: type[T],
    tally: Tally | None = None,
    expects: Mapping[type, str] = NOTHING,
    does: Mapping[type, str] = NOTHING,
) -> T:
    """Runs work that yields records to its end, counts what they say, and returns the last one, a `kind`.

    `expects` and `does` give, by class of record, the field that says how many things are still to be
    done, or were done.
    """
    last: Any = None
    try:
        for last in steps:
            if tally and (field := expects.get(type(last))):
                tally.expect(getattr(last, field))
            if tally and (field := does.get(type(last))):
                tally.add(getattr(last, field))
    finally:
        if isinstance(steps, Generator):
            steps.close()  # work that was stopped releases its locks now
    assert isinstance(last, kind)
    return last
