"""The records of a spreadsheet: which of its sheets is read, and what a person has to know about it."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

from ...errors import SourceError
from ...sources.spelling import one_name
from .. import header
from ..coin import Record, Shown
from ..header import Line, Tell
from ..mapping import Mapping
from . import ods, xls, xlsb, xlsx
from .cells import Cell, Merge, Row, Sheet
from .parts import Parts

ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods", ".xlsb")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
OLDEST = (b"\x09\x00", b"\x09\x02", b"\x09\x04")  # XLS before 1995
OTHERS = {
    "index/document.iwa": "is a document of Numbers; export it as XLSX.",
    "index.zip": "is a document of Numbers; export it as XLSX.",
}
MOST_CELLS = 50_000_000
ZEROS = re.compile(r"(?<!\d)(?<!\d[.,])0+(?=\d)")


def is_spreadsheet(start: bytes, ending: str) -> bool:
    """Whether a file is a spreadsheet, by its first bytes; the ending decides only about the oldest kind."""
    return start.startswith((ZIP, OLE)) or (ending in ENDINGS and start.startswith(OLDEST))


def records(source: str, stream: BinaryIO, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """The records of one sheet: of the one that the mapping names, or of the first that has a table.

    Hidden rows are read like others. `tell` says which sheet is read, and what is hidden. Raises
    SourceError for a file that cannot be read, or not to its end.
    """
    found = _sheets(source, stream)
    sheet = _chosen(source, found, mapping, tell)
    if len(found) > 1:
        _tell_sheets(source, found, sheet, tell)
    hidden: list[int] = []
    broken: list[SourceError] = []
    lines = header.up_to_damage(_lines(source, sheet, mapping, hidden), broken)
    try:
        for record in header.records(source, lines, mapping, tell, are_placed=True):
            yield replace(record, raw=_kept(record.raw))
    except SourceError as error:
        raise broken[0] if broken else error from None
    if broken:
        raise broken[0]
    if hidden:
        rows = f"row {hidden[0]} is" if len(hidden) == 1 else f"{len(hidden):,} rows are"
        tell(f"{source}: {rows} hidden in sheet {sheet.name!r}, and loaded like the others.")
    if sheet.findings.lacks_formats:
        tell(f"{source}: its number formats are missing; numbers are read as they are stored, 115 for 00115.")


def _sheets(source: str, stream: BinaryIO) -> list[Sheet]:
    start = stream.read(4)
    stream.seek(0)
    if not start.startswith(ZIP):
        return list(xls.sheets(source, stream))
    parts = Parts(source, stream)
    for name, reason in OTHERS.items():
        if name in parts:
            raise SourceError(f"{source}: {reason}")
    if xlsb.CONTENT in parts:
        stream.seek(0)
        return list(xlsb.sheets(source, stream))
    return list(ods.sheets(source, stream) if ods.CONTENT in parts else xlsx.sheets(source, stream))


def _chosen(source: str, found: list[Sheet], mapping: Mapping, tell: Tell) -> Sheet:
    if mapping.sheet is not None:
        wanted = one_name(mapping.sheet)
        for same in (str, str.casefold):
            for sheet in found:
                if same(one_name(sheet.name)) == same(wanted):
                    return sheet
        names = ", ".join(repr(sheet.name) for sheet in found)
        raise SourceError(f"{source}: has no sheet {mapping.sheet!r}; it has {names}.")
    visible = [sheet for sheet in found if not sheet.is_hidden] or found
    if len(visible) == 1:
        return visible[0]
    broken: list[list[SourceError]] = [[] for _ in visible]
    ranks = [_rank(sheet, mapping, said) for sheet, said in zip(visible, broken, strict=True)]
    best = ranks.index(max(ranks))
    for said in broken[:best] + broken[best + 1 :]:  # that of the chosen sheet is raised when it is read
        for error in said:
            tell(str(error))
    return visible[best]


def _rank(sheet: Sheet, mapping: Mapping, broken: list[SourceError]) -> int:
    """How much a sheet is like a table of coins: 0 for an empty one or only a text, 3 for known names."""
    ahead = list(islice(header.up_to_damage(sheet.rows(), broken), header.AHEAD))
    width = max((max(row.cells) + 1 for row in ahead if row.cells), default=0)
    if len(ahead) < 2 or width > header.WIDEST:
        return 0
    lines: list[Line] = [(row.number, [row.cells.get(n) for n in range(width)]) for row in ahead]
    known = header.likeness(lines, mapping)[0]
    return min(known, 2) + 1 if known else int(width > 1)


def _tell_sheets(source: str, found: list[Sheet], sheet: Sheet, tell: Tell) -> None:
    others = ", ".join(
        repr(other.name) + (" (hidden)" if other.is_hidden else "") for other in found if other is not sheet
    )
    hidden = ", which is hidden," if sheet.is_hidden else ""
    next_name = next(other.name for other in found if other is not sheet)
    tell(
        f"{source}: sheet {sheet.name!r}{hidden} is read; its other sheets are {others}."
        f" A mapping file can name another: sheet = {json.dumps(next_name, ensure_ascii=False)}"
    )


def _lines(source: str, sheet: Sheet, mapping: Mapping, hidden: list[int]) -> Iterator[Line]:
    """The rows of a sheet as lists of cells, with merged cells filled; hidden ones are noted."""
    cells = 0
    rows = _filled(sheet)
    for row in rows if mapping.header_row is not None else _with_joined_header(rows, sheet, mapping):
        cells += len(row.cells)
        if cells > MOST_CELLS:
            raise SourceError(f"{source}: has more than {MOST_CELLS:,} cells; save the sheet as CSV.")
        if row.is_hidden:
            hidden.append(row.number)
        yield row.number, _list(row)


def _list(row: Row) -> list[Cell]:
    return [row.cells.get(n) for n in range(max(row.cells) + 1)]


def _filled(sheet: Sheet) -> Iterator[Row]:
    """The rows, where each row of a merged cell has its value, as a person sees it.

    The value is in the first column of the merged cell. Rows that have no other cells are not filled.
    """
    waiting: list[tuple[int, int, Merge]] = []
    taken = 0
    active: dict[int, tuple[int, Cell]] = {}  # by column: the last row, and the value
    for row in sheet.rows():
        merges = sheet.findings.merges
        for n in range(taken, len(merges)):
            heapq.heappush(waiting, (merges[n].top, n, merges[n]))
        taken = len(merges)
        for column, (bottom, value) in list(active.items()):
            if bottom < row.number:
                del active[column]
            else:
                row.cells[column] = value
        while waiting and waiting[0][0] <= row.number:
            merge = heapq.heappop(waiting)[2]
            if merge.top == row.number and merge.bottom > merge.top and merge.left in row.cells:
                active[merge.left] = merge.bottom, row.cells[merge.left]
        yield row


def _with_joined_header(rows: Iterator[Row], sheet: Sheet, mapping: Mapping) -> Iterator[Row]:
    """The rows, where a header of two rows is one: "Obverse" over "legend" is "Obverse legend".

    The upper row has a name over several columns in a merged cell, and more than one name.
    """
    for row in islice(rows, header.AHEAD):
        wide = [m for m in sheet.findings.merges if m.top == m.bottom == row.number and m.right > m.left]
        below = next(rows, None) if wide and len(row.cells) > 1 else None
        if below is None:
            yield row
            continue
        joined = _joined(row, below, wide)
        known = [header.likeness([(one.number, _list(one))], mapping)[0] for one in (row, below, joined)]
        if known[2] and known[2] >= max(known[:2]):  # words of data would make names unknown
            yield joined
            break
        yield row
        yield below
    yield from rows


def _joined(row: Row, below: Row, wide: list[Merge]) -> Row:
    upper = dict(row.cells)
    for merge in wide:
        if merge.right - merge.left > header.WIDEST or any(merge.left < n <= merge.right for n in row.cells):
            continue
        upper |= dict.fromkeys(range(merge.left, merge.right + 1), row.cells.get(merge.left))
    names: dict[int, Cell] = {}
    for column in sorted(upper.keys() | below.cells.keys()):
        both = dict.fromkeys(str(c) for c in (upper.get(column), below.cells.get(column)) if c is not None)
        names[column] = " ".join(both) or None
    return Row(below.number, names, below.is_hidden)


def _kept(raw: dict[str, Cell]) -> dict[str, Cell]:
    """A record as it is shown, and next to it the values of which less is shown than is stored."""
    kept: dict[str, Cell] = {}
    for name, cell in raw.items():
        kept[name] = str(cell) if isinstance(cell, Shown) else cell
        if isinstance(cell, Shown) and cell.exact is not None and not _says(cell):
            kept[f"{name} (value)"] = cell.exact
    return kept


def _says(cell: Shown) -> bool:
    """Whether the text that is shown has all of the value; zeros before it do not matter."""
    try:
        return ZEROS.sub("", cell) == ZEROS.sub("", str(cell.exact)) or float(cell) == cell.exact
    except ValueError:
        return False
