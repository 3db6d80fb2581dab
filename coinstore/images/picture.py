"""Pictures from untrusted bytes, by Pillow: upright, eight bits, RGB, or a plain reason why not."""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms, ImageFile

from ..errors import PictureError
from .formats import WEBP, Format, format_of
from .kinds import text_kind
from .lean import lean_jpeg, webp_size
from .tags import orientation
from .tiff import BITS, Tiff

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
CUT_SHORT = "is cut short: the file ends before the picture does"
NO_MEMORY = "needs more memory than there is"
# What Pillow says of a file that has fewer pixels than it says, or of a way of storing pixels that it lacks.
INCOMPLETE = ("truncated", "unexpected end", "not enough", "eof", "only got", "larger than file")
UNKNOWN = ("unknown pixel mode", "unknown data organization", "unsupported", "not supported", "cannot handle")
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
    """The picture in a file: upright by its EXIF, RGB, 8 bits, transparency on white.

    It is the first frame of an animation, and the largest page of a TIFF.

    With `side_px` a JPEG may be decoded at a half, a quarter or an eighth of its size, as long as both
    sides have at least `side_px`. Raises PictureError with the reason: empty, not a picture, cut short,
    damaged, of another kind, more than LARGEST_PIXELS, longer than LONGEST_SHAPE times its width.
    """
    kind = format_of(data)
    picture = _loaded(_opened(data, kind), data, kind, ("RGB", side_px) if side_px is not None else None)
    return _upright(picture, _way_up(picture))


def examine(data: bytes) -> Photograph:
    """Reads the whole file and describes it; raises PictureError as `decode` does."""
    return describe(data)[0]


def describe(data: bytes) -> tuple[Photograph, Image.Image]:
    """As `examine`, with the picture: upright, RGB, and a JPEG perhaps decoded smaller."""
    form = format_of(data)
    picture = _opened(data, form)
    # Taken before the pixels are read: reading turns a TIFF, and may make a JPEG smaller.
    kind, size, lean = picture.format or "", picture.size, _as_it_is(picture, data)
    picture = _loaded(picture, data, form, ("RGB", SMALL_PX))
    way_up = _way_up(picture)
    upright = _upright(picture, way_up)
    if kind == "TIFF":
        size = picture.size
    width_px, height_px = reversed(size) if way_up in SIDEWAYS else size
    digest, thumbnail = hashlib.sha256(data).hexdigest(), lean or thumbnail_of(upright)
    return Photograph(digest, len(data), width_px, height_px, kind, thumbnail), upright


def _as_it_is(picture: ImageFile.ImageFile, data: bytes) -> bytes | None:
    """A file that can be its own thumbnail: an upright JPEG that is small without its metadata."""
    if picture.format != "JPEG" or max(picture.size) > SMALL_PX or picture.mode not in ("RGB", "L"):
        return None
    lean = lean_jpeg(data)
    return lean if len(lean) <= SMALL_BYTES and _way_up(picture) == 1 else None


def thumbnail_of(upright: Image.Image) -> bytes:
    """A JPEG of at most THUMBNAIL_PX."""
    # Averages blocks of pixels, in a tenth of the time of any other method.
    small = upright.reduce(math.ceil(max(upright.size) / THUMBNAIL_PX))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def _opened(data: bytes, kind: Format) -> ImageFile.ImageFile:
    if kind is WEBP:
        _check_size(webp_size(data))
    try:
        picture = kind.open(data)
    except Exception as error:
        picture = _again(data, kind, error)
    _check_size(picture.size)
    return picture


def _loaded(
    picture: ImageFile.ImageFile, data: bytes, kind: Format, small: tuple[str, int] | None
) -> ImageFile.ImageFile:
    """The picture with its pixels, decoded smaller if its format allows it; `small` is a mode and a size."""
    try:
        _load(picture, small)
    except Exception as error:
        picture = _again(data, kind, error)
        try:
            _load(picture, small)
        except Exception as error_again:
            raise _refusal(data, kind, error_again) from None
    return picture


def _load(picture: ImageFile.ImageFile, small: tuple[str, int] | None) -> None:
    if small is not None:
        picture.draft(small[0], (small[1], small[1]))
    picture.load()


def _again(data: bytes, kind: Format, error: Exception) -> ImageFile.ImageFile:
    """The picture without its metadata; raises PictureError when that cannot be opened, either."""
    if kind.open_bare is None or isinstance(error, PictureError | MemoryError):
        raise _refusal(data, kind, error) from None
    try:
        return kind.open_bare(data)
    except Exception:
        raise _refusal(data, kind, error) from None


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if min(size) < 1:
        raise PictureError("the picture is damaged (it has no pixels)")
    if width * height > LARGEST_PIXELS:
        raise PictureError(_too_large())
    if max(size) > LONGEST_SHAPE * min(size):
        raise PictureError(f"is a strip of {width:,} by {height:,} pixels, not a photograph of a coin")


def _refusal(data: bytes, kind: Format, error: Exception) -> PictureError:
    """Why a file that begins as a picture cannot be read as one."""
    if isinstance(error, PictureError):
        return error
    if isinstance(error, MemoryError):
        return PictureError(NO_MEMORY)
    if isinstance(error, Image.DecompressionBombError):
        return PictureError(_too_large())
    said = str(error) or type(error).__name__
    if text := text_kind(data):
        return PictureError(text)
    if any(word in said.lower() for word in UNKNOWN):
        return PictureError(
            f"its pixels are stored in a way that coinstore does not read ({said}); save it again"
        )
    if kind.is_cut(data):
        return PictureError(CUT_SHORT)
    if any(word in said.lower() for word in INCOMPLETE):
        return PictureError("the picture is damaged (it has fewer pixels than it says)")
    return PictureError(f"the picture is damaged ({said})")


def _too_large() -> str:
    return f"claims more than {LARGEST_PIXELS // 1_000_000} million pixels; make it smaller first"


def _way_up(picture: Image.Image) -> int:
    # Pillow itself turns a TIFF while loading it.
    return 1 if picture.format == "TIFF" else orientation(picture.info)


def _upright(picture: Image.Image, way_up: int) -> Image.Image:
    turn = TURNS.get(way_up)
    try:
        picture = _in_colour(picture)
        return picture.transpose(turn) if turn is not None else picture
    except PictureError:
        raise
    except MemoryError:
        raise PictureError(NO_MEMORY) from None
    except Exception as error:
        raise PictureError(f"its pixels cannot be shown ({error})") from None


def _in_colour(picture: Image.Image) -> Image.Image:
    if picture.mode == "F" or (picture.mode == "I" and picture.format == "TIFF"):
        raise PictureError("has measurements (32 bits a pixel), not a photograph")
    if picture.mode in DEEP_MODES:
        return _from_deep(picture)
    if picture.mode == "LAB":
        profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, *profiles, outputMode="RGB") or picture
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (*GROUND, 255))
        picture = Image.alpha_composite(ground, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _from_deep(picture: Image.Image) -> Image.Image:
    """Grey of more than eight bits, scaled to eight by the range of the format (Pillow's convert clips)."""
    tiff = picture.directory if isinstance(picture, Tiff) else None
    bits = tiff.value(BITS, 16) if tiff else 16
    grey = (np.asarray(picture) >> (bits - 8)).clip(0, 255).astype(np.uint8)
    if tiff and tiff.is_inverted:
        grey = 255 - grey
    return Image.fromarray(grey, "L").convert("RGB")
