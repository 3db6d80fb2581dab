"""EDTF: years with a year 0, compared with the library edtf."""

import edtf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.records.columns import usual
from coinstore.records.values.dates import Years, parse_years
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
    ],
)
def test_what_is_read(text: str, years: tuple[int, int]) -> None:
    assert edtf_years(text) == years


@pytest.mark.parametrize(
    "text", ["-0043/..", "/0068", "[..0068]", "44", "-44", "0068/0064", "a", "0064/0065/0066"]
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        edtf_years(text)


@pytest.mark.parametrize("text", ["-0043/-0041", "0254~", "-004X", "[0064, 0068]", "0254/0255"])
def test_a_date_that_can_only_be_edtf_is_read(text: str) -> None:
    assert is_edtf(text)
    assert parse_years(text) == Years(*edtf_years(text))


@pytest.mark.parametrize("text", ["-44", "-0044", "27/30", "189/88 BC", "1914/1918", "ca. 44 BC", "0254?"])
def test_other_dates_are_not_edtf(text: str) -> None:
    assert not is_edtf(text)


def test_the_layout_and_the_name_of_a_column_say_that_it_is_edtf() -> None:
    assert parse_years("-0043", "edtf") == Years(-44, -44)
    with pytest.raises(ValueError):
        parse_years("-0043")
    for name in ("date_edtf", "EDTF", "EDTF date"):
        column = usual(name)
        assert column and (column.field, column.format) == ("date", "edtf")
