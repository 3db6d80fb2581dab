"""Outlines drawn on photographs, and the outlines of an open store: `store.outlines`."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import Engine

from ..curation.outlines import Face, outlines_of, set_outline
from ..db import call
from ..errors import PictureError
from ..images.outline import ANGLES, Outline, read_outline
from ..images.outlines import find_outlines, lacking_outlines
from ..images.picture import decode
from ..progress import Report, Tally, silent
from ..rows import Rows
from ..search.similar import find_coin
from ..sources import files
from ..sources.outputs import check_path

COLOUR = (222, 45, 38)
DRAWN_PX = 1200  # at most, of the longer side
SHOWN = (
    "collection",
    "inventory_number",
    "face",
    "x_px",
    "y_px",
    "radius_px",
    "certainty",
    "method",
    "said_by",
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

    def set(
        self,
        coin: str | int,
        face: Face,
        *,
        person: str,
        centre: tuple[float, float] | None = None,
        radius: float | None = None,
    ) -> None:
        """Stores where a person says that a face is, in pixels; without centre and radius the whole picture.

        It is kept instead of what coinstore finds. Raises NotFound, Ambiguous, SettingsError.
        """
        where = None if centre is None or radius is None else (*centre, radius)
        set_outline(self._engine, find_coin(self._engine, str(coin)), face, person, where)

    def find(self, *, below: float = 0.0, progress: Report = silent) -> Rows[Any]:
        """Finds the outlines that sides lack, or that an older method or a certainty under `below` gave."""
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
    data = files.read(faces[0]["location"])
    if hashlib.sha256(data).hexdigest() != faces[0]["sha256"]:
        raise PictureError(
            f"{faces[0]['location']} has changed since it was ingested; ingest its source again."
        )
    picture = decode(data, side_px=DRAWN_PX)
    picture.thumbnail((DRAWN_PX, DRAWN_PX), Image.Resampling.LANCZOS)
    for row in faces:
        if row["edge"] is not None:
            draw_outline(picture, read_outline(row).scaled(picture.width / row["width_px"]))
    return picture


def draw_outline(picture: Image.Image, outline: Outline) -> None:
    """Draws an outline on an RGB picture, in its pixels."""
    angles = [2 * math.pi * step / ANGLES for step in range(ANGLES)]
    corners = [
        (
            outline.x_px + outline.radius_px * share * math.cos(angle),
            outline.y_px + outline.radius_px * share * math.sin(angle),
        )
        for share, angle in zip(outline.edge, angles, strict=True)
    ]
    width = max(1, round(max(picture.size) / 150))
    ImageDraw.Draw(picture).line([*corners, corners[0], corners[1]], COLOUR, width, joint="curve")
