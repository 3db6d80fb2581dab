"""The plot of communities: the size of each, stacked by a label of its coins."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ...db.call import Row
from ..words import plain

SHOWN, NAMED = 30, 7
TITLES = {
    "leiden": "Communities of {} by Leiden",
    "louvain": "Communities of {} by Louvain",
    "components": "Connected components of {}",
}
# Colours of Okabe and Ito, each with its own hatch: nobody needs to tell colours apart.
LOOKS = (
    ("#0072B2", ""),
    ("#E69F00", "////"),
    ("#56B4E9", "...."),
    ("#D55E00", "\\\\\\\\"),
    ("#F0E442", "xxxx"),
    ("#009E73", "----"),
    ("#CC79A7", "oo"),
)
OTHER_LOOK, NONE_LOOK = ("#c4c4c4", "||||"), ("#ffffff", "")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of communities with a label: adjusted Rand index, NMI, homogeneity; each is at most 1."""

    label: str
    coins: int
    label_values: int
    communities: int
    ari: float
    nmi: float
    homogeneity: float
    leaked: bool

    @property
    def sentence(self) -> str:
        """The figures in words; a leak is marked."""
        said = (
            f"Agreement with {self.label}: ARI {self.ari:.2f}, NMI {self.nmi:.2f}, homogeneity"
            f" {self.homogeneity:.2f} ({self.coins:,} coins with {self.label_values:,} values)"
        )
        return (
            f"{said}; LEAKED: the space was made from this field, or may have been" if self.leaked else said
        )


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the stack: its name, its look, and its coins in each bar."""

    name: str
    look: tuple[str, str]
    heights: list[int]


def draw_communities(about: Row, label: str, rows: Sequence[Row], agreements: Sequence[Agreement]) -> Figure:
    """The figure. `about` is the graph's row joined with its run; `rows` come from community_values."""
    bars, names = _bars(rows)
    layers = _layers(label, rows, bars)
    figure = Figure(figsize=(11.5, 6.2), layout="constrained")
    panel: Axes = figure.subplots()
    mark = "" if about["trained"] else "  (UNTRAINED: nearness means nothing in this space)"
    figure.suptitle(
        f"{TITLES[about['algorithm']].format(about['graph'])}{mark}",
        x=0.01,
        ha="left",
        fontsize=13,
        fontweight="bold",
    )
    floor = [0] * len(names)
    for layer in layers:
        colour, hatch = layer.look
        panel.bar(
            range(len(names)),
            layer.heights,
            bottom=floor,
            color=colour,
            hatch=hatch,
            edgecolor="#1b1b1b",
            linewidth=0.6,
            label=layer.name,
            width=0.8,
        )
        floor = [below + height for below, height in zip(floor, layer.heights, strict=True)]
    for place, total in enumerate(floor):
        panel.annotate(
            f"{total:,}", (place, total), (0, 3), textcoords="offset points", ha="center", fontsize=8
        )
    _finish(panel, label, rows, names)
    figure.supxlabel(_caption(about, agreements), x=0.01, ha="left", fontsize=8.5)
    return figure


def _finish(panel: Axes, label: str, rows: Sequence[Row], names: Sequence[str]) -> None:
    communities = len({row["community"] for row in rows})
    coins = sum(row["coins"] for row in rows)
    noun = "community" if communities == 1 else "communities"
    said = f"{coins:,} coins in {communities:,} {noun}, the largest first"
    if communities > SHOWN:
        said += f"; the last bar is all communities from {SHOWN + 1} on"
    panel.set_title(said, fontsize=10, loc="left")
    panel.set_xlabel("community")
    panel.set_xticks(range(len(names)), names)
    panel.set_ylabel("coins")
    panel.set_xlim(-0.6, max(len(names), 8) - 0.4)
    panel.tick_params(axis="x", labelsize=8.5, length=0)
    panel.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    panel.grid(axis="y", color="#e3e3e3", linewidth=0.6)
    panel.set_axisbelow(True)
    handles, texts = panel.get_legend_handles_labels()
    # In the order of the stack, from above.
    panel.legend(
        handles[::-1],
        texts[::-1],
        title=label,
        loc="upper left",
        bbox_to_anchor=(1.01, 1),
        frameon=False,
        fontsize=9,
        alignment="left",
        handlelength=1.8,
        handleheight=1.4,
    )


def _bars(rows: Sequence[Row]) -> tuple[dict[int, int], list[str]]:
    """The bar of each community, and the names of the bars."""
    order = sorted({row["community"] for row in rows})
    names = [str(community) for community in order[:SHOWN]]
    if len(order) > SHOWN:
        names.append(f"{order[SHOWN]}–{order[-1]}" if len(order) > SHOWN + 1 else str(order[SHOWN]))
    return {community: min(place, SHOWN) for place, community in enumerate(order)}, names


def _layers(label: str, rows: Sequence[Row], bars: Mapping[int, int]) -> list[Layer]:
    totals: Counter[str] = Counter()
    heights: defaultdict[str | None, list[int]] = defaultdict(lambda: [0] * (max(bars.values()) + 1))
    for row in rows:
        if row["value"] is not None:
            totals[row["value"]] += row["coins"]
    ranked = sorted(totals, key=lambda value: (-totals[value], value))
    named = ranked if len(ranked) <= len(LOOKS) else ranked[:NAMED]
    looks = dict(zip(named, LOOKS, strict=False))
    for row in rows:
        key = row["value"] if row["value"] in looks else None if row["value"] is None else ""
        heights[key][bars[row["community"]]] += row["coins"]
    layers = [Layer(_named(value, totals[value]), look, heights[value]) for value, look in looks.items()]
    if "" in heights and "" not in looks:
        others = len(ranked) - len(named)
        said = "1 other" if others == 1 else f"{others:,} others"
        layers.append(Layer(f"{said} ({sum(heights['']):,})", OTHER_LOOK, heights[""]))
    if None in heights:
        layers.append(Layer(f"no {label} ({sum(heights[None]):,})", NONE_LOOK, heights[None]))
    return layers


def _named(value: str, coins: int) -> str:
    name = textwrap.shorten(plain(value), 34, placeholder="…")
    # matplotlib leaves names that begin with _ out of a legend.
    return f"{name!r} ({coins:,})" if name.startswith("_") else f"{name} ({coins:,})"


def _caption(about: Row, agreements: Sequence[Agreement]) -> str:
    exact = "exact" if about["exact"] else "by an index"
    if not about["exact"] and about["recall"] is not None:
        exact += f" with recall {about['recall']:.3f}"
    compared = "both faces" if about["face"] == "both" else about["face"]
    said = [
        f"Graph {about['graph']}: space {about['space']}, {compared}, {about['k']} nearest neighbours,"
        f" {exact}"
    ]
    if about["across_collections"]:
        said.append("only neighbours of other collections")
    if about["predicate"] != "true":
        said.append(f"coins where {plain(about['predicate'])}")
    if about["sees"]:
        said.append(f"the space has seen {', '.join(about['sees'])}")
    seed = "" if about["seed"] is None else f", seed {about['seed']}"
    lines = ["; ".join(said), f"{about['algorithm'].capitalize()} by {about['library']}{seed}"]
    lines += [one.sentence for one in agreements]
    return "\n".join(part for line in lines for part in textwrap.wrap(f"{line}.", 150))
