"""coinstore dies: how many dies there were, and which were used together."""

from __future__ import annotations

import click

import coinstore
from coinstore.db import call
from coinstore.errors import NotFound

from .shared.output import Row, notice, print_json, print_table

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
LINKS = ["study", "obverse_die", "reverse_die", "coins", "collections", "type"]


@click.command()
@click.option("--study", help="One study alone.")
@click.option("--by", type=click.Choice(["type"]), help="Each type for itself.")
@click.option("--links", is_flag=True, help="The pairs of obverse and reverse dies instead.")
@click.option("--json", "as_json", is_flag=True, help="An array for machines, with all figures.")
def dies(study: str | None, by: str | None, links: bool, as_json: bool) -> None:
    """Estimate the original number of dies from those that are known.

    n coins show d dies, d1 of them once. Coverage is the share of the coinage that the known dies struck.
    Carter takes their output to vary somewhat, Esty 2006 not at all, Esty 2011 widely (a die may break at any
    blow); behind each estimate stands its interval of 95%. Coins must be a random sample: hoards are none.

    \b
    coinstore dies
    coinstore dies --by type
    coinstore dies --links --json
    """
    with coinstore.open() as store:
        rows = (
            call.look(store.engine, "part.die_links")
            if links
            else call.read(store.engine, "api.die_statistics", by_type=by == "type")
        )
        studies = sorted({row["study"] for row in call.look(store.engine, "api.dies")})
    _check(study, studies)
    rows = [row for row in rows if study in (None, row["study"])]
    if as_json:
        print_json(rows)
    elif links:
        print_table(sorted(rows, key=lambda row: -row["coins"]), LINKS)
    else:
        print_table([_line(row) for row in rows], [name for name in COLUMNS if by or name != "type"])
        _caution(rows)


def _check(study: str | None, studies: list[str]) -> None:
    if not studies:
        raise NotFound(
            "no coin has a die yet; load a source that names them (columns obverse_die and reverse_die)"
        )
    if study is not None and study not in studies:
        raise NotFound(f"there is no study {study}; there are: {', '.join(studies)}")


def _line(row: Row) -> dict[str, object]:
    return {
        "study": row["study"],
        "type": row["type"] or "(no type)",
        "face": row["face"],
        "n": row["coins"],
        "d": row["dies"],
        "d1": row["singletons"],
        "n/d": row["coins_per_die"],
        "coverage %": _percent(row),
        "Carter 1983": _estimate(row, "carter"),
        "Esty 2006": _estimate(row, "esty_2006"),
        "Esty 2011": _estimate(row, "esty_2011"),
    }


def _percent(row: Row) -> str:
    low, high = 100 * row["coverage_low"], 100 * row["coverage_high"]
    return f"{100 * row['coverage']:.0f} ({low:.0f}–{high:.0f})"


def _estimate(row: Row, name: str) -> str:
    if row[name] is None:
        return "none"
    high = row[f"{name}_high"]
    return f"{row[name]:.1f} ({row[f'{name}_low']:.1f}–{'∞' if high is None else f'{high:.1f}'})"


def _caution(rows: list[Row]) -> None:
    for caution in sorted({row["caution"] for row in rows if row["caution"]}):
        count = sum(row["caution"] == caution for row in rows)
        notice(f"{count} of {len(rows)} lines: {caution}.")
    undecided = sum(row["undecided"] for row in rows)
    if undecided:
        notice(f"{undecided:,} sides have two dies in one study and are left out.")
