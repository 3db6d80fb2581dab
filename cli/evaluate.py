"""coinstore evaluate: figures that can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.sources.outputs import PAGE, PLOT, check_path

from .shared import options
from .shared.commands import Command
from .shared.output import notice, print_json, print_table
from .shared.progress import bars

if TYPE_CHECKING:
    from coinstore.evaluate.measure import Evaluated, EvaluationRequest, EvaluationStep

Row = Mapping[str, Any]


@click.command(cls=Command)
@click.argument("spaces", metavar="SPACE...", nargs=-1, required=True)
@click.option(
    "--label",
    "labels",
    multiple=True,
    required=True,
    help="What belongs together: type, portrait, die or another column of api.coins. May be repeated.",
)
@options.face(
    "One face, or both together. May be repeated.",
    multiple=True,
    default=["obverse"],
)
@options.k("How many neighbours count.")
@options.limit(
    "At most this many coins are queries; chosen by the seed.", least=2, default=5000, show_default=True
)
@options.where()
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option(
    "--allow-leak", is_flag=True, help="Also measure spaces that have seen the label; each figure is marked."
)
@click.option("--unseen", is_flag=True, help="Ask only for coins that none of the spaces was learnt from.")
@options.output("FILE.html: a report; FILE.png or .svg: the plot. May be repeated.", multiple=True)
@options.as_json
def evaluate(spaces: tuple[str, ...], output: tuple[Path, ...], as_json: bool, **given: Any) -> None:
    """Measure how well SPACEs find coins that belong together.

    Each coin asks for the others with its label, once among all coins and once only among those of other
    collections, since photographs of one museum find each other. Figures are shown next to chance, with 95%
    intervals over the queries, and are stored (api.evaluations).

    \b
    coinstore evaluate hog --label type
    coinstore evaluate hog hog_debiased --label portrait --label denomination --face obverse --face both
    coinstore evaluate hog resnet50 --label die -o die.html
    coinstore evaluate hog_debiased portraits --label portrait --unseen
    """
    from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces

    for path in output:
        check_path(path, (*PAGE, *PLOT), "report")
    names = {"face": "faces", "limit": "queries"}
    once = {name: list(dict.fromkeys(value)) for name, value in given.items() if isinstance(value, tuple)}
    asked = {names.get(name, name): value for name, value in (given | once).items()}
    wanted = EvaluationRequest(spaces=list(dict.fromkeys(spaces)), **asked)
    with coinstore.open() as store:
        done = _follow(evaluate_spaces(store.engine, wanted))
        if as_json:
            print_json(asdict(done))
        else:
            _print(done.figures, done.differences)
        notice(
            "Intervals are over other coins of these values and collections. The p of a difference between"
            " two spaces comes from flipping its sign, value by value."
        )
        kept = f"Stored as run {done.run} (api.evaluations)" if done.run else "Not stored: this is a replica"
        notice(f"{kept}, {done.seconds:.1f} s.")
        _write(done, wanted, output)


def _follow(steps: Iterator[EvaluationStep]) -> Evaluated:
    from coinstore.evaluate.measure import QueriesAnswered, QueriesStarted

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


def _write(done: Evaluated, wanted: EvaluationRequest, output: tuple[Path, ...]) -> None:
    """Writes reports and plots; several labels have a plot each."""
    if not output:
        return
    from coinstore.pages.reports.evaluation import plots_of, write_figures

    for path in output:
        if path.suffix.lower() in PAGE:
            write_figures(done.figures, done.differences, report=path)
            notice(f"Wrote {path}.")
        else:
            write_figures(done.figures, done.differences, plot=path)
            for plot in plots_of(wanted.labels, path).values():
                notice(f"Wrote {plot}.")


def _print(rows: Sequence[Row], differences: Sequence[Row]) -> None:
    from coinstore.evaluate import summary

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


def _table(rows: list[dict[str, Any]], title: str | None = None) -> None:
    if rows:
        print_table(rows, list(rows[0]), title=title)
        click.echo()
