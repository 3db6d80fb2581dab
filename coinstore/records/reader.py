"""Readers: the one that suits a source, and how it would read each column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..errors import NotFound, SourceError
from ..sources import files
from ..sources.locations import URL, is_zip_url, shown
from .coin import Coin
from .columns import assign
from .folder import is_text, read_folder
from .mapping import Column, Mapping
from .names import is_picture
from .rows import rows
from .table import Context, read_table

TABLES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Reading:
    """A source and how to read it: `collection` for records that name none, `images` the base of their image names."""

    location: str
    collection: str | None = None
    images: str | None = None
    mapping: Mapping | None = None


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """How one column would be read: its field (None: kept verbatim only), by what, and examples."""

    column: str
    field: str | None
    how: str
    examples: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "field": self.field,
            "how": self.how,
            "examples": " | ".join(self.examples),
        }


def check(reading: Reading) -> None:
    """Raises SourceError when there is no such source, or no such folder of photographs; nothing is read."""
    location = files.locate(reading.location)
    if not files.is_folder(location):
        _check_table(location)
        if files.stamp(location) is None:
            raise SourceError(f"{shown(location)}: there is no such file.")
    if reading.images and (images := _walkable(reading)) and not files.is_folder(images):
        raise SourceError(f"{shown(images)}: there is no such folder or zip of photographs.")


def photographs(reading: Reading) -> Iterator[str]:
    """Where the photographs lie that the records of a table should name: those below its `images`, if it is here."""
    if (images := _walkable(reading)) and not files.is_folder(files.locate(reading.location)):
        yield from (path for path in files.walk(images) if is_picture(path.split("::")[0]) and is_text(path))


def _walkable(reading: Reading) -> str | None:
    """The folder or zip of photographs, unless it is on the web, where folders cannot be listed."""
    images = files.locate(reading.images) if reading.images else None
    return images if images and (is_zip_url(images) or not URL.match(images)) else None


def read(reading: Reading) -> Iterator[Coin]:
    """The coins of a source, read as they are asked for; raises SourceError when it cannot be read as a whole."""
    check(reading)
    location = files.locate(reading.location)
    if files.is_folder(location):
        yield from read_folder(location, reading.collection)
        return
    images = files.locate(reading.images) if reading.images else None
    try:
        yield from read_table(Context(location, reading.collection, images, reading.mapping or Mapping()))
    except NotFound as error:
        raise SourceError(str(error)) from None


def columns(location: str, mapping: Mapping | None = None) -> list[ColumnReading]:
    """How each column of a table would be read, with examples from its first rows."""
    location = files.locate(location)
    _check_table(location)
    some = [row for row in islice(rows(location, mapping or Mapping()), 50) if not row.refusal]
    names = list(dict.fromkeys(name for row in some for name in row.cells))
    plan = assign(location, names, mapping or Mapping())
    examples = {name: tuple(_examples([row.cells.get(name) for row in some])) for name in names}
    return [
        ColumnReading(
            name,
            column.field if (column := plan.get(name)) else None,
            _how(plan.get(name)),
            examples[name],
        )
        for name in names
    ]


def _check_table(location: str) -> None:
    if not location.split("?")[0].lower().endswith(TABLES):
        if files.stamp(location) is None:
            raise SourceError(f"{shown(location)}: there is no such file or folder.")
        raise SourceError(
            f"{shown(location)}: is no table that coinstore reads; they end in {', '.join(TABLES)}."
        )


def _how(column: Column | None) -> str:
    if column is None:
        return "kept verbatim"
    details = [
        f"in {column.unit}" if column.unit else "",
        f"as {column.format}" if column.format else "",
    ]
    return " ".join([column.how, *filter(None, details)])


def _examples(values: list[Any]) -> list[str]:
    seen = dict.fromkeys(str(value)[:40] for value in values if value not in (None, ""))
    return list(seen)[:3]
