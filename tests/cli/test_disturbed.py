"""A job is stopped by a restart, a cancelled or ended session, or Ctrl-C: one sentence, nothing is lost."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import PROGRAM
from sqlalchemy import Engine, create_engine, text

from coinstore.server import embedded
from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

pytestmark = pytest.mark.process
ROWS = """
    select l.name, c.inventory_number, c.weight_g, s.face, encode(s.sha256, 'hex'), md5(e.embedding::text)
    from core.coin c join core.collection l using (collection_id) left join core.side s using (coin_id)
    left join core.embedding_hog e using (side_id) order by 1, 2, 4
"""
FAULTS = "select place, face, space, column_name, value_text, reason from api.faults order by 1, 2, 3, 4, 5"
OTHERS = "select pg_{}_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'coinstore'"
EMPTY = "truncate core.collection, core.source, core.image, core.type restart identity cascade; select job.drop_space('hog')"


def state(store: Engine) -> list:
    with store.begin() as c:
        return [c.execute(text(query)).all() for query in (ROWS, FAULTS)]


@pytest.fixture(scope="module")
def coins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "coins"
    list(write_collection(folder, 40, Mintage(seed=3)))
    return folder


def commands(coins: Path) -> list[list[str]]:
    return [
        ["ingest", str(coins / "records.csv"), "--images", str(coins / "images")],
        ["embed", "hog", "--batch-size", "4"],
    ]


def begin(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def under_way(process: subprocess.Popen, store: Engine, verb: str) -> None:
    """Waits until the job (`ingest` or `embed`) has stored something, or is done."""
    table, enough = ("core.image", 1) if verb == "ingest" else ("core.embedding_hog", 5)
    while process.poll() is None:
        with store.connect() as c:
            is_there = c.execute(text("select to_regclass(:name) is not null"), {"name": table}).scalar()
            if is_there and c.execute(text(f"select count(*) from {table}")).scalar_one() >= enough:
                return
        time.sleep(0.02)


@contextmanager
def halted(process: subprocess.Popen, store: Engine, table: str) -> Iterator[None]:
    """While the job waits for a lock on a table: in the middle of a transaction, with its work half done."""
    waiting = "select exists (select from pg_locks where relation = to_regclass(:name) and not granted)"
    with store.connect() as holding, store.connect() as watching:
        holding.execute(text(f"lock table {table} in share mode"))
        while not watching.execute(text(waiting), {"name": table}).scalar():
            assert process.poll() is None, "the job was over before it could be disturbed"
            time.sleep(0.02)
        yield
        for connection in (holding, watching):  # the restart cut them
            connection.invalidate()


def some(store: Engine, table: str) -> bool:
    with store.connect() as c:
        return bool(c.execute(text(f"select exists (select from {table})")).scalar())


def connected(store: Engine) -> bool:
    query = (
        "select exists (select from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid() and application_name = 'coinstore')"
    )
    with store.connect() as c:
        return bool(c.execute(text(query)).scalar())


def one_sentence(process: subprocess.Popen) -> None:
    told = process.communicate(timeout=90)[1]
    assert process.returncode in (0, 1), told
    assert "Traceback" not in told, told
    said = [line for line in told.splitlines() if line.startswith("coinstore: ")]
    assert len(said) == (process.returncode == 1), told


def cancel(process: subprocess.Popen, store: Engine) -> None:
    """Cancels queries until the job ends: most of the time a job computes and runs no query."""
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        with store.begin() as c:
            c.execute(text(OTHERS.format("cancel")))


def end_session(_process: subprocess.Popen, store: Engine) -> None:
    with store.begin() as c:
        c.execute(text(OTHERS.format("terminate")))


def interrupt(process: subprocess.Popen, _store: Engine) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize("disturb", [cancel, end_session, interrupt])
def test_disturbed_jobs_end_in_the_same_rows(
    disturb: Callable[[subprocess.Popen, Engine], None], coins: Path, coinstore, environment, url: str
) -> None:
    watching = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), connect_args={"application_name": "test"}
    )
    for command in commands(coins):
        coinstore(*command)
    undisturbed = state(watching)
    with watching.begin() as c:
        c.execute(text(EMPTY))
    stopped = 0
    for command in commands(coins):
        for _ in range(3):
            process = begin(command, environment)
            while process.poll() is None and not connected(watching):
                time.sleep(0.02)
            under_way(process, watching, command[0])
            disturb(process, watching)
            one_sentence(process)
            stopped += process.returncode
        coinstore(*command)
    watching.dispose()
    assert stopped >= 1
    assert state(watching) == undisturbed
    watching.dispose()


def test_ctrl_c_at_several_moments(coins: Path, coinstore, environment, store: Engine) -> None:
    for command in commands(coins):
        for wait_s in (0.0, 0.1, 0.3, 0.6):
            process = begin(command, environment)
            while process.poll() is None and not connected(store):
                time.sleep(0.02)
            time.sleep(wait_s)
            interrupt(process, store)
            told = process.communicate(timeout=60)[1]
            # After the work is done, the signal itself may end the interpreter while it exits.
            assert process.returncode in (0, 1, -signal.SIGINT) and "Traceback" not in told, told
        coinstore(*command)
    coinstore("check")


def test_a_server_that_restarts_in_the_middle_loses_nothing(coins: Path, own_home: Path, coinstore) -> None:
    own_home.chmod(0o755)
    here = os.environ | {"COINSTORE_HOME": str(own_home), "COINSTORE_DATABASE_URL": ""}
    settings = {name: here[name] for name in ("COINSTORE_HOME", "COINSTORE_DATABASE_URL")}
    for command in commands(coins):
        coinstore(*command, **settings)
    store = create_engine(embedded.start(own_home).replace("postgresql://", "postgresql+psycopg://"))
    undisturbed = state(store)
    with store.begin() as c:
        c.execute(text(EMPTY))
    store.dispose()
    for command, table in zip(commands(coins), ["core.image", "core.embedding_hog"], strict=True):
        process = begin(command, here)
        if table == "core.embedding_hog":  # the job creates this table itself
            under_way(process, store, "embed")
        with halted(process, store, table):
            assert embedded.stop(own_home)
        embedded.start(own_home)
        one_sentence(process)
        assert process.returncode == 1
        assert some(store, "core.coin" if table == "core.image" else table)
        coinstore(*command, **settings)
    assert state(store) == undisturbed
    store.dispose()
    coinstore("check", **settings)
