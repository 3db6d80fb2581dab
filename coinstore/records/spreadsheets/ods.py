"""ODS: the sheets of an OpenDocument spreadsheet, whose cells carry the text that they show."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ...errors import SourceError
from ..coin import Shown
from .cells import (
    ERRORS,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Findings,
    Merge,
    Row,
    error_cell,
    formula_cell,
    plain,
)
from .parts import Event, Parts, attribute

CONTENT = "content.xml"
MOST_REPEATS = 1000  # of cells and rows that are not empty; a short file can say a million
TIME = re.compile(r"-?PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:[.,]\d+)?S)?$")
NUMBERS = ("float", "percentage", "currency")


def sheets(source: str, stream: BinaryIO) -> list[OdsSheet]:
    """The sheets, in order; raises SourceError for a file that is not a spreadsheet."""
    parts = Parts(source, stream)
    if CONTENT not in parts:
        raise SourceError(f"{source}: is a zip, but not a spreadsheet that coinstore reads.")
    manifest = "META-INF/manifest.xml"
    if manifest in parts and parts.holds(manifest, b"encryption-data"):
        raise SourceError(f"{source}: is locked by a password; save it without one.")
    hidden, depth, style = set[str](), 0, ""
    found: list[OdsSheet] = []
    for name, attributes, _ in parts.events(CONTENT):
        if name == "style":
            style = (attribute(attributes, "name") or "") if attributes else ""
        elif name == "table-properties" and attributes and attribute(attributes, "display") == "false":
            hidden.add(style)
        elif name == "table":
            if attributes is not None and depth == 0:
                title = attribute(attributes, "name") or f"Sheet{len(found) + 1}"
                is_hidden = attribute(attributes, "style-name") in hidden
                found.append(OdsSheet(title, is_hidden, parts, len(found)))
            depth += 1 if attributes is not None else -1
    if not found:
        raise SourceError(f"{source}: has no sheets.")
    return found


def _count(attributes: dict[str, str], name: str, most: int) -> int:
    text = attribute(attributes, name) or "1"
    return min(max(int(text), 1), most) if text.isascii() and text.isdigit() and len(text) < 10 else 1


@dataclass
class OdsSheet:
    """A sheet of an OpenDocument spreadsheet."""

    name: str
    is_hidden: bool
    _parts: Parts
    _index: int
    findings: Findings = field(default_factory=Findings)

    def rows(self) -> Iterator[Row]:
        """The rows that have cells; see Sheet. A merge is known when its first row is."""
        self.findings = Findings()
        number = 1
        for begun, events in _table(self._parts, self._index):
            times = _count(begun, "number-rows-repeated", MOST_ROWS)
            is_hidden = attribute(begun, "visibility") in ("collapse", "filter")
            cells = self._row(number, events)
            if cells and times > MOST_REPEATS:
                raise self._endless(number, f"is repeated {times:,} times")
            for n in range(number, min(number + times, MOST_ROWS + 1) if cells else number):
                yield Row(n, dict(cells), is_hidden)
            number += times

    def _row(self, number: int, events: Iterator[Event]) -> dict[int, Cell]:
        """The cells of the row whose element has begun; reads up to its end."""
        cells: dict[int, Cell] = {}
        column = 0
        for name, attributes, _ in events:
            if name == "table-row":
                break
            if attributes is None or name not in ("table-cell", "covered-table-cell"):
                continue
            times = _count(attributes, "number-columns-repeated", MOST_COLUMNS)
            down = _count(attributes, "number-rows-spanned", MOST_ROWS) - 1
            across = _count(attributes, "number-columns-spanned", MOST_COLUMNS) - 1
            cell = _cell(attributes, _shown(name, events))
            if cell is not None and times > MOST_REPEATS:
                raise self._endless(number, f"has a cell {times:,} times")
            if cell is not None and name == "table-cell":
                cells |= dict.fromkeys(range(column, min(column + times, MOST_COLUMNS)), cell)
                if down or across:
                    merge = Merge(number, column, number + down, column + across)
                    self.findings.merge(self._parts.source, merge)
            column += times
        return cells

    def _endless(self, number: int, problem: str) -> SourceError:
        return SourceError(f"{self._parts.source}, row {number}: {problem}; clear what is only filling.")


def _table(parts: Parts, index: int) -> Iterator[tuple[dict[str, str], Iterator[Event]]]:
    """The beginning of each row of a table, and the events to take its cells from."""
    depth, at = 0, -1
    events = parts.events(CONTENT)
    for name, attributes, _ in events:
        if name == "table":
            at += attributes is not None and depth == 0
            depth += 1 if attributes is not None else -1
        elif name == "table-row" and attributes is not None and depth == 1 and at == index:
            yield attributes, events


def _shown(cell: str, events: Iterator[Event]) -> str:
    """The text of the cell whose element has begun, without notes and drawings; reads up to its end."""
    lines: list[str] = []
    line: list[str] | None = None
    aside = 0
    for name, attributes, text in events:
        if line is not None and not aside:
            line.append(text)
        if name in ("annotation", "frame", "custom-shape"):
            aside += 1 if attributes is not None else -1
        elif name == cell and attributes is None:
            break
        elif aside:
            continue
        elif name in ("p", "h"):
            if line is not None and attributes is None:
                lines.append("".join(line))
            line = [] if attributes is not None else None
        elif line is not None and attributes is not None:
            line.append(_space(name, attributes))
    return "\n".join(lines)


def _space(name: str, attributes: dict[str, str]) -> str:
    if name == "s":
        return " " * _count(attributes, "c", 1000)
    return {"tab": "\t", "line-break": "\n"}.get(name, "")


def _cell(attributes: dict[str, str], text: str) -> Cell:
    said: dict[str, Any] = {key.rpartition(":")[2]: value for key, value in attributes.items()}
    # LibreOffice says its own type last, and more precisely: error.
    kind = said.get("value-type", "")
    if kind == "error" or (said.get("formula") and ERRORS.fullmatch(text)):
        return error_cell(text)
    if said.get("formula") and not kind and not text:
        return formula_cell(said["formula"].removeprefix("of:="))
    if kind == "boolean":
        return bool(said.get("boolean-value") == "true")
    if kind in NUMBERS:
        return _number(said.get("value", ""), text)
    if kind == "date":
        day, _, time = said.get("date-value", "").partition("T")
        exact = day if time in ("", "00:00:00") else f"{day} {time.split('.')[0]}"
        return Shown(text or exact, exact)
    if kind == "time":
        match = TIME.match(said.get("time-value", ""))
        exact = ":".join(f"{int(part or 0):02}" for part in match.groups()) if match else text
        return Shown(text or exact, exact)
    return text or said.get("string-value") or None


def _number(stored: str, text: str) -> Cell:
    try:
        value = float(stored)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return Shown(text or stored, None, "is not a number, although the file says so")
    number = plain(value)
    if not text or text == str(number):
        return number
    return Shown(text, text if any(c.isalpha() or c == "%" for c in text) else number)
