"""Exports as tables: every field has a column that ingest knows."""

from coinstore.records.columns import usual
from coinstore.records.exports.cells import COLUMNS


def test_each_column_is_the_usual_name_of_its_field() -> None:
    assert {name: (usual(name) or usual("")).field for name in COLUMNS} == {name: name for name in COLUMNS}
