"""A mapping file chooses which kinds of records are read, and what it names in vain is said, in every format."""

import json
import re
from pathlib import Path
from typing import Any

import interchange
import pytest
from test_ikmk import coin_of
from test_lido import record as lido
from test_nuds import record as nuds

from coinstore.errors import MappingError, SourceError
from coinstore.records.described import columns
from coinstore.records.mapping import Mapping, read_mapping
from coinstore.records.reader import Reading, check
from coinstore.records.starter import mapping_file

PAS = (
    "old_findID,secuid,objecttype,fromdate,todate,weight\n1,1,COIN,1,2,3\n2,2,TOKEN,1,2,4\n3,3,JETTON,1,2,4\n"
)
MANIFEST = {"@context": "http://iiif.io/api/presentation/3/context.json", "type": "Manifest"}


def manifest(number: str, kind: str) -> dict[str, Any]:
    said = {"Identifier": number, "Object Type": kind}
    pairs = [{"label": {"en": [name]}, "value": {"en": [value]}} for name, value in said.items()]
    return MANIFEST | {"metadata": pairs}


def ikmk(number: str, kind: str) -> dict[str, Any]:
    return coin_of(ikmk_mds_id=number, item={"item_en": kind})


def lido_of(number: str, kind: str) -> str:
    return lido(work=kind).replace("V 1", number)


# One coin and two things, a token and a jeton.
KINDS = {
    "LIDO": f"<x>{lido_of('1', 'Münze')}{lido_of('2', 'Token')}{lido_of('3', 'Jetton')}</x>",
    "PAS": PAS,
    "IIIF": json.dumps([manifest("1", "coin"), manifest("2", "Token"), manifest("3", "Jetton")]),
    "IKMK": json.dumps([ikmk("1", "Coin"), ikmk("2", "Token"), ikmk("3", "Jetton")]),
}


def mapping(folder: Path, text: str) -> Mapping:
    (folder / "map.toml").write_text(text, "utf-8")
    return read_mapping(str(folder / "map.toml"))


def numbers(path: Path, given: Mapping | None = None) -> tuple[list[str], Reading]:
    coins, reading = interchange.coins(path, collection="M", mapping=given)
    return [str(coin.inventory_number) for coin in coins], reading


