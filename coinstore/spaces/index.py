"""The index of a space, built while others read and write; remains of a killed build are removed first."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from ..db import call
from ..db.translate import translated
from ..errors import SpaceError

MEMORY_MB = 1024


@dataclass(frozen=True, slots=True)
class Indexing:
    """A stage starts: clearing, building, swapping or measuring."""

    stage: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """The index is in use: how long it took, and its recall@10 against exact search."""

    space: str
    seconds: float
    recall: float


def is_indexed(engine: Engine, space: str) -> bool:
    """Whether a space has an index that is in use."""
    return bool(call.run(engine, "part.is_indexed", space=space))


def rebuild_index(engine: Engine, space: str) -> Generator[Indexing | Indexed, None, None]:
    """Rebuilds the HNSW index of a space and swaps it in; no reader or writer waits.

    Killed, it leaves the old index in use. The next run removes what it built; the server itself notices
    after a second that the client is gone. Raises NotFound, and SpaceError while another session builds it.
    """
    call.read(engine, "part.known_space", space=space)
    started = time.monotonic()
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").detach()  # closing it releases the lock
        if not call.value(connection, "job.lock_reindex", space=space):
            raise SpaceError(f"the index of {space} is being built by another session; wait for it.")
        names = call.rows(connection, "job.reindex_names", space=space)[0]
        yield Indexing("clearing")
        _clear(connection, names)
        yield Indexing("building")
        _set_up(connection)
        connection.execute(text(names["definition"]))
        yield Indexing("swapping")
        call.value(connection, "job.swap_index", space=space)
        _clear(connection, names)
        yield Indexing("measuring")
        recall = call.value(connection, "job.measure_recall", space=space)
    yield Indexed(space, time.monotonic() - started, recall)


def _clear(connection: Connection, names: Any) -> None:
    """Removes what another run left, and the index that was replaced."""
    for name in (names["building"], names["retired"]):
        connection.execute(text(f'drop index concurrently if exists core."{name}"'))


def _set_up(connection: Connection) -> None:
    # With the default of 64 MB a build takes four times as long.
    connection.execute(text(f"set maintenance_work_mem = '{MEMORY_MB}MB'"))
    connection.execute(text("set statement_timeout = 0"))
    # Otherwise a build continues for its full hour after the client is gone.
    connection.execute(text("set client_connection_check_interval = '1s'"))
