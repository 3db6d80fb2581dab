"""coinstore match calibrate: the probability of one die, fitted to the verdicts of people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import coinstore
from coinstore.sources.outputs import PAGE, PLOT, check_path

from .shared import options
from .shared.commands import Command
from .shared.options import listing
from .shared.output import counted, notice, print_rows

if TYPE_CHECKING:
    from coinstore.dies.calibrate import Recalibrated
    from coinstore.pages.reports.calibration import Shown

BINS = ["calibration", "probability", "one_die", "pairs"]


@click.command(cls=Command)
@options.person()
@click.option("--force", is_flag=True, help="Use it even if it is not better than the shipped calibration.")
@click.option("--reset", is_flag=True, help="Go back to the calibration that comes with coinstore.")
@click.option(
    "--shipped",
    is_flag=True,
    help="Only show how reliable the calibration is that comes with coinstore: each part of its coins is"
    " predicted by one that was fitted to the others.",
)
@options.output("Also draw what the table shows: FILE.png, .svg or .html. May be repeated.", multiple=True)
@listing
def calibrate(person: str, output: tuple[Path, ...], form: str, **how: bool) -> None:
    """Fit the probability of one die to the verdicts of people.

    The verdict "same die" says that a pair is of one die, "same type" and "no link" say that it is not. The
    fit starts from the calibration that comes with coinstore; it is used if it is better on verdicts that it
    was not fitted to: its Brier score, the mean square of the error, is lower by 0.0005 or more. Then all
    probabilities are computed again; no photograph is read. The table says for each tenth of the probability
    which share of the judged pairs is of one die. 10 pairs of each kind are needed.

    \b
    coinstore match calibrate
    coinstore match calibrate --as "A. Curator" -o reliability.png
    coinstore match calibrate --reset
    coinstore match calibrate --shipped -o reliability.html
    """
    from coinstore.dies.calibrations import take_shipped

    for path in output:
        check_path(path, (*PLOT, *PAGE), "plot")
    if sum(how.values()) > 1:
        raise click.UsageError("Only one of --force, --reset and --shipped can be given.")
    if how["reset"] and (output or form != "table"):
        raise click.UsageError("--reset goes with none of --output, --json and --csv.")
    if how["shipped"]:
        _show_shipped(output, form)
        return
    with coinstore.open() as store:
        if how["reset"]:
            changed = take_shipped(store.engine, is_reset=True)
            notice(f"The shipped calibration is in use; {_changed(changed)}.")
            return
        found = store.matches.calibrate(person, is_forced=how["force"])
    print_rows(found.bins(), BINS, form)
    _tell(found)
    if output:
        from coinstore.pages.reports.calibration import of_verdicts

        _draw(of_verdicts(found), output, form)


def _show_shipped(output: tuple[Path, ...], form: str) -> None:
    from coinstore.dies.calibrate import bins_of
    from coinstore.pages.reports.calibration import of_shipped

    shown = of_shipped()
    print_rows(bins_of(shown.curves), BINS, form)
    notice(shown.caption)
    notice(f"Brier score: {shown.curves['shipped'].brier:.4f} (0 is best).")
    _draw(shown, output, form)


def _draw(shown: Shown, output: tuple[Path, ...], form: str) -> None:
    from coinstore.pages.reports.calibration import write_reliability

    for path in output:
        write_reliability(shown, path)
        click.echo(path, err=form != "table")


def _tell(found: Recalibrated) -> None:
    made = found.calibration
    notice(f"{made.pairs:,} judged pairs, {made.same:,} of them of one die.")
    for count, reason in (
        (found.uncompared, "not compared yet"),
        (found.conflicting, "the verdicts contradict each other"),
        (found.without, "nothing brings both sides together"),
    ):
        if count:
            notice(f"{counted(count, 'pair is', 'pairs are')} left out: {reason}.")
    scores = f"Brier score on held-out verdicts: {found.new.brier:.4f}, shipped {found.old.brier:.4f}"
    notice(f"{scores} (0 is best).")
    if not found.is_better:
        notice("The verdicts do not make the score lower by 0.0005 or more.")
    if found.is_used:
        notice(f"The new calibration is in use; {_changed(found.changed)}.")
    else:
        notice("Nothing was changed; to use it all the same: coinstore match calibrate --force")


def _changed(probabilities: int) -> str:
    return counted(probabilities, "probability has changed", "probabilities have changed")
