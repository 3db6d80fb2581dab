"""The plot of a calibration's reliability: how often pairs with a probability are of one die."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import binomtest

from ...dies.calibrate import Recalibrated
from ...matching.calibrate import Reliability

SHIFT = 0.006  # of the points of both to either side, so that both are seen
SMALLEST, LARGEST = 10, 110  # areas of points, in square points


def draw_reliability(found: Recalibrated, *, with_text: bool = True) -> Figure:
    """The figure: points for each of both, and the diagonal on which probabilities are right.

    `with_text`: a title and a caption, for a plot by itself.
    """
    figure = Figure(figsize=(6.4, 6.2) if with_text else (6.4, 5.4), layout="constrained")
    panel: Axes = figure.subplots()
    panel.plot([0, 1], [0, 1], color="#6b6b6b", linewidth=0.8, linestyle=":", label="right")
    _points(panel, found.old, "shipped", ("#0072B2", "o", -SHIFT))
    _points(panel, found.new, "with verdicts (held out)", ("#D55E00", "s", SHIFT))
    panel.set_xlim(-0.08, 1.08)
    panel.set_ylim(-0.04, 1.04)
    panel.set_aspect("equal")
    panel.set_xlabel("probability of one die")
    panel.set_ylabel("share of the pairs that are of one die")
    panel.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), frameon=False, fontsize=9)
    if with_text:
        figure.suptitle("How far the probability is right", x=0.01, ha="left", fontsize=13, fontweight="bold")
        figure.supxlabel("\n".join(textwrap.wrap(caption(found), 96)), x=0.01, ha="left", fontsize=8.5)
    return figure


def _points(panel: Axes, one: Reliability, name: str, look: tuple[str, str, float]) -> None:
    """The larger a point, the more pairs; no line joins them, since a few pairs say little."""
    colour, form, shift = look
    said, is_so, pairs = (np.array(column, float) for column in zip(*one.bins, strict=True))
    x = said + shift
    ends = [
        binomtest(round(share * count), int(count)).proportion_ci(method="wilson")
        for share, count in zip(is_so, pairs, strict=True)
    ]
    panel.vlines(x, [one.low for one in ends], [one.high for one in ends], color=colour, linewidth=1)
    label = f"{name}: Brier score {one.brier:.4f}, with 95% interval"
    sizes = SMALLEST + (LARGEST - SMALLEST) * np.sqrt(pairs / pairs.max())
    panel.scatter(
        x, is_so, sizes, marker=form, color=colour, edgecolor="white", linewidths=0.6, label=label, zorder=3
    )
    for at, share, count in zip(x, is_so, pairs, strict=True):
        panel.annotate(
            f"{count:,.0f}",
            (at, share),
            xytext=(np.sign(shift) * 7, 0),
            textcoords="offset points",
            ha="left" if shift > 0 else "right",
            va="center",
            fontsize=7.5,
            color=colour,
        )


def caption(found: Recalibrated) -> str:
    """What the figure shows, in words."""
    made = found.calibration
    return (
        f"{made.pairs:,} judged pairs, {made.same:,} of one die; numbers are pairs, and a point is larger"
        " the more they are. The shipped calibration has not seen them; the other was fitted to those of"
        " other coins. A lower Brier score is better."
    )
