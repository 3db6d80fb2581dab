"""Forms that store something: who may send them, and that our own pages made them."""

from __future__ import annotations

import hmac
import secrets

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from .site import Site, person, site

COOKIE = "coinstore_session"
FIELD = "token"
NOT_OURS = "This form is not as our pages send it; load the page again and repeat what you did."


def token(here: Site, session: str) -> str:
    """What a form of a session carries; another site cannot know it."""
    return hmac.digest(here.key, session.encode(), "sha256").hex()


def new_session() -> str:
    """A name for a browser, which no one can guess."""
    return secrets.token_urlsafe(24)


async def read(request: Request, *, most_files: int = 0) -> FormData:
    """The form of a request that one of our pages sent; raises HTTPException for any other.

    Files are in memory, or in temporary files without a name, which are gone with this process.
    """
    _, kind = parse_options_header(request.headers.get("content-type"))
    if kind.get(b"charset", b"utf-8").lower() != b"utf-8":  # others have letters that no database stores
        raise HTTPException(400, NOT_OURS)
    try:
        form = await request.form(max_files=most_files, max_fields=100)
    except HTTPException as error:
        raise HTTPException(
            error.status_code, NOT_OURS if error.status_code == 400 else error.detail
        ) from None
    given = form.get(FIELD)
    expected = token(site(request), request.cookies.get(COOKIE, ""))
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        await form.close()
        raise HTTPException(403, "This page is from an earlier run; load it again and repeat what you did.")
    return form


def writer(request: Request) -> str:
    """The person in whose name something is stored; raises HTTPException if no one may store anything."""
    found = person(request)
    if not found:
        raise HTTPException(403, "Nothing can be stored: start the pages with --as and your name.")
    return found
