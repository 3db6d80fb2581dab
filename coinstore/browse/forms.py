"""Forms that store something: who may send them, and that our own pages made them."""

from __future__ import annotations

import hmac
import secrets

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive

from .site import Site, person, site

COOKIE = "coinstore_session"
MOST_BYTES = 64 * 1024  # of a form without files
FIELD = "token"
TOO_LARGE = "This form is too large."


def token(here: Site, session: str) -> str:
    """What a form of a session carries; another site cannot know it."""
    return hmac.digest(here.key, session.encode(), "sha256").hex()


def new_session() -> str:
    """A name for a browser, which no one can guess."""
    return secrets.token_urlsafe(24)


async def read(request: Request, *, most_files: int = 0, most_bytes: int = MOST_BYTES) -> FormData:
    """The form of a request that one of our pages sent; raises HTTPException for any other.

    A form that has more than `most_bytes`, or says so, is not read to its end. Files are in memory, or in
    temporary files without a name, which are gone with this process.
    """
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most_bytes:
        raise HTTPException(413, TOO_LARGE)
    limited = Request(request.scope, _counted(request.receive, most_bytes))
    try:
        form = await limited.form(max_files=most_files, max_fields=100)
    except HTTPException as error:
        raise HTTPException(413 if error.detail == TOO_LARGE else error.status_code, error.detail) from None
    given = form.get(FIELD)
    expected = token(site(request), request.cookies.get(COOKIE, ""))
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode("utf-8", "replace"), expected.encode()
    ):
        await form.close()
        raise HTTPException(403, "This page is from an earlier run; load it again and repeat what you did.")
    return form


def _counted(receive: Receive, most_bytes: int) -> Receive:
    """What is received, until it is too much: what a browser says of its length may be wrong, or missing."""
    left = most_bytes

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise MultiPartException(TOO_LARGE)  # closes files that have begun
        return message

    return counted


def writer(request: Request) -> str:
    """The person in whose name something is stored; raises HTTPException if no one may store anything."""
    found = person(request)
    if not found:
        raise HTTPException(403, "Nothing can be stored: start the pages with --as and your name.")
    return found
