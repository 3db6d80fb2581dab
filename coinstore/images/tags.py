"""What a photograph file has apart from its pixels: tables of tags, the orientation, metadata."""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Literal

from PIL.ExifTags import Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile
from PIL.TiffTags import TAGS_V2_GROUPS

START_OF_SCAN = b"\xda"
# All segments for applications but APP0 and Adobe's APP14, which say how colours are stored; and comments.
METADATA = frozenset(bytes((marker,)) for marker in (*range(0xE1, 0xEE), 0xEF, 0xFE))
TIFF_HEADERS = (b"II*\0", b"MM\0*")
# Filters of warnings belong to the whole process: threads change them one after another.
_FILTERS = threading.Lock()


@contextmanager
def _warnings(action: Literal["error", "ignore"]) -> Iterator[None]:
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter(action)
        yield


def open_tiff(data: bytes) -> TiffImageFile:
    """Opens a TIFF and reads all its tables, which Pillow otherwise does later, when its pixels are read.

    Pillow warns about a damaged table and goes on without the rest of it; here that is an error.
    """
    with _warnings("error"):
        picture = TiffImageFile(io.BytesIO(data))
        dict(picture.tag_v2)
        exif = picture.getexif()
        for group in TAGS_V2_GROUPS:
            if group in exif:
                exif.get_ifd(group)
    return picture


def orientation(info: Mapping[str | tuple[int, int], Any]) -> int:
    """The orientation of a picture, 1 (upright) to 8, by the EXIF or XMP that Pillow found; else 1."""
    block = info.get("exif") or b""
    with suppress(
        ValueError, IndexError, AttributeError
    ):  # older versions of ImageMagick write PNGs this way
        block = block or bytes.fromhex("".join(info.get("Raw profile type exif", "").split("\n")[3:]))
    block = block.removeprefix(b"Exif\0\0")
    if block.startswith(TIFF_HEADERS) and len(block) >= 8:
        found = _tag(block, Base.Orientation)
        if found is not None:
            return found if found in range(1, 9) else 1
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    said = re.search(rb'tiff:Orientation(?:="|>)([1-8])', xmp.encode() if isinstance(xmp, str) else xmp)
    return int(said[1]) if said else 1


def _tag(block: bytes, tag: int) -> Any:
    """The value of a tag in an EXIF block, whatever the other tags hold; None when it is not there."""
    directory, file = ImageFileDirectory_v2(block[:8]), _Padded(block)
    with _warnings("ignore"):
        file.seek(directory.next)
        directory.load(file)
        return directory.get(tag)


class _Padded(io.BytesIO):
    """Bytes with endless zeros after them: Pillow stops at a value that points past the end of a block."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size).ljust(size or 0, b"\0")


def without_metadata(data: bytes) -> bytes:
    """The same JPEG, pixel for pixel, without EXIF, colour profiles, previews and comments."""
    kept, at = [data[:2]], 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != START_OF_SCAN:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if data[at + 1 : at + 2] not in METADATA:
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]])
