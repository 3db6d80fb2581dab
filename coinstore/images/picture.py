"""Pictures out of untrusted bytes, by Pillow: upright, eight bits, RGB, or a plain reason why not."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import PictureError

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")
# A museum's largest scans have some 50 million pixels; a file of a few kB may claim a million times that.
# Just under the number at which Pillow itself begins to warn.
LARGEST_PIXELS = 89_000_000
THUMBNAIL_PX = 160
# Behind a cut-out coin: photographs of coins are most often on white.
GROUND = (255, 255, 255)
# What Pillow's readers raise on damaged files; a warning is one where the caller made it an error.
DAMAGE = (
    OSError, SyntaxError, ValueError, struct.error, zlib.error, EOFError, IndexError, TypeError, KeyError,
    OverflowError, MemoryError, Warning,
)  # fmt: skip
DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")


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
    """Decodes the whole file and describes it; raises PictureError as `decode` does."""
    picture = _loaded(data, None)
    kind = picture.format or ""
    upright = _upright(picture)
    # Whole blocks of pixels, averaged: a tenth of the time of any other way to make it small.
    small = upright.reduce(math.ceil(max(upright.size) / THUMBNAIL_PX))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return Photograph(hashlib.sha256(data).hexdigest(), len(data), *upright.size, kind, out.getvalue())


def _loaded(data: bytes, side_px: int | None) -> Image.Image:
    if not data:
        raise PictureError("the file is empty")
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise PictureError(_unrecognised(data)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_too_large()) from None
    except DAMAGE as error:
        raise PictureError(_broken(str(error))) from None
    if picture.width * picture.height > LARGEST_PIXELS:
        raise PictureError(_too_large())
    try:
        if side_px is not None:
            picture.draft("RGB", (side_px, side_px))
        picture.load()
    except DAMAGE as error:
        raise PictureError(_broken(str(error))) from None
    return picture


def _broken(said: str) -> str:
    if any(
        word in said
        for word in (
            "truncated",
            "Truncated",
            "broken data stream",
            "unexpected end",
            "not enough",
            "EOF",
        )
    ):
        return "is cut short: the file ends before the picture does"
    return f"the picture is damaged ({said})"


def _too_large() -> str:
    return f"claims more than {LARGEST_PIXELS // 1_000_000} million pixels; make it smaller first"


def _unrecognised(data: bytes) -> str:
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "is a web page, not a picture"
    if start.startswith(b"%pdf"):
        return "is a PDF, not a picture"
    if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in data[:512]):
        return "is a text file, not a picture"
    return f"is not a picture that coinstore reads ({', '.join(FORMATS)}), or is damaged at its beginning"


def _upright(picture: Image.Image) -> Image.Image:
    # An EXIF block that cannot be read says nothing about the way up.
    with suppress(*DAMAGE):
        picture = ImageOps.exif_transpose(picture)
    if picture.mode in DEEP_MODES:
        return _from_deep(picture)
    if picture.mode == "F":
        raise PictureError("holds measurements (32-bit floats), not a photograph")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (*GROUND, 255))
        picture = Image.alpha_composite(ground, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _from_deep(picture: Image.Image) -> Image.Image:
    """Sixteen bits of grey to eight, by the whole range of the format (Pillow's own convert clips)."""
    deep = np.asarray(picture).astype(np.int64)
    return Image.fromarray((deep.clip(0, 65535) >> 8).astype(np.uint8), "L").convert("RGB")
