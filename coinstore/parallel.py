"""Generators side by side, each in a thread of its own, as one stream."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")


def merge(*streams: Generator[T, None, None]) -> Generator[T, None, None]:
    """The items of all the generators, as they come.

    When one raises, or the caller stops, the others are closed at their next item; the first
    error is raised here. The generators run in other threads than the caller's.
    """
    items: queue.SimpleQueue[Any] = queue.SimpleQueue()
    stop = threading.Event()
    threads = [threading.Thread(target=_drain, args=(stream, items, stop)) for stream in streams]
    for thread in threads:
        thread.start()
    running = len(threads)
    try:
        while running:
            item, error, is_over = items.get()
            if error is not None:
                raise error
            if is_over:
                running -= 1
            else:
                yield item
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _drain(stream: Generator[T, None, None], items: Any, stop: threading.Event) -> None:
    try:
        for item in stream:
            items.put((item, None, False))
            if stop.is_set():
                break
        stream.close()
        items.put((None, None, True))
    except BaseException as error:  # raised again where the items are read
        items.put((None, error, True))
