"""Fingerprints for photographs without one, a batch in a transaction: a killed run loses about a second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine

from ..db import call
from ..db.engine import is_replica
from ..db.translate import translated
from .fingerprint import fingerprint

BATCH = 256


@dataclass(frozen=True, slots=True)
class Fingerprinted:
    """One committed batch: photographs done, and how many of them are blank."""

    done: int
    blank: int


def lacking(engine: Engine) -> int:
    """How many photographs have no fingerprint yet, of those that can get one: none on a replica."""
    state = call.read(engine, "part.fingerprint_state")[0]
    return 0 if is_replica(engine) else int(state["photographs"] - state["fingerprints"])


def add_fingerprints(engine: Engine) -> Iterator[Fingerprinted]:
    """Makes missing fingerprints from the stored thumbnails, then compares the new ones; existing ones stay.

    Several runs may work at the same time: the first fingerprint that is stored stays. A replica makes none.
    """
    after = b""
    if is_replica(engine):
        return
    with translated(), engine.connect() as connection:
        while True:
            claimed = call.rows(connection, "job.claim_photographs", after=after, at_most=BATCH)
            connection.commit()  # nothing is held while pictures are read
            if not claimed:
                call.value(connection, "job.compare_fingerprints")
                connection.commit()
                return
            after = claimed[-1]["sha256"]
            signs = [fingerprint(row["thumbnail"]) for row in claimed]
            keys = [row["sha256"] for row in claimed]
            call.value(connection, "job.store_fingerprints", photographs=keys, fingerprints=signs)
            connection.commit()
            yield Fingerprinted(len(signs), signs.count(None))
