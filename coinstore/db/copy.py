"""Vectors into a space's table, by binary COPY: some twenty times the rate of inserts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector, Vector
from pgvector.psycopg import register_vector
from psycopg import sql
from sqlalchemy import Connection

from .translate import translated


def copy_vectors(
    connection: Connection,
    space: str,
    precision: str,
    side_ids: Sequence[int],
    vectors: NDArray[np.float32],
) -> None:
    """Writes vectors `(n, d)` for n sides in the caller's transaction.

    Raises StoreError when one is of length 0, of wrong dims, or already there.
    """
    raw = connection.connection.driver_connection
    assert raw is not None
    table = sql.Identifier("core", f"embedding_{space}")
    kind, wrap = ("halfvec", HalfVector) if precision == "half" else ("vector", Vector)
    if raw.adapters.types.get(kind) is None:  # asks the server, so once for each connection
        register_vector(raw)
    command = sql.SQL("copy {} (side_id, embedding) from stdin with (format binary)").format(table)
    with translated(), raw.cursor() as cursor, cursor.copy(command) as copy:
        copy.set_types(["int4", kind])
        for side_id, vector in zip(side_ids, vectors, strict=True):
            copy.write_row((side_id, wrap(vector)))
