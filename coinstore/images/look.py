"""One look at a photograph, wherever it is: what it is and where the coin is, or why it cannot be used."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

from PIL import Image

from ..errors import CoinstoreError, NotFound, PictureError, TooLarge
from ..sources import files
from ..sources.locations import printable
from .discs import Found, find
from .outline import Outline, written
from .picture import Photograph, describe, thumbnail_of

FIELDS = [field.name for field in fields(Photograph)]
MARGIN = 0.05  # around a coin in its thumbnail, as a share of the radius


def look(location: str) -> dict[str, Any]:
    """The description of the photograph at a location, or the `reason` why it cannot be used.

    `coins` has the outline of each coin in it, as `written`; `thumbnails` a small JPEG of each when there
    are two; `problem` says what is unclear. `again`: the reason is one of a network, and a later look may
    find the photograph.
    """
    try:
        photograph, upright = describe(files.read(location))
    except (PictureError, TooLarge) as error:
        return {"reason": printable(str(error))}
    except NotFound:
        near = files.hint(location)
        step = "; correct the name in the record, or rename the file"
        reason = f"the file is not there: {near}{step}" if near else "the file is not there"
        return {"reason": reason, "again": files.is_remote(location)}
    except CoinstoreError as error:
        return {"reason": printable(str(error)), "again": files.is_remote(location)}
    found = find(upright)
    factor = photograph.width_px / upright.width
    return {name: getattr(photograph, name) for name in FIELDS} | {
        "coins": [written(coin.scaled(factor)) for coin in found.coins],
        "thumbnails": [thumbnail_of(around(upright, coin)) for coin in found.coins[:2]]
        if found.arrangement
        else [],
        "problem": found.problem,
    }


def find_in(data: bytes) -> tuple[Found, int]:
    """The coins of a photograph in its pixels, and how wide it is; as `look` finds them.

    Raises PictureError.
    """
    photograph, upright = describe(data)
    found = find(upright)
    factor = photograph.width_px / upright.width
    return replace(found, coins=tuple(coin.scaled(factor) for coin in found.coins)), photograph.width_px


def around(picture: Image.Image, outline: Outline) -> Image.Image:
    """The part of a picture that shows a coin: the square around it, as far as it is in the picture."""
    return picture.crop(box_around(picture.size, outline))


def box_around(size: tuple[int, int], outline: Outline) -> tuple[int, int, int, int]:
    """Where that part is in a picture of this width and height: left, top, right, bottom."""
    half = outline.radius_px * (1 + MARGIN)
    left, top = max(0, math.floor(outline.x_px - half)), max(0, math.floor(outline.y_px - half))
    right = max(left + 1, min(size[0], math.ceil(outline.x_px + half)))
    bottom = max(top + 1, min(size[1], math.ceil(outline.y_px + half)))
    return left, top, right, bottom
