"""Tables on a terminal that is too narrow for them."""

import os
import pty
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore_cli.shared.output import print_table


def shown(rows: list[dict[str, object]], columns: list[str], width: int) -> str:
    """What a terminal with this many columns gets, without colours."""
    pid, screen = pty.fork()
    if pid == 0:
        os.environ.update(COLUMNS=str(width), TERM="xterm")
        with open(1, "w", encoding="utf-8", closefd=False) as sys.stdout:  # pytest has replaced it
            print_table(rows, columns)
        os._exit(0)
    out = b""
    try:
        while part := os.read(screen, 4096):
            out += part
    except OSError:  # its other end is closed
        pass
    os.waitpid(pid, 0)
    os.close(screen)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.decode())


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
@settings(max_examples=15)
@given(st.lists(st.integers(10**6, 10**12), min_size=1, max_size=6), st.integers(20, 100))
def test_no_number_is_cut_or_broken(numbers: list[int], width: int) -> None:
    columns = ["collection", *(f"n{i}" for i in range(len(numbers)))]
    row = {"collection": "Museum of a long name in Rome"} | {
        f"n{i}": number for i, number in enumerate(numbers)
    }
    printed = shown([row], columns, width)
    assert re.findall(r"\d{6,}", printed) == [str(number) for number in numbers]
    assert "Rome" in printed
