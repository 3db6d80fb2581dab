"""The first command is killed while it creates the embedded server: the next command creates it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import PROGRAM

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
