"""The readers of untrusted input, each with small valid inputs to begin from, and the errors it may raise."""

from __future__ import annotations

import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape

import museums
import numpy as np
import openpyxl
import xlwt
from PIL import Image

from coinstore.errors import CoinstoreError, PictureError, SourceError
from coinstore.images.picture import decode, examine
from coinstore.records.batches import written
from coinstore.records.coin import Coin
from coinstore.records.described import columns
from coinstore.records.names import is_container, shown
from coinstore.records.placeholders import is_placeholder
from coinstore.records.reader import Reading, read
from coinstore.records.values.axes import parse_axis
from coinstore.records.values.dates import parse_years
from coinstore.records.values.measures import parse_measure
from coinstore.sources import files
from coinstore.sources.spelling import one_name
from coinstore.spaces.npy import read_npy

ROWS = 2000  # of a table; a mutation may make more
FOLDER = Path(tempfile.mkdtemp(prefix="coinstore-fuzz-"))


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """A reader: what it does with bytes, which errors say that the input is bad, and inputs that are good."""

    read: Callable[[bytes], None]
    refusals: tuple[type[Exception], ...]
    seeds: Callable[[], list[bytes]]

    def feed(self, data: bytes) -> None:
        """Reads bytes; anything but a documented error of the reader is raised."""
        try:
            self.read(data)
        except self.refusals:
            return


def _table(ending: str) -> Callable[[bytes], None]:
    path = FOLDER / f"input{ending}"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        reading = Reading(str(path), "Lakeside Museum")
        coins: list[Coin] = []
        try:
            coins.extend(islice(read(reading), ROWS))
        finally:  # what came before an error is stored as well
            _check_stored(coins)
        columns(reading)

    return run


def _check_stored(coins: list[Coin]) -> None:
    """Records as the database takes them: JSON without NUL, half a letter, or what is not a number."""
    heads = "\n".join(f"{coin.place}{coin.collection}{coin.inventory_number}{coin.refusal}" for coin in coins)
    assert b"\0" not in heads.encode("utf-8")
    for part in (part for coin in coins for part in written(coin) if part):
        json.loads(part.decode("utf-8"), parse_constant=_refuse_constant)
        assert b"\\u0000" not in part.replace(b"\\\\", b"")
    assert len({coin.place for coin in coins}) == len(coins), "two records of one place"


