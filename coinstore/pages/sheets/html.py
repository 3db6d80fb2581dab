"""A contact sheet as one HTML file: pictures embedded, no script, every text escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup

from ..explore.shell import asset
from ..words import nearness, score
from .parts import Block, Sheet, Strip, Tile

PER_ROW = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Some tiles of a strip, beginning with rank `start`."""

    strip: Strip
    start: int
    tiles: tuple[Tile, ...]


def html_of(sheet: Sheet) -> str:
    """The whole page. No record can run a script: the content policy allows no script and no address."""
    style = asset("sheet.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = _environment().from_string(asset("sheet.html"))
    # Only our own style sheet is not escaped.
    return template.render(sheet=sheet, style=Markup(style), style_digest=f"sha256-{digest}")


def in_rows(strips: Sequence[Strip]) -> list[list[Part]]:
    """Rows of a block: one space as a whole; several spaces with equal ranks below each other."""
    if len(strips) == 1:
        return [[Part(strips[0], 1, strips[0].tiles)]]
    longest = max(len(strip.tiles) for strip in strips)
    return [
        [
            Part(strip, start + 1, strip.tiles[start : start + PER_ROW])
            for strip in strips
            if strip.tiles or not start
        ]
        for start in range(0, max(longest, 1), PER_ROW)
    ]


def by_kind(block: Block) -> list[list[Strip]]:
    """The strips of a block: the most similar first, then the least similar."""
    return [strips for strips in (block.of_kind("most"), block.of_kind("least")) if strips]


def _data_url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


@cache
def _environment() -> Environment:
    made = Environment(autoescape=True, undefined=StrictUndefined, loader=BaseLoader())
    made.filters |= {
        "data_url": _data_url,
        "nearness": nearness,
        "score": score,
        "in_rows": in_rows,
        "by_kind": by_kind,
    }
    return made
