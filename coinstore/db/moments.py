"""Reading several things of the store as they are at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from .engine import as_reader
from .translate import translated


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """A reader's connection that sees the store as it is now, whatever others write meanwhile."""
    with translated(), engine.connect() as connection:
        held = connection.execution_options(isolation_level="REPEATABLE READ")
        as_reader(held)
        yield held