def _refuse_constant(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")


def _picture(data: bytes) -> None:
    examine(data)
    decode(data, side_px=64)


def _array(ending: str) -> Callable[[bytes], None]:
    path = FOLDER / f"input{ending}"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        read_npy(path)

    return run


def _zip(data: bytes) -> None:
    path = FOLDER / "input.zip"
    path.write_bytes(data)
    for location in islice(files.walk(str(path)), 10):
        files.stamp(location)
        files.read(location)


def _text(parse: Callable[[str], object]) -> Callable[[bytes], None]:
    return lambda data: void(parse(data.decode("utf-8", "replace")))


def _name(text: str) -> object:
    return shown(text), is_container(text), is_placeholder(text), one_name(text)


def void(_result: object) -> None:
    """Drops a result."""


TABLE = """Inv,Weight,Date,Material,Obverse legend,Type
LM 1,"3,45",44 BC,silver,CAESAR,RRC 480/1
LM 2,3.10 g,1. Jh. v. Chr.,Gold,"a ""quoted"" text",
"""
RECORDS = [
    {"id": "LM 1", "weight": 3.45, "mint": {"name": "Rome"}, "date": "44 BC", "images": ["a.jpg", "b.jpg"]},
    {"id": "LM 2", "weight": None, "material": True, "date": -44, "mint": {"name": "Köln"}},
]
DATES = ["44 BC", "1. Jh. v. Chr.", "AD 64-68", "late 2nd century BC", "sec. I a.C.", "c. 100-50 v. Chr."]
DATES += [
    "fin IIe - début Ier s. av. J.-C.",
    "3er cuarto del siglo I a.C.",
    "eind 2e eeuw v.Chr.",
    "15 March 44 BC",
]
DATES += [
    "saec. III ex. p. Chr. n.",
    "sec. II a.C. (fine)",
    "entre los siglos II y I a.C.",
    "50er Jahre v. Chr.",
]
WEIGHTS = ["3,45 g", "ca. 3.5", "1,234.5 mg", "g. 3,45", "0.8oz. (22.1g)", "1 234,5 g", "3.4e0"]
DIAMETERS = ["18-17 mm", "18 x 17.5", "1.9 cm", "Ø 18/19", "1 5/16 in. (3.3 cm)", "da 18 a 19 mm"]
AXES = ["6h", "180°", "VI", "12 Uhr", "↑↓", "06:00", "a ore 6"]
NAMES = ["A 1_obv (2)", "obv_A 4", "00012a00", "12 (rev)", "Tray 1", "n/a", "Mu\u0308nze\u00a0\u200b1"]


def _csv_seeds() -> list[bytes]:
    excel = "sep=;\r\n" + TABLE.replace(",", ";").replace("\n", "\r\n")
    return [TABLE.encode(), excel.encode("cp1252"), TABLE.encode("utf-16"), TABLE.replace(",", "\t").encode()]


def _json_seeds() -> list[bytes]:
    return [json.dumps(RECORDS, ensure_ascii=False).encode(), json.dumps(RECORDS, indent=1).encode()]


def _jsonl_seeds() -> list[bytes]:
    return ["\n".join(json.dumps(record) for record in RECORDS).encode()]


def _xlsx_seeds() -> list[bytes]:
    book = openpyxl.Workbook()
    sheet = book.active
    for line in TABLE.splitlines():
        sheet.append(line.split(","))
    sheet["A2"], sheet["A2"].number_format = 7, "00000"
    sheet["B3"] = "=1+2"
    sheet.merge_cells("D2:D3")
    out = io.BytesIO()
    book.save(out)
    unpacked = io.BytesIO()  # without compression a changed byte reaches the parser of the XML
    with zipfile.ZipFile(out) as packed, zipfile.ZipFile(unpacked, "w") as plain:
        for info in packed.infolist():
            plain.writestr(info.filename, packed.read(info))
    return [out.getvalue(), unpacked.getvalue()]


def _picture_seeds() -> list[bytes]:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 20, 3), np.uint8))
    found = [_saved(picture, kind) for kind in ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")]
    exif = Image.Exif()
    exif[274], exif[270] = 6, "a description"
    found += [_saved(picture, kind, exif=exif) for kind in ("JPEG", "PNG", "WEBP")]
    found += [_saved(picture, "TIFF", compression=how) for how in ("tiff_lzw", "jpeg", "packbits")]
    deep = Image.fromarray(np.arange(400, dtype=np.uint16).reshape(20, 20) * 100)
    found += [_saved(picture, kind) for kind in ("AVIF", "JPEG2000")]
    found += [_saved(picture, "TIFF", big_tiff=True), _saved(picture, "JPEG2000", no_jp2=True)]
    found += [
        _saved(picture, kind, save_all=True, append_images=[picture.copy().rotate(180)])
        for kind in ("TIFF", "PNG", "WEBP", "GIF")
    ]
    return [*found, _saved(deep, "PNG"), _saved(deep, "TIFF"), _saved(picture.quantize(), "GIF")]


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.copy().save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def _xls_seeds() -> list[bytes]:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Coins")
    for row, line in enumerate(TABLE.splitlines()):
        for column, text in enumerate(line.split(",")):
            sheet.write(row, column, text)
    out = io.BytesIO()
    book.save(out)
    return [out.getvalue()]


def _ods_seeds() -> list[bytes]:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell><text:p>{escape(text)}</text:p></table:table-cell>"
            for text in line.split(",")
        )
        + "</table:table-row>"
        for line in TABLE.splitlines()
    )
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content{names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Coins">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    found = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as packed:
            packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            packed.writestr("content.xml", content)
        found.append(out.getvalue())
    return found


def _array_seeds() -> list[bytes]:
    rows = np.random.default_rng(0).normal(size=(5, 3))
    found = []
    for array in (
        rows,
        rows.astype(np.float32),
        rows.astype(">f4"),
        np.asfortranarray(rows.astype(np.float16)),
    ):
        out = io.BytesIO()
        np.save(out, array)
        found.append(out.getvalue())
    return found


def _archive_seeds() -> list[bytes]:
    found = []
    for save in (np.savez, np.savez_compressed):
        out = io.BytesIO()
        save(out, vectors=np.random.default_rng(0).normal(size=(5, 3)))
        found.append(out.getvalue())
    return found


def _zip_seeds() -> list[bytes]:
    found = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as packed:
            packed.writestr("Münzen/1_obv.jpg", b"not a picture" * 9)
            packed.writestr("1_rev.jpg", struct.pack("<9I", *range(9)))
        found.append(out.getvalue())
    return found


def _texts(texts: list[str]) -> Callable[[], list[bytes]]:
    return lambda: [text.encode() for text in texts]


READERS = {
    "csv": Fuzzed(_table(".csv"), (SourceError,), _csv_seeds),
    "xlsx": Fuzzed(_table(".xlsx"), (SourceError,), _xlsx_seeds),
    "xls": Fuzzed(_table(".xls"), (SourceError,), _xls_seeds),
    "ods": Fuzzed(_table(".ods"), (SourceError,), _ods_seeds),
    "json": Fuzzed(_table(".json"), (SourceError,), _json_seeds),
    "jsonl": Fuzzed(_table(".jsonl"), (SourceError,), _jsonl_seeds),
    **{name: Fuzzed(_table(end), (SourceError,), seeds) for name, (end, seeds) in museums.SEEDS.items()},
    "npy": Fuzzed(_array(".npy"), (SourceError,), _array_seeds),
    "npz": Fuzzed(_array(".npz"), (SourceError,), _archive_seeds),
    "picture": Fuzzed(_picture, (PictureError,), _picture_seeds),
    "zip": Fuzzed(_zip, (CoinstoreError,), _zip_seeds),
    "date": Fuzzed(_text(parse_years), (ValueError,), _texts(DATES)),
    "weight": Fuzzed(_text(lambda text: parse_measure(text, "g")), (ValueError,), _texts(WEIGHTS)),
    "diameter": Fuzzed(_text(lambda text: parse_measure(text, "mm")), (ValueError,), _texts(DIAMETERS)),
    "axis": Fuzzed(_text(parse_axis), (ValueError,), _texts(AXES)),
    "name": Fuzzed(_text(_name), (), _texts(NAMES)),
}
