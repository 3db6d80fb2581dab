"""Vectors into a space's table by binary COPY: about twenty times as fast as inserts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector, Vector
from pgvector.psycopg import register_vector
from psycopg import Copy, sql
from psycopg.abc import Query
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from ..errors import NotFound
from .translate import translated

BLOCK = 1000  # rows that are read at a time


def copy_vectors(
    connection: Connection,
    space: str,
    precision: str,
    side_ids: Sequence[int],
    vectors: NDArray[np.float32],
) -> None:
    """Writes vectors `(n, d)` for n sides in the caller's transaction.

    Raises StoreError if one has length 0 or wrong dimensions, or is already there; NotFound for a
    side that is gone.
    """
    table = sql.Identifier("core", f"embedding_{space}")
    kind, wrap = ("halfvec", HalfVector) if precision == "half" else ("vector", Vector)
    faces = _faces(connection, side_ids)
    command = sql.SQL("copy {} (side_id, coin_id, face, embedding) from stdin with (format binary)")
    with _copying(connection, command.format(table)) as copy:
        copy.set_types(["int4", "int4", "text", kind])
        for side_id, vector in zip(side_ids, vectors, strict=True):
            copy.write_row((side_id, *faces[side_id], wrap(vector)))


def _faces(connection: Connection, side_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """The coin and the face of each side; raises NotFound for one that is gone."""
    query = text("select side_id, coin_id, face from core.side where side_id = any(:ids)")
    with translated():
        found = {row[0]: (row[1], row[2]) for row in connection.execute(query, {"ids": list(side_ids)})}
    if lacking := [side_id for side_id in side_ids if side_id not in found]:
        raise NotFound(f"there is no side {lacking[0]}; it was deleted in the meantime: run it again.")
    return found


def copy_axes(connection: Connection, space_id: int, axes: NDArray[np.float32]) -> None:
    """Stores the principal axes `(n, d)` of a space, in the caller's transaction."""
    command = "copy core.axis (space_id, n, direction) from stdin with (format binary)"
    with _copying(connection, command) as copy:
        copy.set_types(["int4", "int4", "vector"])
        for n, direction in enumerate(axes, 1):
            copy.write_row((space_id, n, Vector(direction)))


def copy_rows(
    connection: Connection, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Writes rows into `schema.name`, in the caller's transaction; `columns` says the type of each."""
    command = sql.SQL("copy {} ({}) from stdin with (format binary)").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with _copying(connection, command) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)


def as_json(written: bytes) -> Jsonb:
    """A value of a column of type jsonb that is written in JSON already."""
    return Jsonb(written, _as_it_is)


def _as_it_is(written: bytes) -> bytes:
    return written


def read_vectors(
    connection: Connection,
    function: str,
    arguments: Sequence[Any],
    key: tuple[str, str] = ("side_id", "int4"),
) -> Iterator[tuple[list[Any], NDArray[np.float32]]]:
    """Keys (by the name of their column and its type) and vectors `(n, d)` of a function, in blocks."""
    command = sql.SQL("copy (select {}, embedding from {}({})) to stdout with (format binary)").format(
        sql.Identifier(key[0]),
        sql.Identifier(*function.split(".")),
        sql.SQL(", ").join(sql.Literal(argument) for argument in arguments),
    )
    with _copying(connection, command) as copy:
        copy.set_types([key[1], "vector"])
        rows = copy.rows()
        while some := list(islice(rows, BLOCK)):
            yield [row[0] for row in some], np.stack([_array(row[1]) for row in some])


@contextmanager
def _copying(connection: Connection, command: Query) -> Iterator[Copy]:
    try:
        with translated(), with_vectors(connection).cursor() as cursor, cursor.copy(command) as copy:
            yield copy
    except KeyboardInterrupt:
        # Between a command and its answer: the connection cannot be used any more.
        connection.invalidate()
        raise


def _array(value: Any) -> NDArray[np.float32]:
    return np.asarray(value.to_numpy() if isinstance(value, Vector | HalfVector) else value, np.float32)


def with_vectors(connection: Connection) -> Any:
    """The driver's connection, with pgvector's types registered."""
    raw = connection.connection.driver_connection
    assert raw is not None
    if raw.adapters.types.get("vector") is None:  # asks the server, so once for each connection
        register_vector(raw)
    return raw
