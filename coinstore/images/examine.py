"""The images stage: each photograph that a side names is read, hashed, decoded and described, once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import CoinstoreError, NotFound, SourceError
from ..parallel import Supply, in_processes, merge
from ..sources import files
from .picture import Photograph
from .picture import examine as describe

BATCH = 64  # the first batch; the next ones are larger as long as they take less than HURRIED_S
LARGEST = 256
HURRIED_S = 0.3
FIELDS = [field.name for field in fields(Photograph)]
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
    """Marks photographs that could not be reached for another try; returns how many."""
    count: int = call.run(engine, "job.retry_images")
    return count


def count_workers() -> int:
    """The number of workers: one for each core, at most 8."""
    return min(os.cpu_count() or 1, THREADS)


def examine_images(
    engine: Engine, supplies: Sequence[Supply] = (), *, fork: bool = False
) -> Generator[Examined, None, None]:
    """Examines each photograph that nobody has examined yet, yielding after each committed batch.

    Threads share the work, and so may several processes: a claim is a row lock that lasts for the
    batch. A photograph that cannot be used becomes a fault of its side and stops nothing. With
    `supplies` there is one thread for each, which waits for more until all photographs are known. With
    `fork` there is one forked process for each instead, started now: Pillow and the database work
    without the interpreter's lock, but the Python code between them does not.
    """
    if fork:
        return in_processes(_examine_forked, [(engine, supply) for supply in supplies], fork=True)
    each: Sequence[Supply | None] = supplies or [None] * count_workers()
    return merge(*(_examine(engine, supply) for supply in each))


def _examine_forked(engine: Engine, supply: Supply) -> Iterator[Examined]:
    parents_pool = engine.pool  # its connections are the parent's: not to be used here, and not to be closed
    engine.dispose(close=False)
    yield from _examine(engine, supply)
    del parents_pool


def _examine(engine: Engine, supply: Supply | None = None) -> Generator[Examined, None, None]:
    with translated(), engine.connect() as connection:
        after, size, is_last_look = 0, BATCH, False
        while True:
            started = time.monotonic()
            # Asked before the claim, which then misses nothing.
            was_complete = supply is None or supply.is_complete()
            if claimed := call.rows(connection, "job.claim_images", after=after, at_most=size):
                seen = [{"side_id": claim["side_id"]} | _look(claim["location"]) for claim in claimed]
                faults = _store(connection, seen)
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


def why_refused(location: str) -> str | None:
    """Why a photograph cannot be used; None when it can."""
    return _look(location).get("reason")


def _look(location: str) -> dict[str, Any]:
    """The description of the photograph at a location, or the reason why it cannot be used."""
    try:
        photograph = describe(files.read(location))
    except NotFound:
        return {"reason": "the file is not there"}
    except SourceError as error:  # the server is down, for example; job.retry_images finds these words
        return {"reason": f"{error}; the next ingest tries again"}
    except CoinstoreError as error:
        return {"reason": str(error)}
    return {name: getattr(photograph, name) for name in FIELDS}


def _store(connection: Connection, found: Sequence[dict[str, Any]]) -> int:
    thumbnails = [row.pop("thumbnail", None) for row in found]
    faults: int = call.value(connection, "job.store_images", batch=json.dumps(found), thumbnails=thumbnails)
    return faults
