"""The images stage in processes beside this one: what Python does for a photograph then waits for no other thread.

Forked, since a process that begins anew takes as long to start as a thousand photographs to examine.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Generator, Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from ..errors import CoinstoreError, StoreError
from .examine import Examined, examine
from .supply import Supply

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess


def is_safe() -> bool:
    """Whether this process may be forked: on Linux, and while no other thread may hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


def begin(engine: Engine, supplies: Sequence[Supply]) -> list[Generator[Examined, None, None]]:
    """Starts a process for each supply that examines photographs until that ends and none is left.

    Returns the batches of each, as they are committed. Raises StoreError there when a process was killed or failed.
    """
    context = multiprocessing.get_context("fork")
    batches = []
    for supply in supplies:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(engine, supply, there), daemon=True)
        process.start()
        there.close()
        batches.append(_batches(process, here))
    return batches


class ForkedSupply(Supply):
    """A supply for a process beside, which ends with its parent as well: that may be killed."""

    def __init__(self) -> None:
        super().__init__(multiprocessing.get_context("fork"))

    def is_complete(self) -> bool:
        """Whether all are known, or no one is left to tell."""
        return super().is_complete() or _is_alone()


def _is_alone() -> bool:
    parent = multiprocessing.parent_process()
    # Not by parent.is_alive(): what tells it of the end is held open by younger siblings.
    return parent is not None and os.getppid() != parent.pid


def _work(engine: Engine, supply: Supply, there: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    gc.freeze()  # what came with the fork is shared with the parent for as long as the collector leaves it alone
    _parents = engine.pool  # its connections are not ours to use, and not to be dropped here
    engine.dispose(close=False)
    try:
        for step in examine(engine, supply):
            there.send(step)
            if _is_alone():
                return
        there.send(None)
    except CoinstoreError as error:  # handed to the parent, which raises it
        there.send(error)
    except Exception:
        there.send(StoreError(f"an error of coinstore itself, please report it:\n{traceback.format_exc()}"))


def _batches(process: ForkProcess, here: Connection) -> Generator[Examined, None, None]:
    try:
        while (step := here.recv()) is not None:
            if isinstance(step, CoinstoreError):
                raise step
            yield step
    except EOFError:
        raise StoreError(
            "a process that looked at photographs was killed; run the same command again."
        ) from None
    finally:
        process.terminate()
        process.join()
        here.close()
