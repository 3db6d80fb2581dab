"""Access: logins for BI tools, and collections that not everyone may see.

The rules are SQL: migrations/always/05_privacy/private_collections.sql and 90_running/access.sql.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import AccessError

SHORTEST = 8  # characters of a password
NEVER = datetime.max  # expires


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login gets; None leaves it as it is (new: 10 connections, 60 s, no end, nothing private)."""

    login: str
    password: str | None = None
    collections: Sequence[str] | None = None
    expires: datetime | None = None
    connections: int | None = None
    statement_timeout_s: int | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """Whether the login is new, and what the server leaves open to every login, including this one."""

    is_new: bool
    left_open: list[str]


def grant(engine: Engine, wanted: Grant, *, whole_server: bool) -> Granted:
    """Makes a login that reads `api` and nothing else, or changes an existing login as asked.

    `whole_server`: the server holds only the store, so every other database is closed as well. The password
    goes to the server as a SCRAM-SHA-256 verifier and is in no log. Raises AccessError, NotFound (a
    collection).
    """
    password = wanted.password
    if password is not None and (len(password) < SHORTEST or not password.isprintable()):
        raise AccessError(
            f"a password has at least {SHORTEST} characters, all of them printable; choose another"
        )
    with call.transaction(engine) as connection:
        is_new = call.value(
            connection,
            "job.grant_login",
            login=wanted.login,
            verifier=None if password is None else _verifier(connection, wanted.login, password),
            expires="infinity" if wanted.expires == NEVER else wanted.expires,
            connections=wanted.connections,
            seconds=wanted.statement_timeout_s,
        )
        if wanted.collections is not None:
            names = list(wanted.collections)
            call.value(connection, "job.grant_collections", login=wanted.login, collections=names)
        opened = call.rows(connection, "job.close_server", whole=whole_server)
    return Granted(bool(is_new), [row["opened"] for row in opened])


def _verifier(connection: Connection, login: str, password: str) -> str:
    """The SCRAM-SHA-256 verifier (RFC 5802) of a password, which does not reveal it: it may be in a log."""
    raw = connection.connection.driver_connection
    assert raw is not None
    with translated():
        made: bytes = raw.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    return made.decode()


def revoke(engine: Engine, login: str) -> bool:
    """Ends the sessions of a login and drops it; False if it remains as a role that cannot log in.

    Raises NotFound for a role that `grant` did not make.
    """
    call.run(engine, "job.bar_login", login=login)  # committed, so that none comes in meanwhile
    call.run(engine, "job.end_sessions", login=login)
    return bool(call.run(engine, "job.revoke_login", login=login))


def list_logins(engine: Engine) -> list[dict[str, Any]]:
    """The logins with the private collections that they see, their limits, and their sessions now."""
    with call.transaction(engine) as connection:
        return [dict(row) for row in call.rows(connection, "job.logins")]


def set_private(
    engine: Engine, collections: Sequence[str], *, images_only: bool = False, to_come: bool = False
) -> None:
    """Hides collections from all logins that they were not granted to; raises NotFound.

    `images_only`: only the photographs and what is made from them (vectors, neighbours, maps) are hidden, the
    coins are not. `to_come`: a collection that does not exist yet is created empty, so that no one sees it
    while it loads.
    """
    scope = "images" if images_only else "all"
    call.run(engine, "job.set_private", collections=list(collections), scope=scope, to_come=to_come)


def set_public(engine: Engine, collections: Sequence[str]) -> None:
    """Shows collections to all logins again; raises NotFound."""
    call.run(engine, "job.set_private", collections=list(collections), scope=None)


def list_private(engine: Engine) -> list[dict[str, Any]]:
    """The private collections, what of them is hidden, and which logins see them."""
    with call.transaction(engine) as connection:
        return [dict(row) for row in call.rows(connection, "job.private_collections")]
