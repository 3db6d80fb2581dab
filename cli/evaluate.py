"""coinstore evaluate: figures that can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.sources.outputs import PAGE, PLOT, SHEET, check_path

from .shared import options
from .shared.commands import Command
from .shared.output import notice, print_json, print_table
from .shared.progress import bars

if TYPE_CHECKING:
    from coinstore.evaluate.measure import Evaluated, EvaluationRequest, EvaluationStep

Row = Mapping[str, Any]
IN_JSON = ("run", "seconds", "figures", "differences", "groups")


@click.command(cls=Command)
@click.argument("spaces", metavar="[SPACE...]", nargs=-1)
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
@click.option("--rerank", is_flag=True, help="Measure each space a second time, re-ranked; takes longer.")
@click.option(
    "--by",
    type=click.Choice(["value", "collection"]),
    multiple=True,
    help="Also show the figures of each value, or of each collection. May be repeated.",
)
@click.option(
    "--failures",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="FILE.html or .png: a sheet of the queries whose nearest coin of another collection differs.",
)
@options.output("FILE.html: a report; FILE.png or .svg: the plot. May be repeated.", multiple=True)
@options.as_json
def evaluate(
    spaces: tuple[str, ...], output: tuple[Path, ...], failures: Path | None, as_json: bool, **given: Any
) -> None:
    """Measure how well SPACEs find coins that belong together.

    Without a SPACE it is eye_debiased once that is filled.

    Each coin asks for the others with its label, once among all coins and once only among those of other
    collections, since photographs of one museum find each other. Figures are shown next to chance, with 95%
    intervals over the queries, and are stored (api.evaluations). Legends and descriptions are labels too, of
    the face that is compared; case, punctuation and spaces do not count.

    \b
    coinstore evaluate --label type
    coinstore evaluate hog hog_debiased --label portrait --label denomination --face obverse --face both
    coinstore evaluate hog resnet50 --label die -o die.html
    coinstore evaluate hog_debiased portraits --label portrait --unseen
    coinstore evaluate hog_debiased --label description --face reverse --by collection
    coinstore evaluate hog_debiased --label portrait --rerank --failures worst.html
    """
    from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces

    for path in output:
        check_path(path, (*PAGE, *PLOT), "report")
    if failures:
        check_path(failures, SHEET, "sheet")
    by = list(dict.fromkeys(given.pop("by")))
    names = {"face": "faces", "limit": "queries"}
    once = {name: list(dict.fromkeys(value)) for name, value in given.items() if isinstance(value, tuple)}
    asked = {names.get(name, name): value for name, value in (given | once).items()}
    with coinstore.open() as store:
        if not spaces:
            spaces = (store.spaces.default,)
            notice(f"Measured in {spaces[0]}.")
        wanted = EvaluationRequest(spaces=list(dict.fromkeys(spaces)), **asked)
        done = _follow(evaluate_spaces(store.engine, wanted))
        _tell(done, by, wanted.labels, as_json=as_json)
        _write(done, wanted, output)
        if failures:
            _write_failures(store, done, failures)


def _tell(done: Evaluated, by: Sequence[str], labels: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        print_json({name: getattr(done, name) for name in IN_JSON})
    else:
        _print(done, by)
    notice(
        "Intervals are over other coins of these values and collections. The p of a difference between"
        " two spaces comes from flipping its sign, value by value."
    )
    _tell_silent(done, labels)
    kept = f"Stored as run {done.run} (api.evaluations)" if done.run else "Not stored: this is a replica"
    notice(f"{kept}, {done.seconds:.1f} s.")


def _tell_silent(done: Evaluated, labels: Sequence[str]) -> None:
    asked = {row["label"] for row in done.figures if row["figure"] == "nn_agreement"}
    for label in labels:
        if label not in asked:
            notice(
                f"{label}: no coin could ask. Two coins have to share a value; with --unseen, two that the"
                " spaces did not learn from: learn from fewer coins, with --where."
            )


def _follow(steps: Iterator[EvaluationStep]) -> Evaluated:
    from coinstore.evaluate.measure import QueriesAnswered, QueriesStarted

    with bars("Asking") as (only,):
        for step in steps:
            if isinstance(step, QueriesStarted):
                only.expect(step.queries)
                only.rename(f"{step.contestant.name}, {step.label}")
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
            write_figures(done.figures, done.differences, done.groups, report=path)
            notice(f"Wrote {path}.")
        else:
            write_figures(done.figures, done.differences, done.groups, plot=path)
            for plot in plots_of(wanted.labels, path).values():
                notice(f"Wrote {plot}.")


def _write_failures(store: coinstore.Store, done: Evaluated, path: Path) -> None:
    """Writes the sheets of the worst failures: one for each space, face and label."""
    from coinstore.pages.sheets.failures import write_failures

    for written in write_failures(store.engine, done.failures, path):
        notice(f"Wrote {written}.")
    for (label, one), found in done.failures.items():
        if not found:
            notice(f"{one.name} does not fail in {label}, so no sheet of it is written.")


def _print(done: Evaluated, by: Sequence[str]) -> None:
    from coinstore.evaluate import summary

    for label in summary.labels_of(done.figures):
        here = [row for row in done.figures if row["label"] == label]
        _table(summary.side_by_side(here), f"{label}: {summary.left_out(here)}")
        for found in (
            summary.retrieval(here),
            summary.style(here),
            summary.classes(here),
            summary.spread(here),
        ):
            _table(found)
        _table(summary.differences([row for row in done.differences if row["label"] == label]))
        for one in by:
            _table(summary.by_group([row for row in done.groups if row["label"] == label], one))


def _table(rows: list[dict[str, Any]], title: str | None = None) -> None:
    if rows:
        print_table(rows, list(rows[0]), title=title)
        click.echo()
