"""Connections that are used up, or that a restart of the server closed."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text

from coinstore.db import call, engine
from coinstore.db.copy import copy_rows
from coinstore.errors import StoreError


def test_a_pool_that_is_used_up_is_a_sentence(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.pool, "_timeout", 0.1)
    with ExitStack() as held:
        for _ in range(14):
            held.enter_context(store.connect())
        with pytest.raises(StoreError, match="all connections of this process have been in use"):
            call.look(store, "part.server")
    assert call.look(store, "part.server")


def test_a_server_without_connections_is_a_sentence(store: Engine, url: str) -> None:
    with store.begin() as c:
        c.execute(text("create role crowd login connection limit 1; grant coinstore_reader to crowd"))
    try:
        with (
            engine.opened(url.replace("postgres@", "crowd@")) as other,
            other.connect(),
            pytest.raises(
                StoreError, match=r"takes no more connections .*too many connections.*max_connections"
            ),
        ):
            call.look(other, "part.server")
    finally:
        with store.begin() as c:
            c.execute(text("drop role crowd"))


def test_a_pool_survives_that_its_sessions_were_ended(store: Engine, url: str) -> None:
    call.look(store, "part.server")
    with engine.opened(url) as other, other.begin() as c:
        c.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        )
    assert call.look(store, "part.server")


def test_ctrl_c_in_the_middle_of_a_copy_leaves_no_connection_that_waits(store: Engine, caplog) -> None:
    def rows() -> Iterator[tuple[str]]:
        yield ("Rome",)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), store.connect() as connection:
        copy_rows(connection, "core.collection", {"name": "text"}, rows())
    assert caplog.text == ""
    with store.connect() as connection:
        assert connection.execute(text("select count(*) from core.collection")).scalar_one() == 0


def test_a_reader_that_goes_on_and_on_stops_no_one_for_long(store: Engine) -> None:
    with store.connect() as reader:
        reader.execute(text("select count(*) from part.side_spaces"))
        with pytest.raises(StoreError, match="other transactions lock the rows or tables to be changed"):
            call.run(store, "job.add_space", name="tiny", recipe="{}", dims=3)
        with store.connect() as other:
            other.execute(text("set statement_timeout = '2s'"))
            assert other.execute(text("select count(*) from part.side_spaces")).scalar_one() == 0
    call.run(store, "job.add_space", name="tiny", recipe="{}", dims=3)


LONG = """
import sys
from sqlalchemy import text
from coinstore.db import engine
with engine.opened(sys.argv[1]) as store, store.connect() as c:
    c.execute(text("select count(*) as long_query from generate_series(1, 1000000000000)"))
"""
RUNNING = "select count(*) from pg_stat_activity where state = 'active' and query like '%long_query%' and pid <> pg_backend_pid()"


def _running(store: Engine) -> int:
    with store.connect() as c:
        return int(c.exec_driver_sql(RUNNING.replace("%", "%%")).scalar_one())


@pytest.mark.skipif(
    sys.platform == "win32", reason="a server on Windows does not notice that a client was killed"
)
def test_the_query_of_a_killed_client_ends(store: Engine, url: str) -> None:
    """Also where the database does not say so: our sessions do."""
    with store.begin() as c:
        c.exec_driver_sql(
            "do $$ begin execute format('alter database %%I reset all', current_database()); end $$"
        )
    process = subprocess.Popen([sys.executable, "-c", LONG, url])
    while not _running(store):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for _ in range(200):
        if not _running(store):
            return
        time.sleep(0.05)
    pytest.fail("the query still runs 10 seconds after its client was killed")
