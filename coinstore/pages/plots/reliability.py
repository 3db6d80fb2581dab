"""The plot of a calibration's reliability: how often pairs with a probability are of one die."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import binomtest

from ...matching.calibrate import Reliability

LOOKS = (("#0072B2", "o"), ("#D55E00", "s"))
"""Colour and form of the points of the first curve and the second."""
SHIFTS = (-0.006, 0.006)
"""How far the points of two curves are moved, so that both are seen."""
SMALLEST, LARGEST = 10, 110  # areas of points, in square points


def draw_reliability(curves: Mapping[str, Reliability], caption: str = "") -> Figure:
    """The figure: points for each of one or two curves, and the diagonal on which probabilities are right.

    `curves` are by the name for the legend. With a caption it has a title, too: for a plot by itself.
    """
    figure = Figure(figsize=(6.4, 6.2) if caption else (6.4, 5.4), layout="constrained")
    panel: Axes = figure.subplots()
    panel.plot([0, 1], [0, 1], color="#6b6b6b", linewidth=0.8, linestyle=":", label="right")
    looks, shifts = LOOKS[: len(curves)], SHIFTS if len(curves) > 1 else (0.0,)
    for (name, curve), look, shift in zip(curves.items(), looks, shifts, strict=True):
        _points(panel, curve, name, look, shift)
    panel.set_xlim(-0.16, 1.16)  # room for the numbers of pairs at both ends
    panel.set_ylim(-0.06, 1.06)
    panel.set_aspect("equal")
    panel.set_xlabel("probability of one die")
    panel.set_ylabel("share of the pairs that are of one die")
    panel.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), frameon=False, fontsize=9)
    if caption:
        figure.suptitle("How far the probability is right", x=0.01, ha="left", fontsize=13, fontweight="bold")
        figure.supxlabel("\n".join(textwrap.wrap(caption, 96)), x=0.01, ha="left", fontsize=8.5)
    return figure


def _points(panel: Axes, one: Reliability, name: str, look: tuple[str, str], shift: float) -> None:
    """The larger a point, the more pairs; no line joins them, since a few pairs say little."""
    colour, form = look
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
            xytext=(-7 if shift < 0 else 7, 0),
            textcoords="offset points",
            ha="right" if shift < 0 else "left",
            va="center",
            fontsize=7.5,
            color=colour,
        )
