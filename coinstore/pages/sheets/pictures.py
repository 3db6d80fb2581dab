"""The faces on a sheet: from the photographs, or from the store's thumbnails if those cannot be read."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from PIL import Image
from sqlalchemy import Engine

from ...db import call
from ...errors import CoinstoreError, PictureError
from ...images.look import box_around
from ...images.outline import Outline, read_outline
from ...images.picture import decode
from ...parallel import threads
from ...records.coin import Face
from ...sources import files
from ..outlines import draw_outline, on_thumbnail
from ..words import plain
from .parts import Picture

LARGE_PX, SMALL_PX, TINY_PX = 480, 240, 160
MANY = 500  # faces; with more, pictures are tiny, so that the page still opens in a second
READERS = 8
FACES: tuple[Face, ...] = get_args(Face)


class Faces:
    """Both faces of some coins, by coin and face, with their legends; `outlines`: drawn on the pictures."""

    def __init__(
        self, engine: Engine, large: Sequence[int], small: Sequence[int], *, outlines: bool = False
    ) -> None:
        coins = sorted({*large, *small})
        side_px = SMALL_PX if 2 * len(coins) <= MANY else TINY_PX
        rows = {
            (row["coin_id"], row["face"]): row
            for row in call.read(engine, "part.faces_of_coins", coins=coins)
        }
        sizes = {key: LARGE_PX if key[0] in set(large) else side_px for key in rows}
        with threads(READERS) as pool:
            drawn = pool.map(lambda key: _picture(rows[key], sizes[key], outlines=outlines), rows)
            self._pictures = dict(zip(rows, drawn, strict=True))
        self._legends = {key: row["legend"] for key, row in rows.items() if row["legend"]}

    def of(self, coin_id: int, first: Face) -> tuple[Picture, Picture]:
        """Both faces of a coin, beginning with `first`."""
        second = next(face for face in FACES if face != first)
        return self._face(coin_id, first), self._face(coin_id, second)

    def legends(self, coin_id: int) -> tuple[tuple[str, str], ...]:
        """Face and legend of each side that has one; a missing side is named as missing."""
        said = {face: plain(self._legends.get((coin_id, face), "")) for face in FACES}
        said |= {face: "there is none" for face in FACES if (coin_id, face) not in self._pictures}
        return tuple((face, text) for face, text in said.items() if text)

    @property
    def thumbnails(self) -> int:
        """How many faces are shown as the store's thumbnail."""
        return sum(picture.is_thumbnail for picture in self._pictures.values())

    def _face(self, coin_id: int, face: Face) -> Picture:
        return self._pictures.get((coin_id, face)) or Picture(face, None, has_side=False)


def close_ups(
    engine: Engine, sides: Sequence[tuple[int, Face]], side_px: int
) -> dict[tuple[int, Face], Picture]:
    """Pictures of some faces, by coin and face, which show the coin and nothing else."""
    coins = sorted({coin_id for coin_id, _ in sides})
    rows = {
        (row["coin_id"], row["face"]): row for row in call.read(engine, "part.faces_of_coins", coins=coins)
    }
    asked = [rows[side] for side in sides]
    with threads(READERS) as pool:
        drawn = pool.map(lambda row: _picture(row, side_px, is_close=True), asked)
        return dict(zip(sides, drawn, strict=True))


def _picture(
    row: Mapping[str, Any], side_px: int, *, outlines: bool = False, is_close: bool = False
) -> Picture:
    """A face: its photograph if it is still the one that was compared, else its thumbnail, else nothing."""
    if row["sha256"] is None:
        return Picture(row["face"], None)
    outline = read_outline(row) if row["edge"] is not None else None
    try:
        data = files.read(row["location"])
        if hashlib.sha256(data).hexdigest() == row["sha256"]:
            shown = _face(data, row, outline, side_px, is_close=is_close)
            return Picture(row["face"], _jpeg(shown, side_px, outlines=outlines))
    except CoinstoreError:
        pass  # the sheet marks the thumbnail and counts such faces
    try:
        thumbnail = decode(bytes(row["thumbnail"]))
        shown = thumbnail, on_thumbnail(row, thumbnail)
        return Picture(row["face"], _jpeg(shown, side_px, outlines=outlines), is_thumbnail=True)
    except PictureError:
        return Picture(row["face"], None)


def _face(
    data: bytes, row: Mapping[str, Any], outline: Outline | None, side_px: int, *, is_close: bool
) -> tuple[Image.Image, Outline | None]:
    """The picture of a face, and where the coin is in it; of a photograph of both faces only this one."""
    if outline is None or not (is_close or row["shows_both"]):
        picture = decode(data, side_px=side_px)
        return picture, outline and outline.scaled(picture.width / row["width_px"])
    shorter_px = min(row["width_px"], row["height_px"])
    picture = decode(data, side_px=math.ceil(side_px * shorter_px / (2 * outline.radius_px)))
    outline = outline.scaled(picture.width / row["width_px"])
    box = box_around(picture.size, outline)
    return picture.crop(box), replace(outline, x_px=outline.x_px - box[0], y_px=outline.y_px - box[1])


def _jpeg(shown: tuple[Image.Image, Outline | None], side_px: int, *, outlines: bool = False) -> bytes:
    picture, outline = shown
    width = picture.width
    picture.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    if outlines and outline is not None:
        draw_outline(picture, outline.scaled(picture.width / width))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()
