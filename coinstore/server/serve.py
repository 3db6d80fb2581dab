"""Serving: the embedded server also listens on a port of 127.0.0.1, to logins of `coinstore bi grant` only.

It lasts as long as the process that serves. Passwords are checked by scram-sha-256. There is no TLS and no
other address; other machines connect through an SSH tunnel.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from ..errors import AccessError, Unreachable
from . import embedded, variables
from .state import Serving, forget, record, serving

HOST = "127.0.0.1"
PORT = 5433


def serve(home: Path, port: int, ready: Callable[[Serving], None], *, restart: bool = False) -> None:
    """Serves until the process is told to end (SIGTERM, Ctrl-C); calls `ready` once clients can connect.

    Port 0 is any that is free. The server must be restarted to listen: `restart` allows it although sessions
    are at work. Raises AccessError (served already, port taken, sessions at work), Unreachable, Unsuitable.
    """
    if there := serving(home):
        raise AccessError(
            f"the store is already served on port {there.port}; end that first: coinstore db serve --stop"
        )
    now = Serving.by_this_process(_available(home, port))
    _refuse_sessions(home, restart)
    with _listening(home, now):
        told = _told_to_end()
        ready(now)
        told.wait()


def stop(home: Path) -> bool:
    """Ends the process that serves, and waits for it; False if there is none."""
    there = serving(home)
    if there is None:
        return False
    os.kill(there.pid, signal.SIGTERM)
    for _ in range(150):
        if serving(home) is None:
            return True
        time.sleep(0.1)
    raise AccessError(f"process {there.pid}, which serves the store, does not end; end it by hand")


def _available(home: Path, port: int) -> int:
    """The port, or a free one for 0; raises AccessError if another program has it."""
    if port != 0 and port == embedded.port(home):  # still open from serving before; the restart frees it
        return port
    try:
        with socket.create_server((HOST, port)) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise AccessError(
            f"port {port} of {HOST} is not available ({reason}); give another with --port"
        ) from error


def _refuse_sessions(home: Path, restart: bool) -> None:
    others = _sessions(address) if (address := embedded.url(home)) else 0
    if others and not restart:
        raise AccessError(
            f"the embedded server must be restarted to be served, and {others} sessions are at work in it;"
            " wait for them, or cut them off with --restart"
        )


def _sessions(address: str) -> int:
    try:
        with variables.connect(address) as connection:
            found = connection.execute(
                "select count(*)::int from pg_stat_activity"
                " where backend_type = 'client backend' and pid <> pg_backend_pid()"
            ).fetchone()
            return int(found[0]) if found else 0
    except psycopg.Error as error:
        raise Unreachable(f"the embedded server does not answer: {error}") from error


@contextmanager
def _listening(home: Path, now: Serving) -> Iterator[None]:
    """The server, listening on the port until the block ends."""
    embedded.stop(home)
    home.mkdir(parents=True, exist_ok=True)
    record(home, now)
    try:
        embedded.start(home)
        yield
    finally:
        forget(home)
        with suppress(OSError, Unreachable):
            embedded.close_port(home)


def _told_to_end() -> threading.Event:
    """Is set by SIGTERM and Ctrl-C from now on."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    return told
