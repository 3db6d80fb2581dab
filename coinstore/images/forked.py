"""The images stage in processes beside this one: what Python does for a photograph then waits for no other thread.

Forked, since a process that begins anew takes as long to start as a thousand photographs to examine.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from ..errors import CoinstoreError, StoreError
from .examine import THREADS, Examined, examine

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess


def is_safe() -> bool:
    """Whether this process may be forked: on Linux, and while no other thread may hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


def begin(engine: Engine, workers: int | None = None) -> tuple[Event, list[Generator[Examined, None, None]]]:
    """Starts processes (one for each core, at most 8) that examine photographs until the event is set and none is left.

    With it the batches of each, as they are committed. Raises StoreError there when a process was killed.
    """
    context = multiprocessing.get_context("fork")
    complete = context.Event()
    batches = []
    for _ in range(workers or min(os.cpu_count() or 1, THREADS)):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(engine, complete, there), daemon=True)
        process.start()
        there.close()
        batches.append(_batches(process, here))
    return complete, batches


def _work(engine: Engine, complete: Event, there: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    _parents = engine.pool  # its connections are not ours to use, and not to be dropped here
    engine.dispose(close=False)
    until = _Until(complete)
    try:
        for step in examine(engine, until):
            there.send(step)
            if until.is_alone():
                return
        there.send(None)
    except CoinstoreError as error:  # handed to the parent, which raises it
        there.send(error)


class _Until:
    """The event, or the end of the parent, which may be killed."""

    def __init__(self, complete: Event) -> None:
        self._complete, self._parent = complete, multiprocessing.parent_process()

    def is_alone(self) -> bool:
        return self._parent is not None and not self._parent.is_alive()

    def is_set(self) -> bool:
        return self._complete.is_set() or self.is_alone()

    def wait(self, timeout: float) -> bool:
        return self._complete.wait(timeout)


def _batches(process: ForkProcess, here: Connection) -> Generator[Examined, None, None]:
    try:
        while (step := here.recv()) is not None:
            if isinstance(step, CoinstoreError):
                raise step
            yield step
    except EOFError:
        raise StoreError("a process that looked at photographs was killed; run the same command again.") from None
    finally:
        process.terminate()
        process.join()
        here.close()
