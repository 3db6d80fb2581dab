"""The command line as people run it: a process of its own, on a store of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(url: str) -> dict[str, str]:
    """The environment of a command that works on the test's own store."""
    return os.environ | {"COINSTORE_DATABASE_URL": url, "PYTHONWARNINGS": "default"}


@pytest.fixture
def coinstore(environment: dict[str, str]) -> Run:
    """Runs `coinstore` with arguments; `code` is the exit code that is expected."""

    def run(*arguments: str, code: int = 0, **extra: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-c", "from coinstore_cli.main import main; main()", *arguments],
            env=environment | extra,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert "Warning" not in done.stderr, done.stderr
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    return run


@pytest.fixture
def own_home() -> Iterator[Path]:
    """A COINSTORE_HOME of the test's own, for commands about the embedded server."""
    import shutil

    from coinstore.server import embedded

    folder = Path(tempfile.mkdtemp(prefix="coinstore-home-"))
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
