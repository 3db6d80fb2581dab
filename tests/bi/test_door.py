"""The door itself, in this process: what a client is told that it cannot let in."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from coinstore.server import certificate, state, tls

PASSWORD = "correct horse battery"


@contextmanager
def opened(folder: Path, inner_port: int) -> Iterator[int]:
    """A door before the server at a port; its own port."""
    context = certificate.context(*certificate.own(folder, "127.0.0.1"))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    loop = asyncio.new_event_loop()
    task = loop.create_task(tls.keep_open([listener], context, inner_port))
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0.1))  # those who are inside leave
        loop.close()
        listener.close()


def enter(port: int) -> psycopg.Connection:
    return psycopg.connect(
        f"postgresql://anna@127.0.0.1:{port}/coinstore?sslmode=require", password=PASSWORD, connect_timeout=20
    )


def test_a_full_door_says_so(serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "AT_MOST", 2)
    with opened(tmp_path, state.serving(serving.home).inner_port) as port, ExitStack() as held:
        first = held.enter_context(enter(port))
        held.enter_context(enter(port))
        for _ in range(5):
            with pytest.raises(psycopg.OperationalError, match="too many connections; try again later"):
                enter(port)
        assert first.execute("select 7").fetchone() == (7,)
        first.close()
        for _ in range(50):  # the door hears of it a moment later
            try:
                held.enter_context(enter(port))
                return
            except psycopg.OperationalError:
                pass
        pytest.fail("the place of one who left is not given to another")


def test_a_door_before_nothing_says_so(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with (
            opened(tmp_path, unused.getsockname()[1]) as port,
            pytest.raises(
                psycopg.OperationalError, match="the store is down; any coinstore command starts it"
            ),
        ):
            enter(port)
