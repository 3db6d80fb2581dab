"""Benchmarks end with status 1 where a figure that does not depend on time misses its bound."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        ("0.52", 0, ""),
        ("0.5199", 1, "missed: portraits is 0.520 (bound 0.52)\n"),
        ("float('nan')", 1, "missed: "),
    ],
)
def test_a_missed_bound_is_named(value: str, code: int, said: str) -> None:
    program = f"from scratch import *; print(bounded('portraits', {value}, 0.52)); end()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=BENCHMARKS, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (code, "bound 0.52\n")
    assert said in done.stderr and len(done.stderr.splitlines()) == code
