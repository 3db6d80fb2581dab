"""The report of an evaluation: what was measured, the figures of each space, and what they do not say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from ...db import call
from ...db.call import Row
from ...errors import NotFound
from ...evaluate import summary
from ..plots.evaluation import draw_evaluation
from ..plots.write import drawn, write_plot
from .layout import Picture, Report, Section, Table, write_report

HOW = (
    "Precision@k: the share of the k most similar coins that have the value. Recall@k: the share of all coins"
    " with the value that are among the k most similar."
)

MOST_VALUES = 50
SIDE_BY_SIDE = (
    "Each coin is a query for the other coins with its value. all: every other coin can be found; across:"
    " only coins of other collections. P@1: the most similar coin has the value. mAP: the mean precision at"
    " the rank of each such coin. R-precision: the precision at rank R, where R is the number of such coins."
    " Re-ranked: the nearest 100 are ordered again, by the coins that they have near them. In brackets: the"
    " 95% interval of the mean over queries (seeded bootstrap, 1,000 samples); it is about other coins of"
    " these collections, not about other collections."
)


def write_evaluation(engine: Engine, run: int, report: Path | None = None, plot: Path | None = None) -> None:
    """Writes the report of a run as HTML, and a plot as PNG or SVG (with several labels, NAME-LABEL.png).

    Raises NotFound for an unknown run, SettingsError if a file cannot be written.
    """
    rows = call.read(engine, "part.evaluation_figures", run=run)
    if not rows:
        raise NotFound(f"there is no evaluation run {run}; the runs are listed in api.evaluations")
    differences = call.read(engine, "part.evaluation_differences", run=run)
    write_figures(rows, differences, call.read(engine, "part.evaluation_groups", run=run), report, plot)


def write_figures(
    rows: Sequence[Row],
    differences: Sequence[Row],
    groups: Sequence[Row],
    report: Path | None = None,
    plot: Path | None = None,
) -> None:
    """As `write_evaluation`, of the rows of a run."""
    labels = summary.labels_of(rows)
    if plot:
        for label, path in plots_of(labels, plot).items():
            here = [row for row in rows if row["label"] == label]
            write_plot(path, f"Evaluation of {label}", partial(draw_evaluation, label, here))
    if report:
        sections = [_section(label, rows, differences, groups) for label in labels]
        write_report(
            report, Report("How well look-alikes belong together", _facts(rows), _warnings(rows), sections)
        )


def plots_of(labels: Sequence[str], path: Path) -> dict[str, Path]:
    """The path of each label's plot."""
    if len(labels) == 1:
        return {labels[0]: path}
    return {label: path.with_stem(f"{path.stem}-{re.sub(r'[^a-z_]+', '-', label)}") for label in labels}


def _section(label: str, rows: Sequence[Row], differences: Sequence[Row], groups: Sequence[Row]) -> Section:
    here = [row for row in rows if row["label"] == label]
    picture = drawn(lambda: draw_evaluation(label, here), "svg", f"Evaluation of {label}")
    tables = (
        Table("Among all others, and across collections", summary.side_by_side(here), SIDE_BY_SIDE),
        Table("Among the k nearest", summary.retrieval(here), HOW),
        Table(
            "Compared with the first",
            summary.differences([row for row in differences if row["label"] == label]),
            "Over the same queries. p: a two-sided paired randomisation test that flips a sign for each"
            " value, because queries with the same value are not independent; not corrected for the number"
            " of tests.",
        ),
        Table(
            "Photographic style and hubs",
            summary.style(here),
            "A share above chance means that photographs of one collection find each other. Hubness: the"
            " skewness of how often a coin is listed; 0 means evenly.",
        ),
        Table(
            "Similarity within and between values",
            summary.classes(here),
            "Mean cosine of random pairs, never from lists of neighbours. AUC: the probability that a pair"
            " with one value is more similar than a pair with two; d′: the distance of the means in"
            " standard deviations.",
        ),
        Table(
            "The space",
            summary.spread(here),
            "Random pairs: their similarity. Silhouette (−1 to 1) and Davies-Bouldin (best at 0) on a"
            " stored sample. Search: the share of the ten nearest that the store's own search finds, with"
            " and without filters.",
        ),
        *_broken_down([row for row in groups if row["label"] == label]),
    )
    return Section(label, f"{summary.left_out(here)}.", (Picture(picture, _in_words(here)),), tables)


def _broken_down(groups: Sequence[Row]) -> tuple[Table, ...]:
    """The same figures by value and by collection; none for a reader who may not see all coins."""
    said = {
        "collection": "The queries of one collection, and what they find in it and in the others.",
        "value": f"The {MOST_VALUES} values with most queries; all are in api.evaluation_groups.",
    }
    return tuple(
        Table(f"By {by}", summary.by_group(groups, by, MOST_VALUES), words)
        for by, words in said.items()
        if groups
    )


def _in_words(rows: Sequence[Row]) -> str:
    said = [
        f"{summary.shown_name(row)}, {row['face']}: {row['value']:.2f}, by chance {row['chance']:.2f}"
        for row in rows
        if (row["figure"], row["setting"]) == ("nn_agreement", "other collections")
    ]
    return "Share of coins whose nearest coin of another collection agrees. " + "; ".join(said)


def _facts(rows: Sequence[Row]) -> list[tuple[str, str]]:
    one = rows[0]
    facts = [
        ("Run", str(one["run"] or "not stored, on a replica")),
        ("Made", f"{one['made_at']:%Y-%m-%d %H:%M} UTC"),
        ("Seed", str(one["seed"])),
        ("Spaces", ", ".join(dict.fromkeys(row["space"] for row in rows))),
        ("Faces", ", ".join(dict.fromkeys(row["face"] for row in rows))),
        ("Computed with", one["library"]),
    ]
    return facts if one["predicate"] == "true" else [*facts, ("Coins where", one["predicate"])]


def _warnings(rows: Sequence[Row]) -> list[str]:
    leaked = dict.fromkeys(f"{row['space']} ({row['label']})" for row in rows if row["leaked"])
    untrained = dict.fromkeys(row["space"] for row in rows if not row["trained"])
    said = []
    if leaked:
        said.append(
            f"Leaked: the vectors were made from the label, or may have been, in {', '.join(leaked)}."
        )
    if untrained:
        said.append(
            f"Untrained: the weights were drawn at random in {', '.join(untrained)}; nearness means nothing"
            " there."
        )
    return said
