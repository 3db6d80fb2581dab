"""Steps: what a person did last, and taking it back."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from . import forms
from .desk import Desk, Session, Step
from .site import person, site

SEE_OTHER = 303
CHANGED = ("counts", "names")  # kinds of lists that a step can change


def desk(request: Request) -> Desk:
    """What the site remembers."""
    return site(request).desk


def session(request: Request) -> Session:
    """What was done in this browser in the name of the person who judges; nothing where no one may."""
    who = person(request)
    return desk(request).session(who, request.state.session) if who else Session()


def last(request: Request) -> dict[str, Any]:
    """What a page shows of the last step."""
    steps = session(request).steps
    return {"step": steps[-1] if steps else None}


def note(request: Request, step: Step) -> None:
    """Remembers a step that was just taken, which may have changed what is listed."""
    session(request).steps.append(step)
    desk(request).forget(*CHANGED)


def go(address: str) -> Response:
    """To another page, after something was stored."""
    return RedirectResponse(address, SEE_OTHER)


async def undo(request: Request) -> Response:
    """Takes the last step back, and shows what it was about."""
    await forms.read(request)
    forms.writer(request)
    steps = session(request).steps
    if not steps:
        raise HTTPException(404, "There is no step left that can be undone.")
    step = steps.pop()
    await run_in_threadpool(step.undo)
    desk(request).forget(*CHANGED)
    return go(step.address)


ROUTES = [Route("/undo", undo, methods=["POST"], name="undo")]
