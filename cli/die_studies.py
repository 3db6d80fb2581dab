"""coinstore dies: the tables that a die study prints, and how two studies differ."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

import coinstore

from .shared import options
from .shared.commands import Command
from .shared.options import listing
from .shared.output import counted, notice, print_json, print_rows

DIFFERENCES = ["face", "collection", "inventory_number", "die", "other_die", "change"]


@click.command(cls=Command)
@click.argument("study", required=False)
@listing
def show(study: str | None, form: str) -> None:
    """Show the dies of STUDY: their coins, and their partners.

    The partners of a die are the dies of the other face on the same coins. STUDY may be left out where there
    is only one.

    \b
    coinstore dies show
    coinstore dies show trial --json
    """
    with coinstore.open() as store:
        found = store.dies.show(study)
    print_rows(found.to_dicts(), found.columns, form)


@click.command(cls=Command)
@click.argument("study", required=False)
@listing
def table(study: str | None, form: str) -> None:
    """Show the die combinations of STUDY.

    For each pair of an obverse and a reverse die on the same coins: how many coins, their weights in grams,
    and their die axes in hours. In SQL: api.die_combinations.

    \b
    coinstore dies table
    coinstore dies table trial --csv
    """
    with coinstore.open() as store:
        found = store.dies.table(study)
    print_rows(
        found.to_dicts(), found.columns, form, empty="No coin has dies of both faces, so no two are combined."
    )


@click.command(cls=Command)
@click.argument("study", required=False)
@options.output("The chart; may be repeated.", metavar="FILE.html|FILE.png", multiple=True, required=True)
def chart(study: str | None, output: tuple[Path, ...]) -> None:
    """Draw the die links of STUDY.

    Obverse dies above, reverse dies below, and lines between those on the same coins, with a photograph of
    each die. HTML also has the figures and the table of combinations; PNG is for print.

    \b
    coinstore dies chart -o chart.html
    coinstore dies chart trial -o chart.html -o chart.png
    """
    with coinstore.open() as store:
        store.dies.chart(study, *output)
    for path in output:
        notice(f"Wrote {path}.")


@click.command(cls=Command)
@click.argument("study", required=False)
@listing
def sequence(study: str | None, form: str) -> None:
    """Suggest an order of the linked dies of STUDY.

    Dies that struck the same coins were in use at the same time. Dies that hang together are ordered by the
    number of links from one end; dies of one position are not ordered. A die is between others where a chain
    falls apart without it. Closed chains (circles) show that dies were in use side by side or taken up
    again, so that there is no single order. The direction comes from the dates of the records, where these
    differ along the order; otherwise it is not known. The state of dies is not measured.

    \b
    coinstore dies sequence
    coinstore dies sequence trial --csv
    """
    with coinstore.open() as store:
        found = store.dies.sequence(study)
    print_rows([asdict(row) for row in found], found.columns, form, empty="No three dies hang together.")
    if found:
        notice("This is a suggestion from the die links only; the state of the dies is not measured.")


@click.command(cls=Command)
@click.argument("study")
@click.argument("other")
@listing
def compare(study: str, other: str, form: str) -> None:
    """List the coins whose dies differ in two studies.

    Dies of the two studies correspond one to one, those with most coins in common first. A coin is listed
    where its two dies do not: "split" where OTHER makes several dies of one, "merged" where it makes one of
    several, "moved" where both dies correspond to others. The adjusted Rand index is 1 where both studies
    agree on all coins that both name, and 0 by chance. JSON has it and the numbers of each face as
    "agreement", and the coins as "differences".

    \b
    coinstore dies compare trial records.csv
    coinstore dies compare trial records.csv --csv
    """
    with coinstore.open() as store:
        found = store.dies.compare(study, other)
    for face in found.agreement:
        if face.ari is not None:
            notice(
                f"{face.face}: {counted(face.coins, 'coin', 'coins')}, {face.dies:,} and"
                f" {counted(face.other_dies, 'die', 'dies')}; adjusted Rand index {face.ari:.3f},"
                f" {counted(face.differ, 'coin differs', 'coins differ')}."
            )
    if form == "json":
        print_json(asdict(found))
        return
    rows = [asdict(row) for row in found.differences]
    print_rows(rows, DIFFERENCES, form, empty="Both studies agree on every coin.")
