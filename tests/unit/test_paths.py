"""Paths in mapping files: indexes, filters, wildcards, alternatives, and names with their signs in them."""

import json
from pathlib import Path
from typing import Any

import pytest

from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.mapping import read_mapping
from coinstore.records.paths import path_of, steps, value_at
from coinstore.records.reader import Reading, read

RECORD = {
    "mint": [{"en": "Rome", "uri": "http://x/rome"}, {"de": "Ostia"}, {}],
    "refs": [{"source": "RIC", "number": "1"}, {"source": "RRC", "number": "2,3a"}, {"source": "RIC"}],
    "lod": {"http://d-nb.info/1": 1, "http://nomisma.org/id/a": 2},
    "persons": {"57": {"items": {"1": {"name": "A"}, "2": {"name": "B"}}}, "54": []},
    "metadata": [{"label": {"de": ["Gewicht"]}, "value": {"de": ["7 g"]}}],
    "a.b": {"c[d]": 5},
    "name": {"x|y": 1},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("mint[0].en", "Rome"),
        ("mint[-2].de", "Ostia"),
        ("mint[7].en", None),
        ("mint.*.en", ["Rome", None, None]),
        ("mint.*.en|de", ["Rome", "Ostia", None]),
        ("mint.*.fr", None),
        ("refs[source=RIC].number", ["1", None]),
        ("refs[source!=RIC].number", ["2,3a"]),
        ("refs[source=RPC|RRC].number", ["2,3a"]),
        ("refs.*.source+number", ["RIC 1", "RRC 2,3a", "RIC"]),
        ('lod.~"nomisma.org"', "http://nomisma.org/id/a"),
        ("lod.~geonames", None),
        ("persons.57.items.*.name", ["A", "B"]),
        ("persons.54.items.*.name", None),
        ("metadata[label=Gewicht].value.de[0]", ["7 g"]),
        ("metadata[label=Gewicht].value.de", ["7 g"]),
        ('"a.b"."c[d]"', 5),
        ('name."x|y"', 1),
        ("mint.en.deeper[0]", None),
    ],
)
def test_what_is_at_a_path(path: str, value: Any) -> None:
    found = steps(path)
    assert found and value_at(RECORD, found) == value


@pytest.mark.parametrize("name", ["Weight [g]", "Gewicht*", "Diam. (mm)", "mint.name", "Ø", "ø [mm]", "a~b"])
def test_usual_names_of_columns_are_no_paths(name: str) -> None:
    assert path_of(name) is None


def coins(path: Path, records: Any, mapping: str) -> list[Coin]:
    path.write_text(json.dumps(records), "utf-8")
    file = path.with_suffix(".toml")
    file.write_text(mapping, "utf-8")
    return list(read(Reading(str(path), "M", None, read_mapping(str(file)))))


def test_a_mapping_file_names_paths(tmp_path: Path) -> None:
    mapping = """
        [columns]
        "nr" = "inventory_number"
        "mint.*.en|de" = "mint"
        "mint.*.uri" = "mint_uri"
        "refs[source=RRC].number" = {field = "type_number", pattern = '(\\d+),(\\w+)', template = '\\1/\\2'}
        "metadata[label=Gewicht].value.de" = "weight_g"
    """
    (coin,) = coins(tmp_path / "a.json", [{"nr": "1"} | RECORD], mapping)
    assert not coin.faults
    assert coin.fields["weight_g"] == 7
    assert [(one.name, one.uri) for one in coin.values["mint"]] == [
        ("Rome", "http://x/rome"),
        ("Ostia", None),
    ]
    assert [claim.number for claim in coin.types or ()] == ["2/3a"]
    assert coin.raw == {"nr": "1"} | RECORD


def test_one_record_in_a_file_and_lists_inside_records(tmp_path: Path) -> None:
    whole = {"number": {"value": "A 1"}, "items": {"x": {"id": "1"}, "y": {"id": "2"}}}
    columns = '[columns]\n"number.value" = "inventory_number"'
    (coin,) = coins(tmp_path / "a.json", whole, f'records = "."\n{columns}')
    assert coin.inventory_number == "A 1"
    deep = {"groups": [{"coins": [{"nr": "1"}, {"nr": "2"}]}, {"coins": [{"nr": "3"}]}]}
    found = coins(tmp_path / "b.json", deep, 'records = "groups.*.coins"\n[columns]\nnr = "inventory_number"')
    assert [coin.inventory_number for coin in found] == ["1", "2", "3"]


def test_the_types_of_a_record_are_paired_by_position(tmp_path: Path) -> None:
    mapping = """
        constants = {type_catalogue = "RRC"}
        [columns]
        nr = "inventory_number"
        "t.*.n" = "type_number"
        "t.*.u" = "type_uri"
    """
    records = [
        {"nr": "1", "t": [{"n": "1/1", "u": "http://x/1"}, {"n": "2/1"}]},
        {"nr": "2", "t": [{"n": "1|2"}]},
    ]
    one, two = coins(tmp_path / "a.json", records, mapping)
    assert [(c.catalogue, c.number, c.uri) for c in one.types or ()] == [
        ("RRC", "1/1", "http://x/1"),
        ("RRC", "2/1", None),
    ]
    assert [claim.number for claim in two.types or ()] == ["1|2"]
    assert not one.faults + two.faults


def test_types_that_cannot_be_paired_are_a_fault(tmp_path: Path) -> None:
    mapping = '[columns]\nnr = "inventory_number"\n"t.*" = "type_number"\n"u.*" = "type_uri"'
    (coin,) = coins(
        tmp_path / "a.json", [{"nr": "1", "t": ["1", "2", "3"], "u": ["http://x/1"] * 2}], mapping
    )
    assert coin.types == tuple(TypeClaim(number=number) for number in "123")
    assert [fault.reason for fault in coin.faults] == ["has 2 values for 3 types; none is taken"]


def test_what_inner_objects_hold_is_not_loaded_as_coins(tmp_path: Path) -> None:
    from coinstore.errors import SourceError

    (tmp_path / "a.json").write_text('{"item": {"id": "1", "mint": "Rome"}, "other": 3}', "utf-8")
    with pytest.raises(SourceError, match="where its records are"):
        list(read(Reading(str(tmp_path / "a.json"), "M")))
