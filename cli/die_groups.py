"""coinstore dies: the studies, and the groups that coinstore makes of matches and verdicts."""

from __future__ import annotations

from typing import Any

import click

import coinstore

from .shared import options
from .shared.commands import Command
from .shared.options import destructive, listing
from .shared.output import counted, notice, print_rows
from .shared.progress import reporting


@click.command("list", cls=Command)
@listing
def list_studies(form: str) -> None:
    """List the studies, of sources and grouped by coinstore.

    \b
    coinstore dies list
    """
    with coinstore.open() as store:
        found = store.dies.list()
    print_rows(
        found.to_dicts(),
        found.columns,
        form,
        empty="No study names a die yet; group the coins that were compared: coinstore dies group STUDY",
    )


@click.command(cls=Command)
@click.argument("study")
@options.min_certainty(
    "The lowest probability at which coins are of one die, 0.5 or more.  [default: as last, or 0.9]"
)
@options.where("api.coins", default=None, help="Only coins that meet it.  [default: as last, or all]")
@listing
def group(study: str, form: str, **given: Any) -> None:
    """Group compared coins into the dies of STUDY.

    Matches and verdicts decide; a verdict always wins over a probability. A judged pair no longer counts by
    its probability and is not among the links. A pair that was compared and is not probable counts a little
    against, so that one weak link does not join two groups; a pair that was never compared counts nothing.
    Coins that were compared and are like no other are dies of one coin.

    Dies are named O1, O2 … and R1, R2 …, the largest first. Group again when there are new matches or
    verdicts: a die keeps the name that most of its coins had. A coin whose matches are no longer current
    keeps its die until it is compared again. Studies of sources stay as they are.

    \b
    coinstore dies group trial
    coinstore dies group "Class I" --min-certainty 0.95 --where "type = 'Class I'"
    """
    with coinstore.open() as store, reporting() as report:
        found = store.dies.group(study, given["min_certainty"], given["where"], progress=report)
    rows = [
        {name: getattr(row, name) for name in found.columns} | {"contradictions": len(row.contradictions)}
        for row in found
    ]
    print_rows(rows, found.columns, form)
    for one in found:
        if one.judged:
            pairs = counted(one.judged, "judged pair counts", "judged pairs count")
            notice(f"{one.face}: {pairs} by verdict, not by probability, so not among the links.")
        if one.refused:
            links = counted(one.refused, "link joins", "links join")
            notice(f"{one.face}: {links} no dies, because other pairs speak against that.")
        if one.kept:
            coins = counted(one.kept, "coin keeps", "coins keep")
            notice(
                f"{one.face}: {coins} the die of the last time, for lack of a current match;"
                " compare again: coinstore match, then group again."
            )
    if count := sum(len(one.contradictions) for one in found):
        found_once = counted(count, "contradiction", "contradictions")
        notice(f"{found_once} between verdicts; see: coinstore dies contradictions")


@click.command(cls=Command)
@listing
def contradictions(form: str) -> None:
    """List the verdicts that cannot all be true.

    Either persons disagree about two coins; or each of some coins is of one die with the next, and someone
    says that the first and the last are not. Nothing is averaged: where anyone says so, coins are kept apart.
    Give another verdict, or take one back: coinstore graph verdict.

    \b
    coinstore dies contradictions
    """
    with coinstore.open() as store:
        found = store.dies.contradictions()
    print_rows(found.to_dicts(), found.columns, form, empty="No verdicts contradict each other.")


@click.command(cls=Command)
@click.argument("study")
@destructive("Drop the study {study}?")
def drop(study: str) -> None:
    """Drop STUDY, which coinstore grouped; matches and verdicts stay.

    \b
    coinstore dies drop trial
    """
    with coinstore.open() as store:
        store.dies.drop(study)
    notice(f"Dropped {study}.")
