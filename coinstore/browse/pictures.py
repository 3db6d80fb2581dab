"""Photographs: the small ones from the store, the large ones from where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..db import call
from ..images.look import box_around
from ..images.outline import read_outline
from ..pages.outlines import corners
from .decoded import Missing
from .iiif_request import Asked, Box
from .kept import Busy
from .site import reader, site

LARGE_PX = 1000
KEPT = {"cache-control": "private, max-age=600"}


def thumbnail(request: Request) -> Response:
    """The small photograph of a face of a coin."""
    coin, face = request.path_params["coin"], request.path_params["face"]
    rows = call.read(reader(request), "part.page_thumbnails", coins=[coin])
    found = next((bytes(row["thumbnail"]) for row in rows if row["face"] == face), None)
    if found is None:
        raise HTTPException(404, "There is no photograph.")
    return Response(found, media_type="image/jpeg", headers=KEPT)


def large(request: Request) -> Response:
    """The photograph of a face of a coin as its page shows it; the small one where the file is not there."""
    coin, face = request.path_params["coin"], request.path_params["face"]
    rows = call.read(reader(request), "part.photographs_of", coins=[coin])
    found = next((row for row in rows if row["face"] == face), None)
    if found is None:
        return thumbnail(request)
    box = shown_box(found)
    factor = min(1.0, LARGE_PX / max(box[2] - box[0], box[3] - box[1]))
    size = max(1, round((box[2] - box[0]) * factor)), max(1, round((box[3] - box[1]) * factor))
    try:
        made = Asked(box, size).bytes_of(site(request).decoded.picture(found))
    except (Busy, Missing):
        small = thumbnail(request)
        small.headers["cache-control"] = "no-store"  # perhaps it comes in a moment
        return small
    return Response(made, media_type="image/jpeg", headers=KEPT)


@dataclass(frozen=True, slots=True)
class Shown:
    """A photograph on the page of its coin; `trouble` says why only the small one can be shown."""

    row: Mapping[str, Any]
    box: Box
    polygon: str
    trouble: str

    @property
    def size(self) -> tuple[int, int]:
        """The width and height of what is shown."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]


def shown_photographs(request: Request, coin: int) -> dict[str, Shown]:
    """The usable photographs of a coin, by face."""
    decoded = site(request).decoded
    rows = call.read(reader(request), "part.photographs_of", coins=[coin])
    return {row["face"]: Shown(row, shown_box(row), polygon(row), decoded.trouble(row)) for row in rows}


def photographed(engine: Engine, coins: Iterable[int]) -> set[tuple[int, str]]:
    """The faces of coins that have a photograph: pairs of coin and face."""
    rows = call.read(engine, "part.photographed_faces", coins=list(coins))
    return {(row["coin_id"], row["face"]) for row in rows}


def shown_box(row: Mapping[str, Any]) -> Box:
    """The part of a photograph that shows the face: all of it, unless it shows both."""
    size = row["width_px"], row["height_px"]
    return box_around(size, read_outline(row)) if row["shows_both"] else (0, 0, *size)


def polygon(row: Mapping[str, Any]) -> str:
    """The outline of the coin as the points of a polygon in its photograph, as SVG has them; or empty."""
    if row["edge"] is None:
        return ""
    size = row["width_px"], row["height_px"]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners(read_outline(row), size))


ROUTES = [
    Route("/photographs/{coin:key}/{face}.jpg", thumbnail, name="thumbnail"),
    Route("/photographs/{coin:key}/{face}/large.jpg", large, name="large"),
]
