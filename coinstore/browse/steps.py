"""Steps: what a person did last, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..errors import Changed, NotFound
from . import forms
from .desk import Desk, Session, Step
from .sight import as_seen, sight
from .site import person, reader, site

SEE_OTHER = 303
CHANGED = ("counts", "names")  # kinds of lists that a step can change


def desk(request: Request) -> Desk:
    """What the site remembers."""
    return site(request).desk


def listed(request: Request, kind: str, make: Callable[[], Iterable[Any]], *given: Hashable) -> list[Any]:
    """A list that all who see the same collections share; `given` says which one of its kind."""
    engine = reader(request)
    seen = sight(engine)
    return desk(request).listed((kind, (seen, *given)), partial(as_seen, engine, seen, make))


def session(request: Request) -> Session:
    """What was done in this browser in the name of the person who judges; nothing where no one may."""
    who = person(request)
    return desk(request).session(who, request.state.session) if who else Session()


def last(request: Request) -> dict[str, Any]:
    """What a page shows of the last step; one that cannot be taken back is shown once."""
    steps = session(request).steps
    if not steps:
        return {"step": None}
    return {"step": steps[-1] if steps[-1].undo else steps.pop()}


def note(request: Request, step: Step) -> None:
    """Remembers a step that was just taken, which may have changed what is listed."""
    session(request).steps.append(step)
    desk(request).forget(*CHANGED)


def go(address: str) -> Response:
    """To another page, after something was stored."""
    return RedirectResponse(address, SEE_OTHER)


async def undo(request: Request) -> Response:
    """Takes the step back that a page showed as the last one, and shows what it was about."""
    form = await forms.read(request)
    forms.writer(request)
    here, number = session(request), form.get("step")
    async with here.undoing:  # of two clicks at the same time the second one finds that it is done
        step = here.undone
        if step is None or number != str(step.number):
            try:
                step = await _undo(here, number)
            finally:
                desk(request).forget(*CHANGED)
    return go(step.address)


async def _undo(here: Session, number: object) -> Step:
    """Takes the last step of a session back; a step that fails can be tried again, unless it was changed."""
    if not here.steps:
        raise HTTPException(404, "There is nothing left to undo.")
    step = here.steps[-1]
    if step.undo is None or number != str(step.number):
        raise HTTPException(
            409, "You have done something else since. Load the page again, and undo that first."
        )
    try:
        await run_in_threadpool(step.undo)
    except (Changed, NotFound):
        here.steps.remove(step)
        raise
    here.steps.remove(step)
    here.undone = step
    return step


ROUTES = [Route("/undo", undo, methods=["POST"], name="undo")]
