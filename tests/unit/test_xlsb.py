"""XLSB: binary workbooks, which these tests write record by record."""

import struct
import zipfile
from pathlib import Path
from typing import Any

import interchange
import pytest

from coinstore.errors import SourceError

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BINARY = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"


def part(kind: int, data: bytes = b"") -> bytes:
    """A record: its kind and its size, in seven bits a byte, and its content."""
    size, left = b"", len(data)
    while True:
        size += bytes([(left & 0x7F) | (0x80 if left > 127 else 0)])
        left >>= 7
        if not left:
            break
    return (bytes([kind]) if kind < 128 else bytes([(kind & 0x7F) | 0x80, kind >> 7])) + size + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(column: int, value: Any) -> bytes:
    at = struct.pack("<II", column, 0)
    if isinstance(value, bool):
        return part(4, at + bytes([value]))
    if isinstance(value, int | float):
        return part(5, at + struct.pack("<d", value))
    return part(6, at + wide(value)) if value is not None else b""


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    cells = b""
    for n, row in enumerate(rows):
        cells += part(0, struct.pack("<IIHBBBI", n, 0, 300, 0, 0, 0, 0))
        cells += b"".join(cell(column, value) for column, value in enumerate(row))
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = part(129) + part(148, size) + part(145) + cells + part(146) + part(130)
    named = struct.pack("<II", 0, 1) + wide("rId1") + wide("Coins")
    link = '<Relationships xmlns="{}"><Relationship Id="rId1" Type="{}/{}" Target="{}"/></Relationships>'
    types = f'<Default Extension="bin" ContentType="{BINARY}"/>'
    with zipfile.ZipFile(path, "w") as packed:
        namespace = PACKAGE.replace("relationships", "content-types")
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{namespace}">{types}</Types>')
        packed.writestr("_rels/.rels", link.format(PACKAGE, OFFICE, "officeDocument", "xl/workbook.bin"))
        target = link.format(PACKAGE, OFFICE, "worksheet", "worksheets/sheet1.bin")
        packed.writestr("xl/_rels/workbook.bin.rels", target)
        packed.writestr("xl/workbook.bin", part(131) + part(143) + part(156, named) + part(144) + part(132))
        packed.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


ROWS = [["Inv. No.", "Mint", "Weight (g)"], [115.0, "Rome", 3.71], [None], ["A 2", None, 4.5]]


@pytest.mark.parametrize("name", ["a.xlsb", "a.xlsx"])
def test_a_binary_workbook_is_a_table(tmp_path: Path, name: str) -> None:
    coins, reading = interchange.coins(workbook(tmp_path / name, ROWS), collection="M")
    assert [(coin.inventory_number, coin.place) for coin in coins] == [("115", "row 2"), ("A 2", "row 4")]
    assert coins[0].fields == {
        "mint": "Rome", "weight_g": 3.71
    } and coins[1].fields == {"mint": None, "weight_g": 4.5}  # fmt: skip
    assert "its number formats are missing" in reading.notes[0]


def test_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsb", ROWS)
    with zipfile.ZipFile(path, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("xl/workbook.bin", b"\x9c\x01\xff")
    with pytest.raises(SourceError, match="damaged"):
        interchange.coins(path, collection="M")
