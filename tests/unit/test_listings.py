"""Listings print rows as they come: what is printed does not depend on how many are kept."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore_cli.shared.output import BLOCK, MOST_SHOWN, Counted, print_json, print_rows

VALUES = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(), st.lists(st.text(max_size=3), max_size=3)
)
ROWS = st.lists(st.fixed_dictionaries({"name": st.text(), "value": VALUES}), max_size=5)


@given(ROWS)
def test_streamed_json_is_what_one_dump_gives(rows: list[dict[str, object]]) -> None:
    """Whatever characters there are: lines may end within a value for some readers (U+2028), not for JSON."""
    out: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "click.echo", lambda text="", nl=True, err=False: out.append(text + ("\n" if nl else ""))
        )
        print_rows(iter(rows), ["name"], "json")
        streamed, out[:] = "".join(out), []
        print_json(rows)
    assert streamed == "".join(out)


def many(number: int) -> list[dict[str, object]]:
    return [{"n": n, "at": datetime(2026, 1, 1), "kinds": ["a", "b"]} for n in range(number)]


@pytest.mark.parametrize("number", [0, 1, BLOCK, 2 * BLOCK + 1])
def test_each_row_is_printed_once(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(iter(many(number)), ["n"], "json")
    assert [row["n"] for row in json.loads(capsys.readouterr().out)] == [*range(number)]
    print_rows(iter(many(number)), ["n"], "csv")
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == (["n", "at", "kinds"] if number else ["n"])
    assert [row[0] for row in rows[1:]] == [str(n) for n in range(number)]


def test_rows_are_not_read_ahead(capsys: pytest.CaptureFixture[str]) -> None:
    """A table reads no more than it shows; JSON and CSV read a block at a time."""
    taken = 0

    def rows() -> Iterator[dict[str, object]]:
        nonlocal taken
        for row in many(10_000):
            taken += 1
            yield row

    print_rows(rows(), ["n"], "table")
    assert taken == MOST_SHOWN + 1
    assert "the first 200 rows" in capsys.readouterr().err
    print_rows(Counted(rows(), lambda: 10_000), ["n"], "table")
    printed = capsys.readouterr()
    assert "the first 200 of 10,000 rows" in printed.err and printed.out.count("\n") == MOST_SHOWN + 1


def test_a_table_of_all_rows_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(many(MOST_SHOWN), ["n"], "table")
    printed = capsys.readouterr()
    assert printed.err == "" and printed.out.count("\n") == MOST_SHOWN + 1
    print_rows(iter([]), ["n"], "table", empty="Nothing.")
    assert capsys.readouterr().err == "Nothing.\n"
