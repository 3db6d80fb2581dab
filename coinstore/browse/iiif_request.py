"""Requests of the Image API 3 of IIIF: what part of a picture, how large, turned how, and in which format.

https://iiif.io/api/image/3.0/ in level 2; nothing is made larger than the photograph.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from threading import BoundedSemaphore

from PIL import Image
from starlette.exceptions import HTTPException

from .kept import BUSY, place

QUALITIES = {"default": "RGB", "color": "RGB", "gray": "L", "bitonal": "1"}
FORMATS = {"jpg": ("JPEG", "image/jpeg"), "png": ("PNG", "image/png")}
OTHER_FORMATS = ("tif", "gif", "jp2", "pdf", "webp")
LONGEST_PX = 20_000  # of a side; a JPEG has at most 65,535
TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
JPEG_QUALITY = 88
NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
REGION = re.compile(rf"(?P<pct>pct:)?({NUMBER}),({NUMBER}),({NUMBER}),({NUMBER})")
SIZE = re.compile(rf"(?P<fit>!)?(?P<w>\d{{1,9}})?,(?P<h>\d{{1,9}})?|pct:(?P<pct>{NUMBER})")
Box = tuple[int, int, int, int]
PATIENCE_S = 20.0  # how long a request waits for others
_at_once = BoundedSemaphore(4)  # pictures that are made at a time
_waiting = BoundedSemaphore(24)  # requests; more would take all threads of the server


@dataclass(frozen=True, slots=True)
class Asked:
    """A part of a picture (left, top, right, bottom), the size that it gets, and the turn after that."""

    box: Box
    size: tuple[int, int]
    turn: int = 0
    mode: str = "RGB"
    format: str = "jpg"

    def bytes_of(self, picture: Image.Image) -> bytes:
        """The part of this picture as a file."""
        with place(_waiting, BUSY), place(_at_once, BUSY, PATIENCE_S):
            made = picture.resize(self.size, Image.Resampling.LANCZOS, self.box, reducing_gap=2.0)
            if self.turn:
                made = made.transpose(TURNS[self.turn])
            out = io.BytesIO()
            made.convert(self.mode).save(out, FORMATS[self.format][0], quality=JPEG_QUALITY)
        return out.getvalue()


def asked(size: tuple[int, int], region: str, scale: str, rotation: str, name: str) -> Asked:
    """What the parts of an address ask of a picture of this size.

    Raises HTTPException 400 for what the API does not know, or not for this picture, and 501 for what this
    service does not do.
    """
    box = region_box(region, *size)
    quality, _, ending = name.rpartition(".")
    if quality not in QUALITIES or (ending not in FORMATS and ending not in OTHER_FORMATS):
        raise HTTPException(400, f"{name!r} is not a quality and a format: default.jpg.")
    if ending not in FORMATS:
        raise HTTPException(501, "Pictures are made as jpg and png.")
    given = scaled_size(scale, box[2] - box[0], box[3] - box[1])
    return Asked(box, given, turned(rotation), QUALITIES[quality], ending)


def region_box(region: str, width: int, height: int) -> Box:
    """Where the region is: full, square, x,y,w,h, or pct:x,y,w,h; cut at the edges of the picture."""
    if region == "full":
        return 0, 0, width, height
    if region == "square":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        return left, top, left + side, top + side
    found = REGION.fullmatch(region)
    if not found or (not found["pct"] and "." in region):
        raise HTTPException(400, f"{region!r} is not a region: full, square, x,y,w,h or pct:x,y,w,h.")
    x, y, w, h = map(float, found.groups()[1:])
    if found["pct"]:
        x, y, w, h = x * width / 100, y * height / 100, w * width / 100, h * height / 100
    if not w or not h or x >= width or y >= height:
        raise HTTPException(
            400, f"The region {region} is outside the photograph, which has {width},{height}."
        )
    left, top = min(round(x), width - 1), min(round(y), height - 1)
    return left, top, max(left + 1, min(round(x + w), width)), max(top + 1, min(round(y + h), height))


def scaled_size(scale: str, width: int, height: int) -> tuple[int, int]:
    """The size of a region in the answer: max, w, ,h w,h !w,h or pct:n."""
    if scale.startswith("^"):
        raise HTTPException(501, "Nothing is made larger than the photograph: ask for a size without ^.")
    if scale == "max":
        factor = min(1.0, LONGEST_PX / max(width, height))
        return _rounded(width * factor, height * factor)
    found = SIZE.fullmatch(scale)
    wide, high, share = (found["w"], found["h"], found["pct"]) if found else (None, None, None)
    if not found or not (wide or high or share) or (found["fit"] and not (wide and high)):
        raise HTTPException(400, f"{scale!r} is not a size: max, w, ,h w,h !w,h or pct:n.")
    if share:
        size = _rounded(width * float(share) / 100, height * float(share) / 100)
    elif found["fit"]:
        size = _fitted(width, height, int(wide or 0), int(high or 0))
    else:
        size = int(wide or 0), int(high or 0)
        if not wide:
            size = max(1, round(width * size[1] / height)), size[1]
        elif not high:
            size = size[0], max(1, round(height * size[0] / width))
    if min(size) < 1 or size[0] > width or size[1] > height or max(size) > LONGEST_PX:
        raise HTTPException(
            400, f"The size {scale} is not between 1,1 and that of the region, {width},{height}."
        )
    return size


def _fitted(width: int, height: int, wide: int, high: int) -> tuple[int, int]:
    if not wide or not high:
        return 0, 0
    factor = min(wide / width, high / height, 1.0)
    return _rounded(width * factor, height * factor)


def _rounded(width: float, height: float) -> tuple[int, int]:
    return max(1, round(width)), max(1, round(height))


def turned(rotation: str) -> int:
    """The degrees of a rotation, clockwise: 0, 90, 180 or 270."""
    found = re.fullmatch(rf"(!?)({NUMBER})", rotation)
    if not found or float(found[2]) > 360:
        raise HTTPException(400, f"{rotation!r} is not a rotation: 0 to 360.")
    degrees = float(found[2]) % 360
    if found[1] or degrees not in (0, *TURNS):
        raise HTTPException(501, "Pictures are turned by 0, 90, 180 or 270 degrees, and not mirrored.")
    return int(degrees)
