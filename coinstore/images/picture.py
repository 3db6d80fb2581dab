"""Pictures out of untrusted bytes, by Pillow: upright, eight bits, RGB, or a plain reason why not."""

from __future__ import annotations

import codecs
import hashlib
import io
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..errors import PictureError
from .tags import CUT_SHORT, check_tiff, orientation

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")
# A museum's largest scans have some 50 million pixels; a file of a few kB may claim a million times that.
# Just under the number at which Pillow itself begins to warn.
LARGEST_PIXELS = 89_000_000
THUMBNAIL_PX = 160
# A JPEG that is small already is its own thumbnail: encoding it again costs time and makes it worse.
THUMBNAIL_BYTES = 16_384
# Behind a cut-out coin: photographs of coins are most often on white.
GROUND = (255, 255, 255)
# What Pillow's readers raise on damaged files; a warning is one where the caller made it an error.
DAMAGE = (
    OSError, SyntaxError, ValueError, struct.error, zlib.error, EOFError, IndexError, TypeError, KeyError,
    OverflowError, MemoryError, AttributeError, AssertionError, RuntimeError, Warning, Image.DecompressionBombError,
)  # fmt: skip
CUT_WORDS = ("truncated", "broken data stream", "unexpected end", "not enough", "eof")
DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Photograph:
    """What a file holds: SHA-256 of its bytes (hex), size, dimensions upright, and a JPEG of at most 160 px."""

    sha256: str
    size_bytes: int
    width_px: int
    height_px: int
    format: str
    thumbnail: bytes


def decode(data: bytes, *, side_px: int | None = None) -> Image.Image:
    """The picture in a file: upright by its EXIF, RGB, 8 bits, first frame, transparency on white.

    With `side_px` a JPEG may be decoded at a half, a quarter or an eighth, as long as both sides
    stay at least so long. Raises PictureError with the reason: empty, no picture, cut short, a
    format that is not among FORMATS, more than LARGEST_PIXELS.
    """
    return _upright(_loaded(data, side_px))


def examine(data: bytes) -> Photograph:
    """Decodes the whole file and describes it; raises PictureError as `decode` does.

    The thumbnail of a JPEG that is upright, of at most 160 px and 16 kB, is the file itself.
    """
    picture = _loaded(data, None)
    kind, way_up, colours = picture.format or "", _way_up(picture), picture.mode
    upright = _upright(picture)
    small_enough = max(upright.size) <= THUMBNAIL_PX and len(data) <= THUMBNAIL_BYTES
    if kind == "JPEG" and way_up == 1 and colours in ("RGB", "L") and small_enough:
        thumbnail = data
    else:
        thumbnail = _thumbnail(upright)
    return Photograph(hashlib.sha256(data).hexdigest(), len(data), *upright.size, kind, thumbnail)


def _thumbnail(upright: Image.Image) -> bytes:
    # Whole blocks of pixels, averaged: a tenth of the time of any other way to make it small.
    small = upright.reduce(math.ceil(max(upright.size) / THUMBNAIL_PX))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


class _Jpeg(JpegImageFile):
    def _read_dpi_from_exif(self) -> None:
        """Left out: dots per inch are not pixels, and a damaged EXIF block would make Pillow warn."""


# Pillow's own Image.open warns of large pictures before anyone can look at their size.
READERS: dict[bytes, type[ImageFile.ImageFile]] = {
    b"\xff\xd8\xff": _Jpeg,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"BM": BmpImageFile,
    b"II*\0": TiffImageFile,
    b"MM\0*": TiffImageFile,
    b"II+\0": TiffImageFile,
    b"MM\0+": TiffImageFile,
    b"RIFF": WebPImageFile,
    b"GIF8": GifImageFile,
}


def _loaded(data: bytes, side_px: int | None) -> Image.Image:
    if not data:
        raise PictureError("the file is empty")
    reader = next((reader for start, reader in READERS.items() if data.startswith(start)), None)
    if reader is None or (reader is WebPImageFile and data[8:12] != b"WEBP"):
        raise PictureError(_unrecognised(data))
    if reader is TiffImageFile:
        check_tiff(data)
    try:
        picture = reader(io.BytesIO(_still(data) if reader is PngImageFile else data))
        if picture.width * picture.height > LARGEST_PIXELS:
            raise PictureError(_too_large())
        if side_px is not None:
            picture.draft("RGB", (side_px, side_px))
        picture.load()
    except Image.DecompressionBombError:
        raise PictureError(_too_large()) from None
    except DAMAGE as error:
        raise PictureError(_broken(data, str(error))) from None
    return picture


def _still(data: bytes) -> bytes:
    """A PNG without the chunk that makes it an animation, of which Pillow may warn."""
    at = data.find(b"acTL", 0, max(data.find(b"IDAT"), 0)) - 4
    return _still(data[:at] + data[at + 20 :]) if at > 0 else data


def _broken(data: bytes, said: str) -> str:
    if kind := _text_kind(data):
        return kind
    is_short_webp = data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 8 > len(data)
    if is_short_webp or any(word in said.lower() for word in CUT_WORDS):
        return CUT_SHORT
    return f"the picture is damaged ({said})"


def _too_large() -> str:
    return f"claims more than {LARGEST_PIXELS // 1_000_000} million pixels; make it smaller first"


def _unrecognised(data: bytes) -> str:
    others = f"is not a picture that coinstore reads ({', '.join(FORMATS)}), or is damaged at its beginning"
    return _text_kind(data) or others


def _text_kind(data: bytes) -> str | None:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "is a web page, not a picture"
    if start.startswith(b"%pdf"):
        return "is a PDF, not a picture"
    try:
        text = codecs.utf_8_decode(data[:512], "strict", False)[0]
    except UnicodeDecodeError:
        return None
    return "is a text file, not a picture" if all(c.isprintable() or c in "\t\r\n\ufeff" for c in text) else None


def _way_up(picture: Image.Image) -> int:
    # Pillow turns a TIFF by itself while it loads it.
    return 1 if picture.format == "TIFF" else orientation(picture.info)


def _upright(picture: Image.Image) -> Image.Image:
    turn = TURNS.get(_way_up(picture))
    try:
        picture = _in_colour(picture)
        return picture.transpose(turn) if turn is not None else picture
    except DAMAGE as error:
        raise PictureError(f"its pixels cannot be shown ({error})") from None


def _in_colour(picture: Image.Image) -> Image.Image:
    if picture.mode == "F" or (picture.mode == "I" and picture.format != "PNG"):
        raise PictureError("holds measurements (32 bits a pixel), not a photograph")
    if picture.mode in DEEP_MODES:
        return _from_deep(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (*GROUND, 255))
        picture = Image.alpha_composite(ground, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _from_deep(picture: Image.Image) -> Image.Image:
    """Deep grey to eight bits, by the whole range of the format (Pillow's own convert clips)."""
    bits = max(picture.tag_v2.get(258, (16,))) if isinstance(picture, TiffImageFile) else 16
    deep = np.asarray(picture).astype(np.int64)
    return Image.fromarray((deep.clip(0, 65535) >> (bits - 8)).astype(np.uint8), "L").convert("RGB")
