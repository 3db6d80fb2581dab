"""Generators side by side."""

import threading
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.parallel import merge


def counting(items: list[int]) -> Generator[int, None, None]:
    yield from items


@given(st.lists(st.lists(st.integers()), max_size=4))
def test_nothing_is_lost_and_each_stream_keeps_its_order(streams):
    tagged = [[(n, item) for item in items] for n, items in enumerate(streams)]
    merged = list(merge(*(counting(items) for items in tagged)))
    assert sorted(merged) == sorted(item for items in tagged for item in items)
    assert all([item for item in merged if item[0] == n] == items for n, items in enumerate(tagged))


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
