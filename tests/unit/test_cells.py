"""Cells of every kind: which have a value for a field, and which are a fault."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.records.cells import RowReader, kept
from coinstore.records.coin import Coin, Record
from coinstore.records.column import Column
from coinstore.records.columns import assign
from coinstore.records.mapping import FIELDS, Mapping
from coinstore.records.reader import Reading, read


def one(tmp_path: Path, record: Any, mapping: Mapping | None = None) -> Coin:
    (tmp_path / "a.json").write_text(json.dumps([{"id": "1"} | record]), "utf-8")
    [coin] = read(Reading(str(tmp_path / "a.json"), "M", None, mapping))
    return coin


def row(tmp_path: Path, header: str, line: str) -> Coin:
    (tmp_path / "a.csv").write_text(f"id,{header}\n1,{line}\n", "utf-8")
    [coin] = read(Reading(str(tmp_path / "a.csv"), "M"))
    return coin


@pytest.mark.parametrize(
    ("record", "field", "reason"),
    [
        ({"mint": 17}, "mint", "a number, true or false is not a name"),
        ({"mint": "17"}, "mint", "a number, true or false is not a name"),
        ({"material": 4.5}, "material", "a number, true or false is not a name"),
        ({"denomination": "TRUE"}, "denomination", "a number, true or false is not a name"),
        ({"portrait": True}, "portrait", "true or false is not a value of this field"),
        ({"weight": False}, "weight_g", "true or false is not a value of this field"),
        ({"provenance": False}, "provenance", "true or false is not a value of this field"),
        ({"hoard": ["Rome", "Lyon"]}, "hoard", "has several values, but one is needed"),
        (
            {"weight": {"value": 3.4, "unit": "g"}},
            "weight_g",
            "is an object or an array of them; .* 'weight.value'",
        ),
        ({"provenance": [{"owner": "A"}]}, "provenance", "is an object .* by its path: 'provenance.owner'"),
        ({"mint": [["Rome"]]}, "mint", "is an object or an array of them"),
    ],
)
def test_what_is_not_a_value_is_a_fault(tmp_path: Path, record: Any, field: str, reason: str) -> None:
    coin = one(tmp_path, record)
    assert coin.fields[field] is None
    [fault] = coin.faults
    assert fault.column == next(iter(record))
    assert pytest.importorskip("re").match(reason, fault.reason)
    assert coin.raw == {"id": "1"} | record


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        ({"mint": ["Rome"]}, "mint", "Rome"),
        ({"mint": ["Rome", "Rome", None, ""]}, "mint", "Rome"),
        ({"mint": []}, "mint", None),
        ({"mint": {}}, "mint", None),
        ({"mint": None}, "mint", None),
        ({"findspot": ["Cologne", "Rhine"]}, "findspot", "Cologne; Rhine"),
        ({"provenance": 1986}, "provenance", "1986"),
        ({"weight": 3.45}, "weight_g", 3.45),
        ({"weight": 3}, "weight_g", 3),
        ({"mint": "Legio 10"}, "mint", "Legio 10"),
        ({"year_from": -27.0}, "year_from", -27),
    ],
)
def test_what_is_a_value(tmp_path: Path, record: Any, field: str, value: Any) -> None:
    coin = one(tmp_path, record)
    assert (coin.fields[field], coin.faults) == (value, ())


def test_values_by_path(tmp_path: Path) -> None:
    mapping = Mapping(
        {
            "weight.value": Column("weight_g"),
            "owners.name": Column("provenance", join=" > "),
            "mint.name": Column("mint"),
        }
    )
    record = {
        "weight": {"value": 3.4},
        "owners": [{"name": "A"}, {"name": "B"}],
        "mint": {"name": "Rome", "id": 4},
    }
    coin = one(tmp_path, record, mapping)
    assert (coin.fields, coin.faults) == ({"weight_g": 3.4, "provenance": "A > B", "mint": "Rome"}, ())


def test_an_object_whose_values_are_read_is_no_fault(tmp_path: Path) -> None:
    coin = one(tmp_path, {"type": {"uri": "http://x/1"}, "obverse": {"legend": "IMP"}})
    assert coin.types and coin.types[0].uri == "http://x/1"
    assert (coin.sides, coin.faults) == ({"obverse": {"legend": "IMP"}}, ())


def test_numbers_may_be_inventory_numbers(tmp_path: Path) -> None:
    for number, text in ((12345678901234567890123, "12345678901234567890123"), (7, "7"), (7.5, "7.5")):
        (tmp_path / "a.jsonl").write_text(json.dumps({"id": number}), "utf-8")
        assert [c.inventory_number for c in read(Reading(str(tmp_path / "a.jsonl"), "M"))] == [text]


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("year_from", "-27.0", -27),
        ("year_from", "64.0", 64),
        ("year_from", "-0027.0", -27),
        ("year_from", "64.000000", 64),
        ("year_from", "+64.0", 64),
        ("year_from", "6.4e1", 64),
        ("year_from", "1.17E+02", 117),
        ("year_to", "64.5", None),
        ("year_to", "0.0", None),
        ("date", "64.0", 64),
        ("date", "-44.0", -44),
        ("die_axis", "6.0", 6),
        ("die_axis", "1.2e1", 12),
        ("weight", "3.4e0", 3.4),
        ("weight", "3.45E+00", 3.45),
        ("weight", "3.4e-1", 0.34),
        ("diameter", "1.9E1", 19),
    ],
)
def test_numbers_as_programs_write_them(tmp_path: Path, column: str, text: str, value: float | None) -> None:
    coin = row(tmp_path, column, text)
    fields = {"die_axis": "die_axis_h", "weight": "weight_g", "diameter": "diameter_mm", "date": "year_to"}
    assert coin.fields[fields.get(column, column)] == value
    assert bool(coin.faults) == (value is None)


@given(st.integers(-9999, 9999).filter(bool), st.sampled_from(["{}", "{}.0", "{}.000"]))
def test_whole_numbers_are_years_however_they_are_written(year: int, form: str) -> None:
    record = Record("", {"id": "1", "year_from": form.format(year)}, {})
    parsed = RowReader(assign("t", record.cells, Mapping()), Mapping()).parsed(record)
    assert parsed.text("year_from") == form.format(year)


@pytest.mark.parametrize("text", ["Sotheby\x92s", "M\x9fnchen", "\x96"])
def test_control_characters_are_told_and_replaced(tmp_path: Path, text: str) -> None:
    coin = row(tmp_path, "provenance,note", f"{text},{text}")
    assert coin.fields["provenance"] == "".join("\ufffd" if "\x7f" < c < "\xa0" else c for c in text)
    assert coin.raw["note"] == text
    assert [(f.column, f.reason.split(";")[0]) for f in coin.faults] == [
        (name, f"has the control character U+{max(map(ord, text)):04X}") for name in ("provenance", "note")
    ]


def test_what_a_database_cannot_store_is_replaced_wherever_it_is() -> None:
    raw, faults = kept(Record("", {}, {"a\0": [{"b": "\ud800", "c": 1}], "d": "x"}))
    assert raw == {"a\ufffd": [{"b": "\ufffd", "c": 1}], "d": "x"}
    assert [fault.column for fault in faults] == [""]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(values, st.sampled_from([field for field in FIELDS if field != "inventory_number"]))
def test_any_value_is_a_text_or_a_fault(value: Any, field: str) -> None:
    mapping = Mapping({"x": Column(field)})
    parsed = RowReader(assign("t", ["x"], mapping), mapping).parsed(Record("", {"x": value}, {}))
    text = parsed.text(field)
    text = "" if text is None else text
    text.encode("utf-8")
    assert "\0" not in text
    assert not (text and parsed.faults)
