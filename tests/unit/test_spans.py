"""Years and a worded date in one row: both are used, or neither, and never one against the other."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.records.coin import Coin
from coinstore.records.reader import Reading, read
from coinstore.records.spans import _agree
from coinstore.records.values.dates import Years

years = st.builds(
    lambda first, length: Years(first or 1, (first or 1) + length if (first or 1) + length else 1),
    st.integers(-600, 600),
    st.integers(0, 300),
)


def agree(one: Years, other: Years) -> bool:
    return _agree(one.year_from, one.year_to, (other.year_from, other.year_to))


def row(tmp_path: Path, **cells: str) -> Coin:
    path = tmp_path / "coins.csv"
    path.write_text("\n".join(";".join(line) for line in (["id", *cells], ["1", *cells.values()])), "utf-8")
    (found,) = read(Reading(str(path), "M"))
    return found


@pytest.mark.parametrize(
    ("date", "first", "last", "expected"),
    [
        ("53 v. Chr.", "-53", "-53", (-53, -53)),
        ("um 550 v. Chr.", "-560", "-540", (-560, -540)),  # the years are wider
        ("30 v. Chr. - 298 n. Chr.", "-30", "267", (-30, 267)),  # the date is wider
        ("4./3. Jh. v. Chr.", "-350", "-200", (-350, -200)),  # a century ends in 201 or in 200
        ("nach 146 v. Chr.", "-146", "-30", (-146, -30)),  # the date has no years to compare
        ("", "-42", "-40", (-42, -40)),
        ("42-40 v. Chr.", "", "", (-42, -40)),
        ("42-40 v. Chr.", "-41", "", (-41, -40)),
    ],
)
def test_years_that_agree_with_the_date_count(tmp_path: Path, date, first, last, expected) -> None:
    found = row(tmp_path, date=date, year_from=first, year_to=last)
    assert (found.fields["year_from"], found.fields["year_to"]) == expected
    assert [fault.column for fault in found.faults] == (["date"] if date.startswith("nach") else [])


@pytest.mark.parametrize(
    ("date", "first", "last", "of_the_date"),
    [
        ("ca. 400-330 v. Chr.", "-500", "-350", "-400 to -330"),
        ("76 BC - 75 BC", "-77", "-76", "-76 to -75"),  # somebody shifted it by one
        ("AD 162", "161", "161", "162"),
        ("32-31 BC", "31", "32", "-32 to -31"),  # the sign was lost
    ],
)
def test_years_that_contradict_the_date_are_a_fault(tmp_path: Path, date, first, last, of_the_date) -> None:
    found = row(tmp_path, date=date, year_from=first, year_to=last)
    assert (found.fields["year_from"], found.fields["year_to"]) == (None, None)
    (fault,) = found.faults
    assert fault.column == "year_from"
    assert fault.text == f"{first if first == last else f'{first} to {last}'}; {date}"
    assert fault.reason == f"the years contradict the date in 'date', {of_the_date}; neither is taken"


@given(years, years)
def test_spans_agree_in_both_orders_only_where_one_is_within_the_other(one: Years, other: Years) -> None:
    is_within = (one.year_from >= other.year_from and one.year_to <= other.year_to) or (
        one.year_from <= other.year_from and one.year_to >= other.year_to
    )
    assert agree(one, one)
    if is_within:
        assert agree(one, other) and agree(other, one)
    if one.year_to < other.year_from - 1:
        assert not agree(one, other)
