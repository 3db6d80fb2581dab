"""What all pages of one server share: the store, who reads and who writes, and the templates."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from threading import Lock
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ..db.engine import reading_as
from ..models.given import work
from ..pages.pairs.html import data_url
from ..pages.words import metadata, nearness, plain, sentence, verdict
from ..records.values.years import in_words
from .addresses import with_query
from .boxes import Sandboxes
from .counted import Counted
from .decoded import Decoded
from .desk import Desk
from .listen import Listen
from .made import Made
from .people import Sessions
from .tries import Tries

READERS, IDLE = 16, 2  # people whose connections are kept, and how many: a server has about 100 in all
MOST_ASKING = 8  # with photographs of 52 MB, or with words
PAGES = (
    ("/coins", "Coins"),
    ("/ask", "Ask"),
    ("/compare", "Compare"),
    ("/review", "Review"),
    ("/networks", "Networks"),
    ("/maps", "Maps"),
    ("/sheet", "Sheet"),
    ("/programs", "Programs"),
)
"""What the head of each page leads to."""


@dataclass
class Site:
    """`store` writes what `person` judges; pages read as `login`, which sees what it was granted.

    Without a person nothing can be written. With `sessions` each reads and judges in their own name, after
    giving a password. `key` is the secret of this run, with which forms are signed. Pages of `origins`
    (https://viewer.example; * is any) may read pictures and data in a browser, too.
    """

    store: Engine
    login: str = ""
    person: str | None = None
    origins: tuple[str, ...] = ()
    sessions: Sessions | None = None
    listen: Listen = field(default_factory=Listen)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    tries: Tries = field(default_factory=Tries, repr=False)
    counted: Counted = field(default_factory=Counted, repr=False)
    decoded: Decoded = field(default_factory=Decoded, repr=False)
    desk: Desk = field(default_factory=Desk, repr=False)
    asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_ASKING), repr=False)
    given: Sandboxes = field(default_factory=lambda: Sandboxes(work), repr=False)
    made: Made = field(default_factory=Made, repr=False)
    _readers: OrderedDict[str, Engine] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def reader(self, login: str) -> Engine:
        """The engine that reads as a login; only those who read last keep connections."""
        with self._lock:
            if login not in self._readers:
                many = {"idle": IDLE} if self.sessions else {}
                self._readers[login] = reading_as(self.store, login, **many)
            self._readers.move_to_end(login)
            if len(self._readers) > READERS:
                self._readers.popitem(last=False)[1].dispose()
            return self._readers[login]

    def close(self) -> None:
        """Closes the connections of readers, and ends the sandboxes."""
        self.desk.close()
        self.given.close()
        for engine in self._readers.values():
            engine.dispose()
        self.decoded.close()
        self.made.close()

    @cached_property
    def templates(self) -> Environment:
        """The templates; what they show is escaped, and a name that is missing is an error."""
        made = Environment(
            loader=ChoiceLoader(
                [PackageLoader("coinstore.browse"), PackageLoader("coinstore.pages", "assets")]
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters |= {"plain": plain, "sentence": sentence, "verdict": verdict}
        made.filters |= {"with_query": with_query, "data_url": data_url}
        made.globals |= {
            "in_words": in_words,
            "metadata": metadata,
            "nearness": nearness,
            "pages": PAGES,
            "version": version("coinstore"),
        }
        return made


def site(request: Request) -> Site:
    """The site that a request asks."""
    found: Site = request.app.state.site
    return found


def root(request: Request) -> str:
    """Our address as the browser knows it, without a slash at its end."""
    return site(request).listen.behind_proxy or str(request.base_url).rstrip("/")


def reader(request: Request) -> Engine:
    """The engine that reads as the sender of the request."""
    here = site(request)
    return here.reader(getattr(request.state, "login", here.login))


def person(request: Request) -> str | None:
    """The person in whose name this browser may store something; None: it may not."""
    found: str | None = getattr(request.state, "person", site(request).person)
    return found


def page(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page from a template, which knows the site and the `token` that its forms carry as well."""
    here = site(request)
    text = here.templates.get_template(template).render(
        site=here, path=request.url.path, person=person(request), token=request.state.token, **shown
    )
    return HTMLResponse(text, status)
