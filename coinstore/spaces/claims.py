"""Claims: the next sides that a space lacks, a batch a transaction, and what is kept of those that fail.

Any number of processes on any number of machines may claim at once. Killed, a worker loses its batch
and nothing else: what is left to do is a question to the database.
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

BATCH = 64  # a batch of hog takes about a second: what a killed worker loses


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
    """One committed batch of a space: sides done, of which faulty, and the seconds spent on each step.

    `read_s` is the time for which the model waited for its input.
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

    `space_id` notices that its name was switched meanwhile; `blank` is why a vector has no direction.
    """

    space: str
    space_id: int
    precision: Precision
    blank: str = "the picture is of one even tone: nothing to compare"


def claim(connection: Connection, target: Target, after: int, at_most: int) -> list[Any]:
    """The next sides that a space lacks, behind the side `after`: side_id, location, sha256."""
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
    """Claimed batches one after another, each with its transaction, which is committed when the next is asked for.

    No record is loaded while one is under way: what is read of a side stays true until it is written.
    """
    after, left = 0, plan.limit
    with translated(), engine.connect() as connection:
        while left is None or left > 0:
            size = plan.batch_size or BATCH
            # Before any row: a load holds the records first, and then its rows.
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
    """Writes vectors `(n, d)`, and why there are none; a row of NaN has no direction. How many faults."""
    good = np.isfinite(vectors.sum(axis=1))
    ids = np.array(side_ids, dtype=int)
    copy_vectors(connection, target.space, target.precision, ids[good].tolist(), vectors[good])
    call.value(connection, "job.renew_dependents", space=target.space, sides=ids[good].tolist())
    blank = dict.fromkeys(ids[~good].tolist(), target.blank)
    for side_id, reason in (blank | dict(faults)).items():
        call.value(connection, "job.store_fault", space=target.space, side_id=side_id, reason=reason)
    return len(blank) + len(faults)


class Watch:
    """Seconds since the last look."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def seconds(self) -> float:
        now = time.perf_counter()
        self._last, passed = now, now - self._last
        return passed
