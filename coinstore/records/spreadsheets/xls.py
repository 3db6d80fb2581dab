"""XLS: the sheets of an old Excel file, by xlrd."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ...errors import SourceError
from .cells import Cell, Findings, Merge, Row, error_cell, number_cell, text_cell

LENIENT: dict[str, Any] = {"ignore_workbook_corruption": True, "logfile": io.StringIO()}
LARGEST_BYTES = 128 * 1024**2  # each cell takes three times as much memory
LOCAL = {14: "m/d/yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 22: "m/d/yy h:mm"}


def sheets(source: str, stream: BinaryIO) -> list[XlsSheet]:
    """The sheets with cells, in order; raises SourceError for a file that xlrd cannot read."""
    import xlrd

    content = stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise SourceError(f"{source}: has more than {LARGEST_BYTES:,} bytes; save the sheet as CSV.")
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise SourceError(f"{source}: is locked by a password; save it without one.")
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, **LENIENT)
        names = book.sheet_names()
        found = [book.sheet_by_index(n) for n in range(book.nsheets)]
    except MemoryError:
        raise SourceError(f"{source}: takes more memory than there is; save the sheet as CSV.") from None
    except Exception as error:  # xlrd does not translate what damaged files do to it
        if "find workbook" in str(error):
            raise SourceError(
                f"{source}: is a document of an old Office program, but not a workbook."
            ) from None
        if "password" in str(error).lower() or "encrypted" in str(error).lower():
            raise SourceError(f"{source}: is locked by a password; save it without one.") from None
        raise SourceError(f"{source}: is an XLS file that is damaged; save it again as XLSX.") from None
    if not found:
        raise SourceError(f"{source}: has no sheets.")
    return [
        XlsSheet(name, sheet.visibility != 0, book, sheet) for name, sheet in zip(names, found, strict=True)
    ]


@dataclass
class XlsSheet:
    """A sheet of an old Excel file."""

    name: str
    is_hidden: bool
    _book: Any
    _sheet: Any
    findings: Findings = field(default_factory=Findings)

    def rows(self) -> Iterator[Row]:
        """The rows that have cells; see Sheet."""
        merges = [
            Merge(top + 1, left, bottom, right - 1) for top, bottom, left, right in self._sheet.merged_cells
        ]
        self.findings = Findings(merges)
        for n in range(self._sheet.nrows):
            cells: dict[int, Cell] = {
                column: cell
                for column, found in enumerate(self._sheet.row(n))
                if (cell := self._cell(found)) is not None
            }
            if cells:
                info = self._sheet.rowinfo_map.get(n)
                yield Row(n + 1, cells, bool(info and info.hidden))

    def _cell(self, found: Any) -> Cell:
        from xlrd import biffh

        if found.ctype == biffh.XL_CELL_TEXT:
            return text_cell(found.value, self._format(found.xf_index))
        if found.ctype in (biffh.XL_CELL_NUMBER, biffh.XL_CELL_DATE):
            is_1904 = bool(self._book.datemode)
            return number_cell(found.value, self._format(found.xf_index), is_1904=is_1904)
        if found.ctype == biffh.XL_CELL_BOOLEAN:
            return bool(found.value)
        if found.ctype == biffh.XL_CELL_ERROR:
            return error_cell(biffh.error_text_from_code.get(found.value, "#ERROR"))
        return None

    def _format(self, style: int | None) -> str:
        try:
            key = self._book.xf_list[style].format_key
            code = str(self._book.format_map[key].format_str)
        except (IndexError, KeyError, TypeError, AttributeError):
            return "General"
        return "[$-F800]yyyy" if LOCAL.get(key) == code else code or "General"
