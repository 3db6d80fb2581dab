"""What is private stays private, in every format: a price, a former owner, a place in the safe."""

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import interchange
import pytest

from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.mapping import read_mapping
from coinstore.records.private import hidden
from coinstore.records.reader import Reading, read
from coinstore.records.starter import mapping_file

SECRET = "Sig. Segreto"
NUMISTA = {"N# number": "1", "Internal ID": "A 1", "Weight": "1.2", "Title": "Denarius"}
PAS = {
    "old_findID": "F 1",
    "secuid": "1",
    "objecttype": "COIN",
    "fromdate": "1",
    "todate": "2",
    "notes": "Denarius",
}
NUDS = f"""<nuds xmlns="http://nomisma.org/nuds" recordType="physical"><control><recordId>1</recordId></control>
<descMeta><title>Denarius</title><typeDesc><objectType>Coin</objectType></typeDesc><adminDesc>
<identifier>A 1</identifier><collection>M</collection><owner>{SECRET}</owner><provenance><chronList>
<chronItem><date>1990</date><acquiredFrom>{SECRET}</acquiredFrom><saleItem>{SECRET} 7</saleItem></chronItem>
</chronList></provenance><department>Cabinet</department><location>{SECRET} 8</location>
</adminDesc></descMeta></nuds>"""
LIDO = f"""<lido:lido xmlns:lido="http://www.lido-schema.org"><lido:lidoRecID>A 1</lido:lidoRecID>
<lido:descriptiveMetadata xml:lang="en"><lido:objectClassificationWrap><lido:objectWorkTypeWrap>
<lido:objectWorkType><lido:term>Coin</lido:term></lido:objectWorkType></lido:objectWorkTypeWrap>
</lido:objectClassificationWrap><lido:objectIdentificationWrap><lido:titleWrap><lido:titleSet>
<lido:appellationValue>Denarius</lido:appellationValue></lido:titleSet></lido:titleWrap>
<lido:objectDescriptionWrap><lido:objectDescriptionSet lido:type="Kaufpreis"><lido:descriptiveNoteValue>
{SECRET}</lido:descriptiveNoteValue></lido:objectDescriptionSet></lido:objectDescriptionWrap>
</lido:objectIdentificationWrap><lido:eventWrap><lido:eventSet><lido:displayEvent>{SECRET}</lido:displayEvent>
<lido:event><lido:eventType><lido:term>Acquisition</lido:term></lido:eventType><lido:eventActor>
<lido:displayActorInRole>{SECRET}</lido:displayActorInRole></lido:eventActor></lido:event></lido:eventSet>
</lido:eventWrap></lido:descriptiveMetadata></lido:lido>"""
RDF = f"""@prefix nmo: <http://nomisma.org/ontology#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix crm: <http://www.cidoc-crm.org/cidoc-crm/> .
<http://x/1> a nmo:NumismaticObject ; dcterms:identifier "A 1" ; dcterms:title "Denarius" ;
  dcterms:provenance "{SECRET}" ; crm:P51_has_former_or_current_owner "{SECRET}" ."""
IKMK = {
    "ikmk_mds_id": "1",
    "permalink": "http://x/1",
    "owner": {"owner_name": "M"},
    "title": "Denarius",
    "linked_persons_corporations": {"50": {"items": [{"last_name_de": SECRET}]}},
    "provenienz_extern": SECRET,
}
OF_PERSONS = ("saller", "storage", "note", "features", "url", "address", "latitude", "longitude", "seat")


