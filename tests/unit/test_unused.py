"""What of the records no field takes is counted while they are read, as the listing of columns shows it."""

import json
from pathlib import Path

import interchange
import pytest
from test_ikmk import coin_of
from test_kinds_and_typos import folder_of, manifest
from test_lido import record as lido
from test_nuds import record as nuds
from test_rdf import COIN, PREFIXES

from coinstore.records.described import columns
from coinstore.records.mapping import Mapping, read_mapping
from coinstore.records.paths import path_of, read_by
from coinstore.records.reader import Reading, read
from coinstore.records.rows_json import paths

Unused = dict[tuple[str, str], int]


def unused(source: Path, mapping: Mapping | None = None) -> Unused:
    reading = Reading(str(source), "M", mapping=mapping, unused={})
    plain = Reading(str(source), "M", mapping=mapping)
    assert list(read(reading)) == list(read(plain))  # nothing is read in another way
    return {(kind, name): n for kind, names in (reading.unused or {}).items() for name, n in names.items()}


def listed(source: Path, mapping: Mapping | None = None) -> Unused:
    every = columns(Reading(str(source), "M", mapping=mapping))
    return {
        (one.table or "", one.column): one.count for one in every if one.how == "kept verbatim" and one.count
    }


GROUP = [nuds(str(n), rest=f"<title>A coin</title><note>{'x' * (n > 60)}</note>") for n in range(70)]
FILES = {
    "nuds": (f"<nudsGroup>{''.join(GROUP)}</nudsGroup>", {"n:descMeta/n:title": 70, "n:descMeta/n:note": 9}),
    "lido": (
        lido(info="<lido:titleWrap><lido:titleSet>A</lido:titleSet></lido:titleWrap>"),
        {
            "lido:descriptiveMetadata/lido:objectIdentificationWrap/lido:titleWrap/lido:titleSet": 1,
            "lido:lidoRecID": 0,
        },
    ),
    "rdf": (PREFIXES + COIN.replace("dcterms:identifier", 'dcterms:title "A coin" ; dcterms:identifier'), {"dcterms:title": 1}),
    "csv": ("id;Gewicht;Regal;leer\n1;3;A;\n2;3;;\n3;3;B;", {"Regal": 2}),
    "json": ('[{"id": 1, "mint": {"name": "Rome", "id": 4}, "x": [{"y": 1}]}]', {"mint.id": 1, "x.y": 1}),
    "iiif": (json.dumps(manifest("1", "coin") | {"label": "A coin"}), {"label": 1}),
    "ikmk": (
        json.dumps(coin_of(mint=[{"mint_name_en": "Rome", "mint_id": 3}], weight="3 g")),
        {"mint.mint_id": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_it_is_counted_in_every_format(tmp_path: Path, name: str) -> None:
    text, wanted = FILES[name]
    (tmp_path / "a").write_text(text, "utf-8")
    found = unused(tmp_path / "a")
    assert {column: found.get(("", column), 0) for column in wanted} == wanted
    assert found == listed(tmp_path / "a")


def test_it_is_counted_for_each_kind_of_files_of_a_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    found = unused(folder)
    assert found.keys() == listed(folder).keys()
    assert found["c/d.csv", "Ort"] == 1 and found["JSON", "x"] == 1


@pytest.mark.parametrize("name", ["ikmk", "nuds", "lido", "iiif", "rdf", "csv/met_coins.csv", "pas/pas_reece1.csv"])  # fmt: skip
def test_real_files(name: str) -> None:
    source = interchange.file(name)
    found = unused(source)
    every = listed(source)  # of records that are no coins as well
    assert found
    for key in found.keys() & every.keys():
        assert found[key] <= every[key]


PATHS = {
    "mint[0].name": {"mint.name"},
    "mint[0].name_en|name_de": {"mint.name_en", "mint.name_de"},
    "refs.*.source+number": {"refs.source", "refs.number"},
    "persons.57.items.*.name": {"persons.57.items.1.name"},
    "said[kind=x].value": {"said.kind", "said.value"},
    '"a.b"."c[d]"': {"a.b.c[d]"},
    "lod.~nomisma": {"lod.nomisma_id"},
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_reads_what_it_names(tmp_path: Path, path: str) -> None:
    record = {
        "id": "1",
        "mint": [{"name": "Rome", "name_en": "Rome", "name_de": "Rom", "other": 1}],
        "refs": [{"source": "RIC", "number": 1, "page": 7}],
        "persons": {"57": {"items": {"1": {"name": "Nero", "id": 7}}}},
        "said": [{"kind": "x", "value": 3, "unit": "g"}],
        "a.b": {"c[d]": "y", "e": 1},
        "lod": {"nomisma_id": "nm:rome", "gnd": 1},
    }
    assert path_of(path)
    assert {name for name in paths(record)[0] if read_by(path).fullmatch(f".{name}")} - {"said"} == PATHS[
        path
    ]
    (tmp_path / "a.json").write_text(json.dumps([record]), "utf-8")
    (tmp_path / "map.toml").write_text(f"[columns]\n{json.dumps(path)} = 'provenance'\n", "utf-8")
    found = {name for _, name in unused(tmp_path / "a.json", read_mapping(str(tmp_path / "map.toml")))}
    assert not found & PATHS[path]
    assert {"mint.other", "refs.page", "persons.57.items.1.id", "said.unit", "a.b.e", "lod.gnd"} <= found
