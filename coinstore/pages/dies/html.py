"""A die study as one HTML file: link chart, figures and tables; no script, every text escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup

from ..explore.shell import asset
from ..words import coverage, die_estimate, plain
from .layout import drawing
from .study import KEY, MOST_DIES, StudyPage

MOST_ROWS = 500  # of the table of combinations


def html_of(page: StudyPage) -> str:
    """The whole page. No record can run a script: the content policy allows no script and no address."""
    style = asset("die_chart.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .from_string(asset("die_chart.html"))
        .render(
            page=page,
            drawings=[(one, drawing(one)) for one in page.components],
            key=KEY,
            most_dies=MOST_DIES,
            most_rows=MOST_ROWS,
            style=Markup(style),
            style_digest=f"sha256-{digest}",
        )
    )


def _data_url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _weight(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


@cache
def _environment() -> Environment:
    made = Environment(
        autoescape=True, undefined=StrictUndefined, loader=BaseLoader(), trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {
        "data_url": _data_url,
        "weight": _weight,
        "plain": plain,
        "coverage": coverage,
        "estimate": die_estimate,
    }
    return made
