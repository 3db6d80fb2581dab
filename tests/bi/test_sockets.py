"""Only the embedded server's own user, and root, reach its socket; and a port that was left open is closed."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import chown, rmtree

import psycopg
import pytest
from commands import PROGRAM

from coinstore.db import engine, upgrade
from coinstore.running import access
from coinstore.server import embedded, sockets, state
from coinstore.settings import Settings

PASSWORD = "correct horse battery"
as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can be another user")


@pytest.fixture(params=["short", "long"])
def place(request) -> Iterator[Path]:
    """A home whose path is short, or too long for a socket in it."""
    top = Path(tempfile.mkdtemp(prefix="coinstore-socket-test-"))
    top.chmod(0o755)
    home = top / ("h" if request.param == "short" else "h" * 90)
    home.mkdir(mode=0o755)
    yield home
    embedded.stop(home)
    rmtree(top)


def as_nobody(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            "setpriv",
            "--reuid=nobody",
            "--regid=nogroup",
            "--clear-groups",
            "env",
            *(f"{k}={v}" for k, v in environment.items()),
            *map(str, command),
        ],
        env={k: v for k, v in os.environ.items() if k != "COINSTORE_DATABASE_URL"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def nobody_can_run_python() -> None:
    done = as_nobody(sys.executable, "-c", "import coinstore_cli")
    if done.returncode:
        pytest.skip(f"nobody, the user, cannot run this Python: {done.stderr.strip()}")


def tables(address: str) -> list[object]:
    return [embedded.programs() / "psql", address, "-tAc", "select current_setting('is_superuser')"]


@as_root
def test_no_other_user_reaches_the_socket(place: Path) -> None:
    address = embedded.start(place)
    folder = embedded._postmaster(place).socket_dir
    assert (folder == place / "postgres") == (len(str(place)) < 80)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    refused = as_nobody(*tables(address))
    assert refused.returncode == 2 and "Permission denied" in refused.stderr, refused
    assert subprocess.run(list(map(str, tables(address))), capture_output=True, text=True).stdout == "on\n"
    # If the folder is opened, the socket itself is still closed.
    folder.chmod(0o755)
    refused = as_nobody(*tables(address))
    assert refused.returncode == 2 and "Permission denied" in refused.stderr, refused
    folder.chmod(0o700)
    assert embedded.stop(place)
    assert folder == place / "postgres" or not folder.exists()


@as_root
def test_a_folder_of_an_earlier_version_is_closed(place: Path) -> None:
    embedded.start(place)
    folder = embedded._postmaster(place).socket_dir
    if folder == place / "postgres":
        pytest.skip("PostgreSQL itself starts in no folder that is open to others")
    chown(folder, "root")
    folder.chmod(0o777)
    embedded.url(place)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and folder.owner() == "pgserver"


@as_root
def test_an_ordinary_user_has_a_server_of_his_own(place: Path, nobody_can_run_python: None) -> None:
    chown(place, "nobody")
    where = {"COINSTORE_HOME": str(place), "HOME": str(place)}
    for command in ("up", "status", "down"):
        done = as_nobody(*PROGRAM, "db", command, **where)
        assert done.returncode == 0 and "Traceback" not in done.stderr, done
        if command == "up":
            info = embedded._postmaster(place)
            assert info.socket_dir.owner() == "nobody" and sockets.is_private(info.socket_dir)
        elif command == "status":
            assert "running" in done.stdout


@as_root
def test_another_cannot_put_a_folder_in_the_way(place: Path) -> None:
    """The name of the folder changes each time; the noted one counts only if it is the server's own."""
    embedded.start(place)
    if embedded._postmaster(place).socket_dir == place / "postgres":
        pytest.skip("the socket is in the home")
    embedded.stop(place)
    noted = Path((place / "postgres/coinstore_sockets").read_text("utf-8"))
    noted.mkdir(mode=0o777)
    chown(noted, "nobody")
    embedded.start(place)
    assert embedded._postmaster(place).socket_dir != noted
    noted.rmdir()


@as_root
def test_what_is_open_is_not_served(place: Path) -> None:
    if len(str(place)) > 80:
        pytest.skip("the socket has its own folder")
    embedded.start(place)
    embedded.stop(place)
    (place / "postgres").chmod(0o750)  # PostgreSQL itself would start with this
    environment = {k: v for k, v in os.environ.items() if k != "COINSTORE_DATABASE_URL"} | {
        "COINSTORE_HOME": str(place)
    }
    done = subprocess.run(
        [*PROGRAM, "db", "serve", "--port", "0"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1 and f"chmod 700 {place}/postgres" in done.stderr, done
    assert "Traceback" not in done.stderr and embedded.url(place) is None


def test_the_port_of_one_that_was_killed_is_closed_by_the_next_command() -> None:
    home = Path(tempfile.mkdtemp(prefix="coinstore-killed-"))
    home.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if k != "COINSTORE_DATABASE_URL"} | {
        "COINSTORE_HOME": str(home)
    }
    address = engine.address(Settings(home))
    store = engine.connect(address)
    try:
        upgrade.upgrade(store)
        store.dispose()
        serving = subprocess.Popen(
            [*PROGRAM, "db", "serve", "--port", str(_free_port()), "--restart"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "Serving on" in serving.stderr.readline()
        assert embedded.url(home) == address
        # The address is the same as before: the socket has its usual name.
        access.grant(store, access.Grant("anna", PASSWORD), whole_server=True)
        store.dispose()
        inner = f"postgresql://anna@127.0.0.1:{state.serving(home).port}/coinstore"
        serving.send_signal(signal.SIGKILL)
        serving.communicate(timeout=30)
        with psycopg.connect(inner, password=PASSWORD) as left:
            done = subprocess.run(
                [*PROGRAM, "db", "status", "--json"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert json.loads(done.stdout)["served"] is None and json.loads(done.stdout)["running"], done
            for _ in range(50):  # the server reads its rules a moment later than the command ends
                time.sleep(0.1)
                with pytest.raises(psycopg.OperationalError) as error:
                    psycopg.connect(inner, password=PASSWORD).close()
                    raise psycopg.OperationalError("still open")
                if "still open" not in str(error.value):
                    break
            assert "pg_hba.conf rejects" in str(error.value)
            with pytest.raises(psycopg.OperationalError):
                left.execute("select 1")
        with store.connect() as c:  # through the socket nothing has changed
            assert c.exec_driver_sql("select 1").scalar() == 1
        embedded.stop(home)
        assert engine.plain(embedded.start(home)) == address
        assert embedded.port(home) is None
    finally:
        store.dispose()
        embedded.stop(home)
        rmtree(home)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
