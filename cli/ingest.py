"""coinstore ingest: records and photographs into the store."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

import coinstore

from .shared import logs
from .shared.commands import Command
from .shared.options import listing
from .shared.output import notice, print_csv, print_json, print_rows, print_table
from .shared.progress import bars

if TYPE_CHECKING:
    from coinstore.ingest import Note, RejectedSource, Step
    from coinstore.records.load import Loaded
    from coinstore.records.reader import Reading

ALL_REFUSED = 3
REASONS = 10  # shown at most; all faults are in the store


COLUMNS = ["column", "field", "how", "examples"]


@click.command(cls=Command)
@click.argument("sources", nargs=-1, required=True)
@click.option("--collection", help="The collection of coins whose record names none.")
@click.option("--images", help="Folder, zip or address that the records' image names are relative to.")
@click.option("--map", "map_file", help="TOML file that says which column is which field.")
@click.option(
    "--columns", "show_columns", is_flag=True, help="Show how each column would be read; store nothing."
)
@click.option("--dry-run", is_flag=True, help="Load and count, then undo.")
@listing
def ingest(sources: tuple[str, ...], form: str, show_columns: bool, dry_run: bool, **given: Any) -> None:
    """Load coins from SOURCES: folders or zips of photographs, tables (CSV, TSV, XLSX, JSON).

    Loading a source again changes nothing; loading a corrected one updates what changed. What cannot be read
    is left out, and `coinstore faults` says why. With --json the counts are one object.

    \b
    coinstore ingest photos/ --collection "Hoard of Hill 7"
    coinstore ingest records.csv --images photos/
    coinstore ingest --columns records.csv
    """
    from coinstore.records.mapping import read_mapping
    from coinstore.records.reader import Reading, check

    mapping = read_mapping(given["map_file"]) if given["map_file"] else None
    readings = [Reading(source, given["collection"], given["images"], mapping) for source in sources]
    if show_columns:
        _print_columns(readings, form)
        return
    for reading in readings:  # a misspelt name stops the command before anything is stored
        check(reading)
    loaded, rejected, notes = _run(readings, dry_run)
    for note in notes:
        notice(note.text)
    for source in rejected:
        notice(f"coinstore: {source.reason}")
    _report(loaded, rejected, notes, form, dry_run)
    if rejected and form == "table":
        notice(f"Sources that were not read to their end: {len(rejected)}.")
    if loaded.new + loaded.changed + loaded.unchanged == 0:
        sys.exit(ALL_REFUSED)


def _run(readings: list[Reading], dry_run: bool) -> tuple[Loaded, list[RejectedSource], list[Note]]:
    from coinstore.db import call
    from coinstore.ingest import ingest as ingest_sources

    with coinstore.open() as store:
        loaded, rejected, notes = follow(ingest_sources(store.engine, readings, dry_run=dry_run))
        if loaded.faults and not dry_run:
            sources = [reading.source.name for reading in readings]
            reasons = call.read(store.engine, "part.fault_reasons", sources=sources)
            _print_reasons(reasons)
            if any("the file is not there" in row["reason"] for row in reasons) and not all(
                r.images for r in readings
            ):
                notice("If the photographs are elsewhere, add `--images FOLDER`.")
    return loaded, rejected, notes


def follow(steps: Iterable[Step]) -> tuple[Loaded, list[RejectedSource], list[Note]]:
    """Runs an ingestion under a bar for records and one for photographs; returns what was loaded."""
    from coinstore.images.examine import Examined
    from coinstore.ingest import Complete, Note, RejectedSource
    from coinstore.records.load import Loaded

    loaded = Loaded()
    rejected: list[RejectedSource] = []
    notes: list[Note] = []
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
                case Note():
                    notes.append(step)
    return loaded, rejected, notes


def _report(
    loaded: Loaded, rejected: list[RejectedSource], notes: list[Note], form: str, dry_run: bool
) -> None:
    report = {name: getattr(loaded, name) for name in ("new", "changed", "unchanged", "refused", "faults")}
    if form == "json":
        unread = [{"source": source.location, "reason": source.reason} for source in rejected]
        said = [{"source": note.location, "note": note.text} for note in notes]
        print_json(report | ({"unread": unread} if unread else {}) | ({"notes": said} if said else {}))
        return
    if form == "csv":
        print_csv([report], list(report))
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


def _print_columns(readings: list[Reading], form: str) -> None:
    from coinstore.records.reader import columns

    found = {reading.source.name: [column.row() for column in columns(reading)] for reading in readings}
    for text in (text for reading in readings for text in reading.notes):
        notice(text)
    if form == "table":
        for source, rows in found.items():
            print_table(rows, COLUMNS, title=source)
        return
    every = [{"source": source} | row for source, rows in found.items() for row in rows]
    print_rows(every, ["source", *COLUMNS], form)
