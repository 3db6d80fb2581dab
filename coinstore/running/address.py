"""Where logins connect: the served embedded server, or the server of COINSTORE_DATABASE_URL."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ..db import engine
from ..errors import Unreachable
from ..server import embedded, serve
from ..server.state import serving
from ..settings import Settings


@dataclass(frozen=True, slots=True)
class LoginAddress:
    """Host, port, database and login; the embedded server has no TLS, any other must have it (`has_tls`)."""

    host: str
    port: int
    database: str
    login: str
    has_tls: bool = False


def login_address(settings: Settings, login: str, host: str | None = None) -> LoginAddress:
    """Where a login connects; `host` replaces the name of the machine. Raises Unreachable: a bad address."""
    if settings.database_url is None:
        now = serving(settings.home)
        port = serve.PORT if now is None else now.port
        return LoginAddress(host or serve.HOST, port, embedded.DATABASE, login)
    try:
        parts = conninfo_to_dict(engine.plain(settings.database_url))
    except psycopg.Error as error:
        raise Unreachable("COINSTORE_DATABASE_URL is not an address of a database") from error
    named = host or str(parts.get("host") or "localhost")
    if named.startswith("/"):  # a Unix socket, which no tool on another machine can reach
        named = "localhost"
    port = int(parts.get("port") or 5432)
    return LoginAddress(named, port, str(parts.get("dbname") or "postgres"), login, has_tls=True)
