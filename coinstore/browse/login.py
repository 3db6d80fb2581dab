"""Giving a name and its password, where others than people of this machine can reach the pages."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from . import forms
from .guard import client, cookie
from .people import Sessions
from .site import page, site

WRONG = "The name or the password is wrong."
LATER = "Too many wrong passwords. Try again in a quarter of an hour."


def ask(request: Request) -> Response:
    """The page that asks for a name and its password."""
    _sessions(request)
    return page(request, "login.html", back=_back(request.query_params.get("next", "/")), why="", name="")


async def begin(request: Request) -> Response:
    """Begins a session, if the password is right."""
    sessions, here = _sessions(request), site(request)
    form = await forms.read(request)
    name, password, back = (str(form.get(field, "")) for field in ("name", "password", "next"))
    found = await here.tries.is_right(sessions.people, client(request), name, password)
    if not found:
        status, why = (429, LATER) if found is None else (403, WRONG)
        return page(request, "login.html", status, back=_back(back), why=why, name=name)
    session = forms.new_session()  # the name that the browser had before may be known to others
    sessions.begin(session, name)
    return RedirectResponse(_back(back), 303, {"set-cookie": cookie(here, session)})


async def end(request: Request) -> Response:
    """Ends the session."""
    sessions = _sessions(request)
    await forms.read(request)
    sessions.end(request.state.session)
    headers = {"set-cookie": cookie(site(request), forms.new_session()), "clear-site-data": '"cache"'}
    return RedirectResponse("/login", 303, headers)


def _sessions(request: Request) -> Sessions:
    if (found := site(request).sessions) is None:
        raise HTTPException(404, "These pages need no password.")
    return found


def _back(path: str) -> str:
    """A path of ours; "/" in place of an address of another site."""
    is_ours = path.startswith("/") and path.isascii() and path.isprintable()
    return path if is_ours and path[1:2] not in ("/", "\\") else "/"


ROUTES = [
    Route("/login", ask, name="login"),
    Route("/login", begin, methods=["POST"], name="begin"),
    Route("/logout", end, methods=["POST"], name="logout"),
]
