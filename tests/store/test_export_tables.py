"""Exports as tables: every field has a column that ingest knows, and the order of several values stays."""

import json
from pathlib import Path

import exported
from sqlalchemy import Engine

from coinstore.records.columns import usual
from coinstore.records.exports.cells import COLUMNS
from coinstore.records.exports.write import Export, export_coins

FORMATS = ("csv", "xlsx", "json", "parquet")


def test_each_column_is_the_usual_name_of_its_field() -> None:
    assert {name: (usual(name) or usual("")).field for name in COLUMNS} == {name: name for name in COLUMNS}


def test_the_order_of_names_types_and_literature_comes_back(store: Engine, tmp_path: Path) -> None:
    given = {"mint": "Rome? | Ostia", "type": "RIC 9? | RIC 1 | RIC 5", "reference": "Z 1 | B 2 | A 3"}
    file = tmp_path / "source.json"
    file.write_text(json.dumps([{"collection": "M", "inventory_number": "1"} | given]))
    for form in FORMATS:
        exported.fill(store, file)
        (row,) = exported.rows(store)
        assert {name: row[name] for name in given} == given
        file = tmp_path / f"out.{form}"
        export_coins(store, file, Export(form))
        exported.empty(store)
