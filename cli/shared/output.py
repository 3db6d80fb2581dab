"""What commands print: tables for people, JSON and CSV for programs. Results go to stdout."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from math import isfinite
from typing import Any

import click

from coinstore.rows import shown
from coinstore.sources.outputs import cell

Row = Mapping[str, Any]
MOST_SHOWN = 200  # rows of a table; a longer one is not read by people, and drawing it takes minutes
BLOCK = 500  # rows that are printed at once
SHORT_SHA256 = 8  # digits of a SHA-256 in a table


def slow_build(space: str, needs_mb: int, may_mb: int) -> str:
    """What to say before an index is built that does not fit the memory it may take."""
    return (
        f"The index of {space} needs {needs_mb:,} MB to be built and may take {may_mb:,} MB:"
        f" it will take much longer. For more: coinstore space index {space} --rebuild"
        f" --memory {needs_mb}"
    )


def notice(text: str) -> None:
    """A sentence for the person at the terminal: to stderr, so that pipes stay clean."""
    click.echo(text, err=True)


def counted(n: int, one: str, many: str) -> str:
    """A number with the words for one or for many: "1 pair is", "2 pairs are"."""
    return f"{n:,} {one if n == 1 else many}"


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows that come one by one, and how to count them all."""

    rows: Iterator[Row]
    count: Callable[[], int]

    def __iter__(self) -> Iterator[Row]:
        return self.rows

    def __len__(self) -> int:
        return self.count()


def print_rows(
    rows: Iterable[Row], header: Sequence[str], form: str, *, columns: Sequence[str] = (), empty: str = ""
) -> None:
    """Rows in the form that a listing was asked for; `empty` is said in place of a table without rows.

    A table has the columns `header`, CSV `columns` (default: `header`, then all others), JSON all of them.
    JSON and CSV are printed as the rows come. A table shows the first MOST_SHOWN.
    """
    if form == "json":
        _print_json_rows(rows)
    elif form == "csv":
        first, rows = _peek(rows)
        print_csv(rows, columns or list(dict.fromkeys([*header, *(first or ())])))
    else:
        shown_rows = list(islice(rows, MOST_SHOWN + 1))
        if shown_rows or not empty:
            print_table(shown_rows[:MOST_SHOWN], header)
        else:
            notice(empty)
        if len(shown_rows) > MOST_SHOWN:
            of = f"of {len(rows):,} rows" if isinstance(rows, Sized) else "rows"
            notice(f"These are the first {MOST_SHOWN} {of}; --csv or --json prints all.")


def _peek(rows: Iterable[Row]) -> tuple[Row | None, Iterator[Row]]:
    """The first row, and all rows."""
    some = iter(rows)
    first = next(some, None)
    return first, some if first is None else chain([first], some)


def _print_json_rows(rows: Iterable[Row]) -> None:
    """The rows as print_json prints a list, without keeping them."""
    is_first = True
    for some in _blocks(rows):
        texts = [json_text(row, indent=2).replace("\n", "\n  ") for row in some]
        click.echo(("[\n  " if is_first else ",\n  ") + ",\n  ".join(texts), nl=False)
        is_first = False
    click.echo("[]" if is_first else "\n]")


def _blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some = iter(rows)
    while block := list(islice(some, BLOCK)):
        yield block


def print_json(value: Any) -> None:
    """One value as indented JSON; letters of all scripts stay as they are."""
    click.echo(json_text(value, indent=2))


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON that every program reads: NaN and infinity, which JSON does not have, are null."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, indent=indent, default=_plain, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {
            str(_finite(name)) if isinstance(name, float) else name: _finite(v) for name, v in value.items()
        }
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """The columns of rows as CSV with a header; a spreadsheet takes no text in it for a formula."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for some in _blocks(rows):
        writer.writerows({name: cell(_flat(row[name])) for name in columns} for row in some)
        click.echo(out.getvalue(), nl=False)
        out.seek(0)
        out.truncate()
    click.echo(out.getvalue(), nl=False)


def _flat(value: Any) -> Any:
    """Lists and objects as one text."""
    if isinstance(value, dict):
        return json_text(value)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


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
    """A table of some columns, numbers to the right. Text from records is shown, never interpreted."""
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

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
        # No number is ever cut or broken: where the screen is too narrow for all columns, it wraps the lines.
        least = Measurement.get(console, console.options.update(max_width=10_000), table).minimum
        console.width = max(console.width, least)
        console.print(table, soft_wrap=False, crop=False)
        return
    console.width = 200  # in a pipe or a file there is no screen to fit
    with console.capture() as capture:
        console.print(table)
    click.echo("".join(line.rstrip() + "\n" for line in capture.get().splitlines()), nl=False)


def _cell(value: Any, name: str) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return shown(_flat(value), name, widest=None)
