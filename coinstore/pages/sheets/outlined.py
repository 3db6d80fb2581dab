"""A contact sheet of outlines: small photographs with the outline and its certainty, to look for mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import Engine

from ...db import call
from ...errors import PictureError
from ...images.picture import decode
from ...parallel import threads
from ..outlines import draw_outline, on_thumbnail
from ..words import plain
from .drawing import PAPER, QUIET, Letters, Pen

COLUMNS, CELL_PX, GAP_PX = 10, 160, 8
LETTERS = Letters(12, colour=QUIET)


def outlined_sheet(engine: Engine, rows: Sequence[Mapping[str, Any]]) -> Image.Image:
    """The outlines of rows of part.least_certain_outlines, drawn on the store's thumbnails, in this order."""
    sides = call.read(engine, "part.faces_of_coins", coins=sorted({row["coin_id"] for row in rows}))
    found = {(side["coin_id"], side["face"]): side for side in sides}
    with threads() as pool:
        drawn = list(pool.map(lambda row: _drawn(found.get((row["coin_id"], row["face"]))), rows))
    columns = min(COLUMNS, max(len(rows), 1))
    height = CELL_PX + 2 * GAP_PX + LETTERS.size
    lines = -(-len(rows) // columns)
    page = Image.new("RGB", (columns * (CELL_PX + GAP_PX) + GAP_PX, lines * height + GAP_PX), PAPER)
    pen = Pen(page, ImageDraw.Draw(page))
    for n, (row, picture) in enumerate(zip(rows, drawn, strict=True)):
        left, top = GAP_PX + n % columns * (CELL_PX + GAP_PX), GAP_PX + n // columns * height
        if picture is not None:
            page.paste(
                picture, (left + (CELL_PX - picture.width) // 2, top + (CELL_PX - picture.height) // 2)
            )
        pen.text(LETTERS.cut(_said(row), CELL_PX), (left, top + CELL_PX + GAP_PX // 2), LETTERS)
    return page


def _drawn(side: Mapping[str, Any] | None) -> Image.Image | None:
    if side is None or side["thumbnail"] is None:
        return None
    try:
        picture = decode(bytes(side["thumbnail"]))
    except PictureError:
        return None
    picture.thumbnail((CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
    if outline := on_thumbnail(side, picture):
        draw_outline(picture, outline)
    return picture


def _said(row: Mapping[str, Any]) -> str:
    how = plain(row["said_by"]) if row["said_by"] else f"{row['certainty']:.2f} {row['method']}"
    return f"{plain(row['inventory_number'])} {row['face'][:3]}: {how}"
