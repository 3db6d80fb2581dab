"""Forms that store something: who may send them, and that our own pages made them."""

from __future__ import annotations

import hmac
import secrets

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from .site import Site, person, site

COOKIE = "coinstore_session"
MOST_BYTES = 64 * 1024  # of a form without files
FIELD = "token"


def token(here: Site, session: str) -> str:
    """What a form of a session carries; another site cannot know it."""
    return hmac.digest(here.key, session.encode(), "sha256").hex()


def new_session() -> str:
    """A name for a browser, which no one can guess."""
    return secrets.token_urlsafe(24)


async def read(request: Request, *, most_files: int = 0) -> FormData:
    """The form of a request that one of our pages sent; raises HTTPException for any other."""
    if not most_files and int(request.headers.get("content-length") or 0) > MOST_BYTES:
        raise HTTPException(413, "This form is too large.")
    form = await request.form(max_files=most_files, max_fields=100)
    given = form.get(FIELD)
    expected = token(site(request), request.cookies.get(COOKIE, ""))
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(403, "This page is from an earlier run; load it again and repeat what you did.")
    return form


def writer(request: Request) -> str:
    """The person in whose name something is stored; raises HTTPException if no one may store anything."""
    found = person(request)
    if not found:
        raise HTTPException(403, "Nothing can be stored: start the pages with --as and your name.")
    return found
