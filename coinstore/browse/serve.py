"""Serving the pages on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from ..db import call
from ..errors import CoinstoreError, SettingsError
from .app import app
from .site import Site

HOST = "127.0.0.1"
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


@contextmanager
def serving(site: Site, port: int = 0) -> Iterator[Served]:
    """Serves a site on this machine while the block runs. Port 0 is any free one.

    Raises SettingsError for a port that is taken.
    """
    listening = _listening(port)
    config = uvicorn.Config(app(site), log_level="warning", server_header=False, access_log=False)
    server, done = uvicorn.Server(config), threading.Event()
    threads = [
        threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True),
        threading.Thread(target=_fill, args=(site, done), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield Served(f"http://{HOST}:{listening.getsockname()[1]}", threads[0])
    finally:
        server.should_exit = True
        done.set()
        for thread in threads:
            thread.join()
        site.close()


def _listening(port: int) -> socket.socket:
    """A socket that listens: a browser that comes before the first answer waits for it."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise SettingsError(f"port {port} cannot be used ({error.strerror}); choose another one.") from None
    return listening


def _fill(site: Site, done: threading.Event) -> None:
    """Stores the words of coins that have none, again and again: others may load coins meanwhile."""
    while not done.is_set():
        # A reader's login stores nothing, and a server that restarts comes back.
        with suppress(CoinstoreError):
            while call.run(site.store, "job.fill_texts", at_most=BATCH) and not done.is_set():
                pass
        done.wait(REFILL_S)
