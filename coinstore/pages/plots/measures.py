"""Plots of a collection: weights and diameters by type, and the sizes of classes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ...db.call import Row
from .communities import LOOKS
from .describe import cut

SHOWN = 20
MEASURES = (("weight_g", "weight in g"), ("diameter_mm", "diameter in mm"))
ENDS = ("smallest", "largest")
MARKERS = "osD^vP*"


def draw_spread(by: str, rows: Sequence[Row], outliers: Sequence[Row]) -> Figure:
    """Boxes of weight and diameter for the classes with the most measured coins, and their outliers."""
    names = list(
        dict.fromkeys(row["value"] for row in sorted(rows, key=lambda row: (-row["n"], row["value"])))
    )[:SHOWN]
    figure = Figure(figsize=(11, 2 + 0.36 * max(len(names), 2)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, (measure, title) in zip(panels, MEASURES, strict=True):
        _boxes(panel, [row for row in rows if row["measure"] == measure], names)
        stray = [row for row in outliers if row["measure"] == measure and row["value"] in names]
        panel.plot(
            [row["x"] for row in stray],
            [names.index(row["value"]) for row in stray],
            linestyle="",
            marker="x",
            color="#9c4500",
            markersize=6,
            markeredgewidth=1.6,
            label="stands out (modified z-score beyond 3.5)",
        )
        panel.set_xlabel(title)
        panel.set_ylim(len(names) - 0.5, -0.5)
        panel.grid(axis="x", color="#dddddd", linewidth=0.6)
        panel.set_axisbelow(True)
        reach = [
            row[name] for row in rows if row["measure"] == measure and row["value"] in names for name in ENDS
        ]
        if reach:
            room = 0.04 * (max(reach) - min(reach)) or 1
            panel.set_xlim(min(reach) - room, max(reach) + room)
    panels[0].set_yticks(range(len(names)), [cut(name) for name in names])
    left = len({row["value"] for row in rows}) - len(names)
    more = f", the {len(names)} with most measured coins" if left > 0 else ""
    figure.suptitle(f"Weight and diameter by {by}{more}", x=0.01, ha="left", fontsize=12)
    if outliers:
        panels[0].legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=9)
    return figure


def _boxes(panel: Axes, rows: Sequence[Row], names: Sequence[str]) -> None:
    for row in rows:
        if row["value"] not in names:
            continue
        place = names.index(row["value"])
        panel.plot([row["low"], row["high"]], [place, place], color="#1b1b1b", linewidth=1)
        panel.barh(
            place,
            row["q3"] - row["q1"],
            0.6,
            row["q1"],
            color="#56B4E9",
            edgecolor="#1b1b1b",
            linewidth=0.8,
            zorder=2,
        )
        panel.plot([row["median"]] * 2, [place - 0.3, place + 0.3], color="#000000", linewidth=2.2, zorder=3)
        panel.annotate(
            f"{row['n']:,}",
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color="#565656",
        )
    panel.annotate(
        "n",
        (1, 1),
        xycoords="axes fraction",
        xytext=(5, 3),
        textcoords="offset points",
        fontsize=8,
        color="#565656",
    )


def draw_classes(counts: Sequence[Row], imbalance: Sequence[Row]) -> Figure:
    """The size of each class of a field by rank, on logarithmic scales: a flat line means even classes."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    panel = figure.subplots()
    for number, about in enumerate(imbalance):
        sizes = sorted(
            (row["coins"] for row in counts if row["field"] == about["field"] and row["value"] is not None),
            reverse=True,
        )
        colour = "#8a7d00" if LOOKS[number % 7][0] == "#F0E442" else LOOKS[number % 7][0]
        mixed = f"as mixed as {about['effective_classes']:.1f} of one size"
        said = f"{about['field']}: {about['classes']:,}, {mixed}"
        panel.plot(
            range(1, len(sizes) + 1),
            sizes,
            color=colour,
            marker=MARKERS[number % 7],
            markersize=5,
            linewidth=1.4,
            label=said,
            markevery=max(1, len(sizes) // 25),
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(LogLocator(10, (1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.set_minor_formatter(NullFormatter())
    panel.set_xlabel("rank of the class, the largest first")
    panel.set_ylabel("coins in it")
    panel.grid(color="#dddddd", linewidth=0.6)
    if imbalance:
        figure.legend(loc="outside right upper", frameon=False, fontsize=9, title="classes", alignment="left")
    figure.suptitle("How even the classes are", x=0.01, ha="left", fontsize=12)
    return figure
