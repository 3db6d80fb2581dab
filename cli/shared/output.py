"""What commands print: tables for people, JSON and CSV for machines. Results go to stdout."""

from __future__ import annotations

import csv
import getpass
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from coinstore.sources.outputs import cell

Row = Mapping[str, Any]
FACES = click.Choice(["obverse", "reverse", "coin"])  # coin: both at once
FACE = click.Choice(["obverse", "reverse"])
DECIMALS = {
    "similarity": 4,
    "similarity_p01": 4,
    "similarity_mean": 4,
    "similarity_p99": 4,
    "percentile": 1,
    "recall_at_10": 3,
}


def notice(text: str) -> None:
    """A sentence for the person at the terminal: to stderr, so that pipes stay clean."""
    click.echo(text, err=True)


def whoever() -> str:
    """The name of the user, where no one says who it was."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"


def named(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """The name of who says something; raises BadParameter for none."""
    if not name.strip():
        raise click.BadParameter("say who says so, as in --by 'A. Curator'")
    return name


def print_json(value: Any) -> None:
    """One value as indented JSON, letters of all scripts as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """The columns of rows as CSV with a header; no text in it can be taken for a formula."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: cell(row[name]) for name in columns} for row in rows)
    click.echo(out.getvalue(), nl=False)


def refuse_two_forms(as_json: bool, as_csv: bool) -> None:
    """Raises UsageError when both forms for machines are asked for."""
    if as_json and as_csv:
        raise click.UsageError("Give either --json or --csv.")


def weighed(given: Sequence[str]) -> dict[str, float]:
    """NAME:WEIGHT as written on the command line; raises BadParameter."""
    found: dict[str, float] = {}
    for text in given:
        name, _, weight = text.partition(":")
        if name in found:
            raise click.BadParameter(f"{name} is given twice")
        try:
            found[name] = float(weight or 1)
        except ValueError:
            raise click.BadParameter(f"{text!r}: a weight is a number, as in {name}:0.5") from None
        if not 0 < found[name] < float("inf"):
            raise click.BadParameter(f"{text!r}: a weight is a number above 0")
    return found


def print_table(rows: Iterable[Row], columns: Sequence[str], *, title: str | None = None) -> None:
    """A table of some columns; numbers to the right. Text from records is shown, never interpreted."""
    table = Table(title=title, box=None, header_style="bold", title_justify="left", pad_edge=False)
    rows = list(rows)
    for name in columns:
        values = [row[name] for row in rows if row[name] is not None]
        is_number = any(isinstance(value, int | float) for value in values)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for row in rows:
        table.add_row(*(_cell(row[name], name) for name in columns))
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if console.is_terminal:
        # No number is ever cut or broken: where the screen is too narrow for them all, it breaks the lines itself.
        least = Measurement.get(console, console.options.update(max_width=10_000), table).minimum
        console.width = max(console.width, least)
        console.print(table, soft_wrap=False, crop=False)
        return
    console.width = 200  # in a pipe or a file nothing is cut to a screen that is not there
    with console.capture() as capture:
        console.print(table)
    click.echo("".join(line.rstrip() + "\n" for line in capture.get().splitlines()), nl=False)


def _cell(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "percentile" and isinstance(value, float) and 99.9 < value < 100:
        return f"{value:.3f}"  # the interesting ones crowd there
    if isinstance(value, float):
        return f"{value:.{DECIMALS.get(name, 2)}f}"
    return "".join(c if c.isprintable() else " " for c in str(value))
