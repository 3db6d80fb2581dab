"""Rows out of files: CSV, TSV, XLSX, JSON and JSON lines, one at a time, with the place where each stands."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from itertools import chain
from math import isfinite
from typing import Any, BinaryIO

from ..errors import SourceError
from ..sources import files
from .mapping import Mapping

CELL_LIMIT = (
    10_000_000  # characters; the csv module's own 131,072 is less than some descriptions with pictures
)
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

DEEPEST = 100  # levels of JSON
WHOLE_BYTES = 64_000_000  # of JSON that is held in memory, where no reader of pieces takes it
LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # and no other sign that Unicode calls a break


@dataclass(frozen=True, slots=True)
class Row:
    """One record: where it stands, its cells by column (or nested path), as it came, and why not, if so."""

    place: str
    cells: dict[str, Any]
    raw: dict[str, Any]
    refusal: str | None = None


def rows(location: str, mapping: Mapping) -> Iterator[Row]:
    """The records of a table, in order; raises SourceError when the file as a whole cannot be read."""
    kind = location.rsplit(".", 1)[-1].lower()
    with files.open_binary(location) as stream:
        if kind == "xlsx":
            yield from _xlsx(location, stream, mapping)
        elif kind == "json":
            yield from _json(location, stream, mapping)
        elif kind in ("jsonl", "ndjson"):
            yield from _json_lines(location, stream, mapping)
        else:
            yield from _csv(location, stream, mapping)


def _csv(location: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Row]:
    start = stream.read(65536)
    encoding = mapping.encoding or next((e for bom, e in BOMS.items() if start.startswith(bom)), "utf-8")
    text = _Text(location, chain([start], iter(lambda: stream.read(65536), b"")), encoding)
    delimiter = mapping.delimiter or _delimiter(location, start, encoding)
    csv.field_size_limit(CELL_LIMIT)
    lines = _Lines(text.lines())
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise SourceError(f"{location}, row 1: is not CSV ({error}).") from None
    _check_header(location, header, mapping)
    assert header is not None
    yield from _with_rows(location, _csv_rows(header, reader, lines))


def _csv_rows(header: list[str], reader: Any, lines: _Lines) -> Iterator[Row]:
    while True:
        place = f"row {lines.begin()}"
        try:
            cells = next(reader, None)
        except csv.Error as error:  # a stray quote, say: the row where it stands is refused, and no other
            yield Row(place, {}, {"line": lines.give_back()[:2000]}, f"is not CSV ({error})")
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _row(place, header, cells)


class _Lines:
    """Lines that can be given back: a row that turns out to be none may have taken many."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._taken, self._number = lines, deque[str](), 1
        self._ahead = deque[str]()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self._taken.append(self._ahead.popleft() if self._ahead else next(self._lines))
        return self._taken[-1]

    def begin(self) -> int:
        """A row begins here: the number of its line, from 1."""
        self._number += len(self._taken)
        self._taken.clear()
        return self._number

    def give_back(self) -> str:
        """All lines since then, but the first, are to come again; that one."""
        first = self._taken.popleft()
        self._ahead.extendleft(reversed(self._taken))
        self._taken = deque([first])
        return first


def _row(place: str, header: list[str], cells: list[Any]) -> Row:
    raw = dict(zip(header, cells, strict=False))
    if len(cells) == len(header):
        return Row(place, raw, raw)
    if len(cells) > len(header):
        raw |= {f"column {n}": cell for n, cell in enumerate(cells[len(header) :], len(header) + 1)}
    return Row(place, {}, raw, f"has {len(cells)} cells where the header has {len(header)}")


class _Text:
    """Lines out of bytes, decoded as they come, so that a wrong byte can be told by its line."""

    def __init__(self, location: str, chunks: Iterator[bytes], encoding: str) -> None:
        self.location, self.chunks, self.encoding = location, chunks, encoding
        try:
            self.decoder = codecs.getincrementaldecoder(encoding)()
        except LookupError:
            raise SourceError(f"{location}: there is no encoding {encoding!r}.") from None

    def lines(self) -> Iterator[str]:
        rest, line = "", 1
        for chunk in chain(self.chunks, [None]):
            try:
                rest += self.decoder.decode(chunk or b"", final=chunk is None)
            except UnicodeDecodeError as error:
                line += rest.count("\n") + error.object[: error.start].count(b"\n")
                raise SourceError(
                    f"{self.location}, row {line}: byte 0x{error.object[error.start]:02x} is not {self.encoding};"
                    ' say what it is in a mapping file, encoding = "latin-1" for example.'
                ) from None
            whole = [one for one in LINE_END.split(rest) if one] if chunk is None else rest.split("\n")
            if chunk is not None:
                rest, whole = whole[-1], [one + "\n" for one in whole[:-1]]
            line += len(whole)
            yield from whole


def _delimiter(location: str, start: bytes, encoding: str) -> str:
    if location.lower().endswith((".tsv", ".tab")):
        return "\t"
    first = start.decode(encoding, "replace").splitlines()[:1] or [""]
    return max(",;\t|", key=first[0].count)


