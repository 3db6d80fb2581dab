"""Pictures from untrusted bytes, by Pillow: upright, eight bits, RGB, or a plain reason why not."""

from __future__ import annotations

import codecs
import hashlib
import io
import math
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from .tags import open_tiff, orientation, without_metadata

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")
# Large scans of museums have about 50 million pixels; a file of a few kB may claim a million times as many.
# Just under the number at which Pillow itself starts to warn.
LARGEST_PIXELS = 89_000_000
# Coins are round; in the square of a model nothing would be left of the width of a longer strip.
LONGEST_SHAPE = 100
THUMBNAIL_PX = 160
# A small JPEG is its own thumbnail: encoding it again costs time and quality.
SMALL_PX = 2 * THUMBNAIL_PX
SMALL_BYTES = 16_384
# The background of a cut-out coin: most photographs of coins are on white.
GROUND = (255, 255, 255)
# What the readers of Pillow raise for damaged files; a Warning where it was made an error.
DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    struct.error,
    zlib.error,
    EOFError,
    IndexError,
    TypeError,
    KeyError,
    OverflowError,
    MemoryError,
    AttributeError,
    AssertionError,
    RuntimeError,
    Warning,
    Image.DecompressionBombError,
)
CUT_SHORT = "is cut short: the file ends before the picture does"
CUT_WORDS = (
    "truncated",
    "broken data stream",
    "unexpected end",
    "not enough",
    "eof",
    "only got",
    "larger than file",
)
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
SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Photograph:
    """A file with a picture: SHA-256 of its bytes (hex), size, dimensions when upright, and a small JPEG.

    The thumbnail has at most 160 px. A JPEG of up to 320 px that has, without its metadata, at most 16 kB
    is its own thumbnail.
    """

    sha256: str
    size_bytes: int
    width_px: int
    height_px: int
    format: str
    thumbnail: bytes


def decode(data: bytes, *, side_px: int | None = None) -> Image.Image:
    """The picture in a file: upright by its EXIF, RGB, 8 bits, first frame, transparency on white.

    With `side_px` a JPEG may be decoded at a half, a quarter or an eighth of its size, as long as both
    sides have at least `side_px`. Raises PictureError with the reason: empty, not a picture, cut short, a
    format that is not one of FORMATS, more than LARGEST_PIXELS, longer than LONGEST_SHAPE times its width.
    """
    picture = _opened(data)
    if side_px is not None:
        picture.draft("RGB", (side_px, side_px))
    return _upright(_loaded(picture, data), _way_up(picture))


def examine(data: bytes) -> Photograph:
    """Reads the whole file and describes it; raises PictureError as `decode` does."""
    picture = _opened(data)
    # Taken before the pixels are read: reading turns a TIFF, and may make a JPEG smaller.
    kind, size, lean = picture.format or "", picture.size, _as_it_is(picture, data)
    if lean is None:
        picture.draft("RGB", (SMALL_PX, SMALL_PX))
        loaded = _loaded(picture, data)
        way_up = _way_up(picture)  # after the pixels: in a PNG it may follow them
        thumbnail = _thumbnail(_upright(loaded, way_up))
    else:
        picture.draft("L", (1, 1))  # read to its end, to see whether it is complete, but hardly decoded
        _loaded(picture, data)
        thumbnail, way_up = lean, 1
    if kind == "TIFF":
        size = picture.size
    width_px, height_px = reversed(size) if way_up in SIDEWAYS else size
    return Photograph(hashlib.sha256(data).hexdigest(), len(data), width_px, height_px, kind, thumbnail)


def _as_it_is(picture: ImageFile.ImageFile, data: bytes) -> bytes | None:
    """A file that can be its own thumbnail: an upright JPEG that is small without its metadata."""
    if picture.format != "JPEG" or max(picture.size) > SMALL_PX or picture.mode not in ("RGB", "L"):
        return None
    lean = without_metadata(data)
    return lean if len(lean) <= SMALL_BYTES and _way_up(picture) == 1 else None


