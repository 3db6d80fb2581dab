"""Coins as tables that ingest reads back unchanged: CSV, XLSX, JSON and Parquet."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ...errors import SettingsError
from ...sources.outputs import cell
from .cells import NUMBERS, cells, columns
from .coins import ExportedCoin

BATCH = 1000  # rows of a Parquet file that are written at once
SHEET = "coins"
LONGEST = 32_767  # characters of a cell in a spreadsheet
# A return, and what XML cannot hold, is written as _x000D_; a text that looks so as _x005F_x000D_.
ESCAPED = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)")
WITHOUT = 'needs {library}: pip install "coinstore[formats]"'


def write_csv(coins: Iterable[ExportedCoin], path: Path, provenance: bool) -> None:
    """Writes CSV in UTF-8 with a mark that Excel knows it by."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        names = columns(provenance)
        writer.writerow(names)
        for one in coins:
            said = cells(one)
            writer.writerow([cell(said[name]) for name in names])


def write_json(coins: Iterable[ExportedCoin], path: Path, provenance: bool) -> None:
    """Writes an array with one object for each coin, each in a line of its own."""
    names = columns(provenance)
    with path.open("w", encoding="utf-8") as file:
        between = "[\n"
        for one in coins:
            said = cells(one)
            file.write(between + json.dumps({name: said[name] for name in names}, ensure_ascii=False))
            between = ",\n"
        file.write("[]\n" if between == "[\n" else "\n]\n")


def write_xlsx(coins: Iterable[ExportedCoin], path: Path, provenance: bool) -> None:
    """Writes one sheet; each text is stored as a text, which no program runs.

    Raises SettingsError for a text that is too long for a cell.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "A2"
    names = columns(provenance)
    sheet.append(names)
    try:
        for one in coins:
            said = cells(one)
            sheet.append([_sheet_cell(sheet, one, said[name]) for name in names])
    finally:
        sheet.close()
    book.save(path)


def _sheet_cell(sheet: Any, one: ExportedCoin, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return value
    text = ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", cell(value))
    if len(text) > LONGEST:
        raise SettingsError(
            f"{one.name}: has a text of {len(text):,} characters, and a cell of a spreadsheet holds"
            f" {LONGEST:,}; export CSV or JSON instead."
        )
    found = WriteOnlyCell(sheet, value=text)
    found.data_type = "s"
    return found


def write_parquet(coins: Iterable[ExportedCoin], path: Path, provenance: bool) -> None:
    """Writes Parquet with texts, floats and integers; raises SettingsError without pyarrow."""
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ModuleNotFoundError:
        raise SettingsError(f"Parquet {WITHOUT.format(library='pyarrow')}") from None
    types = {float: pyarrow.float64(), int: pyarrow.int32(), str: pyarrow.string()}
    schema = pyarrow.schema([(name, types[NUMBERS.get(name, str)]) for name in columns(provenance)])
    with ParquetWriter(path, schema) as writer:
        for some in _batches(coins):
            rows = [cells(one) for one in some]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))


def _batches(coins: Iterable[ExportedCoin]) -> Iterator[list[ExportedCoin]]:
    every = iter(coins)
    while some := list(islice(every, BATCH)):
        yield some
