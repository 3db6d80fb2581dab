"""Which way is up: the orientation of a picture by its metadata, whatever else is wrong with them."""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Literal

from PIL.ExifTags import Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

TIFF_HEADERS = (b"II*\0", b"MM\0*")
# Filters of warnings belong to the whole process: threads change them one after another.
_FILTERS = threading.Lock()


@contextmanager
def without_warnings(action: Literal["error", "ignore"]) -> Iterator[None]:
    """Makes warnings errors, or ignores them."""
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter(action)
        yield


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
    with without_warnings("ignore"):
        file.seek(directory.next)
        directory.load(file)
        return directory.get(tag)


class _Padded(io.BytesIO):
    """Bytes with endless zeros after them: Pillow stops at a value that points past the end of a block."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size).ljust(size or 0, b"\0")
