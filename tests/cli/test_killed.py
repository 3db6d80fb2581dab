"""Jobs are killed at any moment and run again: the rows equal those of an undisturbed run."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from commands import PROGRAM
from sqlalchemy import Engine, text

from coinstore.records.reader import Reading, read

pytestmark = pytest.mark.process
ROWS = """
    select l.name, c.inventory_number, c.weight_g, s.face, s.image_location, encode(s.sha256, 'hex'), md5(e.embedding::text)
    from core.coin c join core.collection l using (collection_id) left join core.side s using (coin_id)
    left join core.embedding_hog e using (side_id) order by 1, 2, 4
"""
FAULTS = "select source, place, face, space, column_name, value_text, reason from api.faults order by 1, 2, 3, 4, 5"


def state(store: Engine) -> list:
    with store.begin() as c:
        return [c.execute(text(query)).all() for query in (ROWS, FAULTS)]


def kill_after(seconds: float, arguments: list[str], environment: dict[str, str]) -> bool:
    """Runs a command and kills it and its workers after this many seconds; True if it was still running."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    was_running = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL) if was_running else None
    process.wait()
    return was_running


def commands(real: Path, folder: Path) -> list[list[str]]:
    """A few hundred real coins, with one picture cut short among them."""
    lines = (real / "roman/records.csv").read_text("utf-8").splitlines(keepends=True)[:301]
    (folder / "records.csv").write_text("".join(lines), "utf-8")
    return [
        ["ingest", str(folder / "records.csv"), "--images", str(real / "roman/images")],
        ["ingest", str(real / "bad"), "--collection", "Bad"],
        ["embed", "hog", "--workers", "2", "--batch-size", "16"],
    ]


@pytest.fixture
def undisturbed(real: Path, coinstore, store: Engine, tmp_path: Path) -> list:
    for command in commands(real, tmp_path):
        coinstore(*command, code=3 if "Bad" in command else 0)
    found = state(store)
    with store.begin() as c:
        c.execute(
            text("truncate core.collection, core.source, core.image, core.type restart identity cascade")
        )
        c.execute(text("select job.drop_space('hog')"))
    return found


def test_killed_at_any_moment(
    undisturbed, real: Path, coinstore, environment, store: Engine, tmp_path: Path
) -> None:
    killed = 0
    for command in commands(real, tmp_path):
        for seconds in (0.6, 0.75, 0.9, 1.1, 1.4):
            killed += kill_after(seconds, command, environment)
        coinstore(*command, code=3 if "Bad" in command else 0)
    assert killed >= 3
    assert state(store) == undisturbed


def test_several_processes_embed_no_side_twice(
    real: Path, coinstore, environment, store: Engine, tmp_path: Path
) -> None:
    first, *_ = commands(real, tmp_path)
    coinstore(*first)
    processes = [
        subprocess.Popen(
            [*PROGRAM, "embed", "hog", "--batch-size", "8"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = [process.communicate(timeout=120)[1] for process in processes]
    done = [
        int(line.split(" sides in")[0].removeprefix("hog: ").replace(",", ""))
        for text_ in told
        for line in text_.splitlines()
        if " sides in" in line
    ]
    assert sum(done) == sum(len(coin.sides) for coin in read(Reading(first[1])))


def test_a_lost_connection_is_a_sentence_and_loses_nothing(
    real: Path, coinstore, environment, store: Engine, tmp_path: Path
) -> None:
    first, _, embed = commands(real, tmp_path)
    coinstore(*first)
    process = subprocess.Popen(
        [*PROGRAM, *embed],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    with store.connect() as c:
        while time.monotonic() < deadline and not _cut(c):
            time.sleep(0.05)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "Traceback" not in told
    assert "the database" in told
    coinstore(*embed)
    with store.begin() as c:
        assert c.execute(text("select job.pending('hog')")).scalar() == 0


def _cut(connection) -> bool:
    """Ends all other connections to this store if embedding has begun; True if it has."""
    begun = connection.execute(text("select to_regclass('core.embedding_hog') is not null")).scalar()
    begun = begun and connection.execute(text("select exists (select from core.embedding_hog)")).scalar()
    connection.commit()
    if begun:
        connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        )
        connection.commit()
    return bool(begun)
