"""A program that reads our output may stop at any time: that is not an error."""

import os
import shutil
import subprocess
import sys

import pytest
from commands import PROGRAM

pytestmark = pytest.mark.process
COMMANDS = [
    "--help",
    "--version",
    "graph --help",
    "help",
    "help recipes",
    "models",
    "spaces",
    "spaces --json",
    "status",
    "status --json",
    "status --prometheus",
    "check",
    "db url",
    "faults",
    "terms --help",
    "describe --help",
]


@pytest.fixture
def wrong(coinstore, store) -> None:
    """A store in which check finds something and exits with 1."""
    from sqlalchemy import text

    with store.begin() as c:
        c.execute(text("insert into core.image select sha256('x'), 1, 1, 1, 'PNG', 'x'"))


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_is_gone(unbuffered: str, wrong, environment: dict[str, str]) -> None:
    """A real pipe without a reader: noticed at the first line, or when all is written at the end."""
    for command in COMMANDS:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(
                [*PROGRAM, *command.split()],
                env=environment | {"PYTHONUNBUFFERED": unbuffered},
                stdout=writing,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
            )
        finally:
            os.close(writing)
        assert (done.returncode, done.stderr) == (0, ""), command


@pytest.mark.parametrize("command", ["status | head -2", "help recipes | head -1", "status 2>&1 | head -1"])
def test_head(command: str, coinstore, environment: dict[str, str]) -> None:
    if not shutil.which("bash"):
        pytest.skip("there is no bash")
    script = f'coinstore() {{ "$0" -c "from coinstore_cli.main import main; main()" "$@"; }}; set -o pipefail; coinstore {command}'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable],
        env=environment | {"PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0 and done.stdout.count("\n") in (1, 2), done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
