"""The images stage: every photograph that a side names is read, hashed, decoded and described, once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine

from .. import files
from ..db import call
from ..db.translate import translated
from ..errors import CoinstoreError
from .picture import Photograph, examine

BATCH = 128


@dataclass(frozen=True, slots=True)
class Examined:
    """One committed batch: photographs looked at, and how many of them could not be used."""

    done: int
    faults: int


def unexamined(engine: Engine) -> int:
    """How many photographs are still to be looked at."""
    count: int = call.run(engine, "job.unexamined_images")
    return count


def examine_images(engine: Engine) -> Iterator[Examined]:
    """Looks at each photograph that no one has looked at, yielding after each committed batch.

    Several processes may do so at once: a claim is a row lock that lasts for the batch. A photograph
    that cannot be used becomes a fault of its side and stops nothing.
    """
    after = 0
    # Reading waits for disks and Pillow decodes without the interpreter's lock: threads suffice.
    with ThreadPoolExecutor(os.cpu_count()) as pool, translated(), engine.connect() as connection:
        while claimed := call.rows(connection, "job.claim_images", after=after, at_most=BATCH):
            after = claimed[-1]["side_id"]
            found = list(pool.map(_look, claimed))
            faults = _store(connection, found)
            connection.commit()
            yield Examined(len(found), faults)


def why_refused(location: str) -> str | None:
    """Why a photograph cannot be used; None when it can."""
    return _look({"side_id": 0, "location": location}).get("reason")


def _look(claim: Any) -> dict[str, Any]:
    """What is seen at one location: a photograph's description, or the reason against it."""
    seen = {"side_id": claim["side_id"], "location": claim["location"]}
    try:
        return seen | asdict(examine(files.read(claim["location"])))
    except CoinstoreError as error:
        return seen | {"reason": str(error)}


def _store(connection: Any, found: Sequence[dict[str, Any]]) -> int:
    thumbnails = [row.pop("thumbnail", None) for row in found]
    faults: int = call.value(connection, "job.store_images", batch=json.dumps(found), thumbnails=thumbnails)
    return faults


__all__ = ["Examined", "Photograph", "examine_images", "unexamined", "why_refused"]
