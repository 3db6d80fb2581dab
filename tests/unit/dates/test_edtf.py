"""EDTF: years with a year 0, compared with the library edtf."""

from pathlib import Path

import edtf
import interchange
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.records.columns import usual
from coinstore.records.values.dates import Years, parse_ends, parse_years
from coinstore.records.values.edtf import astronomical, edtf_years, is_edtf

YEAR = st.integers(-3000, 2100).filter(bool)


@given(YEAR, YEAR)
def test_years_go_out_and_come_back(one: int, other: int) -> None:
    first, last = sorted((one, other))
    text = astronomical(first) if first == last else f"{astronomical(first)}/{astronomical(last)}"
    assert edtf_years(text) == (first, last)
    parsed = edtf.parse_edtf(text)
    there = (parsed.lower_strict().tm_year, parsed.upper_strict().tm_year)
    assert there == tuple(year + 1 if year < 0 else year for year in (first, last))


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("-0043", (-44, -44)),
        ("0000", (-1, -1)),
        ("-0043/-0041", (-44, -42)),
        ("-0026/0014", (-27, 14)),
        ("0254~", (254, 254)),
        ("0254?/0255%", (254, 255)),
        ("-004X", (-50, -41)),
        ("01XX", (100, 199)),
        ("0064-07-19", (64, 64)),
        ("[0064, 0068]", (64, 68)),
        ("{-0043..-0041}", (-44, -42)),
        ("Y-10000", (-10001, -10001)),
        ("-10000", (-10001, -10001)),
        ("/0014", (None, 14)),
        ("-0043/", (-44, None)),
        ("/0014~", (None, 14)),
    ],
)
def test_what_is_read(text: str, years: tuple[int | None, int | None]) -> None:
    assert edtf_years(text) == years


@pytest.mark.parametrize(
    "text", ["-0043/..", "../0068", "/", "[..0068]", "44", "-44", "0068/0064", "a", "0064/0065/0066"]
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        edtf_years(text)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("-0043/-0041", (-44, -42)),
        ("0254~", (254, 254)),
        ("-004X", (-50, -41)),
        ("[0064, 0068]", (64, 68)),
        ("0254/0255", (254, 255)),
        ("-0099~/-0050~", (-100, -51)),
        ("-0510?", (-511, -511)),
        ("-0043/-0040?", (-44, -41)),
        ("-0043?/0014", (-44, 14)),
        ("1900~/1910", (1900, 1910)),
        ("18XX/1910", (1800, 1910)),
        ("1900-05/1901-02", (1900, 1901)),
        ("2004-06~", (2004, 2004)),
        ("-0043-03-15%", (-44, -44)),
        ("/0014", (None, 14)),
        ("-0043/", (-44, None)),
    ],
)
def test_a_date_that_can_only_be_edtf_is_read(
    tmp_path: Path, text: str, ends: tuple[int | None, int]
) -> None:
    assert is_edtf(text)
    assert parse_ends(text) == edtf_years(text) == ends
    assert read(tmp_path, "date", text) == ends


@given(ends=st.tuples(st.none() | YEAR, st.none() | YEAR).filter(any))
def test_a_column_of_edtf_has_the_years_that_were_written(ends: tuple[int | None, int | None]) -> None:
    first, last = ends if None in ends else sorted(ends)
    there, until = ("" if one is None else astronomical(one) for one in (first, last))
    column = usual("date_edtf")
    assert column and parse_ends(f"{there}/{until}", column.format) == (first, last)


def read(folder: Path, column: str, text: str) -> tuple[int | None, int | None]:
    """The years of a coin in a table that has a date."""
    (folder / "a.csv").write_text(f'inventory number,{column}\n1,"{text}"\n', "utf-8")
    [coin], _ = interchange.coins(folder / "a.csv", collection="M")
    assert not coin.faults
    return coin.fields["year_from"], coin.fields["year_to"]


def test_an_unknown_end_is_read_in_a_table(tmp_path: Path) -> None:
    assert read(tmp_path, "date_edtf", "/0014") == (None, 14)
    assert read(tmp_path, "date_edtf", "0014/") == (14, None)


@pytest.mark.parametrize(
    ("first", "last", "faults"), [("-27", "14", 0), ("-27", "", 0), ("15", "20", 1), ("", "14", 0)]
)
def test_years_beyond_a_known_end_contradict_it(tmp_path: Path, first: str, last: str, faults: int) -> None:
    (tmp_path / "a.csv").write_text(
        f"inventory number,date_edtf,year_from,year_to\n1,/0014,{first},{last}\n", "utf-8"
    )
    [coin], _ = interchange.coins(tmp_path / "a.csv", collection="M")
    assert len(coin.faults) == faults


@pytest.mark.parametrize("text", ["-0510", "2004-06"])
def test_what_may_be_edtf_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r'a mapping file says {field = "date", format = "edtf"}'):
        parse_years(text)
    assert parse_years(text, "edtf")


@pytest.mark.parametrize(
    "text",
    ["-44", "-0044", "27/30", "189/88 BC", "1914/1918", "ca. 44 BC", "0254?", "2004-06", "1914-15/1915-16"],
)
def test_other_dates_are_not_edtf(text: str) -> None:
    assert not is_edtf(text)


def test_the_layout_and_the_name_of_a_column_say_that_it_is_edtf() -> None:
    assert parse_years("-0043", "edtf") == Years(-44, -44)
    with pytest.raises(ValueError):
        parse_years("-0043")
    for name in ("date_edtf", "EDTF", "EDTF date"):
        column = usual(name)
        assert column and (column.field, column.format) == ("date", "edtf")