def _check_header(location: str, header: list[str] | None, mapping: Mapping) -> None:
    if not header or not any(name.strip() for name in header):
        raise SourceError(f"{location}: is empty; a table begins with the names of its columns.")
    if missing := [name for name in mapping.columns if name not in header]:
        raise SourceError(f"{location}: has no column {missing[0]!r}, of which the mapping file speaks.")
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise SourceError(
            f"{location}: the header has the column {min(twice)!r} twice; give each its own name."
        )


def _with_rows(location: str, found: Iterator[Row]) -> Iterator[Row]:
    first = next(found, None)
    if first is None:
        raise SourceError(f"{location}: has a header and no rows.")
    yield from chain([first], found)


def _xlsx(location: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Row]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(stream.read()), read_only=True, data_only=True)
    except Exception:  # openpyxl lets whatever its parsers raise pass
        raise SourceError(f"{location}: is not an XLSX file, or a damaged one.") from None
    if mapping.sheet and mapping.sheet not in book.sheetnames:
        raise SourceError(f"{location}: has no sheet {mapping.sheet!r}; it has {', '.join(book.sheetnames)}.")
    sheet = book[mapping.sheet] if mapping.sheet else book.worksheets[0]
    lines = enumerate(sheet.iter_rows(values_only=True), 1)
    header = ["" if cell is None else str(cell) for cell in next(lines, (0, ()))[1]]
    while header and not header[-1]:
        header.pop()
    _check_header(location, header, mapping)
    cells = (
        (n, [_cell(c) for c in row[: len(header)]]) for n, row in lines if any(c is not None for c in row)
    )
    yield from _with_rows(location, (_row(f"row {n}", header, row) for n, row in cells))


def _cell(value: Any) -> Any:
    """A spreadsheet's cell: 64.0 is 64 to whoever typed it; dates and the like become text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _json(location: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Row]:
    import ijson

    path = f"{mapping.records}.item" if mapping.records else "item"
    count = 0
    try:
        events = ijson.parse(_shallow(ijson.basic_parse(stream)))
        found = (_item(f"item {n}", value) for n, value in enumerate(ijson.items(events, path), 1))
        for row in _with_items(location, found):
            yield row
            count += 1
    except ijson.JSONError as error:  # NaN, say, which Python writes and JSON does not know
        whole = _whole(stream, mapping)
        if whole is None:
            raise SourceError(f"{location}: is not JSON ({str(error).splitlines()[0]}).") from None
        yield from (_item(f"item {n}", value) for n, value in enumerate(whole[count:], count + 1))
    except ValueError as error:
        raise SourceError(f"{location}: is not JSON ({str(error).splitlines()[0]}).") from None


def _whole(stream: BinaryIO, mapping: Mapping) -> list[Any] | None:
    """The records of a file that is not too large, by Python's own reader; None when that cannot read it."""
    stream.seek(0)
    text = stream.read(WHOLE_BYTES + 1)
    try:
        found = (
            json.loads(text, parse_constant=str, parse_float=Decimal) if len(text) <= WHOLE_BYTES else None
        )
        for part in filter(None, (mapping.records or "").split(".")):
            found = found[part] if isinstance(found, dict) else None
    except (ValueError, KeyError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _shallow(events: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The events of a parser; paths into what is nested without end would fill any memory."""
    depth = 0
    for event, value in events:
        depth += event.startswith("start_") - event.startswith("end_")
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} deep")
        yield event, value


def _json_lines(location: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Row]:
    lines = _Text(location, iter(lambda: stream.read(65536), b""), mapping.encoding or "utf-8-sig").lines()
    yield from _with_items(location, (_json_line(n, line) for n, line in enumerate(lines, 1) if line.strip()))


def _json_line(n: int, line: str) -> Row:
    try:
        return _item(f"line {n}", json.loads(line, parse_constant=str, parse_float=Decimal))
    except (json.JSONDecodeError, RecursionError) as error:
        return Row(f"line {n}", {}, {"line": line[:2000]}, f"is not JSON ({error})")


def _with_items(location: str, found: Iterator[Row]) -> Iterator[Row]:
    first = next(found, None)
    if first is None:
        raise SourceError(
            f'{location}: holds no array of records; a mapping file can say where it lies: records = "path".'
        )
    yield from chain([first], found)


def _item(place: str, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(place, {}, {"value": _plain(value)}, "is not an object with named values")
    raw = {name: _plain(part) for name, part in value.items()}
    return Row(place, dict(_flat(raw, "")), raw)


def _plain(value: Any) -> Any:
    """What JSON can hold: exact decimals as they were written."""
    if isinstance(value, Decimal):
        whole = value.is_finite() and abs(value) < 1 << 53 and value == value.to_integral_value()
        return int(value) if whole else float(value) if isfinite(float(value)) else str(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _flat(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Nested values by their path: {"mint": {"name": "Thasos"}} gives mint.name."""
    for name, part in value.items():
        if isinstance(part, dict):
            yield from _flat(part, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", part
