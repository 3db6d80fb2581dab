"""The plot of an evaluation: for each figure all spaces with their intervals, and chance as a line."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...db.call import Row
from ...evaluate.ranks import FIGURES, SETTINGS
from ...evaluate.summary import NAMES
from ..words import plain

# Colours of Okabe and Ito; the shape says the same as the colour.
LOOKS = {
    "all": ("#0072B2", "o", "among all other coins"),
    "other collections": ("#D55E00", "D", "only among other collections"),
}
CHANCE = "#6b6b6b"


def draw_evaluation(label: str, rows: Sequence[Row]) -> Figure:
    """The figure of one label; `rows` are the rows of api.evaluations for one run."""
    names = list(dict.fromkeys(_name(row) for row in rows))
    figure = Figure(figsize=(11.5, 2.1 + 0.52 * len(names)), layout="constrained")
    panels = figure.subplots(1, len(FIGURES), sharey=True)
    for panel, measure in zip(panels, FIGURES, strict=True):
        _draw(panel, names, [row for row in rows if row["figure"] == measure])
        k = next(row["k"] for row in rows)
        panel.set_title(NAMES[measure].format(k=k), fontsize=10, loc="left")
    panels[0].set_yticks(range(len(names)), names)
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    marks = " — LEAKED: the vectors may know the label" if any(row["leaked"] for row in rows) else ""
    figure.suptitle(
        f"Coins of one {plain(label)} find each other{marks}",
        x=0.01,
        ha="left",
        fontsize=13,
        fontweight="bold",
    )
    handles, texts = panels[0].get_legend_handles_labels()
    kept = dict(zip(texts, handles, strict=True))
    figure.legend(
        kept.values(), kept.keys(), loc="outside lower left", ncols=len(kept), frameon=False, fontsize=9
    )
    return figure


def _name(row: Row) -> str:
    marks = "" if row["trained"] else "\n(UNTRAINED)"
    again = "\n(re-ranked)" if row["reranked"] else ""
    return f"{row['space']}, {row['face']}{again}{marks}" + ("\n(LEAKED)" if row["leaked"] else "")


def _draw(panel: Axes, names: Sequence[str], rows: Sequence[Row]) -> None:
    for setting, shift in zip(SETTINGS, (-0.14, 0.14), strict=True):
        colour, shape, said = LOOKS[setting]
        here = [row for row in rows if row["setting"] == setting]
        if not here:
            continue
        places = [names.index(_name(row)) + shift for row in here]
        values = [row["value"] for row in here]
        ends = [[row["value"] - row["low"] for row in here], [row["high"] - row["value"] for row in here]]
        panel.errorbar(
            values,
            places,
            xerr=ends,
            fmt=shape,
            color=colour,
            markersize=5.5,
            capsize=2.5,
            linewidth=1.2,
            markerfacecolor=colour if shape == "o" else "white",
            label=f"{said}, with 95% interval",
        )
        panel.scatter(
            [row["chance"] for row in here],
            places,
            marker="|",
            s=90,
            color=CHANCE,
            linewidths=1.6,
            label="by chance",
        )
    panel.set_xlim(left=0)
    panel.grid(axis="x", color="#e3e3e3", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(axis="y", length=0)
