"""Opening pictures: the reader of Pillow for each format, chosen by the beginning of the file."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import AvifImagePlugin
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..errors import PictureError
from .kinds import brand, unreadable
from .lean import bare_jpeg, lean_png, lean_webp, png_descriptions
from .tags import without_warnings
from .tiff import STARTS, Tiff

AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # there is a process for each core already
EXIF = b"Exif\0\0"
LARGEST_EXIF = 65535
NO_HEIC = (
    "is a HEIC photograph; to read it: pip install 'coinstore[heic]', then coinstore ingest --retry,"
    " or save it as JPEG"
)


@dataclass(frozen=True, slots=True)
class Format:
    """How pictures are opened, how when their metadata is broken, and whether one is cut short."""

    open: Callable[[bytes], ImageFile]
    is_cut: Callable[[bytes], bool]
    open_bare: Callable[[bytes], ImageFile] | None = None


class _Jpeg(JpegImageFile):
    def _read_dpi_from_exif(self) -> None:
        """Does nothing: the resolution is not needed, and Pillow warns about a damaged EXIF block here."""


def _bare_jpeg(data: bytes) -> ImageFile:
    return _with_exif(_Jpeg(io.BytesIO(bare_jpeg(data))), data, data.find(EXIF))


def _bare_webp(data: bytes) -> ImageFile:
    chunk = data.find(b"EXIF", 12)
    return _with_exif(WebPImageFile(io.BytesIO(lean_webp(data))), data, chunk + 8 if chunk > 0 else -1)


def _with_exif(picture: ImageFile, data: bytes, at: int) -> ImageFile:
    """The picture with the EXIF that its file has somewhere: it may still say which way is up."""
    if at >= 0:
        picture.info["exif"] = data[at : at + LARGEST_EXIF]
    return picture


def _png(data: bytes) -> ImageFile:
    picture = PngImageFile(io.BytesIO(lean_png(data)[0]))
    found = png_descriptions(data)
    said: dict[Any, Any] = {
        "exif": found.get(b"eXIf", b""),
        "xmp": found.get(b"XML:com.adobe.xmp", b""),
        "Raw profile type exif": found.get(b"Raw profile type exif", b"").decode("latin-1"),
    }
    picture.info |= said
    return picture


def _tiff(data: bytes) -> ImageFile:
    with without_warnings("error"):  # Pillow warns about a damaged tag, and goes on without it
        return Tiff(data)


def _heic(data: bytes) -> ImageFile:
    try:
        from pi_heif import HeifImageFile
    except ImportError:
        raise PictureError(NO_HEIC) from None
    picture: ImageFile = HeifImageFile(io.BytesIO(data))
    return picture


def _boxes_are_cut(data: bytes) -> bool:
    """Whether the last box of a JPEG 2000, AVIF or HEIC file ends after the file."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        if size == 0:  # to the end of the file
            return False
        at += max(size, 8)
    return at != len(data)


def _jpeg_is_cut(data: bytes) -> bool:
    return b"\xff\xd9" not in data[data.rfind(b"\xff\xda") :]


JPEG = Format(lambda data: _Jpeg(io.BytesIO(data)), _jpeg_is_cut, _bare_jpeg)
PNG = Format(_png, lambda data: lean_png(data)[1])
BMP = Format(lambda data: BmpImageFile(io.BytesIO(data)), lambda data: True)  # its size is known
TIFF = Format(_tiff, lambda data: False)  # told when it is opened
GIF = Format(lambda data: GifImageFile(io.BytesIO(data)), lambda data: not data.rstrip(b"\0").endswith(b";"))
WEBP = Format(
    lambda data: WebPImageFile(io.BytesIO(data)),
    lambda data: int.from_bytes(data[4:8], "little") + 8 > len(data),
    _bare_webp,
)
JPEG_2000 = Format(lambda data: Jpeg2KImageFile(io.BytesIO(data)), _boxes_are_cut)
CODESTREAM = Format(JPEG_2000.open, lambda data: not data.endswith(b"\xff\xd9"))
AVIF = Format(lambda data: AvifImagePlugin.AvifImageFile(io.BytesIO(data)), _boxes_are_cut)
HEIC = Format(_heic, _boxes_are_cut)
BY_START: dict[bytes, Format] = {
    b"\xff\xd8\xff": JPEG,
    b"\x89PNG\r\n\x1a\n": PNG,
    b"BM": BMP,
    **dict.fromkeys(STARTS, TIFF),
    b"GIF8": GIF,
    b"\0\0\0\x0cjP  \r\n\x87\n": JPEG_2000,
    b"\xff\x4f\xff\x51": CODESTREAM,
}
BY_BRAND = {"AVIF": AVIF, "HEIC": HEIC}


def format_of(data: bytes) -> Format:
    """The format of a file; raises PictureError that says what it is when coinstore does not read it."""
    if not data:
        raise PictureError("the file is empty")
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    found = next((known for start, known in BY_START.items() if data.startswith(start)), None)
    found = found or BY_BRAND.get(brand(data) or "")
    if found is None:
        raise PictureError(unreadable(data))
    return found
