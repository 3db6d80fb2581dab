"""The plot of a calibration's reliability: how often pairs with a probability are of one die."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...dies.calibrate import Recalibrated
from ...matching.calibrate import Reliability


def draw_reliability(found: Recalibrated) -> Figure:
    """The figure: a curve for each of both, and the diagonal on which probabilities are right."""
    figure = Figure(figsize=(6.4, 6.2), layout="constrained")
    panel: Axes = figure.subplots()
    panel.plot([0, 1], [0, 1], color="#6b6b6b", linewidth=0.8, linestyle=":", label="right")
    _curve(panel, found.old, "shipped", "#0072B2", "o--")
    _curve(panel, found.new, "with verdicts (held out)", "#D55E00", "s-")
    panel.set_xlim(-0.02, 1.02)
    panel.set_ylim(-0.04, 1.04)
    panel.set_aspect("equal")
    panel.set_xlabel("probability of one die")
    panel.set_ylabel("share of the pairs that are of one die")
    panel.legend(loc="upper left", frameon=False)
    figure.suptitle("How far the probability is right", x=0.01, ha="left", fontsize=13, fontweight="bold")
    figure.supxlabel("\n".join(textwrap.wrap(caption(found), 96)), x=0.01, ha="left", fontsize=8.5)
    return figure


def _curve(panel: Axes, one: Reliability, name: str, colour: str, form: str) -> None:
    said, is_so, pairs = zip(*one.bins, strict=True)
    label = f"{name}: Brier score {one.brier:.4f}"
    panel.plot(said, is_so, form, color=colour, linewidth=1.2, markersize=5, label=label)
    for x, y, count in zip(said, is_so, pairs, strict=True):
        below = form.startswith("o")
        panel.annotate(
            f"{count:,}",
            (x, y),
            xytext=(0, -11 if below else 6),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
            color=colour,
        )


def caption(found: Recalibrated) -> str:
    """What the figure shows, in words."""
    made = found.calibration
    return (
        f"{made.pairs:,} judged pairs, {made.same:,} of one die; numbers at the points are pairs. The shipped"
        " calibration has not seen them; the other was fitted to those of other coins. A lower Brier score"
        " is better."
    )
