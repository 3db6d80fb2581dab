"""The first start of the embedded server, in any home; starts and stops take turns."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from commands import PROGRAM

from coinstore.server import embedded

UP = [*PROGRAM, "db", "up"]


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="there the package makes the server by itself")
def test_a_first_start_that_is_killed_is_made_good(own_home: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "COINSTORE_DATABASE_URL"}
    environment["COINSTORE_HOME"] = str(own_home)
    for made_meanwhile in ("PG_VERSION", "global/pg_control"):
        process = subprocess.Popen(UP, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
        while process.poll() is None and not list(own_home.glob(f"postgres.making-*/{made_meanwhile}")):
            time.sleep(0.005)
        assert process.poll() is None, "it was made before it could be killed"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert not (own_home / "postgres" / "PG_VERSION").exists()
    done = subprocess.run(UP, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not list(own_home.glob("postgres.making-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not allow such names")
@pytest.mark.parametrize(
    "name", ["a 'b' \"c\" 50% $HOME `d`;& \\ Münzen 硬貨 ?e=f&host=x#y@z+", "ö" * 70 + " b"]
)
def test_a_home_has_any_name(own_home: Path, coinstore, name: str, tmp_path: Path) -> None:
    """Also one that is too long for a socket in it."""
    own_home.chmod(0o755)
    home = own_home / name
    here = {"COINSTORE_HOME": str(home), "COINSTORE_DATABASE_URL": ""}
    try:
        coinstore("db", "up", **here)
        coinstore("backup", "-o", str(tmp_path / "b.dump"), **here)
        assert coinstore("spaces", "--json", **here).stdout == "[]\n"
    finally:
        embedded.stop(home)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_a_stop_and_a_start_take_turns(own_home: Path) -> None:
    """Otherwise pg_ctl waits for the end of a server that another process started right after the stop."""
    import fcntl

    own_home.chmod(0o755)
    embedded.start(own_home)  # The first start also makes the server, which takes longer than the test waits.
    assert embedded.stop(own_home)
    for turn, is_up_before in ((embedded.start, False), (embedded.stop, True)):
        with (own_home / "starting.lock").open("a") as other_process:
            fcntl.flock(other_process, fcntl.LOCK_EX)
            waiting = threading.Thread(target=turn, args=(own_home,))
            waiting.start()
            waiting.join(timeout=1)
            assert waiting.is_alive() and (embedded.url(own_home) is not None) == is_up_before
        waiting.join()
        assert (embedded.url(own_home) is not None) != is_up_before
    assert not embedded.stop(own_home), "it is down already"


def test_what_is_stopped_by_another_at_the_same_moment_is_down(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_home.chmod(0o755)
    embedded.start(own_home)
    running = embedded._postmaster(own_home)
    assert embedded.stop(own_home)
    # What was read before the other one stopped it.
    monkeypatch.setattr(embedded, "_postmaster", lambda home: running)
    assert embedded.stop(own_home)
