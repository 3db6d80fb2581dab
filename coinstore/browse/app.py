"""The application: which address has which page, and what is true of all of them."""

from __future__ import annotations

from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..errors import CoinstoreError, NotFound, Unreachable
from . import ask, coin, coins, compare, drawn, iiif, login, pictures, programs, review, steps
from .decoded import Busy
from .guard import Guard
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


def app(site: Site) -> Starlette:
    """The application of a site."""
    assets = Mount("/assets", StaticFiles(directory=str(files("coinstore.browse") / "assets")), name="assets")
    others = [Middleware(CORSMiddleware, allow_origins=site.origins, allow_methods=["GET"])]
    made = Starlette(
        routes=[
            *ROUTES,
            assets,
            Mount("/iiif", routes=iiif.ROUTES, middleware=others),
            Mount("/api", routes=programs.ROUTES, middleware=others),
        ],
        middleware=[Middleware(Guard)],
        exception_handlers={HTTPException: _refused, CoinstoreError: _failed},  # type: ignore[dict-item]
    )
    made.state.site = site
    return made


def _refused(request: Request, error: HTTPException) -> Response:
    said = {404: "There is no such page.", 405: "This page does not take that."}.get(error.status_code)
    text = error.detail if error.status_code != 404 or error.detail != "Not Found" else said
    return _sentence(request, error.status_code, text or str(error.detail))


def _failed(request: Request, error: CoinstoreError) -> Response:
    """What the library refuses is a sentence for people."""
    if isinstance(error, Unreachable):
        return _sentence(request, 503, "The database does not answer now. Try again in a minute.")
    sentence = str(error)
    status = 503 if isinstance(error, Busy) else 404 if isinstance(error, NotFound) else 400
    return _sentence(request, status, sentence[:1].upper() + sentence[1:])


def _sentence(request: Request, status: int, sentence: str) -> Response:
    """A sentence on a page, and in JSON where programs ask."""
    if request.url.path.startswith(("/api/", "/iiif/")):
        return JSONResponse({"error": sentence}, status)
    return page(request, "error.html", status, sentence=sentence)
