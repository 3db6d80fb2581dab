"""Records from files: CSV, TSV, XLSX, JSON and JSON lines, one at a time, each with its place in the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, time
from itertools import chain, islice
from typing import Any, BinaryIO

from ..errors import SourceError
from ..sources import files
from ..sources.source import Source
from . import header
from .coin import Record
from .encodings import encoding_of
from .header import Line, Tell
from .lines import ReturnableLines, decoded_lines
from .mapping import Mapping
from .rows_json import json_lines, json_rows

# Characters; some descriptions with embedded pictures exceed the limit of the csv module, 131,072.
CELL_LIMIT = 10_000_000
DELIMITERS = "\t;|,"  # the first of equals counts: a comma is in texts and numbers as well
SEP_LINE = re.compile('\ufeff?"?sep=(?P<delimiter>[^"\r\n])"?[,;\t ]*(?:\r\n?|\n)', re.IGNORECASE)  # Excel's


def rows(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """The records of a table, in order; raises SourceError when the file as a whole cannot be read.

    `tell` takes sentences about the table as a whole, for example which rows were skipped.
    """
    readers = {".json": json_rows, ".jsonl": json_lines, ".ndjson": json_lines}
    with files.open_binary(source.location) as stream:
        if source.kind == ".xlsx":
            yield from header.records(source.name, _xlsx(source.name, stream, mapping), mapping, tell)
        elif reader := readers.get(source.kind):
            yield from reader(source.name, stream, mapping)
        else:
            yield from header.records(source.name, _csv(source, stream, mapping), mapping, tell)


def _csv(source: Source, stream: BinaryIO, mapping: Mapping) -> Iterator[Line]:
    start = stream.read(65536)
    encoding = encoding_of(start, mapping.encoding)
    chunks = chain([start], iter(lambda: stream.read(65536), b""))
    lines = ReturnableLines(decoded_lines(source.name, chunks, encoding))
    csv.field_size_limit(CELL_LIMIT)
    text = start.decode(encoding, "replace")
    said = SEP_LINE.match(text)
    if said:
        next(lines)
    delimiter = mapping.delimiter or (said and said["delimiter"]) or _delimiter(source, text, mapping)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = lines.begin()
        try:
            cells = next(reader, None)
        except csv.Error as error:  # a stray quote, for example: only the row that has it is refused
            given = {"line": lines.give_back()[:2000]}
            yield number, Record(f"row {number}", {}, given, f"is not CSV ({error})")
            continue
        if cells is None:
            return
        yield number, cells


def _delimiter(source: Source, text: str, mapping: Mapping) -> str:
    """The delimiter with which the first rows look most like a table."""
    if source.kind in (".tsv", ".tab"):
        return "\t"
    whole = text[: text.rfind("\n") + 1] or text
    return max(DELIMITERS, key=lambda delimiter: header.likeness(_first_rows(whole, delimiter), mapping))


def _first_rows(text: str, delimiter: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return list(enumerate(islice(reader, header.AHEAD), 1))
    except csv.Error:  # a cell of more than the limit
        return []


def _xlsx(source: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Line]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(stream.read()), read_only=True, data_only=True)
    except Exception:  # openpyxl does not translate the errors of its parsers
        raise SourceError(f"{source}: is not an XLSX file, or a damaged one.") from None
    if mapping.sheet and mapping.sheet not in book.sheetnames:
        raise SourceError(f"{source}: has no sheet {mapping.sheet!r}; it has {', '.join(book.sheetnames)}.")
    sheet = book[mapping.sheet] if mapping.sheet else book.worksheets[0]
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        yield number, [_cell(cell) for cell in row]


def _cell(value: Any) -> Any:
    """A cell of a spreadsheet: 64.0 is the 64 that a person typed; dates and times become text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
