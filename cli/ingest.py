"""coinstore ingest: records and photographs into the store."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

import coinstore
from coinstore.db import call
from coinstore.images.examine import Examined
from coinstore.ingest import Complete, RejectedSource, Step
from coinstore.ingest import ingest as ingest_sources
from coinstore.records.load import Loaded
from coinstore.records.mapping import read_mapping
from coinstore.records.reader import Reading, check, columns

from .shared import logs
from .shared.output import notice, print_json, print_table
from .shared.progress import bars

ALL_REFUSED = 3
REASONS = 10  # that are told; the faults themselves are in the store


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--collection", help="Collection of the coins whose record names none.")
@click.option("--images", help="Folder, zip or address that the records' image names are relative to.")
@click.option("--map", "map_file", help="TOML file that says which column is which field.")
@click.option(
    "--columns",
    "show_columns",
    is_flag=True,
    help="Show how each column would be read; store nothing.",
)
@click.option("--dry-run", is_flag=True, help="Load, count, and undo.")
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def ingest(
    sources: tuple[str, ...], as_json: bool, show_columns: bool, dry_run: bool, **options: Any
) -> None:
    """Load coins from SOURCES: folders or zips of photographs, tables (CSV, TSV, XLSX, JSON).

    Loading a source again changes nothing; loading a corrected one updates what changed. What
    cannot be read is left out, and `coinstore faults` says why.

    \b
    coinstore ingest --columns records.csv
    coinstore ingest records.csv --images photos/
    coinstore ingest photos/ --collection "Hoard of Hill 7"
    """
    mapping = read_mapping(options["map_file"]) if options["map_file"] else None
    readings = [Reading(source, options["collection"], options["images"], mapping) for source in sources]
    if show_columns:
        _print_columns(readings, as_json)
        return
    for reading in readings:  # a misspelt name stops the command before anything is stored
        check(reading)
    loaded, rejected = _run(readings, dry_run)
    for source in rejected:
        notice(f"coinstore: {source.reason}")
    _report(loaded, rejected, as_json, dry_run)
    if rejected and not as_json:
        notice(
            "1 source was not read to its end."
            if len(rejected) == 1
            else f"{len(rejected)} sources were not."
        )
    if loaded.new + loaded.changed + loaded.unchanged == 0:
        sys.exit(ALL_REFUSED)


def _run(readings: list[Reading], dry_run: bool) -> tuple[Loaded, list[RejectedSource]]:
    with coinstore.open() as store:
        loaded, rejected = follow(ingest_sources(store.engine, readings, dry_run=dry_run))
        if loaded.faults and not dry_run:
            sources = [reading.source.name for reading in readings]
            reasons = call.read(store.engine, "api.fault_reasons", sources=sources)
            _print_reasons(reasons)
            if any("the file is not there" in row["reason"] for row in reasons) and not all(
                r.images for r in readings
            ):
                notice("Where the photographs lie elsewhere, say so: coinstore ingest … --images FOLDER")
    return loaded, rejected


def follow(steps: Iterable[Step]) -> tuple[Loaded, list[RejectedSource]]:
    """Runs an ingestion under a bar for records and one for photographs; what it brought."""
    loaded, rejected = Loaded(), []
    with bars("Records", "Photographs") as (records, photographs):
        for step in logs.followed("ingest", steps):
            match step:
                case Loaded():
                    loaded += step
                    records.advance(step.coins)
                case Examined():
                    loaded += Loaded(faults=step.faults)
                    photographs.advance(step.done)
                case Complete():
                    records.expect(0)
                    photographs.expect(step.photographs)
                case RejectedSource():
                    rejected.append(step)
    return loaded, rejected


def _report(loaded: Loaded, rejected: list[RejectedSource], as_json: bool, dry_run: bool) -> None:
    report = {name: getattr(loaded, name) for name in ("new", "changed", "unchanged", "refused", "faults")}
    if as_json:
        unread = [{"source": source.location, "reason": source.reason} for source in rejected]
        print_json(report | ({"unread": unread} if unread else {}))
        return
    counts = ", ".join(f"{count:,} {name}" for name, count in report.items() if name != "faults")
    faults = "1 fault" if loaded.faults == 1 else f"{loaded.faults:,} faults"
    click.echo(f"{'Would be: ' if dry_run else ''}{counts} coins; {faults}.")


def _print_reasons(reasons: Sequence[Any]) -> None:
    """The reasons by how often they occur, to stderr."""
    for row in reasons[:REASONS]:
        notice(f"{row['faults']:6,} x {row['column_name']}: {row['reason']}")
    if others := sum(row["faults"] for row in reasons[REASONS:]):
        notice(f"{others:6,} more, for other reasons")
    notice("See each of them with: coinstore faults")


def _print_columns(readings: list[Reading], as_json: bool) -> None:
    found = {reading.source.name: [column.row() for column in columns(reading)] for reading in readings}
    if as_json:
        print_json([{"source": source} | row for source, rows in found.items() for row in rows])
        return
    for source, rows in found.items():
        print_table(rows, ["column", "field", "how", "examples"], title=source)
