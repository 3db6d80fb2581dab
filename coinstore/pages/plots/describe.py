"""Plots of a collection: missing values, and coins by period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...db.call import Row
from ...records.values.years import in_words
from ..words import plain
from .communities import LOOKS, NONE_LOOK, OTHER_LOOK

Look = tuple[str, str]
COLLECTIONS, NAME = 24, 34  # columns of the grid; letters of a name


def draw_missing(rows: Sequence[Row]) -> Figure:
    """A grid of collections and fields: the share of missing values, as a number and as a shade."""
    largest: dict[str, int] = defaultdict(int)
    for row in rows:
        largest[row["collection"]] = max(largest[row["collection"]], row["records"])
    names = sorted(largest, key=lambda name: (-largest[name], name))[:COLLECTIONS]
    fields = list(dict.fromkeys(row["field"] for row in rows))
    grid = np.full((len(fields), len(names)), np.nan)
    for row in rows:
        if row["collection"] in names:
            grid[fields.index(row["field"]), names.index(row["collection"])] = 100 * row["share"]
    figure = Figure(figsize=(3.2 + 0.62 * len(names), 2.4 + 0.29 * len(fields)), layout="constrained")
    panel = figure.subplots()
    panel.imshow(
        grid, cmap="Greys", vmin=0, vmax=230, aspect="auto"
    )  # black text stays readable on the darkest shade
    for place, value in np.ndenumerate(grid):
        if not np.isnan(value):
            panel.text(place[1], place[0], _percent(value), ha="center", va="center", fontsize=8)
    panel.set_xticks(
        range(len(names)),
        [f"{cut(name)} ({largest[name]:,})" for name in names],
        rotation=40,
        ha="left",
        rotation_mode="anchor",
    )
    panel.set_yticks(range(len(fields)), fields)
    panel.xaxis.tick_top()
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    figure.suptitle("Missing values, % of the records of a collection", x=0.01, ha="left", fontsize=12)
    if len(largest) > len(names):
        figure.supxlabel(
            f"The {len(names)} largest of {len(largest):,} collections.", fontsize=9, x=0.01, ha="left"
        )
    return figure


def draw_over_time(field: str, rows: Sequence[Row]) -> Figure:
    """Coins by period, stacked by the values of a field; the caption counts undated coins."""
    dated = [row for row in rows if row["period_from"] is not None]
    undated = sum(row["coins"] for row in rows if row["period_from"] is None)
    figure = Figure(figsize=(11, 5), layout="constrained")
    panel = figure.subplots()
    figure.suptitle(f"Coins over time, by {field}", x=0.01, ha="left", fontsize=12)
    if dated:
        _stack(panel, dated)
    else:
        panel.text(0.5, 0.5, "no coin has a date with both ends", ha="center", transform=panel.transAxes)
    panel.set_ylabel("coins")
    panel.set_xlabel(
        "A coin dated to a span of years counts in equal parts for each of them."
        + (f" Not in the plot: {round(undated):,} coins without a first and a last year." if undated else ""),
        fontsize=9,
        loc="left",
    )
    return figure


def _stack(panel: Axes, rows: Sequence[Row]) -> None:
    spans = sorted({(row["period_from"], row["period_to"]) for row in rows})
    width = max(to - start for start, to in spans) + 1
    first = _since(spans[0][0])
    places = [(_since(start) - first) // width for start, _ in spans]
    bottom = np.zeros(places[-1] + 1)
    for name, look, values in layers(rows, dict(zip(spans, places, strict=True)), len(bottom)):
        panel.bar(range(len(bottom)), values, 0.94, bottom, label=name, **bar_look(look))
        bottom += values
    every = max(1, -(-len(bottom) // 13))
    shown = [(place, span) for place, span in zip(places, spans, strict=True) if place % every == 0]
    panel.set_xticks([place for place, _ in shown], [_period(*span) for _, span in shown], fontsize=8.5)
    panel.yaxis.set_major_locator(MaxNLocator(8, integer=True))
    panel.figure.legend(loc="outside right upper", frameon=False, fontsize=9, handleheight=1.3, reverse=True)


def layers(rows: Sequence[Row], places: Mapping[Any, int], length: int) -> list[tuple[str, Look, Any]]:
    """Name, look and heights: the largest values of a field, all others as one, and coins without it."""
    totals: dict[str, float] = defaultdict(float)
    for row in rows:
        if row["value"] is not None:
            totals[row["value"]] += row["coins"]
    named = sorted(totals, key=lambda name: (-totals[name], name))[: len(LOOKS)]
    looks = dict(zip(named, LOOKS, strict=False))
    heights: dict[tuple[str, Look], Any] = {}
    for name in named:
        heights[cut(name), looks[name]] = np.zeros(length)
    others = (
        "1 other" if len(totals) - len(named) == 1 else f"{len(totals) - len(named):,} others",
        OTHER_LOOK,
    )
    for row in rows:
        value = row["value"]
        key = (
            ("not given", NONE_LOOK)
            if value is None
            else (cut(value), looks[value])
            if value in looks
            else others
        )
        heights.setdefault(key, np.zeros(length))[places[row["period_from"], row["period_to"]]] += row[
            "coins"
        ]
    return [(name, look, values) for (name, look), values in heights.items()]


def bar_look(look: Look) -> dict[str, Any]:
    """Colour and hatch with a dark edge."""
    return {"color": look[0], "hatch": look[1], "edgecolor": "#1b1b1b", "linewidth": 0.5}


def cut(text: str) -> str:
    """A name on one line, cut if it is long."""
    line = plain(text)
    return line if len(line) <= NAME else line[: NAME - 1].rstrip() + "…"


def _since(year: int) -> int:
    """Years from AD 1; there is no year 0."""
    return year - (year > 0)


def _period(start: int, to: int) -> str:
    if start == to:
        return in_words(start, to) or ""
    return f"{-start}–{-to}\nBC" if to < 0 else f"AD\n{start}–{to}" if start > 0 else f"{-start} BC–\nAD {to}"


def _percent(value: float) -> str:
    if 0 < value < 1:
        return "<1"
    return ">99" if 99 < value < 100 else f"{value:.0f}"
