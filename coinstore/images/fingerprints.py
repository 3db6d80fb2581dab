"""Fingerprints of the photographs that lack one: a batch a transaction, so that a killed run loses a second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine

from ..db import call
from ..db.translate import translated
from .fingerprint import fingerprint

BATCH = 256


@dataclass(frozen=True, slots=True)
class Fingerprinted:
    """One committed batch: photographs done, of which blank."""

    done: int
    blank: int


def lacking(engine: Engine) -> int:
    """How many photographs have no fingerprint yet."""
    state = call.read(engine, "part.fingerprint_state")[0]
    return int(state["photographs"] - state["fingerprints"])


def add_fingerprints(engine: Engine) -> Iterator[Fingerprinted]:
    """Makes the fingerprints that are missing, from the stored thumbnails; what is there stays.

    Several may run at once: the second to store a fingerprint leaves the first's.
    """
    after = b""
    with translated(), engine.connect() as connection:
        while True:
            claimed = call.rows(connection, "job.claim_photographs", after=after, at_most=BATCH)
            connection.commit()  # nothing is held while pictures are read
            if not claimed:
                return
            after = claimed[-1]["sha256"]
            signs = [fingerprint(row["thumbnail"]) for row in claimed]
            keys = [row["sha256"] for row in claimed]
            call.value(connection, "job.store_fingerprints", photographs=keys, fingerprints=signs)
            connection.commit()
            yield Fingerprinted(len(signs), signs.count(None))
