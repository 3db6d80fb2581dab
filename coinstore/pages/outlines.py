"""Outlines drawn on photographs, and the outlines of an open store: `store.outlines`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import Engine

from ..curation.outlines import Face, outlines_of, photograph_seen, read_ingested, set_outline
from ..db import call
from ..errors import SettingsError
from ..images.look import box_around
from ..images.outline import ANGLES, Outline, read_outline
from ..images.outlines import find_again, find_outlines, lacking_outlines
from ..images.picture import decode
from ..progress import Report, Tally, silent
from ..rows import Rows
from ..search.similar import find_coin
from ..sources.outputs import check_path

COLOUR, HALO = (222, 45, 38), (255, 255, 255)
LINE_PX, LINE_SHARE = 1.5, 0.005  # how wide the line of an outline is: pixels, and a share of the longer side
MOST = 2_000  # outlines in one picture; a taller one is opened by few programs
SMOOTH = 4  # times as large a line is drawn, for smooth edges
DRAWN_PX = 1200  # at most, of the longer side
SHOWN = (
    "collection",
    "inventory_number",
    "face",
    "certainty",
    "method",
    "said_by",
    "x_px",
    "y_px",
    "radius_px",
)
FOUND = ("sides", "changed", "unread")


class Outlines:
    """Where the coins are in their photographs; shows as the least certain ones."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, where: str = "true", limit: int | None = None) -> Rows[Any]:
        """The outlines of the coins that pass `where` (columns of api.coins), the least certain first."""
        asked = {"predicate": where, "at_most": limit}
        return Rows(call.read(self._engine, "part.least_certain_outlines", **asked), SHOWN)

    def show(self, coin: str | int, face: Face | None = None) -> Rows[Any]:
        """The outline of each photograph of a coin; raises NotFound, Ambiguous."""
        return Rows(outlines_of(self._engine, find_coin(self._engine, str(coin)), face), SHOWN)

    def draw(self, coin: str | int, path: str | Path, face: Face | None = None) -> None:
        """Writes the photographs of a coin with their outlines as a PNG; raises PictureError."""
        check_path(Path(path), (".png",), "picture")
        drawn_photographs(self.show(coin, face)).save(path)

    def draw_list(self, path: str | Path, where: str = "true", limit: int = MOST) -> None:
        """Writes the outlines of `list` on small photographs, as one PNG; raises SettingsError above MOST."""
        from .sheets.outlined import outlined_sheet

        check_path(Path(path), (".png",), "picture")
        if limit > MOST:
            raise SettingsError(f"a picture shows up to {MOST:,} outlines; {limit:,} are too many for one.")
        outlined_sheet(self._engine, self.list(where, limit)).save(path)

    def set(
        self,
        coin: str | int,
        face: Face,
        *,
        person: str,
        circle: tuple[float, float, float] | None = None,
        of: str = "",
    ) -> None:
        """Stores where a person says that a face is: x, y and radius in pixels; None: the whole picture.

        It is kept instead of what coinstore finds, as long as the photograph is the same. `of` is the SHA-256
        of the photograph that the person saw, or how it begins. Raises NotFound, Ambiguous, PictureError if
        the photograph is another one, SettingsError.
        """
        photograph = photograph_seen(self._engine, find_coin(self._engine, str(coin)), face, of)
        set_outline(self._engine, photograph, person, circle)

    def reset(self, coin: str | int, face: Face) -> None:
        """Finds where a face is again, and forgets what a person said; raises NotFound, PictureError."""
        [row] = outlines_of(self._engine, find_coin(self._engine, str(coin)), face)
        find_again(self._engine, row["side_id"])

    def lacking(self, below: float = 0.0) -> int:
        """How many sides have no outline, or one of an earlier version or less certain than `below`."""
        return lacking_outlines(self._engine, below)

    def find(self, *, below: float = 0.0, progress: Report = silent) -> Rows[Any]:
        """Finds the outlines that sides lack, or that are of an earlier version or below a certainty."""
        tally = Tally(progress, "Outlines", "sides", lacking_outlines(self._engine, below))
        done = dict.fromkeys(FOUND, 0)
        for batch in find_outlines(self._engine, below):
            tally.add(batch.done)
            for name, count in zip(FOUND, (batch.done, batch.changed, batch.unread), strict=True):
                done[name] += count
        return Rows([done], FOUND)

    def _repr_html_(self) -> str:
        return self.list(limit=20)._repr_html_()

    def __repr__(self) -> str:
        return repr(self.list(limit=20))


def drawn_photographs(rows: Sequence[Mapping[str, Any]]) -> Image.Image:
    """The photographs of a coin next to each other with their outlines; a shared one is there once."""
    shared: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        shared.setdefault(row["sha256"], []).append(row)
    drawn = [_drawn(faces) for faces in shared.values()]
    page = Image.new("RGB", (sum(one.width for one in drawn), max(one.height for one in drawn)), "white")
    left = 0
    for one in drawn:
        page.paste(one, (left, 0))
        left += one.width
    return page


def _drawn(faces: Sequence[Mapping[str, Any]]) -> Image.Image:
    picture = decode(read_ingested(faces[0]), side_px=DRAWN_PX)
    picture.thumbnail((DRAWN_PX, DRAWN_PX), Image.Resampling.LANCZOS)
    for row in faces:
        if row["edge"] is not None:
            draw_outline(picture, read_outline(row).scaled(picture.width / row["width_px"]))
    return picture


def on_thumbnail(row: Mapping[str, Any], thumbnail: Image.Image) -> Outline | None:
    """Where the coin is in the thumbnail of a row of part.faces_of_coins; None: the row has no outline.

    The thumbnail of a face that shares its photograph shows this face only.
    """
    if row["edge"] is None:
        return None
    outline = read_outline(row)
    left, top, right = 0, 0, row["width_px"]
    if row["shows_both"]:
        left, top, right, _ = box_around((row["width_px"], row["height_px"]), outline)
    moved = replace(outline, x_px=outline.x_px - left, y_px=outline.y_px - top)
    return moved.scaled(thumbnail.width / (right - left))


def draw_outline(picture: Image.Image, outline: Outline) -> None:
    """Draws an outline on an RGB picture, in its pixels: a line around the coin, which hides nothing of it.

    The line has a white border, so that it shows on any ground; where the coin ends with the picture, it
    goes along the picture's edge.
    """
    width = LINE_PX + LINE_SHARE * max(picture.size)
    for colour, wide in ((HALO, 2 * width), (COLOUR, width)):
        mask = Image.new("L", [SMOOTH * side for side in picture.size])
        around = corners(outline, picture.size, width)
        line = [(SMOOTH * x, SMOOTH * y) for x, y in (*around, around[0], around[1])]
        ImageDraw.Draw(mask).line(line, 255, round(SMOOTH * wide), joint="curve")
        picture.paste(colour, mask=mask.reduce(SMOOTH))


def corners(outline: Outline, size: tuple[int, int], width: float = 0.0) -> list[tuple[float, float]]:
    """The corners of the outline, half the width of its line outside of it, as far as the picture goes."""
    found: list[tuple[float, float]] = []
    for step, share in enumerate(outline.edge):
        angle, reach = 2 * math.pi * step / ANGLES, outline.radius_px * share + width / 2
        x, y = outline.x_px + reach * math.cos(angle), outline.y_px + reach * math.sin(angle)
        found.append((min(max(x, 0.0), size[0]), min(max(y, 0.0), size[1])))
    return found
