"""Where logins connect: what is served, or the server of COINSTORE_DATABASE_URL."""

from __future__ import annotations

import socket

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ..db import engine
from ..errors import Unreachable
from ..server import embedded
from ..server.state import serving
from ..settings import Settings
from .clients import Place

EVERYWHERE = ("0.0.0.0", "::", "")


def place(settings: Settings, login: str, host: str | None = None) -> tuple[Place, bool]:
    """Where a login connects (at `host`, if given), and whether it could now; raises Unreachable for a bad address."""
    if settings.database_url is None:
        now = serving(settings.home)
        if now is None:
            return Place(host or "127.0.0.1", 5433, embedded.DATABASE, login), False
        listen = socket.gethostname() if now.listen in EVERYWHERE else now.listen
        return Place(host or listen, now.port, embedded.DATABASE, login, now.certificate), True
    try:
        parts = conninfo_to_dict(engine.plain(settings.database_url))
    except psycopg.Error as error:
        raise Unreachable("COINSTORE_DATABASE_URL is no address of a database") from error
    named = host or str(parts.get("host") or "localhost")
    if named.startswith("/"):  # a Unix socket: no tool of another machine comes by it
        named = "localhost"
    return Place(named, int(parts.get("port") or 5432), str(parts.get("dbname") or "postgres"), login), True
