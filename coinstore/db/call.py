"""Calling the database: functions and views by name. Values always travel as parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text

from .engine import as_reader
from .translate import translated

Row = Mapping[str, Any]


def rows(connection: Connection, function: str, **arguments: Any) -> list[Row]:
    """The rows of a function, `schema.name`, called with named arguments."""
    given = ", ".join(f'"{name}" => :{name}' for name in arguments)
    with translated(predicate=arguments.get("predicate", "true") != "true"):
        result = connection.execute(text(f"select * from {function}({given})"), arguments)
        return [dict(row) for row in result.mappings()]


def value(connection: Connection, function: str, **arguments: Any) -> Any:
    """The one value of a function."""
    found = rows(connection, function, **arguments)
    return next(iter(found[0].values())) if found else None


def view(connection: Connection, name: str) -> list[Row]:
    """All rows of a view, `schema.name`."""
    with translated():
        return [dict(row) for row in connection.execute(text(f"select * from {name}")).mappings()]


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection for several calls that succeed together or not at all."""
    with translated(), engine.begin() as connection:
        yield connection


def read(engine: Engine, function: str, **arguments: Any) -> list[Row]:
    """The rows of a function, in a transaction of its own that can read `api` and nothing else."""
    with translated(), engine.begin() as connection:
        as_reader(connection)
        return rows(connection, function, **arguments)


def look(engine: Engine, name: str) -> list[Row]:
    """All rows of a view, with the rights of a reader."""
    with translated(), engine.begin() as connection:
        as_reader(connection)
        return view(connection, name)


def run(engine: Engine, function: str, **arguments: Any) -> Any:
    """Calls a function in a transaction of its own and returns its one value."""
    with translated(), engine.begin() as connection:
        return value(connection, function, **arguments)


def changes(engine: Engine, function: str, **arguments: Any) -> list[Row]:
    """Calls a function in a transaction of its own and returns its rows."""
    with translated(), engine.begin() as connection:
        return rows(connection, function, **arguments)
