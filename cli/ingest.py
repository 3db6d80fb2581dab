"""coinstore ingest: records and photographs into the store."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click

import coinstore
from coinstore.db import call
from coinstore.images.examine import Examined
from coinstore.ingest import Complete, Rejected, Step, name_of
from coinstore.ingest import ingest as ingest_sources
from coinstore.records.load import Loaded
from coinstore.records.mapping import read_mapping
from coinstore.records.reader import Reading, columns

from .output import notice, print_json, print_table
from .progress import bars

ALL_REFUSED = 3


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
def ingest(sources: tuple[str, ...], as_json: bool, show_columns: bool, dry_run: bool, **options: Any) -> None:
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
    loaded, rejected = _run(readings, dry_run)
    for source in rejected:
        notice(f"coinstore: {source.reason}")
    _report(loaded, as_json, dry_run)
    if loaded.new + loaded.changed + loaded.unchanged == 0:
        sys.exit(ALL_REFUSED)


def _run(readings: list[Reading], dry_run: bool) -> tuple[Loaded, list[Rejected]]:
    started = datetime.now(UTC)
    with coinstore.open() as store:
        loaded, rejected = follow(ingest_sources(store.engine, readings, dry_run=dry_run))
        if loaded.faults and not dry_run:
            sources = {name_of(reading) for reading in readings}
            _print_reasons(
                fault
                for fault in call.look(store.engine, "api.faults")
                if fault["source"] in sources or (fault["source"] is None and fault["noted_at"] >= started)
            )
    return loaded, rejected


def follow(steps: Iterable[Step]) -> tuple[Loaded, list[Rejected]]:
    """Runs an ingestion under a bar for records and one for photographs; what it brought."""
    loaded, rejected = Loaded(), []
    with bars("Records", "Photographs") as (records, photographs):
        for step in steps:
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
                case Rejected():
                    rejected.append(step)
    return loaded, rejected


def _report(loaded: Loaded, as_json: bool, dry_run: bool) -> None:
    report = {name: getattr(loaded, name) for name in ("new", "changed", "unchanged", "refused", "faults")}
    if as_json:
        print_json(report)
        return
    counts = ", ".join(f"{count:,} {name}" for name, count in report.items() if name != "faults")
    click.echo(f"{'Would be: ' if dry_run else ''}{counts} coins; {loaded.faults:,} faults.")


def _print_reasons(faults: Any) -> None:
    """The reasons by how often they occur, to stderr."""
    reasons = Counter((fault["column"] or "record", fault["reason"]) for fault in faults)
    for (column, reason), count in reasons.most_common(10):
        notice(f"{count:6,} x {column}: {reason}")
    notice("See each of them with: coinstore faults")


def _print_columns(readings: list[Reading], as_json: bool) -> None:
    for reading in readings:
        found = [column.row() for column in columns(reading.location, reading.mapping)]
        if as_json:
            print_json(found)
        else:
            print_table(found, ["column", "field", "how", "examples"], title=reading.location)
