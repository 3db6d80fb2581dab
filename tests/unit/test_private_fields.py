"""What is private stays private, in every format: a price, a former owner, a place in the safe."""

import csv
import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import interchange
import pytest

from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.mapping import read_mapping
from coinstore.records.private import hidden, shows_private
from coinstore.records.reader import Reading, read
from coinstore.records.starter import mapping_file
from coinstore.records.table_profiles import FOLDER

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
LIDO = """<lido:lido xmlns:lido="http://www.lido-schema.org"><lido:lidoRecID>A 1</lido:lidoRecID>
<lido:descriptiveMetadata xml:lang="en"><lido:objectClassificationWrap><lido:objectWorkTypeWrap>
<lido:objectWorkType><lido:term>Coin</lido:term></lido:objectWorkType></lido:objectWorkTypeWrap>
</lido:objectClassificationWrap><lido:objectIdentificationWrap><lido:titleWrap><lido:titleSet>
<lido:appellationValue>Denarius</lido:appellationValue></lido:titleSet></lido:titleWrap>
<lido:repositoryWrap><lido:repositorySet><lido:repositoryName><lido:legalBodyName><lido:appellationValue>M
</lido:appellationValue></lido:legalBodyName></lido:repositoryName>LOCATION</lido:repositorySet></lido:repositoryWrap>
<lido:objectDescriptionWrap>NOTE</lido:objectDescriptionWrap></lido:objectIdentificationWrap>
<lido:eventWrap>EVENT</lido:eventWrap></lido:descriptiveMetadata></lido:lido>"""
LOCATION = f"""<lido:repositoryLocation><lido:namePlaceSet><lido:appellationValue>{SECRET}
</lido:appellationValue></lido:namePlaceSet></lido:repositoryLocation>"""


def lido(*events: str, note: str = "", location: str = "", role: str = "") -> str:
    """A record of LIDO with events of these kinds, each with a person, and a note of a kind."""
    actor = f"""<lido:eventActor><lido:actorInRole><lido:actor><lido:nameActorSet><lido:appellationValue>{SECRET}
</lido:appellationValue></lido:nameActorSet></lido:actor><lido:roleActor><lido:term>{role}</lido:term></lido:roleActor>
</lido:actorInRole></lido:eventActor>"""
    some = (
        f"""<lido:eventSet><lido:event><lido:eventType><lido:term>{one}</lido:term></lido:eventType>{actor}
</lido:event></lido:eventSet>"""
        for one in events
    )
    text = f"""<lido:objectDescriptionSet lido:type="{note}"><lido:descriptiveNoteValue>{SECRET}
</lido:descriptiveNoteValue></lido:objectDescriptionSet>"""
    made = LIDO.replace("NOTE", text if note else "").replace("LOCATION", location)
    return made.replace("EVENT", "".join(some))


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


BRITISH_MUSEUM = {
    "Museum number": "A 1",
    "Object type": "coin",
    "Production date": "253",
    "Materials": "silver",
    "Dimensions": "Weight: 3 g",
    "Title": "Denarius",
}
MANIFEST = {
    "@context": "http://iiif.io/api/presentation/3/context.json",
    "type": "Manifest",
    "id": "http://x/1",
    "label": {"en": ["Denarius"]},
    "items": [],
}
MET = {
    "Object Number": "A 1",
    "Object ID": "1",
    "Object Begin Date": "1",
    "Object End Date": "2",
    "Link Resource": "http://x/1",
    "Classification": "Coins",
    "Title": "Denarius",
}
AFE = {"id": "1", "DiameterMax": "2", "DieAxis": "6", "DateFrom": "1", "DateTo": "2", "Mint_Uncertainty": "0"}
# What museums call former owners, prices and storage places.
BRITISH = ["Acq name (acq)", "Acq name (previous)", "Acq notes (acq)", "Location"]
LABELS = [
    *(
        "Previous owner",
        "Former Owner",
        "Provenance",
        "Credit line",
        "Purchase price",
        "Location",
        "Acquisition",
    ),
    *("Vorbesitzer", "Kaufpreis", "Provenienz", "Standort", "Erwerbung", "Schenkung von", "Eigentümer"),
    *("Ancien propriétaire", "Prix d'achat", "Provenienza", "Propietario anterior", "Herkomst"),
]
CODES = [
    *("ca_objects.purchase_price", "ca_storage_locations.preferred_labels.name", "ca_objects.previous_owner"),
    *("ca_object_lots.idno_stub", "ca_objects.acquisition_source", "ca_objects.current_location"),
]


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


def manifest(path: Path) -> None:
    said = {"Inventory number": "A 1"} | dict.fromkeys(LABELS, SECRET)
    labels = [{"label": {"en": [name]}, "value": {"en": [value]}} for name, value in said.items()]
    labels.append({"label": {"de": ["Vorbesitzer"], "fr": ["Ancien"]}, "value": {"de": [SECRET]}})
    path.write_text(json.dumps(MANIFEST | {"metadata": labels}), "utf-8")


