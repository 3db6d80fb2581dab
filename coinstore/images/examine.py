"""The images stage: each photograph that a side names is read, hashed, decoded and described, once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..parallel import Supply, merge
from ..sandbox import Sandbox
from .faces import seen
from .look import look

BATCH = 64  # the first batch; the next ones are larger as long as they take less than HURRIED_S
LARGEST = 256
HURRIED_S = 0.3
THREADS = 8  # more would wait for each other and for connections
PATIENCE_S = 0.5  # the longest wait for more work; other sessions may also leave some


@dataclass(frozen=True, slots=True)
class Examined:
    """One committed batch: photographs examined, and how many of them could not be used."""

    done: int
    faults: int


def unexamined(engine: Engine) -> int:
    """How many photographs are still to be examined."""
    count: int = call.run(engine, "job.unexamined_images")
    return count


def retry_images(engine: Engine) -> int:
    """Marks all photographs that could not be used for another try; returns how many."""
    count: int = call.run(engine, "job.retry_images", source=None, every=True)
    return count


def count_workers() -> int:
    """The number of workers: one for each core, at most 8."""
    return min(os.cpu_count() or 1, THREADS)


def examine_images(
    engine: Engine, supplies: Sequence[Supply] = (), runs: Sequence[int] | None = None
) -> Generator[Examined, None, None]:
    """Examines each photograph that nobody has examined yet, yielding after each committed batch.

    A photograph that cannot be used becomes a fault of its side and stops nothing: each thread has a sandbox
    for Pillow. The sandboxes are forked now, if that is possible. Threads share the work, and so may several
    processes: a claim is a row lock that lasts for the batch. With `supplies` there is one thread for each,
    which waits for more until all photographs are known. With `runs` only faults of the sources of these
    ingestions are counted; more may be added meanwhile.
    """
    each: Sequence[Supply | None] = supplies or [None] * count_workers()
    return merge(*(_examine(engine, Sandbox(look), supply, runs) for supply in each))


def _examine(
    engine: Engine, sandbox: Sandbox, supply: Supply | None, runs: Sequence[int] | None
) -> Generator[Examined, None, None]:
    with closing(sandbox), translated(), engine.connect() as connection:
        after, size, is_last_look = 0, BATCH, False
        while True:
            started = time.monotonic()
            # Asked before the claim, which then misses nothing.
            was_complete = supply is None or supply.is_complete()
            if claimed := call.rows(connection, "job.claim_images", after=after, at_most=size):
                faults = _store(connection, seen(sandbox, claimed), runs)
                connection.commit()
                size = min(2 * size, LARGEST) if time.monotonic() - started < HURRIED_S else max(size // 2, 1)
                yield Examined(len(claimed), faults)
            else:
                connection.rollback()
                if is_last_look:
                    return
                is_last_look = was_complete
                if supply is not None and not was_complete:
                    supply.wait(PATIENCE_S)
            after = claimed[-1]["side_id"] if claimed else 0


def _store(connection: Connection, found: Sequence[dict[str, Any]], runs: Sequence[int] | None) -> int:
    thumbnails = [row.pop("thumbnail", None) for row in found]
    coins = [row.pop("coin", None) for row in found]
    counted = None if runs is None else list(runs)
    faults: int = call.value(
        connection,
        "job.store_images",
        batch=json.dumps(found),
        thumbnails=thumbnails,
        coins=coins,
        runs=counted,
    )
    return faults
