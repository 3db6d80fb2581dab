"""coinstore export: coins for other programs."""

from __future__ import annotations

from pathlib import Path

import click

import coinstore

from .shared import options
from .shared.commands import Group
from .shared.output import counted, notice
from .shared.progress import reporting

FORMATS = ("csv", "xlsx", "json", "parquet")


@click.group(cls=Group)
def export() -> None:
    """Write coins for other programs.

    \b
    coinstore export coins -o coins.csv
    """


@export.command()
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="What is written.  [default: as the file ends]"
)
@options.where()
@options.output("The file to write.", required=True)
def coins(form: str | None, where: str, output: Path) -> None:
    """Write coins with all their fields.

    `ingest` reads CSV, XLSX, JSON and Parquet back unchanged. Names are the preferred ones; the columns are
    those of a mapping file. In CSV and XLSX a text that a spreadsheet would run as a formula (= + - @) has
    a ' before it, which `ingest` takes off.

    \b
    coinstore export coins -o coins.csv
    coinstore export coins -o coins.xlsx --where "mint = 'Rome'"
    coinstore export coins --format parquet -o coins.parquet
    """
    form = form or output.suffix[1:].lower()
    if form not in FORMATS:
        raise click.UsageError(f"Give --format: one of {', '.join(FORMATS)}.")
    with coinstore.open() as store, reporting() as progress:
        done = store.export_coins(output, form, where=where, progress=progress)
    notice(f"{counted(done.coins, 'coin is', 'coins are')} in {done.path}.")
