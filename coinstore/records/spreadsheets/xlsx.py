"""XLSX: the sheets of a workbook, transitional or strict, whatever its other parts are like."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from ...errors import SourceError
from ..coin import Shown
from .cells import (
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Findings,
    Merge,
    Row,
    error_cell,
    formula_cell,
    number_cell,
    text_cell,
)
from .dates import days
from .parts import LARGEST_WHOLE_BYTES, DamagedPart, Event, Parts, attribute

REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})$")
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
BUILT_IN = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00"},
    **{12: "# ?/?", 13: "# ??/??", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss"},
    **{37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)"},
    **{41: "#,##0;-#,##0;-;@", 43: "#,##0.00;-#,##0.00;-;@", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0"},
    **{48: "##0.0E+0", 49: "@"},
    # The look of these depends on the country of the computer: dates, times, and amounts of money.
    **dict.fromkeys([14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)], "[$-F800]yyyy"),
}


@dataclass(frozen=True, slots=True)
class _Book:
    """What the cells of all sheets refer to: texts, formats by style, the first day."""

    parts: Parts
    texts: list[str]
    formats: list[str]
    is_1904: bool
    is_uncalculated: bool  # the program that opens it has to calculate its formulas first


def sheets(source: str, stream: BinaryIO) -> list[XlsxSheet]:
    """The sheets with cells, in order; raises SourceError for a file that is not a workbook."""
    parts = Parts(source, stream)
    main = next((target for kind, target in _relations(parts, "").values() if kind == "officedocument"), "")
    main = main if main in parts else "xl/workbook.xml"
    listed, flags = _workbook(parts, main) if main in parts else ([], {})
    relations = _relations(parts, main)
    book = _Book(
        parts,
        _texts(parts, _target(relations, "sharedstrings", "xl/sharedStrings.xml")),
        _formats(parts, _target(relations, "styles", "xl/styles.xml")),
        flags.get("date1904") in ("1", "true"),
        flags.get("fullCalcOnLoad") in ("1", "true"),
    )
    found = []
    for n, (name, state, key) in enumerate(listed, 1):
        kind, part = relations.get(key, ("worksheet", "" if relations else f"xl/worksheets/sheet{n}.xml"))
        if kind == "worksheet" and part in parts:
            found.append(XlsxSheet(name, state != "visible", book, part))
    if not found:
        # Without a list of sheets, or with a wrong one, their parts are still there.
        names = sorted(name for name in parts.names() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name))
        found = [XlsxSheet(posixpath.basename(name)[:-4], False, book, name) for name in names]
    if not found:
        raise SourceError(f"{source}: is a zip, but not a workbook with sheets that coinstore reads.")
    return found


def _workbook(parts: Parts, part: str) -> tuple[list[tuple[str, str, str]], dict[str, str]]:
    """The name, state and relation of each sheet, and the attributes of the whole workbook."""
    listed: list[tuple[str, str, str]] = []
    flags: dict[str, str] = {}
    for name, attributes, _ in parts.events(part, largest=LARGEST_WHOLE_BYTES):
        if attributes is None:
            continue
        if name == "sheet":
            key = attribute({k: v for k, v in attributes.items() if ":" in k}, "id") or ""
            listed.append((unescaped(attributes.get("name", "")), attributes.get("state", "visible"), key))
        elif name in ("workbookPr", "calcPr"):
            flags |= attributes
    return listed, flags


def _relations(parts: Parts, part: str) -> dict[str, tuple[str, str]]:
    """The relations of a part by their id: the kind in lower case, and the part that is meant."""
    folder, base = posixpath.split(part)
    name = posixpath.join(folder, "_rels", f"{base}.rels")
    found: dict[str, tuple[str, str]] = {}
    if name not in parts:
        return found
    with suppress(DamagedPart):  # the parts have usual names, too
        for element, attributes, _ in parts.events(name, largest=LARGEST_WHOLE_BYTES):
            if element == "Relationship" and attributes:
                kind = attributes.get("Type", "").rpartition("/")[2].lower()
                target = posixpath.join("/", folder, attributes.get("Target", ""))
                found[attributes.get("Id", "")] = (kind, target)
    return found


def _target(relations: dict[str, tuple[str, str]], kind: str, usual: str) -> str:
    return next((target for found, target in relations.values() if found == kind), usual)


def _texts(parts: Parts, part: str) -> list[str]:
    """The shared texts; without those that show how to pronounce them."""
    found: list[str] = []
    if part not in parts:
        return found
    text: list[str] = []
    is_reading = False
    for name, attributes, characters in parts.events(part, largest=LARGEST_WHOLE_BYTES):
        if name == "rPh":
            is_reading = attributes is not None
        elif attributes is None and name == "t" and not is_reading:
            text.append(characters)
        elif attributes is None and name == "si":
            found.append(unescaped("".join(text)))
            text.clear()
    return found


def _formats(parts: Parts, part: str) -> list[str]:
    """The number format of each style; none when the styles are missing or damaged."""
    codes, found, is_cell = dict(BUILT_IN), list[str](), False
    if part not in parts:
        return found
    try:
        for name, attributes, _ in parts.events(part, largest=LARGEST_WHOLE_BYTES):
            if name == "cellXfs":
                is_cell = attributes is not None
            elif attributes is not None and name == "numFmt":
                codes[_number(attributes.get("numFmtId"), -1)] = unescaped(attributes.get("formatCode", ""))
            elif attributes is not None and name == "xf" and is_cell:
                found.append(codes.get(_number(attributes.get("numFmtId"), 0), "General") or "General")
    except SourceError:
        return []
    return found


def unescaped(text: str) -> str:
    """A text without the escapes of XLSX: _x000D_ is a carriage return, _x005F_ an underscore."""
    if "_x" not in text:
        return text
    plain = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default


def position(reference: str | None) -> tuple[int, int] | None:
    """The row from 1 and the column from 0 of a reference like B7; None when it is not one."""
    match = REFERENCE.match(reference or "")
    if not match:
        return None
    column = 0
    for letter in match[1].upper():
        column = 26 * column + ord(letter) - 64
    row = int(match[2])
    return (row, column - 1) if 0 < row <= MOST_ROWS and column <= MOST_COLUMNS else None


@dataclass
class XlsxSheet:
    """A sheet of a workbook."""

    name: str
    is_hidden: bool
    _book: _Book
    _part: str
    findings: Findings = field(default_factory=Findings)

    def rows(self) -> Iterator[Row]:
        """The rows that have cells; see Sheet."""
        self.findings = Findings()
        if self._book.parts.holds(self._part, b"mergeCell"):
            self._take_merges()
        last, column, row = 0, -1, Row(0, {})
        events = self._book.parts.events(self._part)
        for name, attributes, _ in events:
            if name == "row" and attributes is not None:
                last = max(_number(attributes.get("r"), 0), last + 1)  # a number twice would be one place
                row = Row(last, {}, attributes.get("hidden") in ("1", "true"))
                column = -1
            elif name == "row" and row.cells:
                yield row
            elif name == "c" and attributes is not None:
                place = position(attributes.get("r"))
                column = place[1] if place else column + 1
                cell = self._cell(attributes, events)
                if cell is not None and column < MOST_COLUMNS:
                    row.cells[column] = cell

    def _take_merges(self) -> None:
        parts = self._book.parts
        with suppress(DamagedPart):  # told where the rows are read
            for name, attributes, _ in parts.events(self._part):
                if name == "mergeCell" and attributes:
                    first, _, last = attributes.get("ref", "").partition(":")
                    top, bottom = position(first), position(last)
                    if top and bottom:
                        self.findings.merge(parts.source, Merge(*top, *bottom))

    def _cell(self, attributes: dict[str, str], events: Iterator[Event]) -> Cell:
        """The cell whose element has begun; reads up to its end."""
        value, formula, inline, is_reading = "", None, list[str](), False
        for name, begun, text in events:
            if begun is not None:
                formula = "" if name == "f" and formula is None else formula
                is_reading = is_reading or name == "rPh"
            elif name == "v":
                value = text
            elif name == "f":
                formula = text
            elif name == "t" and not is_reading:
                inline.append(text)
            elif name == "rPh":
                is_reading = False
            elif name == "c":
                break
        style = _number(attributes.get("s"), 0)
        kind = attributes.get("t", "n")
        if formula is not None and not value and kind != "str" and not inline:
            return formula_cell(formula)
        if formula is not None and self._book.is_uncalculated and value in ("", "0"):
            return formula_cell(formula)
        return self._typed(kind, value, "".join(inline), self._format(style))

    def _format(self, style: int) -> str:
        formats = self._book.formats
        if style < len(formats):
            return formats[style]
        self.findings.lacks_formats |= style > 0
        return "General"

    def _typed(self, kind: str, value: str, inline: str, code: str) -> Cell:
        if kind == "inlineStr" or (inline and not value):
            return text_cell(unescaped(inline), code)
        if kind == "s":
            n = _number(value.strip(), -1)
            if 0 <= n < len(self._book.texts):
                return text_cell(self._book.texts[n], code)
            return Shown(value, None, "refers to a text that is missing in the file") if value else None
        if kind == "b" and value.strip() in ("0", "1", "true", "false"):
            return value.strip() in ("1", "true")
        if kind == "e":
            return error_cell(value)
        if kind == "str" or not value:
            return text_cell(unescaped(value), code)
        is_1904 = self._book.is_1904
        try:
            number = days(value, is_1904=is_1904) if kind == "d" else float(value)
            return number_cell(number, code, is_1904=is_1904)
        except ValueError:
            return Shown(value, None, "is not a number or a date, although the file says so")
