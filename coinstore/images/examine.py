"""The images stage: every photograph that a side names is read, hashed, decoded and described, once."""

from __future__ import annotations

import base64
import json
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine

from .. import files
from ..db import call
from ..db.translate import translated
from ..errors import CoinstoreError, NotFound
from .picture import Photograph, examine

BATCH = 64


@dataclass(frozen=True, slots=True)
class Examined:
    """One committed batch: photographs looked at, and how many of them could not be used."""

    done: int
    faults: int


def unexamined(engine: Engine) -> int:
    """How many photographs are still to be looked at."""
    count: int = call.run(engine, "job.unexamined_images")
    return count


def examine_images(engine: Engine, *, threads: int | None = None) -> Iterator[Examined]:
    """Looks at each photograph that no one has looked at, yielding after each committed batch.

    `threads` (one for each core) share the work, and so may several processes: a claim is a row
    lock that lasts for the batch. A photograph that cannot be used becomes a fault of its side and
    stops nothing.
    """
    results: queue.SimpleQueue[Examined | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    # Pillow decodes and the database works without the interpreter's lock: threads suffice.
    workers = [
        threading.Thread(target=_work, args=(engine, results, stop)) for _ in range(threads or os.cpu_count() or 1)
    ]
    for worker in workers:
        worker.start()
    running = len(workers)
    try:
        while running:
            match results.get():
                case None:
                    running -= 1
                case BaseException() as error:
                    raise error
                case Examined() as batch:
                    yield batch
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def _work(engine: Engine, results: Any, stop: threading.Event) -> None:
    try:
        with translated(), engine.connect() as connection:
            after = 0
            while not stop.is_set() and (
                claimed := call.rows(connection, "job.claim_images", after=after, at_most=BATCH)
            ):
                after = claimed[-1]["side_id"]
                faults = _store(connection, [_look(claim) for claim in claimed])
                connection.commit()
                results.put(Examined(len(claimed), faults))
        results.put(None)
    except BaseException as error:  # raised again where the batches are read
        results.put(error)


def why_refused(location: str) -> str | None:
    """Why a photograph cannot be used; None when it can."""
    return _look({"side_id": 0, "location": location}).get("reason")


def _look(claim: Any) -> dict[str, Any]:
    """What is seen at one location: a photograph's description, or the reason against it."""
    seen = {"side_id": claim["side_id"], "location": claim["location"]}
    try:
        return seen | asdict(examine(files.read(claim["location"])))
    except NotFound:
        return seen | {"reason": "the file is not there"}
    except CoinstoreError as error:
        return seen | {"reason": str(error)}


def _store(connection: Any, found: Sequence[dict[str, Any]]) -> int:
    for row in found:
        if "thumbnail" in row:
            row["thumbnail"] = base64.b64encode(row["thumbnail"]).decode("ascii")
    faults: int = call.value(connection, "job.store_images", batch=json.dumps(found))
    return faults


__all__ = ["Examined", "Photograph", "examine_images", "unexamined", "why_refused"]
