"""What a backup and a restore need on the server outside the store: a scratch database, a snapshot, roles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, make_url, text

from ..db.engine import address_of, plain
from ..db.translate import translated
from ..errors import Unsuitable
from ..server import variables


def server_major(connection: Connection) -> int:
    """The server's major version: 18 for 18.4."""
    return int(connection.execute(text("show server_version_num")).scalar_one()) // 10000


def export_snapshot(connection: Connection) -> str:
    """The name under which other sessions see the store as this transaction does, while it lasts."""
    # A long dump must not be cut off.
    connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
    connection.execute(text("set local statement_timeout = 0"))
    name: str = connection.execute(text("select pg_export_snapshot()")).scalar_one()
    return name


def may_create_databases(connection: Connection) -> bool:
    """Whether the user may create a scratch database."""
    asked = text("select rolsuper or rolcreatedb from pg_roles where rolname = current_user")
    return bool(connection.execute(asked).scalar_one())


@contextmanager
def scratch_database(url: str, name: str) -> Iterator[str]:
    """The address of an empty database on the same server; dropped at the end, like one left by a crash."""
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    with translated(), variables.connect(plain(url), autocommit=True) as admin:
        admin.execute(drop)
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        admin.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
    address = address_of(make_url(plain(url)).set(database=name))
    try:
        yield address
    finally:
        with translated(), variables.connect(plain(url), autocommit=True) as admin:
            admin.execute(drop)


def create_roles(connection: Connection, rows: Sequence[str]) -> list[str]:
    """Creates roles of an archive that this server lacks, without passwords; returns the logins of them.

    Raises Unsuitable, with the statements for an administrator, if this user may not.
    """
    raw = _driver(connection)
    with translated():
        known = set(connection.execute(text("select rolname from pg_roles")).scalars())
        roles: list[dict[str, Any]] = [
            json.loads(row.split("\t")[1]) for row in rows if row.startswith("role\t")
        ]
        lacking = [role for role in roles if role["name"] not in known]
        try:
            for role in lacking:
                raw.execute(_create_role(role))
        except psycopg.errors.InsufficientPrivilege as error:
            statements = " ".join(f"{_create_role(role).as_string(raw)};" for role in lacking)
            raise Unsuitable(
                "this database user may not create the roles of the backup; ask an administrator to run:"
                f" {statements}"
            ) from error
    return [role["name"] for role in lacking if role["login"]]


def _create_role(role: dict[str, Any]) -> sql.Composed:
    until = sql.SQL(" valid until {}").format(role["until"]) if role["until"] else sql.SQL("")
    return sql.SQL("create role {} {} {} connection limit {}{}").format(
        sql.Identifier(role["name"]),
        sql.SQL("login" if role["login"] else "nologin"),
        sql.SQL("inherit" if role["inherit"] else "noinherit"),
        sql.Literal(role["limit"]),
        until,
    )


def _driver(connection: Connection) -> Any:
    """The driver's connection, in the caller's transaction."""
    raw = connection.connection.driver_connection
    if raw is None:
        raise Unsuitable("the connection was closed; try again.")
    return raw
