"""LIDO: the fields of the minimal record, and ingest reads it back."""

from pathlib import Path
from typing import Any

import exported
import pytest
import schemas
from lxml import etree
from sqlalchemy import Engine

from coinstore.records.coin import Coin, Reference
from coinstore.records.exports.about import About
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.load import load

SPACE = {"lido": "http://www.lido-schema.org"}
# Of the recommendation of DDB for a minimal record; the type of a work's number is that of LIDO's terminology.
MINIMAL = (
    "lido:lidoRecID[@lido:type]",
    "lido:descriptiveMetadata[@xml:lang]",
    "//lido:objectWorkType/lido:conceptID",
    "//lido:titleSet/lido:appellationValue",
    "//lido:repositorySet/lido:repositoryName/lido:legalBodyName/lido:appellationValue",
    "//lido:repositorySet/lido:workID[@lido:type = 'http://terminology.lido-schema.org/lido00113']",
    "//lido:event/lido:eventType/lido:conceptID",
    "//lido:eventDate/lido:date/lido:earliestDate[. = '-0044']",
    "//lido:eventPlace/lido:place/lido:placeID",
    "lido:administrativeMetadata[@xml:lang]/lido:recordWrap/lido:recordID[@lido:type]",
    "//lido:recordType/lido:conceptID",
    "//lido:recordSource/lido:legalBodyName",
    "//lido:recordRights/lido:rightsType/lido:conceptID[starts-with(., 'http')]",
    "//lido:resourceSet/lido:resourceRepresentation/lido:linkResource",
    "//lido:resourceSet/lido:rightsResource/lido:rightsType/lido:conceptID[starts-with(., 'http')]",
)


def lido(store: Engine, path: Path, **about: Any) -> list[etree._Element]:
    export_coins(store, path, Export("lido", about=About(**about)))
    return list(etree.parse(path).getroot())


def test_the_minimal_record_is_there(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a.csv", [exported.FULL]))
    (record,) = lido(store, tmp_path / "a.xml")
    single = etree.ElementTree(etree.fromstring(etree.tostring(record)))
    assert [path for path in MINIMAL if not single.getroot().xpath(path, namespaces=SPACE)] == []


def test_what_is_exported_is_read_back(store: Engine, tmp_path: Path) -> None:
    list(
        load(
            store,
            "/a.csv",
            [
                exported.FULL,
                Coin(
                    "row 2",
                    {},
                    "M",
                    "2",
                    fields={"year_from": 7, "diameter_mm": 20.0, "diameter_min_mm": 18.5},
                ),
            ],
        )
    )
    before = exported.rows(store)
    lido(store, tmp_path / "a.xml", provenance=True)
    exported.empty(store)
    exported.fill(store, tmp_path / "a.xml")
    assert exported.faults(store) == []
    # It cannot say the name of a die.
    assert exported.differences(exported.rows(store), before) == [("obverse_die", None, "A 1")]


def test_former_owners_and_files_of_this_machine_stay_at_home(store: Engine, tmp_path: Path) -> None:
    local = Coin("row 2", {}, "M", "2", sides={"obverse": {"image": "/home/me/x.jpg"}})
    list(load(store, "/a.csv", [exported.FULL, local]))
    lido(store, tmp_path / "a.xml")
    text = (tmp_path / "a.xml").read_text("utf-8")
    assert "a person" not in text and "/home/me" not in text


def test_a_name_that_is_only_an_address_stays_one(store: Engine, tmp_path: Path) -> None:
    fields = {
        "mint_uri": "http://nomisma.org/id/rome",
        "authority_uri": "http://nomisma.org/id/augustus",
        "findspot_uri": "https://example.org/place",
        "hoard": "Mine",
        "hoard_uri": "http://coinhoards.org/id/igch2",
    }
    other = Reference("hoard", "Other", None, None, "http://coinhoards.org/id/igch1")
    said = Coin("row 1", {}, "M", "1", fields=fields, types=(), references=(other,))
    list(load(store, "/a.csv", [said]))
    lido(store, tmp_path / "a.xml")
    exported.empty(store)
    exported.fill(store, tmp_path / "a.xml")
    (row,) = exported.rows(store)
    assert {name: row[name] for name in ("mint", "authority", "findspot")} == dict.fromkeys(
        ("mint", "authority", "findspot")
    )
    assert {name: row[name] for name in fields if "hoard" not in name} == {
        name: value for name, value in fields.items() if "hoard" not in name
    }
    assert row["hoard"].startswith("Mine")


def test_the_check_of_the_structure_finds_what_is_wrong(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a.csv", [exported.FULL]))
    path = tmp_path / "a.xml"
    lido(store, path)
    schemas.lido(path)
    good = path.read_text("utf-8")
    for wanted, instead in (
        ("<lido:eventType>", "<lido:eventSort>"),
        (' lido:type="http://terminology.lido-schema.org/lido00113"', ""),
        ("<lido:measurementUnit>g</lido:measurementUnit>", ""),
    ):
        assert wanted in good
        path.write_text(
            good.replace(wanted, instead).replace(wanted.replace("<", "</"), instead.replace("<", "</"))
        )
        with pytest.raises(AssertionError):
            schemas.lido(path)
