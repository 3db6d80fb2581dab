"""coinstore evaluate: figures that can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.db import call
from coinstore.evaluate import summary
from coinstore.evaluate.measure import (
    Evaluated,
    EvaluationRequest,
    EvaluationStep,
    QueriesAnswered,
    QueriesStarted,
    evaluate_spaces,
)
from coinstore.pages.reports.evaluation import plots_of, write_evaluation
from coinstore.sources.outputs import PAGE, PLOT, check_path

from .shared.output import FACES, notice, print_json, print_table
from .shared.progress import bars


@click.command()
@click.argument("spaces", metavar="SPACE...", nargs=-1, required=True)
@click.option(
    "--label",
    "labels",
    multiple=True,
    required=True,
    help="What belongs together: type, portrait, die, any column of api.coins; may be repeated.",
)
@click.option(
    "--face",
    "faces",
    type=FACES,
    multiple=True,
    default=["obverse"],
    show_default=True,
    help="One face, or the coin by both; may be repeated.",
)
@click.option(
    "-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many neighbours count."
)
@click.option(
    "--queries",
    type=click.IntRange(2),
    default=5000,
    show_default=True,
    help="How many coins ask, at most; chosen by seed.",
)
@click.option("--where", default="true", help="SQL over the columns of api.coins: which coins.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option(
    "--allow-leak", is_flag=True, help="Measure spaces that have seen the label, too; every figure is marked."
)
@click.option(
    "--report", type=click.Path(path_type=Path), help="Write all tables and plots as one HTML file."
)
@click.option("--plot", type=click.Path(path_type=Path), help="Write the plot as PNG or SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def evaluate(spaces: tuple[str, ...], **options: Any) -> None:
    """Measure how well SPACEs find coins that belong together.

    Each coin asks for the others with its label, once among all other coins and once among those of other
    collections alone: one museum's photographs find one another. Figures stand beside chance, with 95%
    intervals over the queries, and are kept (api.evaluations).

    \b
    coinstore evaluate hog --label type
    coinstore evaluate hog hog_debiased --label portrait --label denomination --face obverse --face coin
    coinstore evaluate hog resnet50 --label die --report die.html
    """
    report, plot, as_json = (options.pop(name) for name in ("report", "plot", "as_json"))
    if report:
        check_path(report, PAGE, "report")
    if plot:
        check_path(plot, PLOT, "plot")
    once = {name: list(dict.fromkeys(value)) for name, value in options.items() if isinstance(value, tuple)}
    wanted = EvaluationRequest(spaces=list(dict.fromkeys(spaces)), **(options | once))
    with coinstore.open() as store:
        done = _follow(evaluate_spaces(store.engine, wanted))
        rows = call.read(store.engine, "part.evaluation_figures", run=done.run)
        differences = call.read(store.engine, "part.evaluation_differences", run=done.run)
        if as_json:
            print_json(
                {"run": done.run, "seconds": done.seconds, "figures": rows, "differences": differences}
            )
        else:
            _print(rows, differences)
        notice(
            "Intervals speak of other coins of these values and collections; p throws a sign for each value."
        )
        notice(f"Kept as run {done.run} (api.evaluations), {done.seconds:.1f} s.")
        if report or plot:
            write_evaluation(store.engine, done.run, report, plot)
    plots = plots_of(wanted.labels, plot).values() if plot else ()
    for path in filter(None, (report, *plots)):
        notice(f"Written: {path}")


def _follow(steps: Iterator[EvaluationStep]) -> Evaluated:
    with bars("Asking") as (only,):
        for step in steps:
            if isinstance(step, QueriesStarted):
                only.expect(step.queries)
                only.rename(f"{step.contestant.space}, {step.contestant.face}, {step.label}")
            elif isinstance(step, QueriesAnswered):
                only.advance(step.queries)
            else:
                return step
    raise AssertionError("an evaluation ends with its figures")


def _print(rows: list[call.Row], differences: list[call.Row]) -> None:
    for label in summary.labels_of(rows):
        here = [row for row in rows if row["label"] == label]
        for found in (
            summary.retrieval(here),
            summary.style(here),
            summary.classes(here),
            summary.spread(here),
        ):
            _table(found, f"{label}: {summary.left_out(here)}" if found and "queries" in found[0] else None)
        _table(summary.differences([row for row in differences if row["label"] == label]))


def _table(rows: list[summary.Cells], title: str | None = None) -> None:
    if rows:
        print_table(rows, list(rows[0]), title=title)
        click.echo()