def rows_of(row: dict[str, Any], names: Sequence[str] = ()) -> Callable[[Path], None]:
    return lambda path: table(path.with_suffix(".csv"), row | dict.fromkeys(names, SECRET))


def text_of(text: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(text, "utf-8") and None


WRITTEN: dict[str, Callable[[Path], None]] = {
    "numista": numista,
    "numista_items": numista_items,
    "pas": pas,
    "opennumismat": opennumismat,
    "nuds": text_of(NUDS),
    "lido": text_of(lido("Acquisition", "Fund", note="Kaufpreis", location=LOCATION)),
    "nomisma": text_of(RDF),
    "ikmk": text_of(json.dumps(IKMK)),
    "iiif": manifest,
    "british_museum": rows_of(BRITISH_MUSEUM, BRITISH),
    "collectiveaccess": rows_of({"ca_objects.idno": "A 1", "title": "Denarius"}, CODES),
    "met": rows_of(MET, ["Credit Line"]),
    "afe": rows_of(AFE | {"title": "Denarius"}, ["Owner", "Finder"]),
}
ADDED = {
    "nuds": '"n:descMeta/n:title"',
    "lido": '"lido:none"',
    "nomisma": '"dcterms:title"',
    "pas": '"notes"',
    "iiif": '"Title"',
    **dict.fromkeys(("numista", "british_museum", "met"), '"Title"'),
    "numista_items": '"type.title"',
}


def test_each_profile_is_here() -> None:
    assert WRITTEN.keys() == {path.stem for path in FOLDER.glob("*.toml")}


def shown(coin: Coin) -> str:
    """What api.records shows of a record."""
    return json.dumps({name: value for name, value in coin.raw.items() if name != "private"}, default=str)


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("has_map", [False, True])
def test_a_record_shows_nothing_private(tmp_path: Path, form: str, has_map: bool) -> None:
    if form == "nomisma":
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


def test_nobody_is_shown_by_any_label_column_or_code(tmp_path: Path) -> None:
    """Each value on its own, since one that is shown hides behind no other."""
    for form, names in (("iiif", LABELS), ("british_museum", BRITISH), ("collectiveaccess", CODES)):
        private = read_mapping(str(FOLDER / f"{form}.toml")).private
        assert all(shows_private(name, private) for name in names), form
        assert not any(map(private.__contains__, ("Mint", "Münzstätte", "Find spot", "ca_objects.mint")))
    given = {
        "ca_objects": {"idno": "1", "previous_owner": {"name": SECRET}},
        "ca_storage_locations": [SECRET],
    }
    kept = hidden(given, read_mapping(str(FOLDER / "collectiveaccess.toml")).private)
    assert kept["ca_objects"] == {"idno": "1"} and "ca_storage_locations" not in kept


EVENTS = [
    "Schenkung",
    "Stiftung",
    "Vermaechtnis",
    "Vermächtnis",
    "gift",
    "donation",
    "Bequest",
    "Fund",
    "Finding",
]
EVENTS += ["Ankauf", "Auktion", "Ausstellung", "Provenienz", "Erwerb", "Tausch", "Sammeltätigkeit"]


@pytest.mark.parametrize(
    "text",
    [
        *(lido(one) for one in EVENTS),
        *(lido(note=one) for one in ("Vorbesitzer", "Former owner", "Provenienz", "Standort", "Donor")),
        *(lido("Herstellung", role=one) for one in ("Vorbesitzer", "donor", "Finder")),
        lido(location=LOCATION),
    ],
)
def test_lido_shows_neither_persons_nor_storage_places(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").write_text(text, "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a")
    assert SECRET in json.dumps(coin.raw["private"]) and SECRET not in shown(coin)
    assert coin.collection == "M" and SECRET not in mapping_file(Reading(str(tmp_path / "a")))


def test_who_made_a_coin_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(lido("Herstellung", role="Münzherr"), "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a")
    assert coin.fields["authority"] == SECRET and "private" not in coin.raw


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


@pytest.mark.parametrize(("count", "end"), [(12, "'c11'."), (13, "'c11' and 1 more.")])
def test_an_unknown_name_in_private_lists_the_columns(tmp_path: Path, count: int, end: str) -> None:
    names = ["inventory_number", *(f"c{n}" for n in range(1, count))]
    (tmp_path / "a.csv").write_text(",".join(names) + "\n" + ",".join("1" * count) + "\n", "utf-8")
    (tmp_path / "map.toml").write_text("private = ['Price']", "utf-8")
    reading = Reading(str(tmp_path / "a.csv"), "M", mapping=read_mapping(str(tmp_path / "map.toml")))
    with pytest.raises(SourceError) as refused:
        list(read(reading))
    assert str(refused.value).endswith(end)
