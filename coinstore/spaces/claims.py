"""Claims: the next sides that a space lacks, one transaction per batch, and the faults of sides that fail.

Any number of processes on any number of machines may claim at once. A worker that is killed loses its
batch and nothing else: what is left to do is a question to the database.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import copy_vectors
from ..db.translate import translated
from ..models.spec import Precision

BATCH = 64  # a batch of hog takes about a second, which is what a killed worker loses


@dataclass(frozen=True, slots=True)
class Plan:
    """How spaces are filled.

    `batch_size`: sides per batch (None: found by trying on CUDA, else 64). `limit`: stop after this
    many sides of a space. `device`: auto, cpu, cuda or cuda:1. `processes`: how many prepare
    photographs while the model runs (None: one per core on CUDA, else one thread). `workers`:
    processes that share the work. `retry`: try the sides again that failed before. `watch_s`: look
    for new sides every N seconds and never end.
    """

    batch_size: int | None = None
    limit: int | None = None
    device: str = "auto"
    processes: int | None = None
    workers: int = 1
    retry: bool = False
    watch_s: int | None = None


PLAN = Plan()


@dataclass(frozen=True, slots=True)
class Embedded:
    """One committed batch of a space: sides done, how many of them are faults, and the seconds of each step.

    `read_s` is how long the model waited for its input.
    """

    space: str
    done: int
    faults: int
    read_s: float
    embed_s: float
    write_s: float


@dataclass(frozen=True, slots=True)
class Target:
    """A space that is being filled.

    `space_id` shows whether its name was switched meanwhile. `blank` says why a vector has no direction.
    """

    space: str
    space_id: int
    precision: Precision
    blank: str = "the picture has one even tone: nothing to compare"


def claim(connection: Connection, target: Target, after: int, at_most: int) -> list[Any]:
    """The next sides that a space lacks, after the side `after`: side_id, location, sha256, outline."""
    return call.rows(
        connection,
        "job.claim_sides",
        space=target.space,
        after=after,
        at_most=at_most,
        expected=target.space_id,
    )


def batches(
    engine: Engine, target: Target, plan: Plan
) -> Generator[tuple[Connection, list[Any]], None, None]:
    """Claimed batches one after another, each with its transaction; asking for the next commits it.

    No records are loaded during a batch, so what is read of a side is still true when it is written.
    """
    after, left = 0, plan.limit
    with translated(), engine.connect() as connection:
        while left is None or left > 0:
            size = plan.batch_size or BATCH
            # Before any row is locked: a load locks the records first and then its rows.
            call.value(connection, "job.hold_records")
            claimed = claim(connection, target, after, size if left is None else min(size, left))
            if not claimed:
                return
            after = claimed[-1]["side_id"]
            left = None if left is None else left - len(claimed)
            yield connection, claimed
            connection.commit()


def store(
    connection: Connection,
    target: Target,
    side_ids: Sequence[int],
    vectors: NDArray[np.float32],
    faults: Mapping[int, str],
) -> int:
    """Writes vectors `(n, d)` and faults; a row of NaN has no direction. Returns the number of faults."""
    good = np.isfinite(vectors.sum(axis=1))
    ids = np.array(side_ids, dtype=int)
    copy_vectors(connection, target.space, target.precision, ids[good].tolist(), vectors[good])
    call.value(connection, "job.note_vectors", space=target.space, sides=ids[good].tolist())
    blank = dict.fromkeys(ids[~good].tolist(), target.blank)
    for side_id, reason in (blank | dict(faults)).items():
        call.value(connection, "job.store_fault", space=target.space, side_id=side_id, reason=reason)
    return len(blank) + len(faults)


class Watch:
    """Measures the seconds between two calls."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def seconds(self) -> float:
        now = time.perf_counter()
        self._last, passed = now, now - self._last
        return passed
