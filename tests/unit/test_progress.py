"""Progress: what a caller is told while long work runs."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from coinstore.progress import Progress, Tally, finish


@dataclass(frozen=True)
class Expected:
    coins: int


@dataclass(frozen=True)
class Done:
    coins: int


def work(closed: list[str]) -> Iterator[Expected | Done | str]:
    try:
        yield Expected(5)
        yield Done(2)
        yield Done(3)
        yield "result"
    finally:
        closed.append("closed")


def test_work_is_counted_to_its_end() -> None:
    told: list[Progress] = []
    tally = Tally(told.append, "Counting", "coins")
    assert finish(work([]), str, tally, {Expected: "coins"}, {Done: "coins"}) == "result"
    assert [(step.done, step.total) for step in told] == [(0, 5), (2, 5), (5, 5)]
    assert told[0] == Progress("Counting", "coins", 0, 5)


def test_work_that_its_caller_stops_is_closed_at_once() -> None:
    def stop(step: Progress) -> None:
        raise KeyboardInterrupt

    closed: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        finish(work(closed), str, Tally(stop, "Counting", "coins"), {Expected: "coins"})
    assert closed == ["closed"]


def test_a_total_that_becomes_known_later_includes_what_was_done() -> None:
    told: list[Progress] = []
    tally = Tally(told.append, "Counting", "coins")
    assert list(tally.each("ab")) == ["a", "b"]
    tally.expect(3)
    assert (told[0].total, told[-1].done, told[-1].total) == (None, 2, 5)
