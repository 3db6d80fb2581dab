"""Where results are written, and texts that a spreadsheet would read as formulas."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.errors import SettingsError
from coinstore.sources.outputs import PAGE, cell, check_path, uncelled
from coinstore_cli.shared.output import print_csv

TEXTS = st.text(st.sampled_from("'=+-@\t\r \nab1,\"") | st.characters(codec="utf-8"))


@given(TEXTS)
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    said = cell(text)
    assert not said.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert uncelled(said) == text


def test_numbers_stay_numbers() -> None:
    assert [cell(value) for value in (-3, -0.5, None, True)] == [-3, -0.5, None, True]
    assert [cell(value) for value in ("-3", "=1+1", "'=1", "'tis", "Rome")] == [
        "'-3",
        "'=1+1",
        "''=1",
        "'tis",
        "Rome",
    ]


def test_what_commands_print_is_safe(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv([{"name": "=HYPERLINK(1)", "x": -1.5, "other": "@"}], ["name", "x"])
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["name", "x"],
        ["'=HYPERLINK(1)", "-1.5"],
    ]


def test_a_place_that_cannot_be_written_is_seen_before(tmp_path: Path) -> None:
    check_path(tmp_path / "a.HTML", PAGE, "page")
    (tmp_path / "b.html").mkdir()
    for name, said in (
        ("a.png", "a page is written as .html, .htm; name it a.html"),
        ("no/a.html", "there is no folder"),
        ("b.html", "is a folder"),
    ):
        with pytest.raises(SettingsError, match=said):
            check_path(tmp_path / name, PAGE, "page")
