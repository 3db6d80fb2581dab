"""Generators next to each other, in threads and in processes."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.errors import SpaceError, StoreError
from coinstore.parallel import in_processes, merge, one_ahead


def counting(items: list[int]) -> Generator[int, None, None]:
    yield from items


@given(st.lists(st.lists(st.integers()), max_size=4))
def test_nothing_is_lost_and_each_stream_keeps_its_order(streams):
    tagged = [[(n, item) for item in items] for n, items in enumerate(streams)]
    merged = list(merge(*(counting(items) for items in tagged)))
    assert sorted(merged) == sorted(item for items in tagged for item in items)
    assert all([item for item in merged if item[0] == n] == items for n, items in enumerate(tagged))


def fail() -> None:
    pytest.fail("the work was to be stopped")


def test_an_interruption_stops_work_that_takes_long():
    stopped = threading.Event()

    def interrupted():
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(one_ahead(lambda _: stopped.wait(30), interrupted(), stopped.set))
    assert stopped.is_set()


def test_the_next_item_is_made_while_one_is_worked_on():
    working, made = threading.Event(), threading.Event()

    def items():
        yield 1
        assert working.wait(5)
        made.set()
        yield 2

    def work(item):
        working.set()
        return item, made.wait(5)

    assert list(one_ahead(work, items(), fail)) == [(1, True), (2, True)]


def test_results_come_before_the_error_of_the_items_after_them():
    def broken():
        yield 1
        yield 2
        raise SpaceError("the third is damaged")

    results = one_ahead(lambda item: -item, broken(), fail)
    assert [next(results), next(results)] == [-1, -2]
    with pytest.raises(SpaceError, match="third"):
        next(results)


def test_an_error_of_the_work_is_raised_and_nothing_is_begun_after_it():
    done = []

    def work(item):
        done.append(item)
        if item == 2:
            raise SpaceError("the second cannot be stored")
        return item

    results = one_ahead(work, counting([1, 2, 3, 4]), fail)
    assert next(results) == 1
    with pytest.raises(SpaceError, match="second"):
        list(results)
    assert done == [1, 2]


def test_streams_run_at_the_same_time():
    first, second = threading.Event(), threading.Event()

    def waiting(mine, other):
        mine.set()
        yield other.wait(5)

    assert list(merge(waiting(first, second), waiting(second, first))) == [True, True]


def endless(closed: threading.Event) -> Generator[int, None, None]:
    try:
        while True:
            yield 1
    finally:
        closed.set()


def test_an_error_is_raised_where_the_items_are_read_and_closes_the_others():
    def failing():
        yield 0
        raise ValueError("the second item is broken")

    closed = threading.Event()
    with pytest.raises(ValueError, match="second item"):
        list(merge(failing(), endless(closed)))
    assert closed.is_set()


def test_a_reader_that_stops_closes_the_streams():
    closed = threading.Event()
    merged = merge(endless(closed))
    next(merged)
    merged.close()
    assert closed.is_set()


def squares(count: int) -> Iterator[int]:
    yield from (n * n for n in range(count))


def failing_in_a_process() -> Iterator[int]:
    yield 0
    raise SpaceError("there is no such space")


def dying() -> Iterator[int]:
    yield 0
    os.kill(os.getpid(), signal.SIGKILL)


def test_spawned_processes_yield_what_their_generators_yield():
    assert sorted(in_processes(squares, [(3,), (2,)])) == [0, 0, 1, 1, 4]
    assert not multiprocessing.active_children()


def test_an_error_in_a_spawned_process_is_raised_here():
    with pytest.raises(SpaceError, match="no such space"):
        list(in_processes(failing_in_a_process, [(), ()]))
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_spawned_process_that_is_killed_is_told():
    with pytest.raises(StoreError, match="was killed"):
        list(in_processes(dying, [()]))


def test_a_reader_that_stops_ends_the_processes():
    found = in_processes(squares, [(1_000_000,)])
    next(found)
    found.close()
    assert not multiprocessing.active_children()
