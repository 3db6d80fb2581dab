"""Passwords: what of them the server is told."""

from __future__ import annotations

from sqlalchemy import Connection

from ..db.translate import translated


def verifier(connection: Connection, login: str, password: str) -> str:
    """The SCRAM-SHA-256 verifier (RFC 5802) of a password: from it no one learns the password, so a log may have it."""
    raw = connection.connection.driver_connection
    assert raw is not None
    with translated():
        made: bytes = raw.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    return made.decode()
