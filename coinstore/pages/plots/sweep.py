"""The plot of a threshold sweep: similarities in the large panels, ranks in the small ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ...db.call import Row

PERCENTILES = (10, 25, 50, 75, 90, 95, 98, 99, 99.5, 99.9, 99.99)
ROOM = 0.34  # of the panel's width, for the names of the lines


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the plot: its column, name and look. The name is darker than the line, to be readable."""

    column: str
    name: str
    colour: str
    written: str
    dashes: tuple[float, tuple[float, ...]]
    marker: str


EDGES = Line("edges", "edges", "#000000", "#1b1b1b", (0, ()), "D")
COINS = (
    Line("components", "components", "#D55E00", "#9c4500", (0, (5, 2)), "s"),
    Line("isolates", "isolates (coins\nwithout an edge)", "#009E73", "#00664a", (0, (1.5, 1.5)), "^"),
    Line("largest", "coins in the\nlargest component", "#0072B2", "#005a8c", (0, ()), "o"),
)
RULES = (("neighbours", "k nearest neighbours"), ("mutual neighbours", "k mutual neighbours"))


def draw_sweep(space: str, face: str, rows: Sequence[Row], trained: bool) -> Figure:
    """The figure: edges above, components, isolates and the largest component below."""
    figure = Figure(figsize=(11.5, 7.2), layout="constrained")
    panels = figure.subplots(2, 3, sharey="row", width_ratios=[3.4, 1, 1], height_ratios=[1, 1.8])
    compared = "both faces" if face == "both" else face
    mark = "" if trained else "  (UNTRAINED: nearness means nothing in this space)"
    figure.suptitle(
        f"{space}, {compared}: how the graph falls apart as the threshold rises{mark}",
        x=0.01,
        ha="left",
        fontsize=13,
        fontweight="bold",
    )
    _similarities(panels[0][0], panels[1][0], [row for row in rows if row["rule"] == "similarity"])
    for column, (rule, name) in enumerate(RULES, 1):
        _ranks(panels[0][column], panels[1][column], [row for row in rows if row["rule"] == rule])
        panels[0][column].set_title(name, fontsize=10, loc="left")
    panels[0][0].set_yscale("log")
    panels[0][0].set_ylabel("edges")
    panels[1][0].set_ylabel("coins, or components")
    panels[1][0].set_ylim(0, rows[0]["coins"] * 1.04)
    for panel in (panels[0][0], panels[1][0]):
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    for panel in panels.flat:
        panel.grid(color="#e3e3e3", linewidth=0.6)
        panel.tick_params(which="minor", length=0)
    figure.supxlabel(_caption(rows), x=0.01, ha="left", fontsize=8.5)
    return figure


def _caption(rows: Sequence[Row]) -> str:
    coins, of_coins = rows[0]["coins"], rows[0]["of_coins"]
    among = f"All {coins:,} coins were compared with each other."
    if coins < of_coins:
        among = f"A seeded sample of {coins:,} of the {of_coins:,} coins was compared with each other."
    return (
        f"{among} Left: an edge joins each pair above the similarity. Right: an edge joins a coin to its k"
        "\nnearest neighbours, or only pairs in which each coin is among the k nearest of the other."
    )


def _similarities(above: Axes, below: Axes, rows: Sequence[Row]) -> None:
    above.set_title("pairs above a similarity", fontsize=10, loc="left", pad=36)
    below.set_xlabel("similarity")
    if not rows:
        below.text(0.5, 0.5, "too few pairs to draw", transform=below.transAxes, ha="center")
        return
    rows = sorted(rows, key=lambda row: row["similarity"])
    x = [row["similarity"] for row in rows]
    for panel, lines in ((above, (EDGES,)), (below, COINS)):
        wide = max(x[-1] - x[0], 1e-6)
        panel.set_xlim(x[0] - 0.02 * wide, x[-1] + ROOM * wide)
        panel.xaxis.set_major_locator(MaxNLocator(7))
        panel.ticklabel_format(axis="x", useOffset=False)
        for line in lines:
            _line(panel, x, rows, line)
    _name(above, (x[-1], rows[-1]["edges"]), rows[-1]["edges"], EDGES)
    ends = [float(rows[-1][line.column]) for line in COINS]
    for line, end, level in zip(
        COINS, ends, _apart(ends, 0.11 * rows[0]["coins"]), strict=True
    ):  # two lines of text
        _name(below, (x[-1], end), level, line)
    above.tick_params(labelbottom=False)
    _percentiles(above, rows)


def _percentiles(panel: Axes, rows: Sequence[Row]) -> None:
    """A second axis on top: the share of random pairs that are less similar."""
    known = {row["percentile"]: row["similarity"] for row in rows if row["percentile"] is not None}
    levels = sorted(known)
    if len(levels) < 2:
        return
    left, right = panel.get_xlim()
    ticks: list[tuple[float, float]] = []
    for level in [level for level in PERCENTILES if levels[0] <= level <= levels[-1]]:
        at = float(np.interp(level, levels, [known[each] for each in levels]))
        if not ticks or at - ticks[-1][0] > 0.085 * (right - left):
            ticks.append((at, level))
    top = panel.secondary_xaxis("top")
    top.set_xticks([at for at, _ in ticks], [f"{level:g}" for _, level in ticks])
    top.set_xlabel("percentile (share of random pairs that are less similar)", fontsize=8.5, loc="left")
    top.tick_params(labelsize=8.5)


def _ranks(above: Axes, below: Axes, rows: Sequence[Row]) -> None:
    rows = sorted(rows, key=lambda row: row["k"])
    for panel, lines in ((above, (EDGES,)), (below, COINS)):
        for line in lines:
            _line(panel, [row["k"] for row in rows], rows, line)
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    above.tick_params(labelbottom=False)
    below.set_xlabel("k")


def _line(panel: Axes, x: Sequence[float], rows: Sequence[Row], line: Line) -> None:
    y = [row[line.column] for row in rows]
    panel.plot(
        x, y, color=line.colour, linestyle=line.dashes, marker=line.marker, markersize=4, linewidth=1.6
    )


def _name(panel: Axes, end: tuple[float, float], level: float, line: Line) -> None:
    """Writes the name of a line next to its end, where it covers no other name."""
    left, right = panel.get_xlim()
    panel.annotate(
        line.name,
        end,
        (end[0] + 0.035 * (right - left), level),
        color=line.written,
        fontweight="bold",
        va="center",
        fontsize=9,
        arrowprops={"arrowstyle": "-", "color": line.colour, "linewidth": 0.8},
    )


def _apart(levels: Sequence[float], gap: float) -> list[float]:
    """The levels, moved apart to at least `gap`; the lowest is at least half a gap."""
    order = sorted(range(len(levels)), key=lambda n: levels[n], reverse=True)
    placed = dict(zip(order, (levels[n] for n in order), strict=True))
    for above, below in pairwise(order):  # downwards from the highest
        placed[below] = min(placed[below], placed[above] - gap)
    floor = gap / 2
    for n in reversed(order):  # and up again from the floor
        placed[n] = max(placed[n], floor)
        floor = placed[n] + gap
    return [placed[n] for n in range(len(levels))]
