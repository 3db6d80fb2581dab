"""coinstore describe: what a collection holds, what is missing, what stands out, what is there twice."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.sources.outputs import PAGE, check_path

from .shared import options
from .shared.commands import Command
from .shared.output import notice, print_json, print_table
from .shared.progress import bar

if TYPE_CHECKING:
    from coinstore.describe.summary import Description

FIELDS = ["type", "denomination", "material", "mint", "authority", "portrait", "collection"]
IMBALANCE = [
    "field",
    "classes",
    "coins",
    "unknown",
    "largest",
    "largest_share",
    "singletons",
    "effective_classes",
    "gini",
]
OUTLIERS = ["measure", "value", "collection", "inventory_number", "x", "median", "score"]
SHOWN = 10


@click.command(cls=Command)
@options.where()
@click.option(
    "--by",
    type=click.Choice(FIELDS),
    help="Compare weights and diameters within this field.  [default: type]",
)
@click.option(
    "--years", type=click.IntRange(1, 5000), help="Length of a period.  [default: about two dozen periods]"
)
@click.option(
    "--space", help="Call coins with the same record one coin only if they are alike in this space."
)
@options.output(
    "FILE.html: everything as one page; a folder: each plot as PNG and SVG. May be repeated.", multiple=True
)
@options.as_json
def describe(output: tuple[Path, ...], as_json: bool, **given: Any) -> None:
    """Describe the coins: counts, gaps, imbalance, outliers, duplicates.

    The first run computes a fingerprint of each photograph, by which copies are found. A run that was stopped
    goes on where it was.

    \b
    coinstore describe
    coinstore describe --where "mint = 'Rome'" -o rome.html
    coinstore describe --by denomination --years 25 -o plots
    coinstore describe --space hog --json
    """
    folders = [path for path in output if path.is_dir() or not path.suffix]
    pages = [path for path in output if path not in folders]
    for path in pages:
        check_path(path, PAGE, "report")
    with coinstore.open() as store:
        found = _look(store, given)
        _write(store, found, pages, folders)
    if as_json:
        print_json(dataclasses.asdict(found))
    else:
        _print(found)


def _look(store: coinstore.Store, given: dict[str, Any]) -> Description:
    from coinstore.describe.summary import describe_coins
    from coinstore.images.fingerprints import add_fingerprints, lacking

    where = given["where"].strip() or "true"
    with (
        bar("Fingerprints of photographs", lacking(store.engine)) as progress,
        closing(add_fingerprints(store.engine)) as steps,
    ):
        for step in steps:
            progress.advance(step.done)
    return describe_coins(store.engine, where, **{name: given[name] for name in ("by", "years", "space")})


def _write(store: coinstore.Store, found: Description, pages: list[Path], folders: list[Path]) -> None:
    if not pages and not folders:
        return
    from coinstore.pages.reports.describe import write_description, write_plots

    for folder in folders:
        for path in write_plots(found, folder):
            notice(f"Wrote {path}.")
    for page in pages:
        size = write_description(store.engine, found, page)
        notice(f"Wrote {page} ({size / 1e6:.1f} MB).")


def _print(found: Description) -> None:
    condition = f" where {found.where}" if found.where != "true" else ""
    click.echo(f"{found.coins:,} coins{condition}\n")
    for field in ("collection", "type", "material", "denomination"):
        _print_counts(found, field)
    gaps = _gaps(found)
    print_table(gaps, list(gaps[0]), title="Missing, % of the coins (of their sides, for what a side has)")
    click.echo()
    print_table(found.imbalance, IMBALANCE, title="How even the classes are")
    click.echo()
    if found.outliers:
        title = f"Outliers within their {found.by}, the first {SHOWN}"
        print_table(found.outliers[:SHOWN], OUTLIERS, title=title)
        click.echo()
    if found.by_default:
        notice("No type has five measured coins: weights and diameters were compared within denominations.")
    measures = "measure is an outlier" if len(found.outliers) == 1 else "measures are outliers"
    click.echo(f"{len(found.outliers):,} {measures} within the {found.by} (modified z-score above 3.5).")
    _print_doubles(found)


def _print_counts(found: Description, field: str) -> None:
    rows = [row for row in found.counts if row["field"] == field]
    if all(row["value"] is None for row in rows):
        click.echo(f"No coin has a {field}.\n")
        return
    shown = [
        {field: row["value"] or "(not given)", "coins": row["coins"], "%": 100 * row["share"]} for row in rows
    ]
    print_table(shown[:SHOWN], [field, "coins", "%"])
    click.echo(f"… and {len(shown) - SHOWN:,} more\n" if len(shown) > SHOWN else "")


def _gaps(found: Description) -> list[dict[str, Any]]:
    """How much of each field is missing, in all coins and in the largest collections."""
    large = [row["value"] for row in found.counts if row["field"] == "collection"][:4]
    fields = dict.fromkeys(row["field"] for row in found.missing)
    table = []
    for field in fields:
        rows = [row for row in found.missing if row["field"] == field]
        every = 100 * sum(row["missing"] for row in rows) / sum(row["records"] for row in rows)
        by = {row["collection"]: 100 * row["share"] for row in rows}
        table.append(
            {"field": field, "all": every} | {name: by.get(name) for name in large if len(large) > 1}
        )
    return table


def _print_doubles(found: Description) -> None:
    kinds = [row["kind"] for row in found.duplicates]
    click.echo(
        f"{kinds.count('same file'):,} sides show a file that another side shows;"
        f" {kinds.count('same photograph'):,} pairs of files may be one photograph;"
        f" {len(found.twice):,} pairs of records may be one coin."
    )
    if found.trained is False:
        notice(f"The weights of {found.space} are random: nearness in it means nothing.")
    left = found.fingerprints["photographs"] - found.fingerprints["fingerprints"]
    if left > 0:
        notice(
            f"{left:,} photographs were not compared: they arrived during the run, or this is a replica;"
            " run it again, on the primary server."
        )
    if found.duplicates or found.twice:
        notice("To see which: coinstore describe -o report.html, or --json.")
