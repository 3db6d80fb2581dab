"""Broken input of every kind is refused in a sentence, in a process that may take 1 GB; see tests/fuzz/run.py."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[1] / "fuzz"
sys.path.insert(0, str(FUZZ))
from readers import READERS, Fuzzed  # noqa: E402
from run import KINDS, changed  # noqa: E402


@pytest.mark.process
@pytest.mark.parametrize("name", READERS)
def test_a_reader_refuses_broken_input(name: str) -> None:
    done = subprocess.run(
        [sys.executable, FUZZ / "run.py", name, "--examples", "60"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert int(re.search(r"(\d+) inputs", done.stdout)[1]) >= 60


@pytest.mark.parametrize("name", READERS)
def test_what_it_begins_from_is_read(name: str) -> None:
    reader = READERS[name]
    assert [seed for seed in reader.seeds() if not _is_read(reader, seed)] == []


def _is_read(reader: Fuzzed, seed: bytes) -> bool:
    try:
        reader.read(seed)
    except reader.refusals:
        return False
    return True


def test_an_undocumented_error_is_not_swallowed() -> None:
    reader = Fuzzed(lambda data: print({}[data]), (ValueError,), lambda: [b""])
    with pytest.raises(KeyError):
        reader.feed(b"x")


def test_edits_change_the_input() -> None:
    whole = bytes(range(100))
    for kind in KINDS:
        assert changed(whole, [(0.5, kind, b"\x01\x02")]) != whole
    assert changed(b"", [(1.0, "flip", b"")]) == b""
