"""Commands that take long on a large store: they show how far they are, and Ctrl-C ends them in the server too."""

import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from commands import PROGRAM
from sqlalchemy import Engine, text

from coinstore.db import call

pytestmark = pytest.mark.process
WAITS = """
    select count(*) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'
"""


def wait_for(store: Engine, number: int, seconds: float = 30) -> int:
    """Waits until this many sessions of the store wait for a lock; returns how many do at the end."""
    deadline = time.monotonic() + seconds
    while True:
        with store.connect() as c:
            found: int = c.execute(text(WAITS)).scalar_one()
        if found == number or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("arguments", "table"),
    [
        (["describe"], "core.coin"),
        (["check"], "core.image"),
        (["ingest", "{table}", "--collection", "Museum"], "core.coin"),
        (["ingest", "{table}", "--collection", "Museum", "--dry-run"], "core.coin"),
        (["graph", "build", "tiny", "--exact"], "core.coin"),
    ],
)
def test_ctrl_c_ends_the_query_in_the_server(
    store: Engine, environment: dict[str, str], arguments: list[str], table: str, tmp_path: Path
) -> None:
    """A lock holds the query up for as long as the test needs; a query over a million coins takes as long."""
    with store.begin() as c:
        c.execute(text("insert into core.collection (name) values ('Museum')"))
        c.execute(text("insert into core.coin (collection_id, inventory_number) values (1, '1')"))
    call.run(store, "job.add_space", name="tiny", recipe="{}", dims=3)
    records = tmp_path / "records.csv"
    records.write_text("inventory_number,mint\n" + "".join(f"{n},Rome\n" for n in range(400)), "utf-8")
    with store.connect() as holder:
        holder.execute(text(f"lock table {table} in access exclusive mode"))
        process = subprocess.Popen(
            [*PROGRAM, *(argument.format(table=records) for argument in arguments)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert wait_for(store, 1) == 1
        process.send_signal(signal.SIGINT)
        assert wait_for(store, 0, seconds=10) == 0
        _, said = process.communicate(timeout=20)
    assert (
        process.returncode == 1 and said.strip().startswith("coinstore: stopped") and "\n" not in said.strip()
    )


def test_check_says_what_it_checks_and_how_much_is_left(store: Engine, environment: dict[str, str]) -> None:
    """Only on a terminal: what it prints elsewhere is the result."""
    call.run(store, "job.add_space", name="tiny", recipe="{}", dims=3)
    plain = subprocess.run(
        [*PROGRAM, "check"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert plain.stderr == ""
    parent, child = pty.openpty()
    with store.connect() as holder:
        holder.execute(text("lock table core.embedding_tiny in access exclusive mode"))
        process = subprocess.Popen(
            [*PROGRAM, "check"],
            env=environment | {"TERM": "xterm", "COLUMNS": "120"},
            stdout=subprocess.DEVNULL,
            stderr=child,
        )
        os.close(child)
        assert wait_for(store, 1) == 1
        time.sleep(0.5)  # the bar is drawn ten times a second
        holder.rollback()
    process.wait(timeout=30)
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(parent, 100_000).decode())
    os.close(parent)
    assert "Checking the space tiny" in drawn and "1/2" in drawn
