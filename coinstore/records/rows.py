"""Records from files: CSV, TSV, spreadsheets, JSON and JSON lines, each with its place in the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from ..errors import SourceError
from ..sources import files
from ..sources.source import Source
from . import header
from .coin import Record
from .encodings import BOMS, encoding_of
from .formats.format import Reader as FormatReader
from .guards import unguarded
from .header import Line, Tell
from .kinds import DELIMITERS, kind_of
from .lines import ReturnableLines, decoded_lines
from .mapping import Mapping
from .parquet import MARK, parquet_rows
from .rows_json import json_lines, json_rows
from .spreadsheets.book import ENDINGS, is_spreadsheet
from .spreadsheets.book import records as spreadsheet_records

# Characters; some descriptions with embedded pictures exceed the limit of the csv module, 131,072.
CELL_LIMIT = 10_000_000
START_BYTES = 4096  # that tell a spreadsheet from text
SEP_LINE = re.compile('\ufeff?"?sep=(?P<delimiter>[^"\r\n])"?[,;\t ]*(?:\r\n?|\n)', re.IGNORECASE)  # Excel's


def rows(
    source: Source, mapping: Mapping, tell: Tell, reader: FormatReader | None = None
) -> Iterator[Record]:
    """The records of a table, in order; raises SourceError when the file as a whole cannot be read.

    `tell` takes sentences about the table as a whole, for example which rows were skipped. `reader` is that
    of its format; without one it is a table or JSON.
    """
    return reader(source, mapping, tell) if reader else _rows(source, mapping, tell)


def _rows(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    readers = {".json": json_rows, ".jsonl": json_lines, ".ndjson": json_lines}
    with files.open_binary(source.location) as stream:
        start = stream.read(START_BYTES)
        stream.seek(0)
        if start.startswith(MARK):
            yield from parquet_rows(source.name, stream)
            return
        if is_spreadsheet(start, source.kind):
            yield from map(unguarded, spreadsheet_records(source.name, stream, mapping, tell))
            return
        if source.kind in ENDINGS:
            _check_text(source, start, tell)
        if reader := readers.get(kind_of(source, start) or ""):
            yield from reader(source.name, stream, mapping)
        else:
            lines = _csv(source, stream, mapping)
            yield from map(unguarded, header.records(source.name, lines, mapping, tell))


def _check_text(source: Source, start: bytes, tell: Tell) -> None:
    """Says that a file is text although it is named like a spreadsheet; raises SourceError when it is not."""
    kind = source.kind[1:].upper()
    text = start.decode("utf-8", "replace").lstrip("\ufeff \t\r\n").lower()
    if text.startswith(("<html", "<!doctype html", "<table", "<meta", "<?xml", "<style", "<div")):
        raise SourceError(
            f"{source.name}: is not {kind} but HTML or XML; open it in a spreadsheet program,"
            " and save it as XLSX."
        )
    if b"\0" in start and not start.startswith(tuple(mark for mark, _ in BOMS)):
        raise SourceError(f"{source.name}: is not {kind}, or damaged; save the sheet again, or as CSV.")
    if start:
        tell(f"{source.name}: is not {kind} but text, and is read as CSV.")


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
    if source.kind in (".tsv", ".tab") and "\t" in text:
        return "\t"
    whole = text[: text.rfind("\n") + 1] or text
    return max(DELIMITERS, key=lambda delimiter: header.likeness(_first_rows(whole, delimiter), mapping))


def _first_rows(text: str, delimiter: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return list(enumerate(islice((cells for cells in reader if any(cells)), header.AHEAD), 1))
    except csv.Error:  # a cell of more than the limit
        return []
