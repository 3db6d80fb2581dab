"""Records from files: CSV, TSV, XLSX, JSON and JSON lines, one at a time, each with its place in the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime, time
from itertools import chain
from typing import Any, BinaryIO

from ..errors import SourceError
from ..sources import files
from ..sources.source import Source
from .coin import Record
from .lines import BOMS, ReturnableLines, decoded_lines
from .mapping import Mapping
from .rows_json import json_lines, json_rows

# Characters; some descriptions with embedded pictures exceed the limit of the csv module, 131,072.
CELL_LIMIT = 10_000_000


def rows(source: Source, mapping: Mapping, tell: Callable[[str], None]) -> Iterator[Record]:
    """The records of a table, in order; raises SourceError when the file as a whole cannot be read.

    `tell` takes sentences that a person should know, for example which sheet of several is read.
    """
    readers = {".xlsx": _xlsx, ".json": json_rows, ".jsonl": json_lines, ".ndjson": json_lines}
    with files.open_binary(source.location) as stream:
        if reader := readers.get(source.kind):
            yield from reader(source.name, stream, mapping)
        else:
            yield from _csv(source, stream, mapping)


def _csv(source: Source, stream: BinaryIO, mapping: Mapping) -> Iterator[Record]:
    start = stream.read(65536)
    encoding = mapping.encoding or next((e for bom, e in BOMS.items() if start.startswith(bom)), "utf-8")
    chunks = chain([start], iter(lambda: stream.read(65536), b""))
    lines = ReturnableLines(decoded_lines(source.name, chunks, encoding))
    csv.field_size_limit(CELL_LIMIT)
    delimiter = mapping.delimiter or _delimiter(source, start, encoding)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise SourceError(f"{source.name}, row 1: is not CSV ({error}).") from None
    yield from _below(source.name, header or [], mapping, _csv_rows(header or [], reader, lines))


def _csv_rows(header: list[str], reader: Any, lines: ReturnableLines) -> Iterator[Record]:
    while True:
        place = f"row {lines.begin()}"
        try:
            cells = next(reader, None)
        except csv.Error as error:  # a stray quote, for example: only the row that has it is refused
            yield Record(place, {}, {"line": lines.give_back()[:2000]}, f"is not CSV ({error})")
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _row(place, header, cells)


def _delimiter(source: Source, start: bytes, encoding: str) -> str:
    if source.kind in (".tsv", ".tab"):
        return "\t"
    first = start.decode(encoding, "replace").splitlines()[:1] or [""]
    return max(",;\t|", key=first[0].count)


def _xlsx(source: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Record]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(stream.read()), read_only=True, data_only=True)
    except Exception:  # openpyxl does not translate the errors of its parsers
        raise SourceError(f"{source}: is not an XLSX file, or a damaged one.") from None
    if mapping.sheet and mapping.sheet not in book.sheetnames:
        raise SourceError(f"{source}: has no sheet {mapping.sheet!r}; it has {', '.join(book.sheetnames)}.")
    sheet = book[mapping.sheet] if mapping.sheet else book.worksheets[0]
    lines = enumerate(sheet.iter_rows(values_only=True), 1)
    header = ["" if cell is None else str(cell) for cell in next(lines, (0, ()))[1]]
    while header and not header[-1]:
        header.pop()
    found = (
        _row(f"row {n}", header, [_cell(c) for c in row[: len(header)]])
        for n, row in lines
        if any(c is not None for c in row)
    )
    yield from _below(source, header, mapping, found)


def _cell(value: Any) -> Any:
    """A cell of a spreadsheet: 64.0 is the 64 that a person typed; dates and times become text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _row(place: str, header: list[str], cells: list[Any]) -> Record:
    raw = dict(zip(header, cells, strict=False))
    if len(cells) == len(header):
        return Record(place, raw, raw)
    if len(cells) > len(header):
        raw |= {f"column {n}": cell for n, cell in enumerate(cells[len(header) :], len(header) + 1)}
    return Record(place, {}, raw, f"has {len(cells)} cells where the header has {len(header)}")


def _below(source: str, header: list[str], mapping: Mapping, found: Iterator[Record]) -> Iterator[Record]:
    """The records below a header; raises SourceError when the header is wrong, or nothing is below it."""
    _check_header(source, header, mapping)
    first = next(found, None)
    if first is None:
        raise SourceError(f"{source}: has a header and no rows.")
    yield from chain([first], found)


def _check_header(source: str, header: list[str], mapping: Mapping) -> None:
    if not any(name.strip() for name in header):
        raise SourceError(f"{source}: is empty; a table begins with the names of its columns.")
    if missing := [name for name in mapping.columns if name not in header]:
        raise SourceError(f"{source}: has no column {missing[0]!r}, which the mapping file names.")
    if twice := {name for name in header if header.count(name) > 1}:
        raise SourceError(
            f"{source}: the header has the column {min(twice)!r} twice; give each column its own name."
        )
