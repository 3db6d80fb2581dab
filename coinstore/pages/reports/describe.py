"""A collection at a glance: one HTML page with its plots and tables, or only the plots."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure
from sqlalchemy import Engine

from ...db import call
from ...db.call import Row
from ...describe.summary import Description
from ...errors import SettingsError
from ...sources.outputs import PAGE, check_path
from ..explore.shell import asset, write_text
from ..plots.describe import draw_missing, draw_over_time
from ..plots.measures import draw_classes, draw_spread
from ..plots.write import drawn
from ..words import plain, score

ROWS, PAIRS = 25, 60  # rows of a table; pairs with photographs
ENDINGS = ("png", "svg")


def write_plots(found: Description, folder: Path) -> list[Path]:
    """Writes each plot as PNG and SVG into a folder, which is created. Raises SettingsError if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, draw in plots(found).items():
            for ending in ENDINGS:
                path = folder / f"{name}.{ending}"
                path.write_bytes(drawn(draw, ending, name))
                paths.append(path)
    except OSError as error:
        raise SettingsError(
            f"{folder} cannot be written: {error.strerror}; choose another folder."
        ) from error
    return paths


def write_description(engine: Engine, found: Description, path: Path) -> int:
    """Writes the page atomically and returns its size in bytes. An existing file is replaced.

    The page's content policy allows its style by SHA-256 and embedded pictures: no script, no address.
    Raises SettingsError if the file cannot be written.
    """
    check_path(path, PAGE, "report")
    style = asset("describe.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"plain": plain, "score": score, "number": _number}
    images = {name: _data_url("svg+xml", drawn(draw, "svg", name)) for name, draw in plots(found).items()}
    text = environment.from_string(asset("describe.html")).render(
        found=found,
        counts=list(_counts(found)),
        gaps=_gaps(found),
        plots=images,
        rows=ROWS,
        pairs=PAIRS,
        pictures=_pictures(engine, found),
        style=Markup(style),
        style_digest=f"sha256-{digest}",
        made=f"Made {date.today()} by coinstore {version('coinstore')}",
        same_file=[row for row in found.duplicates if row["kind"] == "same file"],
        same_photograph=[row for row in found.duplicates if row["kind"] == "same photograph"],
    )
    return write_text(path, text)


def plots(found: Description) -> dict[str, Callable[[], Figure]]:
    """The plots that have data, by name."""
    made: dict[str, Callable[[], Figure]] = {"missing": lambda: draw_missing(found.missing)}
    for field, rows in found.over_time.items():
        if any(row["value"] is not None for row in rows):
            made[f"over_time_{field}"] = partial(draw_over_time, field, rows)
    if found.spread:
        made["measures"] = lambda: draw_spread(found.by, found.spread, found.outliers)
    if found.imbalance:
        made["classes"] = lambda: draw_classes(found.counts, found.imbalance)
    return made


def _counts(found: Description) -> Iterator[tuple[str, Sequence[Row]]]:
    for field in dict.fromkeys(row["field"] for row in found.counts):
        rows = [row for row in found.counts if row["field"] == field]
        if any(row["value"] is not None for row in rows):
            yield field, rows


def _gaps(found: Description) -> list[dict[str, Any]]:
    """How much of each field is missing in total."""
    table = []
    for field in dict.fromkeys(row["field"] for row in found.missing):
        rows = [row for row in found.missing if row["field"] == field]
        records, missing = (sum(row[name] for row in rows) for name in ("records", "missing"))
        whole = sum(row["missing"] == row["records"] for row in rows)
        table.append(
            {
                "field": field,
                "records": records,
                "missing": missing,
                "share": missing / records,
                "whole": whole,
            }
        )
    return table


def _pictures(engine: Engine, found: Description) -> dict[tuple[int, str], str]:
    """Small photographs of the pairs on the page, by coin and face."""
    coins = {row[name] for row in found.twice[:PAIRS] for name in ("coin_id", "other_id")}
    for kind in ("same file", "same photograph"):
        rows = [row for row in found.duplicates if row["kind"] == kind]
        coins |= {row[name] for row in rows[:PAIRS] for name in ("coin_id", "other_coin_id")}
    rows = call.read(engine, "part.page_thumbnails", coins=sorted(coins)) if coins else []
    return {(row["coin_id"], row["face"]): _data_url("jpeg", row["thumbnail"]) for row in rows}


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")


def _data_url(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
