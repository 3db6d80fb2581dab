"""NUDS: valid against its schema, and ingest reads it back as it was."""

from pathlib import Path
from typing import Any

import exported
import interchange
import pytest
import schemas
from lxml import etree
from sqlalchemy import Engine

from coinstore.records.coin import Coin, Reference, TypeClaim
from coinstore.records.exports.about import About
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.load import load


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return schemas.nuds(tmp_path_factory.mktemp("nuds"))


REFERRING = Coin(
    "row 2",
    {},
    "M",
    "2",
    rights={"language": "de"},
    types=(
        TypeClaim(None, "RIC", "5", "http://numismatics.org/ocre/id/ric.5", is_uncertain=True),
        TypeClaim("Own type"),
    ),
    references=(
        Reference("hoard", "A hoard", uri="http://coinhoards.org/id/igch2"),
        Reference("coin", "A coin", uri="http://numismatics.org/collection/1"),
        Reference("literature", "A book", uri="https://example.org/book"),
    ),
)


def nuds(store: Engine, path: Path, **about: Any) -> list[etree._Element]:
    export_coins(store, path, Export("nuds", about=About(**about)))
    return list(etree.parse(path).getroot())


def test_records_are_valid(store: Engine, tmp_path: Path, schema: Any) -> None:
    list(load(store, "/a.csv", [exported.FULL, REFERRING]))
    records = nuds(store, tmp_path / "a.xml", provenance=True)
    assert len(records) == 2
    for record in records:
        assert [str(error.reason) for error in schema.iter_errors(record)] == []


def test_what_is_exported_is_read_back(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a.csv", [exported.FULL, REFERRING]))
    before = exported.rows(store)
    nuds(store, tmp_path / "a.xml", provenance=True)
    exported.empty(store)
    exported.fill(store, tmp_path / "a.xml")
    assert exported.faults(store) == []
    assert exported.differences(exported.rows(store), before) == []


def test_what_has_no_label_and_no_name_is_written_in_its_place(
    store: Engine, tmp_path: Path, schema: Any
) -> None:
    types = (TypeClaim(None, "RIC I", "207", None, is_uncertain=True), TypeClaim("Sear 5"))
    fields = {"hoard_uri": "http://coinhoards.org/id/igch1", "findspot_uri": "http://nomisma.org/id/rome"}
    list(load(store, "/a.csv", [Coin("row 1", {}, "M", "1", fields=fields, types=types)]))
    (record,) = nuds(store, tmp_path / "a.xml")
    assert [str(error.reason) for error in schema.iter_errors(record)] == []
    said = [[(etree.QName(part).localname, part.text) for part in one] or one.text
            for one in record.iterfind(".//{*}reference")]  # fmt: skip
    assert said == [[("title", "RIC I"), ("idno", "207")], "Sear 5"]  # in the order of the source
    exported.empty(store)
    exported.fill(store, tmp_path / "a.xml")
    (row,) = exported.rows(store)
    assert {name: row[name] for name in fields} == fields


def test_one_end_of_a_range_is_read_back(store: Engine, tmp_path: Path, schema: Any) -> None:
    ends: list[dict[str, Any]] = [{"year_from": -44}, {"year_to": 14}, {"year_from": 7, "year_to": 9}]
    coins = [Coin(f"row {n}", {}, "M", str(n), fields=given) for n, given in enumerate(ends)]
    list(load(store, "/a.csv", coins))
    before = exported.rows(store)
    for record in nuds(store, tmp_path / "a.xml"):
        assert [str(error.reason) for error in schema.iter_errors(record)] == []
    exported.empty(store)
    exported.fill(store, tmp_path / "a.xml")
    assert exported.faults(store) == []
    assert exported.differences(exported.rows(store), before) == []


def test_real_coins_are_valid_and_read_back(store: Engine, tmp_path: Path, schema: Any) -> None:
    exported.fill(store, *sorted(interchange.file("nuds").glob("*.xml")))
    before = exported.rows(store)
    for record in nuds(store, tmp_path / "a.xml", provenance=True):
        assert [str(error.reason) for error in schema.iter_errors(record)] == []
    exported.empty(store)
    exported.fill(store, tmp_path / "a.xml")
    assert exported.differences(exported.rows(store), before) == []


def test_former_owners_and_files_of_this_machine_stay_at_home(store: Engine, tmp_path: Path) -> None:
    local = Coin("row 2", {}, "M", "2", sides={"obverse": {"image": "/home/me/x 1.jpg"}})
    list(load(store, "/a.csv", [exported.FULL, local]))
    nuds(store, tmp_path / "a.xml")
    text = (tmp_path / "a.xml").read_text("utf-8")
    assert "a person" not in text and "/home/me" not in text
    nuds(store, tmp_path / "a.xml", images="https://example.org/photos", image_folder="/home/me")
    assert '"https://example.org/photos/x%201.jpg"' in (tmp_path / "a.xml").read_text("utf-8")
