"""Readers: a source and how to read it, its coins, and how each of its columns would be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from ..errors import NotFound, SourceError
from ..sources import files
from ..sources.source import Source
from ..sources.spelling import one_name
from .coin import Coin
from .columns import alike, planned
from .folder import is_text, read_folder
from .mapping import Column, Mapping
from .names import LeftOut, is_picture
from .rows import rows
from .spreadsheets.book import ENDINGS
from .table import TableContext, bare_of, read_table

TABLES = (".csv", ".tsv", ".tab", ".txt", *ENDINGS, ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Reading:
    """A source and how to read it.

    `collection` is that of records which name none, `images` the folder of the photographs that they
    name. Both are located once, when they are first needed; each raises SourceError when it is missing.
    `notes` gets sentences about the source while it is read: what a person should know, but is no fault.
    """

    location: str
    collection: str | None = None
    images: str | None = None
    mapping: Mapping | None = None
    notes: list[str] = field(default_factory=list, compare=False)

    @cached_property
    def source(self) -> Source:
        """The source, located."""
        return Source.at(self.location)

    @cached_property
    def photographs(self) -> Source | None:
        """The folder of the photographs, located; None when it was not given."""
        return Source.of_photographs(self.images) if self.images else None


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """How one column would be read: its field (None: only kept verbatim), by which rule, and examples.

    `said` is the same in the words of a mapping file.
    """

    column: str
    field: str | None
    how: str
    examples: tuple[str, ...] = ()
    said: Column | None = None

    def row(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "field": self.field,
            "how": self.how,
            "examples": " | ".join(self.examples),
        }


def check(reading: Reading) -> None:
    """Raises SourceError when there is no such source, or no such folder of photographs; nothing is read."""
    if not reading.source.is_folder:
        _check_table(reading.source)
    _ = reading.photographs


def photographs(reading: Reading) -> Iterator[str]:
    """The photographs that the records of a table should name: all below `images`, if they can be listed."""
    images = reading.photographs
    if not images or not images.is_walkable or reading.source.is_folder:
        return
    others = LeftOut()
    for path in files.walk(images.location):
        if not is_picture(path.split("::")[0]):
            others.add(path.split("::")[0])
        elif is_text(path):
            yield path
    if told := others.told(images.name):
        reading.notes.append(told)


def read(reading: Reading) -> Iterator[Coin]:
    """The coins of a source, read one by one; raises SourceError when it cannot be read as a whole."""
    check(reading)
    collection = one_name(reading.collection) if reading.collection else None
    if reading.source.is_folder:
        first_face = (reading.mapping or Mapping()).first_face
        yield from read_folder(reading.source, collection, reading.notes.append, first_face)
        return
    base = (reading.photographs or reading.source).base
    context = TableContext(
        reading.source, collection, base, reading.mapping or Mapping(), reading.notes.append
    )
    try:
        yield from read_table(context)
    except NotFound as error:
        raise SourceError(str(error)) from None


def columns(reading: Reading) -> list[ColumnReading]:
    """How each column of a table would be read, with examples from its first rows."""
    source, mapping = reading.source, reading.mapping or Mapping()
    _check_table(source)
    some = [row for row in islice(rows(source, mapping, reading.notes.append), 50) if not row.refusal]
    names = list(dict.fromkeys(name for row in some for name in row.cells))
    plan = planned(names, mapping, bare_of(some, names, mapping))
    same = alike(plan)
    doubtful = {*same, *(other for other, _ in same.values())}
    found = []
    for name in names:
        values = [row.cells.get(name) for row in some]
        column = None if name in doubtful else plan.get(name)
        how = f"looks like {plan[name].field}, as another column does" if name in doubtful else _how(column)
        if column or not any(isinstance(value, dict) for value in values):  # of these the values are shown
            field_name, examples = column.field if column else None, tuple(_examples(values))
            found.append(ColumnReading(name, field_name, how, examples, column))
    return found


def _check_table(source: Source) -> None:
    if source.is_folder or source.kind not in TABLES:
        raise SourceError(
            f"{source.name}: is not a table that coinstore reads; they end in {', '.join(TABLES)}."
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
