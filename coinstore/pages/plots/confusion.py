"""The plot of a confusion matrix: what coins of held-out groups are, and what the model took them for."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from sqlalchemy import Engine

from ...db import call
from ...db.call import Row
from ...sources.outputs import PLOT, check_path
from ..words import plain
from .write import write_plot

SHOWN = 30
COUNTED = 24  # with more values the numbers in the cells become unreadable
# One hue from light to dark is readable for everyone, and in grey print.
COLOURS = "Blues"


def write_confusion(engine: Engine, classifier: int, path: Path) -> None:
    """Draws the confusion matrix of a classifier: shares of each row, with the counts.

    The 30 most frequent values are shown; the rest is summed up as others. `path` ends in .png or .svg.
    Raises NotFound for an unknown classifier, SettingsError for another suffix.
    """
    check_path(path, PLOT, "plot")
    about = call.read(engine, "part.classifier_named", classifier=classifier)[0]
    rows = call.read(engine, "part.confusion_of", classifier=classifier)
    write_plot(path, f"Confusions of {about['label']}", lambda: draw_confusion(about, rows))


def draw_confusion(about: Row, rows: Sequence[Row]) -> Figure:
    """The figure; `about` is a row of api.classifiers, `rows` are those of api.confusions."""
    names, matrix = _matrix(rows)
    size = 4.2 + 0.36 * max(len(names), 4)
    figure = Figure(figsize=(size + 1.6, size), layout="constrained")
    panel: Axes = figure.subplots()
    totals = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)
    mesh = panel.imshow(shares, cmap=COLOURS, vmin=0, vmax=1)
    if len(names) <= COUNTED:
        _write_counts(panel, matrix, shares)
    _finish(panel, names, matrix)
    bar = figure.colorbar(mesh, ax=panel, fraction=0.04, pad=0.02)
    bar.set_label("share of the coins of a row")
    bar.outline.set_visible(False)
    marks = [] if about["trained"] else ["UNTRAINED: the weights of the space are random"]
    marks += ["LEAKED: a space was made from this label, or may have been"] if about["leaked"] else []
    title = f"{plain(about['label'])}: what the model took coins of held-out groups for"
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    wide = int(15 * size)
    lines = [line for said in (*marks, _caption(about)) for line in textwrap.wrap(said, wide)]
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=8.5)
    return figure


def _matrix(rows: Sequence[Row]) -> tuple[list[str], NDArray[np.int64]]:
    """Names of rows and columns, the most frequent first, and counts; rare values are one row at the end."""
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row["truth"]] += row["coins"]
        totals[row["predicted"]] += 0
    ranked = sorted(totals, key=lambda value: (-totals[value], value))
    kept = ranked if len(ranked) <= SHOWN + 1 else ranked[:SHOWN]
    place = {value: n for n, value in enumerate(kept)}
    others = len(ranked) - len(kept)
    matrix = np.zeros((len(kept) + (others > 0),) * 2, np.int64)
    for row in rows:
        matrix[place.get(row["truth"], len(kept)), place.get(row["predicted"], len(kept))] += row["coins"]
    names = [textwrap.shorten(plain(value), 28, placeholder="…") or "…" for value in kept]
    return names + ([f"{others} others"] if others else []), matrix


def _write_counts(panel: Axes, matrix: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    for i, j in zip(*np.nonzero(matrix), strict=True):
        ink = "white" if shares[i, j] > 0.55 else "#1b1b1b"
        panel.text(j, i, f"{matrix[i, j]}", ha="center", va="center", fontsize=7.5, color=ink)


def _finish(panel: Axes, names: Sequence[str], matrix: NDArray[np.int64]) -> None:
    where = range(len(names))
    panel.set_xticks(where, names, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    totals = matrix.sum(axis=1)
    panel.set_yticks(
        where, [f"{name} ({total:,})" for name, total in zip(names, totals, strict=True)], fontsize=8
    )
    panel.set_xlabel("taken for")
    panel.set_ylabel("is (coins)")
    panel.tick_params(length=0)
    for spine in panel.spines.values():
        spine.set_visible(False)
    panel.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    panel.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    panel.grid(which="minor", color="#e3e3e3", linewidth=0.5)
    panel.tick_params(which="minor", length=0)
    # A frame, not a colour, marks the diagonal: what is right.
    for n in where:
        panel.add_patch(_frame(n))


def _frame(n: int) -> Rectangle:
    return Rectangle((n - 0.5, n - 0.5), 1, 1, fill=False, edgecolor="#D55E00", linewidth=0.9)


def _caption(about: Row) -> str:
    found = about["figures"]
    faces = "both faces" if about["face"] == "both" else about["face"]
    group = about["recipe"].get("group", "collection")
    said = (
        f"Classifier {about['classifier_id']}: {about['model']} of {' + '.join(about['spaces'])}, {faces},"
        f" whole {group}s held out, seed {about['seed']}. {found['coins']:,} coins with {found['values']:,}"
        f" values: accuracy {found['accuracy']:.3f} ({found['accuracy_low']:.3f} to"
        f" {found['accuracy_high']:.3f}), macro F1 {found['macro_f1']:.3f}; always saying"
        f" {plain(found['majority_value'])}: {found['majority_accuracy']:.3f},"
        f" {found['majority_macro_f1']:.3f}."
    )
    if found["unlearnable"]:
        said += (
            f" {found['unlearnable']:,} coins have a value that no other group has, and could not be right."
        )
    return said
