"""The index of a space, built while others read and write; remains of a killed build are removed first."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from concurrent.futures import wait
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, text

from ..db import call
from ..db.translate import translated
from ..errors import SpaceError
from ..parallel import threads
from ..progress import Progress, Report, silent

Kind = Literal["vectors", "bits"]
PAUSE_S = 0.2  # between two looks at how far a build is


class BeingBuilt(SpaceError):
    """Another session builds the index."""


@dataclass(frozen=True, slots=True)
class Indexing:
    """A stage of building the index of a space starts: clearing, building, swapping or measuring.

    Before building: the memory that it needs, and how much of it it may take.
    """

    space: str
    stage: str
    needs_mb: int = 0
    may_mb: int = 0

    @property
    def lacks_memory(self) -> bool:
        """Whether the build takes much longer, because it does not fit the memory that it may take."""
        return self.needs_mb > self.may_mb


@dataclass(frozen=True, slots=True)
class Indexed:
    """The index is in use: how long it took, and its recall@10 against exact search (None: no vectors)."""

    space: str
    seconds: float
    recall: float | None


def is_indexed(engine: Engine, space: str) -> bool:
    """Whether a space has an index that is in use."""
    return bool(call.run(engine, "part.is_indexed", space=space))


def rebuild_index(
    engine: Engine,
    space: str,
    kind: Kind | None = None,
    memory_mb: int | None = None,
    report: Report = silent,
) -> Generator[Indexing | Indexed, None, None]:
    """Rebuilds the HNSW index of a space and swaps it in; no reader or writer waits.

    `kind` changes what it holds: vectors, or a bit for each dimension. `memory_mb`: how much the build may
    take, instead of the setting. Killed, it leaves the old index in use. The next run removes what it built;
    the server itself notices after a second that the client is gone. Raises NotFound, and BeingBuilt while
    another session builds it.
    """
    call.read(engine, "part.known_space", space=space)
    started = time.monotonic()
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").detach()  # closing it releases the lock
        if not call.value(connection, "job.lock_reindex", space=space):
            raise BeingBuilt(f"the index of {space} is being built by another session; wait for it.")
        plan = call.rows(connection, "job.index_plan", space=space, kind=kind)[0]
        _propagate(connection)
        yield Indexing(space, "clearing")
        _clear(connection, plan)
        call.value(connection, "job.prepare_bits", space=space, kind=kind)
        may_mb = memory_mb or plan["may_mb"]
        yield Indexing(space, "building", plan["needs_mb"], may_mb)
        _set_up(connection, min(max(plan["needs_mb"], 64), may_mb))
        for row in _built(engine, connection, plan):
            report(Progress(f"Building the index of {space}", "vectors", row["done"], row["total"]))
        yield Indexing(space, "swapping")
        try:
            call.value(connection, "job.swap_index", space=space, expected=plan["space_id"], kind=kind)
        finally:
            _clear(connection, plan)
        yield Indexing(space, "measuring")
        recall = call.value(connection, "job.measure_recall", space=space)
    yield Indexed(space, time.monotonic() - started, recall)


def drop_index(engine: Engine, space: str) -> None:
    """Drops the index of a space; no reader or writer waits. Searches are exact from then on."""
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").detach()
        _propagate(connection)
        final = call.rows(connection, "job.index_plan", space=space)[0]["final"]
        connection.execute(text(f'drop index concurrently if exists core."{final}"'))


def _built(engine: Engine, connection: Connection, plan: Any) -> Iterator[call.Row]:
    """Builds the index, yielding how many vectors it holds so far and will hold."""
    raw: Any = connection.connection.driver_connection
    with threads(1) as pool:
        building = pool.submit(connection.execute, text(plan["definition"]))
        try:
            while not wait([building], PAUSE_S).done:
                yield from call.changes(engine, "job.index_progress", building=plan["building"])
        except BaseException:
            raw.cancel_safe()
            raise
        building.result()


def _clear(connection: Connection, plan: Any) -> None:
    """Removes what another run left, and the index that was replaced."""
    for name in (plan["building"], plan["retired"]):
        connection.execute(text(f'drop index concurrently if exists core."{name}"'))


def _propagate(connection: Connection) -> None:
    """Citus repeats what follows on its workers; without Citus this means nothing."""
    connection.execute(text("set citus.enable_ddl_propagation = on"))


def _set_up(connection: Connection, memory_mb: int) -> None:
    connection.execute(text(f"set maintenance_work_mem = '{memory_mb}MB'"))
    connection.execute(text("set statement_timeout = 0"))
