"""Serving the pages on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from anyio.to_thread import current_default_thread_limiter

from ..db import call
from ..errors import CoinstoreError, SettingsError
from .app import app
from .listen import Listen, check_listen
from .patience import Impatient
from .site import Site

MOST_CONNECTIONS = 500
THREADS = 100  # up to 24 requests wait for a comparison, 24 for a part of a photograph, 16 for a whole one
REFILL_S = 20.0  # how often the words of new and changed coins are stored
BATCH = 2000  # coins whose words are stored in one transaction


class Served:
    """Pages that are served; `address` is where."""

    def __init__(self, address: str, thread: threading.Thread) -> None:
        self.address = address
        self._thread = thread

    def wait(self) -> None:
        """Waits until serving ends."""
        while self._thread.is_alive():
            self._thread.join(1)  # a wait without end would not notice Ctrl-C on Windows


class Server(uvicorn.Server):
    """One whose pages have enough threads for those that wait for others, too."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until it should exit."""
        current_default_thread_limiter().total_tokens = THREADS
        await super().serve(sockets)


@contextmanager
def serving(site: Site) -> Iterator[Served]:
    """Serves a site while the block runs.

    Raises SettingsError for a port that is taken, and where others could read or write without a password.
    """
    listen = site.listen
    check_listen(listen, has_passwords=site.sessions is not None, person=site.person, login=site.login)
    config = _config(site)
    listening = _listening(listen)
    server, done = Server(config), threading.Event()
    threads = [
        threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True),
        threading.Thread(target=_fill, args=(site, done), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield Served(listen.address(listening.getsockname()[1]), threads[0])
    finally:
        server.should_exit = True
        done.set()
        for thread in threads:
            thread.join()
        site.close()


def _config(site: Site) -> uvicorn.Config:
    """How uvicorn serves a site; raises SettingsError for a certificate that cannot be read."""
    listen = site.listen
    made = uvicorn.Config(
        app(site),
        http=Impatient,
        ws="none",
        lifespan="off",
        log_level="warning",
        server_header=False,
        access_log=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=32 * 1024,
        ssl_certfile=listen.cert,
        ssl_keyfile=listen.key,
    )
    try:
        made.load()
    except OSError as error:  # also ssl.SSLError
        raise SettingsError(f"the certificate or its key cannot be used: {error}") from None
    return made


def _listening(listen: Listen) -> socket.socket:
    """A socket that listens: a browser that comes before the first answer waits for it."""
    listening = None
    try:
        family, kind, *_, address = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        if listening:
            listening.close()
        raise SettingsError(
            f"port {listen.port} of {listen.host} cannot be used ({error.strerror}); choose another: --port N"
        ) from None
    return listening


def _fill(site: Site, done: threading.Event) -> None:
    """Stores the words of coins that have none, again and again: others may load coins meanwhile."""
    while not done.is_set():
        # A reader's login stores nothing, and a server that restarts comes back.
        with suppress(CoinstoreError):
            while call.run(site.store, "job.fill_texts", at_most=BATCH) and not done.is_set():
                pass
        done.wait(REFILL_S)
