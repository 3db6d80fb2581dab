"""XLSB: the sheets of a binary workbook of Excel, by python-calamine, which gives values without formats."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ...errors import SourceError
from ..coin import Shown
from .cells import ERRORS, Cell, Findings, Row, error_cell, number_cell

CONTENT = "xl/workbook.bin"
LARGEST_BYTES = 512 * 1024**2  # unpacked


def sheets(source: str, stream: BinaryIO) -> list[XlsbSheet]:
    """The sheets with cells, in order; raises SourceError for a file that cannot be read."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with zipfile.ZipFile(stream) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST_BYTES:
            raise SourceError(f"{source}: has more than {LARGEST_BYTES:,} bytes; save the sheet as CSV.")
    stream.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        found = [
            XlsbSheet(one.name, one.visible != SheetVisibleEnum.Visible, book.get_sheet_by_name(one.name))
            for one in book.sheets_metadata
            if one.typ == SheetTypeEnum.WorkSheet
        ]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # damaged files make it panic, which is not an Exception
        raise SourceError(f"{source}: is an XLSB file that is damaged; save it again as XLSX.") from None
    if not found:
        raise SourceError(f"{source}: has no sheets.")
    return found


@dataclass
class XlsbSheet:
    """A sheet of a binary workbook."""

    name: str
    is_hidden: bool
    _sheet: Any
    findings: Findings = field(default_factory=lambda: Findings(lacks_formats=True))

    def rows(self) -> Iterator[Row]:
        """The rows that have cells; see Sheet."""
        for n, values in enumerate(self._sheet.to_python(skip_empty_area=False), 1):
            given = ((at, _cell(one)) for at, one in enumerate(values))
            cells: dict[int, Cell] = {at: cell for at, cell in given if cell is not None}
            if cells:
                yield Row(n, cells)


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return number_cell(float(value), "General")
    if isinstance(value, datetime.date | datetime.time):
        text = value.isoformat().removesuffix("T00:00:00")
        return Shown(text, text)
    text = str(value)
    return error_cell(text) if ERRORS.fullmatch(text) else text or None
