"""What of a source cannot be read is said of each file, with its own reason; nothing else is lost by it."""

import json
from pathlib import Path

import interchange
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_lido import record as lido
from test_nuds import record as nuds
from test_rdf import COIN, PREFIXES

from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.mapping import read_mapping
from coinstore.records.reader import Reading, read

rdflib = pytest.importorskip("rdflib")


def test_each_file_of_a_folder_has_its_own_reason(tmp_path: Path) -> None:
    for n in range(60):  # more than those that show how all are read
        (tmp_path / f"a{n:02}.json").write_text('{"name": "x", "version": 1}', "utf-8")
    files = {
        "cut.json": '[{"id": "1"',
        "coin.json": '{"id": "7", "collection": "M"}',
        "empty.json": "",
        "list.json": "[]",
        "bad.csv": "a,b\n1,2\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    coins, _ = interchange.coins(tmp_path)
    said = {coin.place.split(",")[0]: coin.refusal for coin in coins}
    assert len(said) == len(coins) == 65
    assert said["coin.json"] is None
    assert said["cut.json"].startswith("row 1: is not JSON")
    assert said["empty.json"] == "is empty; fetch it, or export it, again"
    assert said["list.json"].startswith("has no array of records")
    assert said["bad.csv"].startswith("no column is the inventory number")
    assert said["a59.json"].startswith("no column is the inventory number")


def test_a_folder_of_which_nothing_can_be_read_is_refused(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}.json").write_text('{"id": "7"}', "utf-8")
    with pytest.raises(SourceError, match="the collection of the coins is not known"):
        interchange.coins(tmp_path)
    (tmp_path / "empty.xml").write_bytes(b"")
    for path in tmp_path.glob("*.json"):
        path.unlink()
    (coin,), _ = interchange.coins(tmp_path)
    assert (coin.place, coin.refusal) == ("empty.xml", "is empty; fetch it, or export it, again")


@pytest.mark.parametrize("name", ["a", "a.xml", "a.rdf", "a.db", "a.csv", "a.txt", "a.json", "a.xlsx"])
@pytest.mark.parametrize("content", [b"", b" \r\n", b"\0" * 100])
def test_an_empty_file_is_called_empty(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=r"is empty; fetch it, or export it, again"):
        interchange.coins(tmp_path / name, collection="M")


def test_what_is_packed_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "a.xml.gz").write_bytes(b"\x1f\x8b\x08" + b"x" * 50)
    with pytest.raises(SourceError, match=r"is packed \(gzip\); unpack it"):
        interchange.coins(tmp_path / "a.xml.gz")


def graph(syntax: str) -> str:
    text = PREFIXES + COIN.replace('"IMP"', '"Münze"')
    return rdflib.Graph().parse(data=text, format="turtle").serialize(format=syntax)


MANIFEST = {
    "@context": "http://iiif.io/api/presentation/3/context.json",
    "type": "Manifest",
    "metadata": [
        {"label": {"en": ["Identifier"]}, "value": {"none": ["A 7"]}},
        {"label": {"de": ["Material"]}, "value": {"none": ["Münze"]}},
    ],
}
XML = {
    "nuds": nuds(typology="<material>Münze</material>"),
    "lido": lido(info="<x>Münze</x>"),
    "rdf": graph("xml").split("?>")[1],
}
TEXTS = XML | {
    "turtle": graph("turtle"),
    "json-ld": graph("json-ld").replace("\\u00fc", "ü"),
    "iiif": json.dumps(MANIFEST, ensure_ascii=False),
}


def of(path: Path, **more: object) -> list[Coin]:
    coins, _ = interchange.coins(path, collection="M", **more)
    return [Coin("", {}, coin.collection, coin.inventory_number, coin.fields, coin.sides) for coin in coins]


@pytest.mark.parametrize("name", TEXTS)
def test_a_wrong_encoding_is_said_with_others_that_fit_and_a_mapping_file_can_name_it(
    tmp_path: Path, name: str
) -> None:
    path, right = tmp_path / "a", tmp_path / "b"
    assert "Münze" in TEXTS[name]
    right.write_text(TEXTS[name], "utf-8")
    path.write_text(TEXTS[name], "cp1252")
    with pytest.raises(SourceError, match=r'byte 0xfc is not utf-8; .*encoding = "cp1252" reads .*Münze'):
        of(path)
    (tmp_path / "map.toml").write_text('encoding = "cp1252"', "utf-8")
    assert of(path, mapping=read_mapping(str(tmp_path / "map.toml"))) == of(right)


