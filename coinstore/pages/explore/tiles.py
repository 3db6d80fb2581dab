"""Photographs for interactive pages: small WebP pictures in blocks; the more coins, the smaller."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image
from sqlalchemy import Engine

from ...db import call
from ...errors import PictureError
from ...images.picture import decode
from ...parallel import threads
from ..outlines import draw_outline, on_thumbnail
from .columns import blocks as blocks_of
from .shell import as_json
from .steps import Done, Step

BLOCK = 200  # coins whose photographs the page unpacks together
# (coins at most, pixels, WebP quality). 20,000 coins take about 35 MB, 2,000 about 10 MB.
SIZES = ((600, 160, 60), (5_000, 96, 50), (10_000, 72, 45), (20_000, 56, 40))
LEAST = (48, 40)
METHOD = 4  # WebP effort from 0 to 6; Pillow's default


@dataclass(frozen=True, slots=True)
class Tiles:
    """Blocks of photographs as JSON, `[[obverse, reverse], ...]` in base64, with `block` coins in each."""

    blocks: tuple[str, ...]
    count: int
    side_px: int
    block: int = BLOCK


def pack(engine: Engine, coins: Sequence[int], *, outlines: bool = False) -> Generator[Step, None, Tiles]:
    """The photographs of coins, in the order given; a face without a photograph is null.

    They are made from the store's thumbnails (at most 320 px) and are at most 160 px; `outlines`: drawn on
    them. Each block is a short transaction.
    """
    side_px, quality = next(((px, q) for most, px, q in SIZES if len(coins) <= most), LEAST)
    count, blocks = 0, []
    with threads() as pool:
        for part in blocks_of(coins, BLOCK):
            rows = call.read(
                engine, "part.faces_of_coins" if outlines else "part.page_thumbnails", coins=part
            )
            made = pool.map(lambda row: _small(row, side_px, quality, outlines=outlines), rows)
            found = {
                (row["coin_id"], row["face"]): text for row, text in zip(rows, made, strict=True) if text
            }
            count += len(found)
            blocks.append(
                as_json([[found.get((coin, face)) for face in ("obverse", "reverse")] for coin in part])
            )
            yield Done("photographs", len(part))
    return Tiles(tuple(blocks) if count else (), count, side_px)


def _small(row: Mapping[str, Any], side_px: int, quality: int, *, outlines: bool) -> str | None:
    if row["thumbnail"] is None:
        return None
    try:
        picture = decode(bytes(row["thumbnail"]), side_px=side_px)
    except PictureError:
        return None
    picture.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    if outlines and (outline := on_thumbnail(row, picture)):
        draw_outline(picture, outline)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=METHOD)
    return base64.b64encode(out.getvalue()).decode()
