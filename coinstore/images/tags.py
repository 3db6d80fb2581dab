"""What photographs carry beside their pixels: tables of tags, which way is up, metadata.

Pillow warns about a broken table and goes on without it. A warning is one setting for the whole
process, so threads cannot mute it each for itself; what it would warn of is looked for beforehand.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from PIL import TiffTags

from ..errors import PictureError

CUT_SHORT = "is cut short: the file ends before the picture does"
ORIENTATION, PHOTOMETRIC = 274, 262
START_OF_SCAN = b"\xda"
# Not APP0 and Adobe's APP14, which tell how colours are stored.
METADATA = frozenset(bytes((marker,)) for marker in (*range(0xE1, 0xEE), 0xEF, 0xFE))
TABLES = (34665, 34853, 40965)  # tags that point to tables of EXIF, GPS and interoperability
UNIT_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
NUMBERS = (3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 16)  # types of which a count of 2 means two values

Entry = tuple[int, int, int, bytes]
"""Tag, type, count, and the value itself or its offset."""


def check_tiff(data: bytes) -> None:
    """Raises PictureError when a table of a TIFF, of any page, reaches past the end or contradicts itself."""
    order, is_big, first = _header(data)
    to_do, seen = [(first, 0)], {0}
    while to_do:
        at, group = to_do.pop()
        if at in seen:
            continue
        seen.add(at)
        total = 0
        for entry in _entries(data, order, is_big, at):
            total += _value_bytes(entry, data, order, group)
            if entry[0] in TABLES:
                to_do.append((_offset(entry, order), entry[0]))
        if total > len(data):
            raise PictureError(CUT_SHORT)
        if group == 0:
            to_do.append((_next(data, order, is_big, at), 0))


def orientation(info: Mapping[str | tuple[int, int], Any]) -> int:
    """Which way is up, 1 (as it lies) to 8, by the EXIF or XMP that Pillow found; 1 when neither says."""
    block = info.get("exif") or b""
    with suppress(ValueError, IndexError, AttributeError):  # written so by older ImageMagick into PNG
        block = block or bytes.fromhex("".join(info.get("Raw profile type exif", "").split("\n")[3:]))
    with suppress(PictureError):  # a block that cannot be read says nothing about the way up
        block = block.removeprefix(b"Exif\0\0")
        order, is_big, first = _header(block)
        for tag, kind, _, value in _entries(block, order, is_big, first):
            if tag == ORIENTATION and kind in (3, 4):
                found: int = struct.unpack_from(order + ("H" if kind == 3 else "L"), value)[0]
                return found if 1 <= found <= 8 else 1
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    said = re.search(rb'tiff:Orientation(?:="|>)([1-8])', xmp.encode() if isinstance(xmp, str) else xmp)
    return int(said[1]) if said else 1


def without_metadata(data: bytes) -> bytes:
    """A JPEG, pixel for pixel, without EXIF, colour profiles, previews and comments."""
    kept, at = [data[:2]], 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != START_OF_SCAN:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if data[at + 1 : at + 2] not in METADATA:
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]])


def _header(block: bytes) -> tuple[str, bool, int]:
    order = "<" if block[:1] == b"I" else ">"
    is_big = _unpack(block, order + "H", 2) == 43
    return order, is_big, _unpack(block, order + ("Q" if is_big else "L"), 8 if is_big else 4)


def _entries(block: bytes, order: str, is_big: bool, at: int) -> Iterator[Entry]:
    form = struct.Struct(order + ("HHQ8s" if is_big else "HHL4s"))
    count = _unpack(block, order + ("Q" if is_big else "H"), at)
    start = at + (8 if is_big else 2)
    if start + count * form.size > len(block):
        raise PictureError(CUT_SHORT)
    for number in range(count):
        yield form.unpack_from(block, start + number * form.size)


def _next(block: bytes, order: str, is_big: bool, at: int) -> int:
    count = _unpack(block, order + ("Q" if is_big else "H"), at)
    return _unpack(
        block, order + ("Q" if is_big else "L"), at + (8 + 20 * count if is_big else 2 + 12 * count)
    )


def _value_bytes(entry: Entry, data: bytes, order: str, group: int) -> int:
    """How many bytes a value takes outside its table."""
    tag, kind, count, value = entry
    size = UNIT_BYTES.get(kind, 0) * count
    if (
        count > 1
        and kind in NUMBERS
        and tag != PHOTOMETRIC
        and TiffTags.lookup(tag, group or None).length == 1
    ):
        raise PictureError(
            f"the picture is damaged (several values for {TiffTags.lookup(tag, group or None).name})"
        )
    if size <= len(value):
        return 0
    if _offset(entry, order) + size > len(data):
        raise PictureError(CUT_SHORT)
    return size


def _offset(entry: Entry, order: str) -> int:
    value = entry[3]
    offset: int = struct.unpack(order + ("Q" if len(value) == 8 else "L"), value)[0]
    return offset


def _unpack(block: bytes, form: str, at: int) -> int:
    try:
        number: int = struct.unpack_from(form, block, at)[0]
    except (struct.error, OverflowError):
        raise PictureError(CUT_SHORT) from None
    return number
