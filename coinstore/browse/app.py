"""The application: which address has which page, and what is true of all of them."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..errors import Changed, CoinstoreError, NoConnection, NotFound, Unreachable
from ..pages.words import sentence
from . import ask, coin, coins, compare, drawn, iiif, login, pictures, programs, review, steps
from .guard import Guard, Known, Others
from .kept import BUSY, Busy
from .site import Site, page

ROUTES = [
    Route("/", lambda request: RedirectResponse("/coins"), name="start"),
    *coins.ROUTES,
    *coin.ROUTES,
    *pictures.ROUTES,
    programs.PAGE,
    *login.ROUTES,
    *compare.ROUTES,
    *review.ROUTES,
    *steps.ROUTES,
    *ask.ROUTES,
    *drawn.ROUTES,
]
SAID = {
    "Not Found": "There is no such page.",
    "Method Not Allowed": "This page does not accept this request.",
}
"""What Starlette says on its own, as a sentence."""
STATUS = {Busy: 503, NotFound: 404, Changed: 409}


def app(site: Site) -> Starlette:
    """The application of a site."""
    assets = Mount("/assets", StaticFiles(directory=str(files("coinstore.browse") / "assets")), name="assets")
    others = Middleware(
        Others, allow_origins=site.origins, allow_methods=["GET"], allow_headers=["authorization"]
    )
    handlers: dict[Any, Any] = {HTTPException: _refused, CoinstoreError: _failed, ClientDisconnect: _gone}
    made = Starlette(
        routes=[
            *ROUTES,
            assets,
            Mount("/iiif", routes=iiif.ROUTES),
            Mount("/api", routes=programs.ROUTES),
        ],
        middleware=[Middleware(Guard), others, Middleware(Known)],
        exception_handlers=handlers,
    )
    made.state.site = site
    return made


def _refused(request: Request, error: HTTPException) -> Response:
    return _sentence(request, error.status_code, SAID.get(error.detail, error.detail))


def _gone(_request: Request, _error: ClientDisconnect) -> Response:
    """The visitor does not wait for an answer any more: that is not a failure of the server."""
    return Response(status_code=400)


def _failed(request: Request, error: CoinstoreError) -> Response:
    """What the library refuses is a sentence for people."""
    if isinstance(error, NoConnection):
        return _sentence(request, 503, BUSY)
    if isinstance(error, Unreachable):
        return _sentence(request, 503, "The database does not answer now. Try again in a minute.")
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return _sentence(request, status, sentence(str(error)))


def _sentence(request: Request, status: int, said: str) -> Response:
    """A sentence on a page, and in JSON where programs ask."""
    if request.url.path.startswith(("/api/", "/iiif/")):
        return JSONResponse({"error": said}, status)
    return page(request, "error.html", status, sentence=said)
