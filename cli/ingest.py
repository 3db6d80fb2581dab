"""coinstore ingest: records and photographs into the store."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

import coinstore

from .shared import logs
from .shared.commands import Command
from .shared.options import listing
from .shared.output import notice, print_csv, print_json, print_rows, print_table
from .shared.progress import reporting

if TYPE_CHECKING:
    from coinstore.ingest import Ingested
    from coinstore.records.reader import Reading

ALL_REFUSED = 3
REASONS = 10  # shown at most; all faults are in the store
COLUMNS = ["column", "field", "how", "count", "examples", "table"]


@click.command(cls=Command)
@click.argument("sources", nargs=-1)
@click.option("--collection", help="The collection of coins whose record names none; in NUDS, RDF … of all.")
@click.option("--images", help="Folder, zip or address that the records' image names are relative to.")
@click.option("--map", "map_file", help="TOML file that says which column is which field.")
@click.option("--language", help="Languages of texts in several, the first that there is counts: de,en.")
@click.option(
    "--columns",
    "show_columns",
    is_flag=True,
    help="Print how each column would be read, as a mapping file to start from; store nothing.",
)
@click.option("--dry-run", is_flag=True, help="Load and count, then undo; photographs are not opened.")
@click.option(
    "--retry",
    is_flag=True,
    help="Examine photographs that failed before again; without SOURCES, all of them.",
)
@listing
def ingest(sources: tuple[str, ...], form: str, show_columns: bool, **given: Any) -> None:
    """Load coins from SOURCES: folders or zips of photographs, tables (CSV, TSV, XLSX, XLS, ODS, JSON), and
    records in the formats of museums (LIDO, NUDS, Nomisma RDF and others: `coinstore help formats`).

    Loading a source again changes nothing; loading a corrected one updates what changed. What cannot be read
    is left out, and `coinstore faults` says why. With --json the counts are one object, which also has
    what no field takes (`unused`).

    \b
    coinstore ingest photos/ --collection "Hoard of Hill 7"
    coinstore ingest records.csv --images photos/
    coinstore ingest lido/ nuds/
    coinstore ingest --columns records.csv > map.toml
    coinstore ingest records.csv --map map.toml
    """
    from coinstore.records.reader import check

    if not sources and not given["retry"]:
        raise click.UsageError("Missing argument 'SOURCES...'.")
    readings = _readings(sources, given, counts_unused=form == "json")
    if show_columns:
        _print_columns(readings, form)
        return
    for reading in readings:  # a misspelt name stops the command before anything is stored
        check(reading)
    done = _run(readings, dry_run=given["dry_run"], retry=given["retry"])
    _tell(done)
    _report(done, form, given["dry_run"])
    if given["dry_run"]:
        notice("The photographs were not opened: those that are broken become faults when they are loaded.")
    if done.rejected and form == "table":
        notice(f"Sources that were not read to their end: {len(done.rejected)}.")
    is_all_skipped = done.skipped and not done.refused and not done.rejected
    if sources and done.new + done.changed + done.unchanged == 0 and not is_all_skipped:
        sys.exit(ALL_REFUSED)


def _tell(done: Ingested) -> None:
    """What was noticed, skipped and rejected."""
    for note in done.notes:
        notice(note.text)
    for one in done.skipped:
        notice(f"{one.location}: skipped, not coins: {one.records:,} x {one.what}.")
    if any(one.what == "a concept" for one in done.skipped):
        notice("Concepts are terms; to load them: coinstore terms import-nomisma FILE")
    for source in done.rejected:
        notice(f"coinstore: {source.reason}")


def _readings(sources: Sequence[str], given: dict[str, Any], *, counts_unused: bool) -> list[Reading]:
    from coinstore.records.mapping import read_mapping
    from coinstore.records.reader import Reading

    mapping = read_mapping(given["map_file"]) if given["map_file"] else None
    languages = tuple(filter(None, re.split(r"[,\s]+", given["language"] or "")))
    named = (given["collection"], given["images"], mapping, languages)
    return [Reading(source, *named, unused={} if counts_unused else None) for source in sources]


def _run(readings: list[Reading], *, dry_run: bool, retry: bool) -> Ingested:
    from coinstore.db import call
    from coinstore.ingest import follow
    from coinstore.ingest import ingest as ingest_sources

    with coinstore.open() as store:
        # Before the progress bar starts a thread: see `ingest`.
        steps = ingest_sources(store.engine, readings, dry_run=dry_run, retry=retry)
        with reporting() as report:
            done = follow(logs.followed("ingest", steps), report)
        if done.faults and not dry_run:
            sources = [reading.source.name for reading in readings]
            reasons = call.read(store.engine, "part.fault_reasons", sources=sources)
            _print_reasons(reasons)
            if any("the file is not there" in row["reason"] for row in reasons) and not all(
                r.images for r in readings
            ):
                notice("If the photographs are elsewhere, add `--images FOLDER`.")
    return done


def _report(done: Ingested, form: str, dry_run: bool) -> None:
    report = {name: getattr(done, name) for name in ("new", "changed", "unchanged", "refused", "faults")}
    if form == "json":
        unread = [{"source": source.location, "reason": source.reason} for source in done.rejected]
        said = [{"source": note.location, "note": note.text} for note in done.notes]
        skipped = [{"source": one.location, "what": one.what, "records": one.records} for one in done.skipped]
        unused = [
            {"source": one.location, "kind": one.kind, "column": one.column, "records": one.records}
            for one in done.unused
        ]
        more = {"unread": unread, "notes": said, "skipped": skipped, "unused": unused}
        print_json(report | {name: rows for name, rows in more.items() if rows})
        return
    if form == "csv":
        print_csv([report], list(report))
        return
    counts = ", ".join(f"{count:,} {name}" for name, count in report.items() if name != "faults")
    faults = "1 fault" if done.faults == 1 else f"{done.faults:,} faults"
    click.echo(f"{'Would be: ' if dry_run else ''}{counts} coins; {faults}.")


def _print_reasons(reasons: Sequence[Any]) -> None:
    """The reasons by how often they occur, to stderr."""
    for row in reasons[:REASONS]:
        notice(f"{row['faults']:6,} x {row['column_name']}: {row['reason']}")
    if others := sum(row["faults"] for row in reasons[REASONS:]):
        notice(f"{others:6,} more, for other reasons")
    notice("See each of them with: coinstore faults")
    if any(row["column_name"] == "image" for row in reasons):
        notice("To examine such photographs again: coinstore ingest --retry")


def _print_columns(readings: list[Reading], form: str) -> None:
    """A mapping file, or a listing when one was asked for."""
    from coinstore.records.described import columns
    from coinstore.records.starter import mapping_file

    is_listing = form != "table" or click.get_current_context().params["table"]
    if not is_listing and len(readings) > 1:
        raise click.UsageError("A mapping file is for one table: give one SOURCE, or add --table.")
    if not is_listing:
        click.echo(mapping_file(readings[0]), nl=False)
    found = {r.source.name: [column.row() for column in columns(r)] for r in readings if is_listing}
    for text in (text for reading in readings for text in reading.notes):
        notice(text)
    if form == "table":
        for source, rows in found.items():
            is_one = not any(row["table"] for row in rows)
            print_table(rows, COLUMNS[:-1] if is_one else COLUMNS, title=source)
        return
    every = [{"source": source} | row for source, rows in found.items() for row in rows]
    print_rows(every, ["source", *COLUMNS], form)
