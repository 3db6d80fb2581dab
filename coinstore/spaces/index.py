"""The index of a space, built while everyone reads and writes; what a killed build left is taken away first."""

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
    """A stage has begun: clearing, building, swapping or measuring."""

    stage: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """An index answers: its seconds, and its recall@10 against exact search."""

    space: str
    seconds: float
    recall: float


def is_indexed(engine: Engine, space: str) -> bool:
    """Whether a space has an index that answers."""
    return bool(call.run(engine, "job.is_indexed", name=space))


def rebuild_index(engine: Engine, space: str) -> Generator[Indexing | Indexed, None, None]:
    """Builds the HNSW index of a space anew and lets it take the old one's place; no reader or writer waits.

    Killed, it leaves the old index as it was; what it had begun is taken away by the next run, or goes
    on in the server until that notices. Raises NotFound, and SpaceError when another session builds it.
    """
    call.read(engine, "api.known_space", space=space)
    started = time.monotonic()
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").detach()  # its lock ends with it
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
    """Takes away what another run left, and the index that was replaced."""
    for name in (names["building"], names["retired"]):
        connection.execute(text(f'drop index concurrently if exists core."{name}"'))


def _set_up(connection: Connection) -> None:
    # At the default of 64 MB a build takes four times as long.
    connection.execute(text(f"set maintenance_work_mem = '{MEMORY_MB}MB'"))
    connection.execute(text("set statement_timeout = 0"))
    # Otherwise a build goes on for the hour that it takes, though nobody is there any more.
    connection.execute(text("set client_connection_check_interval = '1s'"))
