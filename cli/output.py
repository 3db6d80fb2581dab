"""What commands print: tables for people, JSON and CSV for machines. Results go to stdout."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]


def notice(text: str) -> None:
    """A sentence for the person at the terminal: to stderr, so that pipes stay clean."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """One value as indented JSON, letters of all scripts as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_csv(rows: Sequence[Row]) -> None:
    """Rows as CSV with a header."""
    if not rows:
        return
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(dict(row) for row in rows)
    click.echo(out.getvalue(), nl=False)


def print_table(rows: Iterable[Row], columns: Sequence[str], *, title: str | None = None) -> None:
    """A table of some columns; numbers to the right. Text from records is shown, never interpreted."""
    table = Table(title=title, box=None, header_style="bold", title_justify="left", pad_edge=False)
    rows = list(rows)
    for name in columns:
        is_number = any(isinstance(row[name], int | float) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in columns))
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:  # in a pipe or a file nothing is cut to a screen that is not there
        console.width = 200
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}"
    return "".join(c if c.isprintable() else " " for c in str(value))
