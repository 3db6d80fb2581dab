"""Formats are known by their content, XML is read safely, and folders of record files are read file by file."""

import functools
import http.server
import json
import threading
import zipfile
from pathlib import Path

import interchange
import openpyxl
import pytest
from test_nuds import record

from coinstore.errors import SourceError
from coinstore.records.described import columns
from coinstore.records.mapping import read_mapping
from coinstore.records.reader import Reading, check, read
from coinstore.records.starter import mapping_file

BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    + record().replace("<identifier>1", "<identifier>1&b;&c;")
)


@pytest.mark.parametrize("name", ["a.xml", "a.csv", "a.txt", "a", "a.json"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_content_tells_the_format_and_not_the_name(tmp_path: Path, name: str, encoding: str) -> None:
    (tmp_path / name).write_text(record(), encoding)
    coins, reading = interchange.coins(tmp_path / name)
    assert [coin.inventory_number for coin in coins] == ["1"]
    assert reading.notes == [f"{tmp_path / name}: read as: NUDS."]


def test_a_schema_is_no_record(tmp_path: Path) -> None:
    schema = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://nomisma.org/nuds"/>'
    )
    (tmp_path / "nuds.xsd").write_text(schema)
    with pytest.raises(SourceError, match=r"is XML \(<xs:schema>\) of no format"):
        check(Reading(str(tmp_path / "nuds.xsd")))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<?xml version='1.0'?><!-- <no> --><mets><body/></mets>", r"is XML \(<mets>\) of no format"),
        ("<!DOCTYPE html><html><body/></html>", "is a web page of no format"),
    ],
)
def test_other_xml_is_refused_by_its_root(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(SourceError, match=what):
        check(Reading(str(tmp_path / "a.xml")))


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(BOMB)
    with pytest.raises(SourceError, match="declares entities"):
        list(read(Reading(str(tmp_path / "a.xml"))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_wherever_they_are_declared(tmp_path: Path, encoding: str) -> None:
    """The declaration is after the bytes that tell the format."""
    comment = f"<!-- http://nomisma.org/nuds <nuds {'-x' * 100_000} -->"
    (tmp_path / "a.xml").write_text(comment + BOMB, encoding)
    with pytest.raises(SourceError, match="declares entities"):
        list(read(Reading(str(tmp_path / "a.xml"))))


def test_a_dtd_without_entities_is_no_danger_and_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text('<!DOCTYPE nuds SYSTEM "http://127.0.0.1:9/x.dtd">' + record())
    assert len(list(read(Reading(str(tmp_path / "a.xml"))))) == 1


@pytest.mark.parametrize(
    ("start", "text", "reason"),
    [
        ("", "A &eacute; B", r"not well-formed XML in line 3 \(Entity 'eacute' not defined\)"),
        ("", "A & B", r"not well-formed XML in line 3 \("),
        (
            '<!DOCTYPE g SYSTEM "x.dtd">',
            "A &eacute; B",
            "in line 3 is &eacute;, whose text is in another file",
        ),
    ],
)
def test_what_is_wrong_in_a_record_is_said_with_its_line(
    tmp_path: Path, start: str, text: str, reason: str
) -> None:
    wrong = record("2", f"<material>{text}</material>")
    (tmp_path / "a.xml").write_text(f"{start}<g>\n{record('1')}\n{wrong}\n{record('3')}</g>", "utf-8")
    coins = read(Reading(str(tmp_path / "a.xml")))
    assert next(coins).inventory_number == "1"
    with pytest.raises(SourceError, match=reason):
        next(coins)


def test_a_file_that_breaks_off_keeps_the_records_before_and_says_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<nudsGroup>\n" + record("1") + "\n" + record("2") + "\n<nuds><x></nuds></nudsGroup>")
    coins = read(Reading(str(path)))
    assert [next(coins).inventory_number, next(coins).inventory_number] == ["1", "2"]
    with pytest.raises(SourceError, match="is not well-formed XML in line 4"):
        next(coins)


def test_many_records_need_little_memory(tmp_path: Path) -> None:
    """The elements that were read are freed: of the tree nothing is left but what is read now."""
    from coinstore.records.formats.nuds import NUDS
    from coinstore.records.formats.xml import elements

    path = tmp_path / "a.xml"
    path.write_text("<r>" + "".join(f"<o><m>{record(str(n))}</m></o>" for n in range(2000)) + "</r>")
    most = 0
    with path.open("rb") as stream:
        for element in elements("a.xml", stream, (NUDS,)):
            most = max(most, sum(1 for _ in element.getroottree().iter()))
    assert most < 2000  # of 20,000: the parser reads a block ahead


def folder_of(folder: Path) -> Path:
    (folder / "deep").mkdir()
    (folder / "a.xml").write_text(record("1"))
    (folder / "deep" / "b").write_text(record("2"))
    (folder / "broken.xml").write_text(record("3")[:-30])
    (folder / "photo.jpg").write_bytes(b"x")
    (folder / "read me.txt").write_text("about the coins")
    (folder / "page.html").write_text("<html xmlns='http://www.w3.org/1999/xhtml'/>")
    return folder


def test_a_wrong_file_does_not_stop_the_others(tmp_path: Path) -> None:
    coins, reading = interchange.coins(folder_of(tmp_path))
    assert [(coin.place, coin.inventory_number) for coin in coins if not coin.refusal] == [
        ("a.xml, record 1", "1"),
        ("deep/b, record 1", "2"),
    ]
    refused = {coin.place: coin.refusal or "" for coin in coins if coin.refusal}
    assert refused.keys() == {"broken.xml", "page.html"}
    assert refused["broken.xml"].startswith("is not well-formed XML in line 1")
    assert refused["page.html"].startswith("is a web page of no format that coinstore reads")
    assert reading.notes == [
        f"{tmp_path}: read as: NUDS (3 files).",
        f"{tmp_path}: 2 files without records are left out: 1 x .txt, 1 x photograph.",
        f"{tmp_path}: 1 file is not read: page.html.",
    ]


def test_a_zip_is_read_as_a_folder_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    folder = folder_of(tmp_path / "a")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    in_zip, in_folder = interchange.coins(tmp_path / "a.zip")[0], interchange.coins(folder)[0]
    assert [(coin.place, coin.fields) for coin in in_zip] == [(coin.place, coin.fields) for coin in in_folder]


def test_a_folder_of_photographs_stays_one(tmp_path: Path) -> None:
    (tmp_path / "1_obv.jpg").write_bytes(b"x")
    (tmp_path / "list.csv").write_text("id,mint\n7,Rome\n")
    coins, _ = interchange.coins(tmp_path, collection="M")
    assert [coin.inventory_number for coin in coins] == ["1"]


def test_a_folder_of_tables_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,mint\n7,Rome\n")
    (tmp_path / "b.csv").write_text("no;header\n")
    (tmp_path / "c.json").write_text('{"id": "8", "mint": "Ostia"}')
    coins, _ = interchange.coins(tmp_path, collection="M")
    assert [(coin.place, coin.fields["mint"]) for coin in coins if not coin.refusal] == [
        ("a.csv, row 2", "Rome"),
        ("c.json, item 1", "Ostia"),
    ]


def test_a_table_that_cannot_be_read_does_not_stop_the_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,mint\n7,Rome\n")  # of no collection
    (tmp_path / "b.xml").write_text(record("1"))
    coins, _ = interchange.coins(tmp_path)
    assert [(coin.place, coin.inventory_number) for coin in coins] == [
        ("b.xml, record 1", "1"),
        ("a.csv", None),
    ]
    assert coins[1].refusal == "the collection of the coins is not known; add --collection NAME"


def test_the_columns_say_what_each_path_becomes_and_what_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(record(typology="<material>Silver</material>", rest="<title>A coin</title>"))
    found = {one.column: one for one in columns(Reading(str(path)))}
    assert found["$typology/n:material"].field == "material"
    assert (found["n:descMeta/n:title"].field, found["n:descMeta/n:title"].examples) == (None, ("A coin",))
    assert found["n:descMeta/n:title"].count == 1


def test_the_mapping_to_start_from_reads_the_file_as_before(tmp_path: Path) -> None:
    path, profile = tmp_path / "a.xml", tmp_path / "map.toml"
    path.write_text(record(typology="<material>Silver</material>", rest="<title>A coin</title>"))
    before, reading = interchange.coins(path)
    profile.write_text(mapping_file(reading), "utf-8")
    assert "[xml.paths]" in profile.read_text("utf-8")
    after, _ = interchange.coins(path, mapping=read_mapping(str(profile)))
    assert after == before
    # A record that has more is read as without it.
    path.write_text(record(typology="<denomination>As</denomination><obverse><legend>IMP</legend></obverse>"))
    after, _ = interchange.coins(path, mapping=read_mapping(str(profile)))
    assert after == interchange.coins(path)[0]
    assert after[0].sides == {"obverse": {"legend": "IMP"}}


def test_a_mapping_file_adds_columns_to_a_profile(tmp_path: Path) -> None:
    path, own = tmp_path / "a.xml", tmp_path / "own.toml"
    path.write_text(record(typology="<material>Silver</material>", rest="<title>From Rome</title>"))
    own.write_text('[columns]\n"n:descMeta/n:title" = "findspot"\n"$typology/n:material" = ""\n')
    (coin,), _ = interchange.coins(path, mapping=read_mapping(str(own)))
    assert coin.fields["findspot"] == "From Rome"
    assert "material" not in coin.fields


def test_a_record_at_an_address_is_read(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="coinstore[remote] is not installed")
    (tmp_path / "1991.17.140").write_text(record("1"))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    handler = functools.partial(Quiet, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        coins, _ = interchange.coins(f"http://127.0.0.1:{server.server_port}/1991.17.140")
        server.shutdown()
    assert [coin.inventory_number for coin in coins] == ["1"]


RECORDS = [{"inventory_number": "A1", "collection": "M"}, {"inventory_number": "A2", "collection": "M"}]


@pytest.mark.parametrize("kind", ["a.json", "a.jsonl", "a.csv"])
def test_a_zip_is_read_as_the_folder_that_it_holds(tmp_path: Path, kind: str) -> None:
    """The kind of a file is that of the member, not that of the zip."""
    texts = {
        "a.json": json.dumps(RECORDS, indent=1),
        "a.jsonl": "\n".join(map(json.dumps, RECORDS)),
        "a.csv": "inventory_number,collection\nA1,M\nA2,M\n",
    }
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(kind, texts[kind])
        archive.writestr("b.csv", "inventory_number,collection\nB1,M\n")
    coins, _ = interchange.coins(tmp_path / "all.zip")
    assert sorted((coin.inventory_number, coin.refusal) for coin in coins) == [
        ("A1", None), ("A2", None), ("B1", None),
    ]  # fmt: skip


def test_a_damaged_member_of_a_zip_is_refused_by_its_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bad.xml", "<nuds/>" * 1000)
        archive.writestr("good.csv", "inventory_number,collection\nB1,M\n")
        at = archive.infolist()[0].header_offset + 40
    data = bytearray((tmp_path / "all.zip").read_bytes())
    data[at : at + 8] = b"\xff" * 8
    (tmp_path / "all.zip").write_bytes(data)
    coins, _ = interchange.coins(tmp_path / "all.zip")
    (bad,) = [coin for coin in coins if coin.refusal]
    assert bad.place == "bad.xml"
    assert "it is damaged" in str(bad.refusal)
    assert [coin.inventory_number for coin in coins if not coin.refusal] == ["B1"]


@pytest.mark.parametrize("given", ["", '[constants]\ncollection = "other"'])
def test_one_coin_in_three_formats_is_one_in_the_collection_that_is_given(tmp_path: Path, given: str) -> None:
    pytest.importorskip("rdflib")
    (tmp_path / "map.toml").write_text(given, "utf-8")
    mapping = read_mapping(str(tmp_path / "map.toml")) if given else None
    found = set()
    for name in ("nuds/fralin_{}.xml", "rdf/numishare_{}.rdf", "iiif/numishare_{}_v2.json"):
        file = interchange.file(name.format("1990.18.10"))
        (coin,), _ = interchange.coins(file, collection="Fralin", mapping=mapping)
        found.add((coin.collection, coin.inventory_number))
    assert found == {("Fralin", "1990.18.10")}


PAS = "old_findID,secuid,objecttype,fromdate,todate,weight\nF 1,1,COIN,-27,14,3.1\n"
OURS = "Inv. no.;Weight\nF 1;3.1\n"


def workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Inv. no.", "Weight"], ["F 1", 3.1]):
        book.active.append(row)
    book.save(path.with_suffix(".xlsx"))
    path.with_suffix(".xlsx").rename(path)


def parquet(path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table({"id": ["F 1"], "weight": [3.1]}), path)


TABLES = {
    "PAS": lambda path: path.write_text(PAS, "utf-8"),
    "semicolons": lambda path: path.write_text(OURS, "utf-16"),
    "JSON": lambda path: path.write_text('[{"Inv. no.": "F 1", "Weight": 3.1}]', "utf-8"),
    "lines": lambda path: path.write_text('{"id": "F 1", "Weight": 3.1}\n' * 2, "utf-8"),
    "XLSX": workbook,
    "Parquet": parquet,
}


@pytest.mark.parametrize("made", TABLES)
@pytest.mark.parametrize("name", ["a", "a.dat", "a.txt"])
def test_a_table_is_known_whatever_its_name_is(tmp_path: Path, made: str, name: str) -> None:
    TABLES[made](tmp_path / name)
    (tmp_path / "notes.txt").write_text("Dear all, find the coins in this folder.", "utf-8")
    (tmp_path / "words.docx").write_bytes(b"PK\x03\x04 word/document.xml")
    for source in (tmp_path / name, tmp_path):
        found, reading = interchange.coins(source, collection="M")
        assert {(coin.inventory_number, coin.fields["weight_g"]) for coin in found} == {("F 1", 3.1)}
    (tmp_path / "b.csv").write_text("id,collection,weight\nX,Other,2\n", "utf-8")
    found, _ = interchange.coins(tmp_path, collection="M")  # each table says its own
    assert {coin.collection for coin in found} == {"M", "Other"}
    assert "2 files without records are left out: 1 x .txt, 1 x .docx" in " ".join(reading.notes)


@pytest.mark.parametrize(
    "text", ["Dear all, see the coins.", "{\\rtf1 x}", '{"nbformat": 4, "cells": []}', "a,b\n1,2"]
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.dat").write_text(text, "utf-8")
    with pytest.raises(SourceError, match="is not a table that coinstore reads"):
        interchange.coins(tmp_path / "a.dat", collection="M")


def test_what_no_column_takes_is_counted_in_each_record_of_each_format(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    note = "<descMeta><note>rare</note>"
    records = [record(str(n)) for n in range(70)] + [record("70").replace("<descMeta>", note)] * 2
    (tmp_path / "x" / "a.xml").write_text(f"<nudsGroup>{''.join(records)}</nudsGroup>", "utf-8")
    lines = [PAS, *(f"F {n},{n},COIN,1,2,3\n" for n in range(70))]
    (tmp_path / "x" / "b.csv").write_text("".join(lines).replace("weight", "workflow"), "utf-8")
    reading = Reading(str(tmp_path / "x"))
    found = {(one.table, one.column): (one.field, one.count) for one in columns(reading)}
    assert found["NUDS", "n:descMeta/n:note"] == (None, 2)
    table = next(name for name, _ in found if name != "NUDS")
    assert str(table).endswith("b.csv") and found[table, "workflow"] == (None, 71)
    text = mapping_file(Reading(str(tmp_path / "x")))
    assert '"n:descMeta/n:note" = ""  # 2 x | rare' in text and '# "workflow" = ""' in text
    (tmp_path / "m.toml").write_text(text, "utf-8")
    assert read_mapping(str(tmp_path / "m.toml")).columns


WEB_PAGES = ["<!doctype html><title>Sorry</title>", "<html><body>Log in</body></html>", "\n<head></head>"]


@pytest.mark.parametrize("page", WEB_PAGES)
@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl", "txt", "xml", "rdf", "ttl", "db", "html"])
def test_a_web_page_is_called_one_whatever_its_name_is(tmp_path: Path, page: str, ending: str) -> None:
    (tmp_path / f"a.{ending}").write_text(page, "utf-8")
    with pytest.raises(SourceError, match="is a web page of no format"):
        interchange.coins(tmp_path / f"a.{ending}", collection="M")
    (tmp_path / "b.csv").write_text("id,weight\n1,2\n", "utf-8")
    coins, reading = interchange.coins(tmp_path, collection="M")
    said = {coin.place: coin.refusal for coin in coins}
    assert len(said) == 2 and "is a web page of no format" in str(said[f"a.{ending}"])
    assert f"{tmp_path}: 1 file is not read: a.{ending}." in reading.notes


def test_files_of_no_format_are_named_and_documents_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(record("1"))
    for n in range(7):
        (tmp_path / f"x{n}.xml").write_text("<?xml version='1.0'?><catalogue/>")
    for name in ("README", "readme.html", "about.md", "map.toml", "a.pdf", "1.jpg"):
        (tmp_path / name).write_text("<html></html>")
    coins, reading = interchange.coins(tmp_path, collection="M")
    refused = [coin.place for coin in coins if coin.refusal]
    assert refused == [f"x{n}.xml" for n in range(7)]
    assert "XML (<catalogue>) of no format" in str(next(one for one in coins if one.refusal).refusal)
    (note,) = (note for note in reading.notes if "not read" in note)
    assert note.endswith("7 files are not read: x0.xml, x1.xml, x2.xml, x3.xml, x4.xml and 2 more.")
    assert "6 files without records are left out" in " ".join(reading.notes)


@pytest.mark.parametrize("collection", [None, "M"])
def test_a_folder_where_nothing_is_readable_says_so(tmp_path: Path, collection: str | None) -> None:
    for n in range(7):
        (tmp_path / f"{n}.docx").write_bytes(b"PK\x03\x04 word/document.xml")
    with pytest.raises(SourceError) as refused:
        interchange.coins(tmp_path, collection=collection)
    assert "has no photographs" in str(refused.value) and "collection" not in str(refused.value)
    assert str(refused.value).endswith("reads: 0.docx, 1.docx, 2.docx, 3.docx, 4.docx and 2 more.")


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "tsv"])
@pytest.mark.parametrize(
    "text", ["id,weight\n1,2.5\n", '"id";"weight"\n1;2.5\n', '[{"id": 1, "weight": 2.5}]']
)
def test_a_table_is_read_by_its_content(tmp_path: Path, ending: str, text: str) -> None:
    (tmp_path / f"a.{ending}").write_text(text, "utf-8")
    for source in (tmp_path, tmp_path / f"a.{ending}"):
        (coin,), _ = interchange.coins(source, collection="M")
        assert (coin.inventory_number, coin.fields["weight_g"]) == ("1", 2.5)