def table(path: Path, *rows: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def numista(path: Path) -> None:
    table(
        path.with_suffix(".csv"),
        NUMISTA
        | {"Buying price (GBP)": SECRET, "Estimate (CHF)": SECRET, "Storage location": SECRET}
        | {"Public comment": SECRET, "Private comment": SECRET},
    )


def numista_items(path: Path) -> None:
    names = ("price", "private_comment", "public_comment", "storage_location")
    item = {
        "id": 1,
        "quantity": 1,
        "for_swap": False,
        "type": {"id": 4, "title": "Denarius", "category": "coin"},
    }
    path.write_text(json.dumps({"item_count": 1, "items": [item | dict.fromkeys(names, SECRET)]}), "utf-8")


def pas(path: Path) -> None:
    table(path.with_suffix(".csv"), PAS | {"currentLocation": SECRET})


def opennumismat(path: Path) -> None:
    with sqlite3.connect(path) as made:
        made.execute("create table settings (title, value)")
        made.execute("insert into settings values ('Type', 'OpenNumismat')")
        made.execute("create table photos (id integer primary key, image, license)")
        made.execute(f"create table coins (id integer primary key, title, status, {', '.join(OF_PERSONS)})")
        marks = ", ".join("?" * len(OF_PERSONS))
        made.execute(
            f"insert into coins values (1, 'Denarius', 'owned', {marks})", [SECRET] * len(OF_PERSONS)
        )
    made.close()


WRITTEN = {
    "Numista": numista,
    "Numista items": numista_items,
    "PAS": pas,
    "OpenNumismat": opennumismat,
    "NUDS": lambda path: path.write_text(NUDS, "utf-8"),
    "LIDO": lambda path: path.write_text(LIDO, "utf-8"),
    "RDF": lambda path: path.write_text(RDF, "utf-8"),
    "IKMK": lambda path: path.write_text(json.dumps(IKMK), "utf-8"),
}
ADDED = {
    "NUDS": '"n:descMeta/n:title"',
    "LIDO": '"lido:none"',
    "RDF": '"dcterms:title"',
    "PAS": '"notes"',
    "Numista": '"Title"',
}


def shown(coin: Coin) -> str:
    """What api.records shows of a record."""
    return json.dumps({name: value for name, value in coin.raw.items() if name != "private"}, default=str)


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("has_map", [False, True])
def test_a_record_shows_nothing_private(tmp_path: Path, form: str, has_map: bool) -> None:
    if form == "RDF":
        pytest.importorskip("rdflib")
    WRITTEN[form](tmp_path / "a")
    (path,) = tmp_path.iterdir()
    mapping = None
    if has_map:
        (tmp_path / "map.toml").write_text(f'[columns]\n{ADDED.get(form, "title")} = "hoard"', "utf-8")
        mapping = read_mapping(str(tmp_path / "map.toml"))
    (coin,), _ = interchange.coins(path, collection="M", mapping=mapping)
    assert coin.inventory_number in ("A 1", "F 1", "1") and not coin.faults
    assert SECRET in json.dumps(coin.raw["private"])
    assert SECRET not in shown(coin) and "Denarius" in shown(coin)
    printed = mapping_file(Reading(str(path), "M"))
    assert SECRET not in printed
    (tmp_path / "whole.toml").write_text(printed, "utf-8")
    copied, _ = interchange.coins(path, collection="M", mapping=read_mapping(str(tmp_path / "whole.toml")))
    assert SECRET not in shown(copied[0]) and copied[0].raw["private"] == coin.raw["private"]


def test_a_mapping_file_adds_to_the_profile_of_a_table(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", PAS | {"currentLocation": SECRET, "parish": "Unclear", "mintName": "Rome"})
    (tmp_path / "map.toml").write_text('[columns]\nnotes = "hoard"', "utf-8")
    given = read_mapping(str(tmp_path / "map.toml"))
    (coin,), reading = interchange.coins(tmp_path / "a.csv", mapping=given)
    assert (coin.fields["hoard"], coin.fields["mint"], coin.fields["findspot"]) == ("Denarius", "Rome", None)
    assert coin.collection == "Portable Antiquities Scheme"
    assert reading.notes[0].endswith("read as: Portable Antiquities Scheme.")


def test_a_row_that_is_refused_shows_nothing(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", NUMISTA | {"Buying price (GBP)": "5"})
    with (tmp_path / "a.csv").open("a", encoding="utf-8") as file:
        file.write(f'1,A 2,1,x,5,{SECRET}\n1,"A" 3,1,x,{SECRET}\n')
    _, *others = read(Reading(str(tmp_path / "a.csv"), "M"))
    assert len(others) == 2
    assert all(one.refusal and SECRET not in shown(one) for one in others)
    assert all(SECRET in json.dumps(one.raw["private"]) for one in others)


def test_what_is_private_in_lists_and_of_a_name_of_its_own() -> None:
    raw = {"a": [{"b": 1, "c": 2}, {"b": None}, 3], "private": {"x": 1}, "price": 5}
    assert hidden(raw, ["a.b", "pric*"]) == {
        "a": [{"c": 2}, {}, 3],
        "private": {"x": 1, "a.b": [1], "price": 5},
    }


@pytest.mark.parametrize("key", ["private = ['Price']", "[only]\n'Objecttyp' = '^COIN$'"])
def test_a_typo_in_what_protects_is_an_error(tmp_path: Path, key: str) -> None:
    (tmp_path / "a.csv").write_text("inventory_number,collection,Preis\n1,M,100\n", "utf-8")
    (tmp_path / "map.toml").write_text(key, "utf-8")
    reading = Reading(str(tmp_path / "a.csv"), mapping=read_mapping(str(tmp_path / "map.toml")))
    with pytest.raises(
        SourceError, match=r"there is no column '(Price|Objecttyp)', which the mapping file names"
    ):
        list(read(reading))


@pytest.mark.parametrize("private", ["date", "dat*", "owner.name"])
@pytest.mark.parametrize("field", ["date", "weight_g", "image_part"])
def test_a_fault_of_a_private_column_does_not_show_its_value(
    tmp_path: Path, private: str, field: str
) -> None:
    """Neither in its text nor in its reason, which may quote a word of it."""
    column = "owner.name" if private == "owner.name" else "date"
    given: dict[str, Any] = {"inventory_number": "1", "diameter_mm": "2 grams", "owner": {"name": SECRET}}
    (tmp_path / "a.json").write_text(json.dumps([given | {"date": f"{SECRET} \x81"}]), "utf-8")
    used = f'"{column}" = "{field}"' if field != "image_part" else ""
    (tmp_path / "map.toml").write_text(f'private = ["{private}"]\n[columns]\n{used}', "utf-8")
    (coin,), _ = interchange.coins(
        tmp_path / "a.json", collection="M", mapping=read_mapping(str(tmp_path / "map.toml"))
    )
    said = [one for one in coin.faults if one.column != "diameter_mm"]
    if private != "owner.name":
        assert said and all(one.text == "(private)" for one in said)
        assert not any("Segreto" in one.reason for one in said)
    elif used:
        assert [one.text for one in said if one.column == column] == ["(private)"]
    assert [one.text for one in coin.faults if one.column == "diameter_mm"] == ["2 grams"]


def test_a_fault_in_xml_does_not_show_what_another_path_calls_private(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[columns]\n"//n:acquiredFrom" = "weight_g"', "utf-8")
    (tmp_path / "a.xml").write_text(NUDS, "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a.xml", mapping=read_mapping(str(tmp_path / "map.toml")))
    assert [(one.text, "Segreto" in one.reason) for one in coin.faults] == [("(private)", False)]
