"""Calling the database: functions and views by name. Values are always passed as parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pgvector import Vector
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import Connection, Engine, text

from .copy import with_vectors
from .engine import as_reader
from .translate import translated

Row = Mapping[str, Any]


def spelled(function: str, **arguments: Any) -> str:
    """The call of a function as SQL text with all values in it, safely quoted, for any reader to run."""
    given = ", ".join(f"{name} => {_literal(value)}" for name, value in arguments.items())
    return f"select * from {function}({given})"


def _literal(value: Any) -> str:
    return sql.Literal(value.to_text() if isinstance(value, Vector) else value).as_string(None).strip()


def rows(connection: Connection, function: str, **arguments: Any) -> list[Row]:
    """The rows of a function, `schema.name`, called with named arguments."""
    given = ", ".join(f'"{name}" => :{name}' for name in arguments)
    has_predicate = arguments.get("predicate", "true") != "true"
    with translated(given="the condition given with --where" if has_predicate else ""):
        if any(isinstance(value, Vector) for value in arguments.values()):
            with_vectors(connection)  # in binary: smaller than text, and nothing to parse
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
    """A connection for several calls that succeed or fail together."""
    with translated(), engine.begin() as connection:
        yield connection


def read(engine: Engine, function: str, **arguments: Any) -> list[Row]:
    """The rows of a function, in a transaction that can only read `api` and `part`."""
    with translated(), engine.begin() as connection:
        as_reader(connection)
        return rows(connection, function, **arguments)


def look(engine: Engine, name: str) -> list[Row]:
    """All rows of a view, with the rights of a reader."""
    with translated(), engine.begin() as connection:
        as_reader(connection)
        return view(connection, name)


def stream(engine: Engine, function: str, **arguments: Any) -> Iterator[Row]:
    """As `read`, row by row: the memory does not grow with their number. A view has no arguments."""
    with translated(given="the condition given with --where"), engine.begin() as connection:
        as_reader(connection)
        yield from each(connection, function, **arguments)


def each(connection: Connection, function: str, **arguments: Any) -> Iterator[Row]:
    """As `rows`, row by row, from a cursor of the server."""
    given = ", ".join(f'"{name}" => :{name}' for name in arguments)
    called = f"{function}({given})" if arguments else function
    with translated(given="the condition given with --where"):
        streamed = {"stream_results": True, "yield_per": 1000}
        found = connection.execute(text(f"select * from {called}"), arguments, execution_options=streamed)
        for row in found.mappings():
            yield dict(row)


def count(engine: Engine, view: str) -> int:
    """The number of rows of a view, as a reader sees it."""
    with translated(), engine.begin() as connection:
        as_reader(connection)
        return int(connection.execute(text(f"select count(*) from {view}")).scalar_one())


def run(engine: Engine, function: str, **arguments: Any) -> Any:
    """Calls a function in a transaction of its own and returns its one value."""
    with translated(), engine.begin() as connection:
        return value(connection, function, **arguments)


def changes(engine: Engine, function: str, **arguments: Any) -> list[Row]:
    """Calls a function in a transaction of its own and returns its rows."""
    with translated(), engine.begin() as connection:
        return rows(connection, function, **arguments)


def query(
    engine: Engine, statement: str, parameters: Mapping[str, Any] | None = None
) -> tuple[list[str], list[Row]]:
    """The columns and rows of one statement of the user's, in a transaction with the rights of a reader.

    `%(name)s` in the statement is a parameter; with parameters, any other % is written %%. Raises
    PredicateError where the database does not understand or not allow the statement.
    """
    # Rolled back at the end, which also forgets the prepared statement: views may change until the next call.
    with translated(given="the statement"), engine.connect() as connection:
        as_reader(connection)
        raw: Any = connection.connection.driver_connection
        with raw.cursor(row_factory=dict_row) as cursor:
            # Prepared, a text with a second statement is refused: it could end the reader's transaction.
            cursor.execute(statement, parameters, prepare=True)
            columns = [column.name for column in cursor.description or ()]
            return columns, cursor.fetchall() if columns else []
