"""Matching is killed in the middle, or loses its connection: nothing is lost, and nothing is compared twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from stores import Once

from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection

pytestmark = pytest.mark.process
COINS = 20
PAIRS = COINS * (COINS - 1) // 2
# A batch is of 500 pairs, so that a few seconds are lost; a smaller one makes the test short.
PROGRAM = [
    sys.executable, "-c",
    "from coinstore.dies import match; match.BATCH = 30; from coinstore_cli.main import main; main()",
]  # fmt: skip
FOUND = "select side_id, other_id, transform, sectors, figures, probability from core.match order by 1, 2"
DONE = "select side_id, other_id, matched_at from core.match"
MATCH = ["match", "--all", "--face", "obverse"]


@pytest.fixture
def folder(store: Engine, once: Once) -> Path:
    """The folder of the coins, whose features are not read yet."""

    def fill(folder: Path) -> str:
        list(write_collection(folder, COINS, Mintage(seed=4, types=2, dies=3)))
        Store(store).ingest(str(folder / "records.csv"), images=str(folder / "images"))
        return str(folder)

    return Path(once(fill))


@pytest.fixture
def apart(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a command whose features are in a folder of the test's own."""
    return environment | {"COINSTORE_HOME": str(tmp_path)}


def rows(store: Engine, query: str) -> list:
    with store.begin() as c:
        return c.execute(text(query)).all()


def disturbed(store: Engine, apart: dict[str, str], words: list[str], disturb: Callable) -> tuple[int, str]:
    """Runs a command until it has stored matches that were not there, disturbs it, and waits for its end."""
    before = len(rows(store, DONE))
    process = subprocess.Popen(
        [*PROGRAM, *words], env=apart, start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while len(rows(store, DONE)) == before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    disturb(process)
    told = process.communicate(timeout=60)[1]
    return process.returncode, told


def kill(process: subprocess.Popen) -> None:
    """Kills the command and its workers."""
    os.killpg(process.pid, signal.SIGKILL)


def without_time(done: list) -> set:
    return {row[:2] for row in done}


def test_killed_in_the_middle(store: Engine, folder: Path, coinstore, apart: dict[str, str]) -> None:
    code, _ = disturbed(store, apart, MATCH, kill)
    assert code == -signal.SIGKILL
    first = rows(store, DONE)
    assert 0 < len(first) < PAIRS
    code, _ = disturbed(store, apart, MATCH, kill)
    second = rows(store, DONE)
    assert code == -signal.SIGKILL and set(first) < set(second), "what was committed stays as it is"
    done = coinstore(*MATCH, COINSTORE_HOME=apart["COINSTORE_HOME"])
    assert f"{PAIRS - len(second):,} of {PAIRS} pairs are to be compared." in done.stderr
    last = rows(store, DONE)
    assert set(second) <= set(last) and len(last) == PAIRS == len(without_time(last))
    assert rows(store, "select count(*) from core.match_due") == [(0,)]
    found = rows(store, FOUND)
    with store.begin() as c:
        c.execute(text("delete from core.match"))
    coinstore(*MATCH, COINSTORE_HOME=apart["COINSTORE_HOME"])
    assert rows(store, FOUND) == found, "an undisturbed run gives the same"


def test_a_lost_connection_is_a_sentence_and_loses_nothing(
    store: Engine, folder: Path, coinstore, apart: dict[str, str]
) -> None:
    def cut(_process: subprocess.Popen) -> None:
        rows(
            store,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()",
        )

    code, told = disturbed(store, apart, MATCH, cut)
    assert code == 1 and "Traceback" not in told and "the database" in told
    before = rows(store, DONE)
    assert 0 < len(before) < PAIRS
    coinstore(*MATCH, COINSTORE_HOME=apart["COINSTORE_HOME"])
    after = rows(store, DONE)
    assert set(before) < set(after) and len(after) == PAIRS
