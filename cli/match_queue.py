"""coinstore match queue and verdicts: which pairs a person judges next, and what was judged elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import coinstore

from .shared import options
from .shared.commands import Command
from .shared.options import listing
from .shared.output import counted, notice, print_rows
from .shared.progress import reporting

SHOWN = ["gain", "face", "coin", "neighbour", "probability", "pairs", "conflicting"]
MOST_TOLD = 20  # rows that could not be used; the rest is a number
SOME_REFUSED = 3


@click.command(cls=Command)
@options.limit("How many pairs.", default=50, show_default=True)
@click.option("--face", type=options.FACE, help="Only this face.  [default: both]")
@options.min_certainty(
    "The lowest probability of a link, as in the groups of a study.", default=0.9, show_default=True
)
@options.where("api.coins; both coins meet it")
@options.output("Also write the pairs to FILE.csv, to be judged there.")
@listing
def queue(output: Path | None, form: str, **asked: Any) -> None:
    """List the pairs whose verdict changes the die groups most.

    The gain is how uncertain the pair is, in bits, times how many pairs of sides the verdict would join or
    separate. A pair between two large groups, and a link without which a group falls apart, teach much; a
    pair within a group that hangs together, little. The groups are of all coins and by links from 0.9 on; for
    those of a study that was grouped otherwise, give its --min-certainty and --where. Judged pairs are left
    out, but those with contradictory verdicts come first. The file has the columns verdict (same die, same
    type, no link) and note to be filled in; it comes back by: coinstore match verdicts
    A file that has verdicts or notes is not written again.

    \b
    coinstore match queue
    coinstore match queue --limit 200 --face obverse -o queue.csv
    """
    if output is not None:
        from coinstore.dies.queue import check_queue, write_queue

        check_queue(output)
    with coinstore.open() as store:
        found = store.matches.queue(**asked)
    empty = "No compared pair is left to be judged; compare more: coinstore match"
    print_rows(found, SHOWN, form, columns=found.columns, empty=empty)
    if output is not None:
        write_queue(found, output)
        click.echo(output, err=form != "table")


@click.command(cls=Command)
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.person(required=True)
def verdicts(file: Path, person: str) -> None:
    """Store the verdicts of FILE.csv, as those of one person.

    The columns are coin, neighbour, face (obverse, reverse, both), verdict (same die, same type, no link)
    and, if wanted, note; others are ignored. Rows without a verdict are skipped. A row that cannot be used is
    reported, and the others are stored. The same file once more changes nothing.

    \b
    coinstore match verdicts queue.csv --as "A. Curator"
    """
    with coinstore.open() as store, reporting() as report:
        done = store.matches.import_verdicts(file, person, progress=report)
    click.echo(
        f"{counted(done.added, 'verdict', 'verdicts')} stored, {done.changed:,} replaced,"
        f" {counted(done.unchanged, 'was', 'were')} there;"
        f" {counted(done.empty, 'row has', 'rows have')} none, {len(done.faults):,} cannot be used."
    )
    refused(done.faults)


def refused(faults: Sequence[str]) -> None:
    """Tells why rows of a file cannot be used, and ends the command if there are such rows."""
    for fault in faults[:MOST_TOLD]:
        notice(fault)
    if more := max(len(faults) - MOST_TOLD, 0):
        notice(f"{counted(more, 'more row', 'more rows')} cannot be used.")
    if faults:
        raise SystemExit(SOME_REFUSED)
