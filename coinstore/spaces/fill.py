"""Filling spaces: the whole job of `coinstore embed`, in one call."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine

from ..db import call
from ..progress import Report, Tally, silent
from .catalogue import empty_parts, ensure_space, parts_lacking
from .claims import PLAN, Embedded, Plan
from .derive import Settled, late_collections, settle_centres
from .embed import device_named, stages
from .index import BeingBuilt, Indexed, Indexing, drop_index, rebuild_index
from .workers import run_workers


@dataclass(frozen=True, slots=True)
class Idle:
    """A space with nothing to do, and why.

    `empty_parts`: the spaces that it is made of and that have no vector yet. `lacking`: of how many sides
    each of them has no vector yet. `has_sides`: whether there is any side that it can hold. `late`: as in
    Filled.
    """

    space: str
    empty_parts: list[str]
    lacking: dict[str, int]
    has_sides: bool
    late: dict[str, int]


@dataclass(frozen=True, slots=True)
class Filling:
    """Work on some spaces begins.

    `pending`: sides that each space lacks. `device`: where their networks run, in words.
    `unindexed`: spaces whose index is dropped for the time, because rebuilding it is faster.
    """

    pending: dict[str, int]
    device: str | None
    unindexed: list[str]


@dataclass(slots=True)
class Filled:
    """What was done in a space: sides, how many of them are faults, and the seconds of each step.

    `is_indexed`: an index was built. `left`: sides that are still pending, unless a limit was set.
    `late`: sides by collection that came after the means of a derived space of an earlier version.
    """

    space: str
    done: int = 0
    faults: int = 0
    read_s: float = 0.0
    embed_s: float = 0.0
    write_s: float = 0.0
    elapsed_s: float = 0.0
    is_indexed: bool = False
    left: int = 0
    late: dict[str, int] = field(default_factory=dict)

    def add(self, batch: Embedded) -> None:
        """Adds a committed batch."""
        for name in ("done", "faults", "read_s", "embed_s", "write_s"):
            setattr(self, name, getattr(self, name) + getattr(batch, name))


Step = Idle | Settled | Filling | Embedded | Indexing | Indexed | Filled


def fill_spaces(
    engine: Engine, names: Sequence[str], plan: Plan = PLAN, report: Report = silent
) -> Iterator[Step]:
    """Fills each space with the vectors that it lacks, yielding what happens; adds missing presets first.

    Killed, it loses the batches under way and nothing else; run again, it goes on. Raises NotFound
    for an unknown space, SpaceError when weights or a device are missing or a worker died.
    """
    for space in names:
        ensure_space(engine, space)
        call.run(engine, "job.retry_faults", space=space, every=plan.retry)
    while True:
        for stage in stages(engine, names):
            yield from _fill_stage(engine, stage, plan, report)
        if plan.watch_s is None:
            return
        time.sleep(plan.watch_s)


def pending(engine: Engine, space: str) -> int:
    """How many sides that the space can hold have neither a vector nor a fault in it."""
    count: int = call.run(engine, "job.pending", space=space)
    return count


def settle(engine: Engine, space: str) -> bool:
    """After embedding: statistics, percentiles, and an index once exact search is slow.

    True if an index was built.
    """
    return any(isinstance(step, Indexed) for step in _settle(engine, space, silent))


def _settle(engine: Engine, space: str, report: Report) -> Iterator[Indexing | Indexed]:
    if call.run(engine, "job.settle_space", space=space):
        yield from _index(engine, space, report)


def _index(engine: Engine, space: str, report: Report) -> Iterator[Indexing | Indexed]:
    with suppress(BeingBuilt):  # another worker has finished at the same time
        yield from rebuild_index(engine, space, report=report)


def _fill_stage(engine: Engine, names: Sequence[str], plan: Plan, report: Report) -> Iterator[Step]:
    for space in names:
        yield from settle_centres(engine, space)
    left = {space: pending(engine, space) for space in names}
    for space in names:
        if not left[space] and plan.watch_s is None:
            yield _idle(engine, space)
        if not left[space] and call.run(engine, "job.lacks_index", space=space):  # its build was killed
            yield from _index(engine, space, report)
    left = {space: count for space, count in left.items() if count}
    if not left:
        return
    unindexed = [space for space, count in left.items() if _drop_index_for(engine, space, count)]
    yield Filling(left, device_named(engine, list(left), plan), unindexed)
    found, started = {space: Filled(space) for space in left}, time.perf_counter()
    expected = sum(min(count, plan.limit or count) for count in left.values())
    tally = Tally(report, f"Embedding {', '.join(left)}", "sides", expected)
    # Closed here, where a lost connection can be reported as an error.
    with closing(run_workers(engine, list(left), plan)) as batches:
        for batch in batches:
            found[batch.space].add(batch)
            tally.add(batch.done)
            yield batch
    elapsed_s = time.perf_counter() - started
    for filled in found.values():
        yield from _close(engine, replace(filled, elapsed_s=elapsed_s), plan, report)


def _drop_index_for(engine: Engine, space: str, count: int) -> bool:
    """Drops the index if rebuilding it is faster than adding `count` vectors to it; True if it did."""
    if not call.run(engine, "job.index_slows", space=space, pending=count):
        return False
    drop_index(engine, space)
    return True


def _idle(engine: Engine, space: str) -> Idle:
    has_sides: bool = call.run(engine, "job.possible", space=space)
    lacking = parts_lacking(engine, space)
    return Idle(space, empty_parts(engine, space), lacking, has_sides, late_collections(engine, space))


def _close(engine: Engine, filled: Filled, plan: Plan, report: Report) -> Iterator[Step]:
    for step in _settle(engine, filled.space, report) if filled.done else ():
        filled.is_indexed = isinstance(step, Indexed)
        yield step
    filled.left = pending(engine, filled.space) if plan.limit is None else 0
    filled.late = late_collections(engine, filled.space)
    yield filled
