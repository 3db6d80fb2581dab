"""coinstore dies: how many dies there were, which were used together, and which coins are of one."""

from __future__ import annotations

import click

import coinstore

from .die_groups import contradictions, drop, group, list_studies
from .die_studies import chart, compare, sequence, show, table
from .shared.commands import Group
from .shared.options import listing
from .shared.output import Row, counted, notice, print_rows

COLUMNS = [
    "study",
    "type",
    "face",
    "n",
    "d",
    "d1",
    "n/d",
    "coverage %",
    "Carter 1983",
    "Esty 2006",
    "Esty 2011",
]


@click.group(cls=Group, invoke_without_command=True, subcommand_metavar="[COMMAND]")
@click.option("--study", help="Only this study.")
@click.option("--by", type=click.Choice(["type"]), help="Estimate each type separately.")
@listing
@click.pass_context
def dies(context: click.Context, study: str | None, by: str | None, form: str) -> None:
    """Estimate the original number of dies from those that are known.

    n coins show d dies, d1 of them once. Coverage is the share of the coinage that the known dies struck.
    Carter assumes that the output of dies varies somewhat, Esty 2006 that it is equal, Esty 2011 that it
    varies widely (a die may break at any blow). Esty 2006 is here d divided by the coverage (Good 1953; Esty
    2006 with p = ∞). Each estimate has an interval of 95%. The coins must be a
    random sample, which a hoard is not. JSON and CSV hold all figures.

    \b
    coinstore dies
    coinstore dies --by type
    """
    if context.invoked_subcommand:
        if study or by or form != "table":
            raise click.UsageError("Options come after the command.")
        return
    from coinstore.db import call
    from coinstore.dies.studies import known_study

    with coinstore.open() as store:
        rows = call.read(store.engine, "api.die_statistics", by_type=by == "type")
        if study or not rows:
            study = known_study(store.engine, study)
    rows = [row for row in rows if study in (None, row["study"])]
    if form != "table":
        print_rows(rows, list(rows[0]) if rows else [], form)
    else:
        print_rows([_line(row) for row in rows], [name for name in COLUMNS if by or name != "type"], form)
        _caution(rows)


def _line(row: Row) -> dict[str, object]:
    from coinstore.pages.words import coverage, die_estimate

    return {
        "study": row["study"],
        "type": row["type"] or "(no type)",
        "face": row["face"],
        "n": row["coins"],
        "d": row["dies"],
        "d1": row["singletons"],
        "n/d": row["coins_per_die"],
        "coverage %": coverage(row),
        "Carter 1983": die_estimate(row, "carter"),
        "Esty 2006": die_estimate(row, "esty_2006"),
        "Esty 2011": die_estimate(row, "esty_2011"),
    }


def _caution(rows: list[Row]) -> None:
    for caution in sorted({row["caution"] for row in rows if row["caution"]}):
        count = sum(row["caution"] == caution for row in rows)
        notice(f"{count} of {counted(len(rows), 'line', 'lines')}: {caution}.")
    undecided = sum(row["undecided"] for row in rows)
    if undecided:
        sides = counted(undecided, "side has", "sides have")
        notice(f"Left out: {sides} two dies in one study.")


for command in (list_studies, group, contradictions, show, table, chart, sequence, compare, drop):
    dies.add_command(command)
