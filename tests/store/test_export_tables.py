"""Exports as tables: every field has a column that ingest knows, and order and photographs stay."""

import json
from pathlib import Path

import exported
from sqlalchemy import Engine, text

from coinstore.records.columns import usual
from coinstore.records.exports.cells import COLUMNS
from coinstore.records.exports.formats import FORMATS
from coinstore.records.exports.write import Export, export_coins


def test_each_column_is_the_usual_name_of_its_field() -> None:
    assert {name: (usual(name) or usual("")).field for name in COLUMNS} == {name: name for name in COLUMNS}


def test_the_order_of_names_types_and_literature_comes_back(store: Engine, tmp_path: Path) -> None:
    given = {"mint": "Rome? | Ostia", "type": "RIC 9? | RIC 1 | RIC 5", "reference": "Z 1 | B 2 | A 3"}
    file = tmp_path / "source.json"
    file.write_text(json.dumps([{"collection": "M", "inventory_number": "1"} | given]))
    for form in [name for name, one in FORMATS.items() if one.is_table]:
        exported.fill(store, file)
        (row,) = exported.rows(store)
        assert {name: row[name] for name in given} == given
        file = tmp_path / f"out.{form}"
        export_coins(store, file, Export(form))
        exported.empty(store)


def test_a_photograph_that_may_show_both_faces_stays_one(store: Engine, tmp_path: Path) -> None:
    """Where it shows one face only, it is a fault, and not the photograph of both."""
    (tmp_path / "in.csv").write_text(
        "collection,id,image,obverse image,reverse image\n"
        "M,1,https://e.org/1.jpg,,\nM,2,,https://e.org/2.jpg,https://e.org/2.jpg\n"
    )
    exported.fill(store, tmp_path / "in.csv")
    before = of_both(store)
    assert before == {"1": [True, True], "2": [None, None]}
    for form in FORMATS:
        path = tmp_path / f"out{FORMATS[form].suffix}"
        if FORMATS[form].is_table or form in ("nuds", "lido"):
            export_coins(store, path, Export(form))
            exported.empty(store)
            exported.fill(store, path)
            assert (form, of_both(store)) == (form, before)


def of_both(store: Engine) -> dict[str, list[bool | None]]:
    found: dict[str, list[bool | None]] = {}
    with store.connect() as connection:
        for number, said in connection.execute(
            text("select inventory_number, image_of_both from core.side join core.coin using (coin_id)")
        ):
            found.setdefault(number, []).append(said)
    return found


def test_rights_and_types_of_two_sources_are_there_once_each(store: Engine, tmp_path: Path) -> None:
    """A type that two sources give is one type; licences and holders stay several in each format."""
    one = {"collection": "M", "inventory_number": "1", "type": "RIC 1? | RIC 2", "type_uri": ""}
    rights = [{"licence": "https://e.org/a", "rights_holder": "X | Y"}, {"licence": "ask | us"}]
    (tmp_path / "a.json").write_text(json.dumps([one | rights[0]]))
    (tmp_path / "b.json").write_text(json.dumps([one | {"type": "RIC 1 | RIC 2"} | rights[1]]))
    for form in [*(name for name, one in FORMATS.items() if one.is_table), "nuds", "lido"]:
        exported.empty(store)
        exported.fill(store, tmp_path / "a.json", tmp_path / "b.json")
        (before,) = exported.rows(store)
        assert sorted(before["type"].split(" | ")) == ["RIC 1", "RIC 2"]
        assert set(before["licence"].split(" | ")) == {"https://e.org/a", "ask", "us"}
        assert before["rights_holder"] == "X | Y"
        path = tmp_path / f"out{FORMATS[form].suffix}"
        export_coins(store, path, Export(form))
        exported.empty(store)
        exported.fill(store, path)
        (found,) = exported.rows(store)
        names = ("type", "licence", "rights_holder")
        assert (form, [found[name] for name in names]) == (form, [before[name] for name in names])
