"""Poolers between us and the server, such as pgbouncer: their sessions are ours, or we refuse them."""

from __future__ import annotations

import select
from contextlib import closing
from typing import Any

import psycopg

from ..errors import Unsuitable

REFUSED = (
    "the pooler in front of the database pools transactions, and coinstore needs sessions of its own; use"
    " pool_mode = session (pgbouncer), or the address of the server itself."
)
WAIT_S = 5  # for an answer through a pool whose connections are all in use


def refuse_transaction_pooling(raw: psycopg.Connection[Any], pid: int) -> None:
    """Raises Unsuitable if two of our sessions share one of the server; `pid`: which one `raw` has now.

    A pooler of sessions gives each of ours a session of the server until it ends. A pooler of transactions
    gives the same one to both, or another one each time.
    """
    if raw.info.backend_pid == pid:  # the server itself has greeted us
        return
    with closing(psycopg.connect(raw.info.dsn, password=raw.info.password, autocommit=True)) as other:
        ours: set[int] = {pid}
        others: set[int] = set()
        for session, pids in ((other, others), (raw, ours)) * 2:
            found = _pid(session)
            if found is None:
                return
            pids.add(found)
    if len(ours) > 1 or ours & others:
        raise Unsuitable(REFUSED)


def _pid(session: psycopg.Connection[Any]) -> int | None:
    """Which session of the server answers; None if none does, because a pool of sessions is used up."""
    session.pgconn.send_query(b"select pg_backend_pid()")
    session.pgconn.flush()
    while session.pgconn.is_busy():
        if not select.select([session.pgconn.socket], [], [], WAIT_S)[0]:
            return None
        session.pgconn.consume_input()
    found = None
    while result := session.pgconn.get_result():
        found = result.get_value(0, 0) or found
    return int(found) if found else None
