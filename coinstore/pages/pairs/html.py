"""A pair as one HTML file: pictures embedded, a small program for the overlay, every text escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from ...dies.explain import Explained, Explanation
from ...dies.sectors import Sector
from ..explore.shell import asset
from . import words
from .cards import Card
from .pictures import jpeg, number_place, numbered, relief_picture

STEP = 0.034  # between two lines in a sector


@dataclass(frozen=True, slots=True)
class Dot:
    """A matched point in one of the aligned pictures, in shares of its width; `number`: 0 for none."""

    x: float
    y: float
    number: int

    @property
    def label(self) -> tuple[float, float, bool]:
        """Where its number is, and whether it ends there."""
        return number_place(self.x, self.y)


@dataclass(frozen=True, slots=True)
class Shape:
    """A sector as it is drawn on a square from 0 to 1; `lines`: the height and the text of each."""

    points: str
    x: float
    lines: tuple[tuple[float, str], ...]
    says: str


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows of one face."""

    one: Explanation
    title: str
    said: tuple[str, ...]
    first: Image.Image
    second: Image.Image
    relief: Image.Image | None
    dots: tuple[tuple[Dot, ...], tuple[Dot, ...]]
    shapes: tuple[Shape, ...]


def page_of(explained: Explained) -> str:
    """The whole page. No record can run a script: the content policy allows the page's own program only."""
    style, script = asset("pair_parts.css") + asset("pair.css"), asset("pair.js")
    template = _environment().get_template("pair.html")
    first = explained.pairs[0]
    return template.render(
        title=words.title(first),
        coins=(first.first, first.second),
        views=[view(one) for one in explained.pairs],
        fitted_on=first.fitted_on,
        reasons=explained.reasons,
        made=f"{date.today()} by coinstore {version('coinstore')}",
        words=words,
        style=Markup(style),
        style_digest=_digest(style),
        script=Markup(script),
        script_digest=_digest(script),
    )


def cards_page(some: Sequence[Card], title: str, facts: Sequence[str]) -> str:
    """A page of the most probable matches; it has no script."""
    style = asset("pairs.css")
    return (
        _environment()
        .get_template("pairs.html")
        .render(title=title, facts=facts, cards=some, style=Markup(style), style_digest=_digest(style))
    )


def view(one: Explanation) -> View:
    """What a page shows of one face, for the macros of pair_parts.html."""
    return View(
        one=one,
        title=words.heading(one),
        said=tuple(words.said(one)),
        first=one.aligned.first,
        second=one.aligned.second,
        relief=relief_picture(one.aligned),
        dots=_dots(one),
        shapes=tuple(_shape(sector, one.aligned.room) for sector in one.sectors),
    )


def _dots(one: Explanation) -> tuple[tuple[Dot, ...], tuple[Dot, ...]]:
    numbers = {place: n for n, place in enumerate(numbered(one.points), 1)}
    first, second = [], []
    for place, (x, y, p, q) in enumerate(one.points):
        first.append(Dot(x, y, numbers.get(place, 0)))
        second.append(Dot(p, q, numbers.get(place, 0)))
    return tuple(first), tuple(second)


def _shape(sector: Sector, room: float) -> Shape:
    corners = " ".join(f"{(x / room + 1) / 2:.4f},{(y / room + 1) / 2:.4f}" for x, y in sector.corners)
    x, y = ((at / room + 1) / 2 for at in sector.middle)
    said = words.sector_lines(sector)
    lines = tuple((y + STEP * (n - (len(said) - 1) / 2), text) for n, text in enumerate(said))
    return Shape(corners, x, lines, sector.says)


def data_url(picture: Image.Image) -> str:
    """A picture as the address of an image in a page."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(picture)).decode()}"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(asset),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["data_url"] = data_url
    return made
