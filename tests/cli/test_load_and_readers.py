"""Loading, embedding and reading at once, with a worker killed and the server restarted: a short benchmark run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

READERS = Path(__file__).parents[1] / "benchmarks" / "readers.py"


@pytest.mark.process
def test_readers_feel_no_error_and_the_rows_are_those_of_an_undisturbed_run() -> None:
    done = subprocess.run(
        [sys.executable, READERS, "--seconds", "12", "--coins", "48", "--readers", "8", "--kills", "1"],
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["same_rows"] and found["error_count"] == found["waited_for_a_lock"] == 0
    assert found["answers"] > 50
    # Otherwise nothing was disturbed, and the test proves nothing.
    assert found["workers_killed"] == 1 and found["cut_by_restart"] >= 8 and found["jobs_that_failed"] >= 1
