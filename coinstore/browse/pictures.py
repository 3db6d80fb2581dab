"""Photographs: the small ones from the store, the large ones from where they are."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..db import call
from .site import reader


def thumbnail(request: Request) -> Response:
    """The small photograph of a face of a coin."""
    coin, face = request.path_params["coin"], request.path_params["face"]
    rows = call.read(reader(request), "part.page_thumbnails", coins=[coin])
    found = next((bytes(row["thumbnail"]) for row in rows if row["face"] == face), None)
    if found is None:
        raise HTTPException(404, "There is no photograph.")
    return Response(found, media_type="image/jpeg", headers={"cache-control": "private, max-age=600"})


ROUTES = [Route("/photographs/{coin:int}/{face}.jpg", thumbnail, name="thumbnail")]
