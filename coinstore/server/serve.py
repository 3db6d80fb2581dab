"""Serving: the embedded server opened to TCP, behind TLS, for logins of `coinstore bi grant` alone.

It lasts as long as the process that serves. The server itself listens on a port of this machine only, with
scram-sha-256; who comes from outside passes the door (door.py).
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from ..errors import AccessError, Unreachable
from . import certificate, embedded
from .state import Serving, forget, record, serving
from .tls import keep_open


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to serve; without a certificate one is made. `restart`: although sessions are at work."""

    listen: str = "127.0.0.1"
    port: int = 5433
    certificate: Path | None = None
    key: Path | None = None
    new_certificate: bool = False
    restart: bool = False


def serve(home: Path, wanted: Wanted, ready: Callable[[Serving], None]) -> None:
    """Serves until the process is told to end (SIGTERM, Ctrl-C); calls `ready` once clients can connect.

    Raises AccessError (served already, port taken, no such address, certificate), Unreachable, Unsuitable.
    """
    if there := serving(home):
        raise AccessError(
            f"the store is served on port {there.port} already; end that first: coinstore db serve --stop"
        )
    listeners = _listen(wanted.listen, wanted.port)
    try:
        paths = _certificate(home, wanted)
        context = certificate.context(*paths)
        started = psutil.Process().create_time()
        port = listeners[0].getsockname()[1]
        now = Serving(wanted.listen, port, str(paths[0]), _free_port(), os.getpid(), started)
        with _listening(home, now, wanted.restart):
            ready(now)
            asyncio.run(_until_told(now, listeners, context))
    finally:
        for listener in listeners:
            listener.close()


def stop(home: Path) -> bool:
    """Ends the process that serves, waiting until it has; False when there is none."""
    there = serving(home)
    if there is None:
        return False
    os.kill(there.pid, signal.SIGTERM)
    for _ in range(150):
        if serving(home) is None:
            return True
        time.sleep(0.1)
    raise AccessError(f"the process {there.pid} that serves the store does not end; end it by hand")


def _certificate(home: Path, wanted: Wanted) -> tuple[Path, Path]:
    if (wanted.certificate is None) != (wanted.key is None):
        raise AccessError("a certificate comes with its key; give both, or neither")
    if wanted.certificate and wanted.key:
        return wanted.certificate.absolute(), wanted.key
    return certificate.own(home / "tls", wanted.listen, renew=wanted.new_certificate)


def _listen(host: str, port: int) -> list[socket.socket]:
    made: list[socket.socket] = []
    try:
        for family, kind, _, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            listener = socket.socket(family, kind)
            made.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
            listener.listen(128)
            listener.setblocking(False)
    except OSError as error:
        for listener in made:
            listener.close()
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise AccessError(f"{host} is no address of this machine; give another with --listen") from error
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise AccessError(
            f"port {port} of {host} cannot be had ({reason}); give another with --port"
        ) from error
    return made


@contextmanager
def _listening(home: Path, now: Serving, restart: bool) -> Iterator[None]:
    """The server behind, listening on a port of this machine as long as the block lasts."""
    others = _sessions(address) if (address := embedded.url(home)) else 0
    if others and not restart:
        raise AccessError(
            f"the embedded server must start anew to be served, and {others} sessions are at work in it;"
            " wait for them, or cut them off with --restart"
        )
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


def _sessions(address: str) -> int:
    try:
        with psycopg.connect(address) as connection:
            found = connection.execute(
                "select count(*)::int from pg_stat_activity"
                " where backend_type = 'client backend' and pid <> pg_backend_pid()"
            ).fetchone()
            return int(found[0]) if found else 0
    except psycopg.Error as error:
        raise Unreachable(f"the embedded server does not answer: {error}") from error


def _free_port() -> int:
    # The usual one if it is free: sockets are named by it, and then stay as they are.
    for port in (5432, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise AccessError("this machine has no port left")


async def _until_told(now: Serving, listeners: list[socket.socket], context: ssl.SSLContext) -> None:
    loop = asyncio.get_running_loop()
    door = loop.create_task(keep_open(listeners, context, now.inner_port))
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, door.cancel)
    with suppress(asyncio.CancelledError):
        await door
