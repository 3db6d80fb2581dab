"""coinstore describe: what a collection holds, what is missing, what stands out, what is there twice."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.describe.summary import FIELDS, Description, describe_coins
from coinstore.images.fingerprints import add_fingerprints, lacking
from coinstore.sources.outputs import PAGE, check_path

from .shared.output import notice, print_json, print_table
from .shared.progress import bar

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


@click.command()
@click.option("--where", default="true", help="SQL over the columns of api.coins.")
@click.option(
    "--by", type=click.Choice(FIELDS), help="Compare weights and diameters within it.  [default: type]"
)
@click.option(
    "--years", type=click.IntRange(1, 5000), help="Length of a period.  [default: some two dozen periods]"
)
@click.option("--space", help="Coins that agree on paper alone must be alike in it to be called one.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="All of it as a page.",
)
@click.option(
    "--plots",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Each plot as PNG and SVG.",
)
@click.option("--json", "as_json", is_flag=True, help="All of it for machines.")
def describe(report: Path | None, plots: Path | None, as_json: bool, **options: Any) -> None:
    """Look at the coins: counts, gaps, imbalance, outliers, duplicates.

    Photographs get a fingerprint the first time, by which copies of one are found; a run that was stopped
    goes on where it was.

    \b
    coinstore describe
    coinstore describe --where "mint = 'Rome'" --report rome.html
    coinstore describe --by denomination --years 25 --plots plots
    coinstore describe --space hog --json
    """
    if report:
        check_path(report, PAGE, "report")
    with coinstore.open() as store:
        found = _look(store, options)
        if report or plots:
            _write(store, found, report, plots)
    if as_json:
        print_json(dataclasses.asdict(found))
    else:
        _print(found)


def _look(store: Any, options: dict[str, Any]) -> Description:
    where = options["where"].strip() or "true"
    missing = lacking(store.engine)
    if missing:
        with (
            bar("Fingerprints of photographs", missing) as progress,
            closing(add_fingerprints(store.engine)) as steps,
        ):
            for step in steps:
                progress.advance(step.done)
    return describe_coins(store.engine, where, **{name: options[name] for name in ("by", "years", "space")})


def _write(store: Any, found: Description, report: Path | None, plots: Path | None) -> None:
    from coinstore.pages.reports import describe as pages

    if plots:
        for path in pages.write_plots(found, plots):
            notice(f"Wrote {path}.")
    if report:
        size = pages.write_description(store.engine, found, report)
        notice(f"Wrote {report} ({size / 1e6:.1f} MB).")


def _print(found: Description) -> None:
    said = f" where {found.where}" if found.where != "true" else ""
    click.echo(f"{found.coins:,} coins{said}\n")
    for field in ("collection", "type", "material", "denomination"):
        _print_counts(found, field)
    gaps = _gaps(found)
    print_table(gaps, list(gaps[0]), title="Missing, % of the coins (of their sides, for what a side has)")
    click.echo()
    print_table(found.imbalance, IMBALANCE, title="How even the classes are")
    click.echo()
    if found.outliers:
        print_table(
            found.outliers[:SHOWN], OUTLIERS, title=f"Standing out from their {found.by}, the first {SHOWN}"
        )
        click.echo()
    if found.by_default:
        notice("No type has five measured coins: weights and diameters were compared within denominations.")
    stand = "measure stands" if len(found.outliers) == 1 else "measures stand"
    click.echo(f"{len(found.outliers):,} {stand} out from their {found.by} (modified z-score beyond 3.5).")
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
    """Of each field how much is missing, in all and in the largest collections."""
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
        f"{kinds.count('same file'):,} sides show a file that another shows;"
        f" {kinds.count('same photograph'):,} pairs of files are one photograph;"
        f" {len(found.twice):,} pairs of records may be one coin."
    )
    if found.trained is False:
        notice(f"The weights of {found.space} were drawn at random: nearness in it means nothing.")
    left = found.fingerprints["photographs"] - found.fingerprints["fingerprints"]
    if left > 0:
        notice(f"{left:,} photographs came in meanwhile and were not compared; run it again.")
    if found.duplicates or found.twice:
        notice("See which: coinstore describe --report report.html, or --json.")
