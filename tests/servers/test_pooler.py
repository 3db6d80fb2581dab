"""pgbouncer in front of a server: pooling sessions works, pooling transactions is refused in a sentence."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from real_servers import USER, Owner, Server

from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

CONFIGURATION = """
[databases]
* = host={server} port=5432
[pgbouncer]
listen_addr =
listen_port = 5432
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
"""


@pytest.fixture(scope="module")
def server(started) -> Server:
    made = started(18)
    made.execute("create database store")
    return made


@pytest.fixture
def pooled(server: Server, tmp_path: Path) -> Iterator[Callable[..., Owner]]:
    """Starts pgbouncer in a mode, in front of the server."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    running: list[tuple[subprocess.Popen, Path]] = []

    def start(mode: str, size: int = 20) -> Owner:
        folder = Path(tempfile.mkdtemp(prefix="coinstore-pool-"))
        file = folder / "pgbouncer.ini"
        file.write_text(CONFIGURATION.format(server=server.folder, folder=folder, mode=mode, size=size))
        (folder / "users").write_text('"admin" ""')
        folder.chmod(0o755)
        shutil.chown(folder, USER) if USER else None
        running.append((subprocess.Popen([program, "-q", file], user=USER), folder))
        deadline = time.monotonic() + 30
        while not (folder / ".s.PGSQL.5432").exists():
            assert time.monotonic() < deadline and running[-1][0].poll() is None
            time.sleep(0.05)
        return Owner(server, Server(server.programs, folder).url(database="store"), tmp_path)

    yield start
    for process, folder in running:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def test_pooled_sessions_do_everything(pooled, tmp_path: Path) -> None:
    here: Owner = pooled("session")
    coins = tmp_path / "coins"
    list(write_collection(coins, 8, Mintage(seed=1)))
    here.run("db", "up")
    here.run("ingest", str(coins / "records.csv"), "--images", str(coins / "images"))
    here.run("embed", "hog")
    here.run("graph", "build", "hog", "-k", "3")
    here.run("similar", "LM 0001")
    here.run("backup", "-o", str(tmp_path / "b.dump"))


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_pooled_transactions_are_refused(pooled, mode: str) -> None:
    """Also while others keep sessions of the server busy."""
    here: Owner = pooled(mode)
    done = here.run("status", code=1)
    assert (
        "pools transactions, and coinstore needs sessions of its own; use pool_mode = session" in done.stderr
    )
    with psycopg.connect(here.url, autocommit=True) as other:
        other.execute("select 1")
        assert "pools transactions" in here.run("db", "up", code=1).stderr


def test_a_small_pool_of_sessions_is_not_refused(pooled) -> None:
    here: Owner = pooled("session", size=1)
    here.run("db", "status")