def _thumbnail(upright: Image.Image) -> bytes:
    # Averages blocks of pixels, in a tenth of the time of any other method.
    small = upright.reduce(math.ceil(max(upright.size) / THUMBNAIL_PX))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


class _Jpeg(JpegImageFile):
    def _read_dpi_from_exif(self) -> None:
        """Does nothing: the resolution is not needed, and Pillow warns about a damaged EXIF block here."""


# The readers are called directly: Image.open warns about large pictures before their size can be checked.
READERS: dict[bytes, Callable[[bytes], ImageFile.ImageFile]] = {
    b"\xff\xd8\xff": lambda data: _Jpeg(io.BytesIO(data)),
    b"\x89PNG\r\n\x1a\n": lambda data: PngImageFile(io.BytesIO(_still(data))),
    b"BM": lambda data: BmpImageFile(io.BytesIO(data)),
    b"II*\0": open_tiff,
    b"MM\0*": open_tiff,
    b"II+\0": open_tiff,  # BigTIFF
    b"MM\0+": open_tiff,
    b"RIFF": lambda data: WebPImageFile(io.BytesIO(data)),
    b"GIF8": lambda data: GifImageFile(io.BytesIO(data)),
}


def _opened(data: bytes) -> ImageFile.ImageFile:
    if not data:
        raise PictureError("the file is empty")
    reader = next((reader for start, reader in READERS.items() if data.startswith(start)), None)
    if reader is None or (data.startswith(b"RIFF") and data[8:12] != b"WEBP"):
        raise PictureError(_unrecognised(data))
    with _refusing(data):
        picture = reader(data)
    if picture.width * picture.height > LARGEST_PIXELS:
        raise PictureError(_too_large())
    if max(picture.size) > LONGEST_SHAPE * min(picture.size):
        raise PictureError(
            f"is a strip of {picture.width:,} by {picture.height:,} pixels, not a photograph of a coin"
        )
    return picture


def _loaded(picture: ImageFile.ImageFile, data: bytes) -> ImageFile.ImageFile:
    with _refusing(data):
        picture.load()
    return picture


@contextmanager
def _refusing(data: bytes) -> Iterator[None]:
    try:
        yield
    except Image.DecompressionBombError:
        raise PictureError(_too_large()) from None
    except DAMAGE as error:
        raise PictureError(_broken(data, str(error))) from None


def _still(data: bytes) -> bytes:
    """A PNG without the chunk that makes it an animation; Pillow may warn about that chunk."""
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
    return (
        "is a text file, not a picture" if all(c.isprintable() or c in "\t\r\n\ufeff" for c in text) else None
    )


def _way_up(picture: Image.Image) -> int:
    # Pillow itself turns a TIFF while loading it.
    return 1 if picture.format == "TIFF" else orientation(picture.info)


def _upright(picture: Image.Image, way_up: int) -> Image.Image:
    turn = TURNS.get(way_up)
    try:
        picture = _in_colour(picture)
        return picture.transpose(turn) if turn is not None else picture
    except DAMAGE as error:
        raise PictureError(f"its pixels cannot be shown ({error})") from None


def _in_colour(picture: Image.Image) -> Image.Image:
    if picture.mode == "F" or (picture.mode == "I" and picture.format != "PNG"):
        raise PictureError("has measurements (32 bits a pixel), not a photograph")
    if picture.mode in DEEP_MODES:
        return _from_deep(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (*GROUND, 255))
        picture = Image.alpha_composite(ground, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _from_deep(picture: Image.Image) -> Image.Image:
    """Grey of more than eight bits, scaled to eight by the range of the format (Pillow's convert clips)."""
    bits = max(picture.tag_v2.get(258, (16,))) if isinstance(picture, TiffImageFile) else 16
    deep = np.asarray(picture).astype(np.int64)
    return Image.fromarray((deep.clip(0, 65535) >> (bits - 8)).astype(np.uint8), "L").convert("RGB")