@pytest.mark.parametrize("name", KINDS)
def test_what_is_said_of_skipped_records_is_how_to_read_them(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a"
    path.write_text(KINDS[name], "utf-8")
    found, reading = numbers(path)
    assert found == ["1"] and reading.skipped.total() == 2
    (note,) = [one for one in reading.notes if "records of other kinds" in one]
    said = re.search(r"only = \{.*\}", note)[0]
    found, reading = numbers(path, mapping(tmp_path, said))
    assert found == ["1", "2", "3"] and not reading.skipped
    assert not any("records of other kinds" in one for one in reading.notes)
    found, reading = numbers(path, mapping(tmp_path, said.replace('""', '"(?i)token"')))
    assert found == ["2"] and reading.skipped.total() == 2


@pytest.mark.parametrize("name", KINDS)
def test_the_mapping_to_start_from_says_the_kinds_and_can_be_changed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a"
    path.write_text(KINDS[name], "utf-8")
    text = mapping_file(Reading(str(path), "M"))
    assert numbers(path, mapping(tmp_path, text))[0] == ["1"]
    head, _, rest = text.partition("\n[only]")
    changed = head + "\n[only]" + re.sub(r"^(\".+\") = .*$", r'\1 = ""', rest, count=1, flags=re.M)
    assert numbers(path, mapping(tmp_path, changed))[0] == ["1", "2", "3"]


TTL = (
    "@prefix nmo: <http://nomisma.org/ontology#> . @prefix dcterms: <http://purl.org/dc/terms/> ."
    ' <http://x/1> a nmo:NumismaticObject ; dcterms:title "A coin" ; dcterms:provenance "A person" .'
)
# A path that is there, and is not in the profile.
THERE = {
    "nuds": (nuds(rest="<title>A coin</title>"), "n:descMeta/n:title", "n:descMeta/n:titel"),
    "lido": (lido(), "lido:lidoRecID/@lido:x | lido:lidoRecID[1]", "lido:lidoRecId"),
    "rdf": (TTL, "dcterms:title", "dcterms:titel"),
    "iiif": (json.dumps(manifest("1", "coin") | {"x": {"y": "A coin"}}), "Object Type", "Object Tipe"),
    "ikmk": (json.dumps(ikmk("1", "Coin") | {"x": {"y": "A coin"}}), "x.y", "x.z"),
}


@pytest.mark.parametrize("name", THERE)
@pytest.mark.parametrize("key", ["columns", "private", "only"])
def test_a_path_that_no_record_has_is_said(tmp_path: Path, name: str, key: str) -> None:
    path = tmp_path / "a"
    text, right, wrong = THERE[name]
    path.write_text(text, "utf-8")
    for said, is_said in ((right, False), (wrong, True)):
        entry = f"private = [{json.dumps(said)}]" if key == "private" else f'[{key}]\n{json.dumps(said)} = ""'
        _, reading = numbers(path, mapping(tmp_path, entry))
        assert any(f"in none of 1 records is {said!r}" in note for note in reading.notes) == is_said


def test_a_path_of_a_folder_of_json_is_looked_for_in_all_files(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.json").write_text(json.dumps({"id": str(n), f"ort{n}": "Rome"}), "utf-8")
    _, reading = numbers(folder, mapping(tmp_path, '[columns]\n"ort2" = "mint"\n"ort3" = "mint"'))
    assert [note for note in reading.notes if "in none of" in note] == [
        f"{folder}: in none of 3 records is 'ort3', which the mapping file names; correct it there."
    ]


@pytest.mark.parametrize("said", ["klingon", "d", "de en", "de;en", ""])
def test_what_is_no_language_is_refused(tmp_path: Path, said: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(nuds(), "utf-8")
    with pytest.raises(SourceError, match="is not a language; write its code, as in de,en"):
        check(Reading(str(path), languages=("en", said)))
    with pytest.raises(MappingError, match=r"languages: .* is not a language"):
        mapping(tmp_path, f"languages = [{json.dumps(said)}]")


@pytest.mark.parametrize("said", ["de", "DE", "deu", "ger", "de-AT", " de_CH"])
def test_a_language_has_several_codes(tmp_path: Path, said: str) -> None:
    both = '<obverse><type><description xml:lang="en">Head</description><description xml:lang="{}">Kopf</description></type></obverse>'
    for lang in ("de", "ger", "DE-at"):
        (tmp_path / "a.xml").write_text(nuds(typology=both.format(lang)), "utf-8")
        (coin,), _ = interchange.coins(tmp_path / "a.xml", languages=(said,))
        assert coin.sides["obverse"]["description"] == "Kopf"


@pytest.mark.parametrize(
    ("field", "unit", "reason"),
    [
        ("weight_g", "furlong", '"furlong" is not a unit that coinstore reads'),
        ("weight_g", "mm", "mm"),
        ("diameter_mm", "g", "g"),
        ("die_axis_h", "cm", '"cm" is not a unit of a die axis; it is h or deg'),
        ("mint", "g", "unit is only for weight_g, diameter_mm, diameter_min_mm and die_axis_h"),
    ],
)
def test_what_is_no_unit_of_a_field_is_refused(tmp_path: Path, field: str, unit: str, reason: str) -> None:
    with pytest.raises(MappingError, match=f"map.toml: column 'x': .*{reason}"):
        mapping(tmp_path, f'[columns]\n"x" = {{field = "{field}", unit = "{unit}"}}')


@pytest.mark.parametrize(
    ("field", "unit"),
    [("weight_g", "mg"), ("diameter_mm", "cm"), ("diameter_min_mm", "in"), ("die_axis_h", "deg")],
)  # fmt: skip
def test_every_unit_is_taken(tmp_path: Path, field: str, unit: str) -> None:
    said = mapping(tmp_path, f'[columns]\n"x" = {{field = "{field}", unit = "{unit}"}}')
    assert said.columns["x"].unit == unit


def test_the_columns_say_what_tells_coins_from_others(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(PAS, "utf-8")
    (found,) = [one for one in columns(Reading(str(tmp_path / "a.csv"))) if one.column == "objecttype"]
    assert (found.field, found.how, found.examples) == (
        None,
        "says what a record is",
        ("COIN", "TOKEN", "JETTON"),
    )


def test_a_type_is_never_a_coin(tmp_path: Path) -> None:
    """There is no way to read it that could be said."""
    (tmp_path / "a.xml").write_text(
        nuds(typology="<objectType>Coin</objectType>", kind="conceptual"), "utf-8"
    )
    found, reading = numbers(tmp_path / "a.xml")
    assert found == [] and reading.skipped == {"a type": 1}
    assert not any("records of other kinds" in note for note in reading.notes)


CSV = "Inv. no.;Gewicht (g);Ort\nC 1;3,5;Rome\n"
FOLDER = {
    "a.xml": nuds("1", "<material>Silver</material>"),
    "b.xml": lido(),
    "c/d.csv": CSV,
    "e.csv": PAS,
    "f.json": '{"id": "J 1", "mint": "Rome", "x": 1}',
    "g.json": '{"id": "J 2", "mint": "Rome"}',
}
NAMES = {"NUDS": "1", "LIDO": "V 1", "c/d.csv": "C 1", "e.csv": "1", "JSON": "J 1"}


def folder_of(folder: Path) -> Path:
    for name, text in FOLDER.items():
        (folder / "x" / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / "x" / name).write_text(text, "utf-8")
    return folder / "x"


def test_a_mapping_of_one_kind_of_files_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    before, _ = interchange.coins(folder, collection="M")
    assert {coin.refusal for coin in before} == {None} and len(before) == 6
    reading = Reading(str(folder), "M")
    text = mapping_file(reading)
    assert re.search(r"# In this folder are: .*NUDS \(1 file\).*JSON \(2 files\)", text)
    after, _ = interchange.coins(folder, collection="M", mapping=mapping(tmp_path, text))
    assert after == before
    assert [note for note in reading.notes if "tables (.csv)" in note] == [
        f"{folder}: read as: tables (.csv) (2 files)."
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_kind_of_files_can_have_its_mapping(tmp_path: Path, name: str) -> None:
    folder = folder_of(tmp_path)
    given = mapping(tmp_path, f'name = "{name}"\n[constants]\nprovenance = "here"')
    coins, _ = interchange.coins(folder, collection="M", mapping=given)
    said = {
        str(coin.inventory_number): str(coin.place)
        for coin in coins
        if coin.fields.get("provenance") == "here"
    }
    assert NAMES[name] in said and len(said) == (2 if name == "JSON" else 1)
    everywhere = mapping(tmp_path, 'name = "Our museum"\n[constants]\nprovenance = "here"')
    coins, _ = interchange.coins(folder, collection="M", mapping=everywhere)
    assert {coin.fields.get("provenance") for coin in coins} == {"here"}


def test_a_mapping_of_one_format_is_not_used_for_another(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(nuds("1", "<material>Silver</material>"), "utf-8")
    only = 'only = {"$objectType/lido:term" = ""}\n'
    with pytest.raises(SourceError, match=r'is not an XPath of this format .* name = "LIDO"'):
        numbers(path, mapping(tmp_path, only))
    found, reading = numbers(path, mapping(tmp_path, 'name = "LIDO"\n' + only))
    assert found == ["1"]
    assert f"{path}: the mapping file is for LIDO, and is not used." in reading.notes
    found, _ = numbers(tmp_path, mapping(tmp_path, 'name = "LIDO"\n' + only))
    assert found == ["1"]


def test_columns_of_no_coins_are_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(nuds(kind="conceptual"), "utf-8")
    reading = Reading(str(tmp_path / "a.xml"), "M")
    columns(reading)
    assert f"{tmp_path / 'a.xml'}: no record is of a coin." in reading.notes
    (tmp_path / "b.xml").write_text(lido(), "utf-8")
    reading = Reading(str(tmp_path), "M")
    columns(reading)
    assert f"{tmp_path}: no record of NUDS is of a coin." in reading.notes