@pytest.mark.parametrize("name", XML)
def test_the_encoding_that_xml_says_counts(tmp_path: Path, name: str) -> None:
    path, right = tmp_path / "a", tmp_path / "b"
    right.write_text(XML[name], "utf-8")
    for said, written in (("cp1252", "cp1252"), ("ISO-8859-1", "latin-1"), ("utf-16", "utf-16")):
        path.write_text(f'<?xml version="1.0" encoding="{said}"?>\n{XML[name]}', written)
        assert of(path) == of(right)
    path.write_text(f'<?xml version="1.0" encoding="utf-16"?>{XML[name]}', "utf-8")  # as some programs do
    assert of(path) == of(right)
    path.write_text(f'<?xml version="1.0" encoding="klingon"?>{XML[name]}', "utf-8")
    with pytest.raises(SourceError, match="there is no encoding 'klingon'"):
        of(path)


GROUPS = {
    "nuds": "<nudsGroup>\n" + "\n".join(nuds(str(n), "<material>Silver</material>") for n in range(5)) + "\n</nudsGroup>",
    "lido": '<w xmlns:lido="http://www.lido-schema.org">\n' + "\n".join(lido() for _ in range(5)) + "</w>",
    "rdf": graph("xml"),
    "turtle": graph("turtle"),
    "nt": graph("nt"),
    "json-ld": graph("json-ld"),
}  # fmt: skip


@pytest.mark.parametrize("name", GROUPS)
@settings(max_examples=40)
@given(at=st.floats(0, 1), size=st.integers(1, 60), kind=st.sampled_from(["cut", "swap", "drop"]))
def test_damage_ends_in_whole_records_and_a_sentence_with_file_and_line(
    tmp_path: Path, name: str, at: float, size: int, kind: str
) -> None:
    text, path = GROUPS[name], tmp_path / "a"
    n = len(text) // 3  # what it is can still be known
    n += int(at * (len(text) - n))
    after = {"cut": "", "swap": text[n + size : n + 2 * size] + text[n : n + size] + text[n + 2 * size :]}
    path.write_text(text[:n] + after.get(kind, text[n + size :]), "utf-8")
    coins: list[Coin] = []
    try:
        coins.extend(read(Reading(str(path), "M")))
    except SourceError as error:
        reason = str(error).removeprefix(str(path))
        assert reason != str(error)
        assert "line " in reason or "row " in reason or "has no records" in reason, reason
    if kind == "cut" and name in ("nuds", "lido"):
        path.write_text(text, "utf-8")
        assert coins == list(read(Reading(str(path), "M")))[: len(coins)]


RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:nmo="http://nomisma.org/ontology#">'
    '<nmo:NumismaticObject rdf:about="http://x/1"><nmo:hasWeight>3'
)
TURTLE = "@prefix nmo: <http://nomisma.org/ontology#> .\n<http://x/1> a nmo:NumismaticObject ; nmo:hasMint "
JSON_LD = '{"@context": {"nmo": "http://nomisma.org/ontology#"}, "@id": "http://x/1", "nmo:hasMint": '
MANIFEST = '{"@context": "http://iiif.io/api/presentation/3/context.json", "type": "Manifest", "items": '
NESTED = {
    "NUDS": '<nuds xmlns="http://nomisma.org/nuds">' + "<a>" * 5000,
    "LIDO": '<lido:lido xmlns:lido="http://www.lido-schema.org">' + "<a>" * 5000,
    "Turtle": TURTLE + "[ nmo:a " * 5000,
    "JSON-LD": JSON_LD + "[" * 100_000,
    "IIIF": MANIFEST + "[" * 100_000,
    "JSON": '[{"id": 1, "a": ' + "[" * 100_000,
}
CUT = {
    "NUDS": f"<nudsGroup>{nuds('1')}{nuds('2')[:-30]}",
    "LIDO": lido()[:-30],
    "RDF/XML": RDF,
    "Turtle": TURTLE + "<http",
    "JSON-LD": JSON_LD + '"http',
    "IIIF": MANIFEST + '[{"type": "Can',
    "JSON": '[{"id": 1}, {"id": 2, "wei',
    "OpenNumismat": "SQLite format 3\0" + "x" * 5000,
}


@pytest.mark.parametrize("form", CUT)
def test_a_file_that_breaks_off_has_a_next_step(tmp_path: Path, form: str) -> None:
    (tmp_path / "a").write_text(CUT[form], "utf-8")
    (tmp_path / "a").rename(path := tmp_path / ("a.json" if form == "JSON" else "a"))
    with pytest.raises(SourceError, match=r"export (it|the file) again\.$"):
        interchange.coins(path, collection="M")


@pytest.mark.parametrize("form", NESTED)
def test_what_is_nested_too_deep_is_said_in_plain_words(tmp_path: Path, form: str) -> None:
    path = tmp_path / ("a.json" if form == "JSON" else "a")
    path.write_text(NESTED[form], "utf-8")
    with pytest.raises(SourceError, match=r": is nested more than \d+ deep\.$"):
        interchange.coins(path, collection="M")
