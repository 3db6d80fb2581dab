"""Readers: a source and how to read it, its coins, and how each of its columns would be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from ..errors import NotFound, SourceError
from ..sources import files
from ..sources.source import Source
from ..sources.spelling import one_name
from .coin import Coin
from .column import Column
from .columns import alike, planned
from .folder import is_text, read_folder
from .formats.format import Format
from .formats.format import Reader as FormatReader
from .formats.recognise import format_of, head_of, unknown_xml
from .kinds import TABLES, kind_of
from .mapping import Mapping
from .names import LeftOut, is_picture
from .prepare import TableContext, prepared
from .private import shows_private
from .record_files import Alike, RecordFiles, name_in, reader_of, record_files
from .rows import rows
from .table import read_table


@dataclass(frozen=True)
class Reading:
    """A source and how to read it.

    `collection` is that of records which name none, and of all in a known format, which may name it in many
    ways; `images` the folder of the photographs that they
    name. Both are located once, when they are first needed; each raises SourceError when it is missing.
    `languages` are those of texts in several, the first that there is counts; without them the mapping's.
    `notes` gets sentences about the source while it is read: what a person should know, but is no fault.
    `skipped` counts the records that are none of coins, by what they are.
    """

    location: str
    collection: str | None = None
    images: str | None = None
    mapping: Mapping | None = None
    languages: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list, compare=False)
    skipped: Counter[str] = field(default_factory=Counter, compare=False)

    @cached_property
    def source(self) -> Source:
        """The source, located."""
        return Source.at(self.location)

    @cached_property
    def photographs(self) -> Source | None:
        """The folder of the photographs, located; None when it was not given."""
        return Source.of_photographs(self.images) if self.images else None

    @cached_property
    def format(self) -> Format | None:
        """The format of a file, by its content; None of a table, and of a folder."""
        return None if self.source.is_folder else format_of(self.source)

    @cached_property
    def files(self) -> RecordFiles | None:
        """The record files of a folder or a zip; None when it is one of photographs."""
        return record_files(self.source, self.mapping) if self.source.is_folder else None

    @property
    def is_of_photographs(self) -> bool:
        """Whether the source is a folder of photographs without records."""
        return self.source.is_folder and not self.files

    def skip(self, what: str) -> None:
        """Counts a record that is none of a coin."""
        self.skipped[what] += 1


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """How one column would be read: its field (None: only kept verbatim), by which rule, and examples.

    `said` is the same in the words of a mapping file, `count` how many of the first records have a value.
    """

    column: str
    field: str | None
    how: str
    examples: tuple[str, ...] = ()
    said: Column | None = None
    count: int = 0

    def row(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "field": self.field,
            "how": self.how,
            "count": self.count,
            "examples": " | ".join(self.examples),
        }


def check(reading: Reading) -> None:
    """Raises SourceError when there is no such source, or no such folder of photographs; nothing is read."""
    if not reading.source.is_folder and not reading.format:
        _check_table(reading.source)
    _ = reading.photographs


def photographs(reading: Reading) -> Iterator[str]:
    """The photographs that the records of a table should name: all below `images`, if they can be listed."""
    images = reading.photographs
    if not images or not images.is_walkable or reading.is_of_photographs:
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
    if reading.is_of_photographs:
        collection = one_name(reading.collection) if reading.collection else None
        first_face = (reading.mapping or Mapping()).first_face
        yield from read_folder(reading.source, collection, reading.notes.append, first_face)
        return
    reading.notes.extend(_read_as(reading))
    if reading.files:
        for name, reason in reading.files.unreadable.items():
            yield Coin(name, {"file": name}, None, None, refusal=reason)
    several = reading.files.alike if reading.files and len(reading.files.alike) > 1 else None
    for n, context in enumerate(_contexts(reading)):
        try:
            yield from read_table(context)
        except (SourceError, NotFound) as error:
            if not several:
                raise SourceError(str(error)) from None
            yield _refused(reading.source, several[n], str(error))


def _refused(folder: Source, alike: Alike, reason: str) -> Coin:
    """Files of a folder that cannot be read as a whole; the others are read."""
    others = len(alike.files) - 1
    place = name_in(folder, alike.files[0]) + (f" and {others:,} like it" if others else "")
    told = reason.removeprefix(f"{folder.name}: ").rstrip(".")
    return Coin(place, {"file": place}, None, None, refusal=told)


def _read_as(reading: Reading) -> Iterator[str]:
    if reading.files:
        yield from reading.files.notes()
    elif reading.format:
        yield f"{reading.source.name}: read as: {reading.format.name}."


def _contexts(reading: Reading) -> list[TableContext]:
    """The tables of a source: one, or those that the files of a folder make together."""
    if not reading.files:
        return [_context(reading, reading.format, reading.format.records if reading.format else None)]
    return [
        _context(reading, alike.format, reader_of(reading.source, alike)) for alike in reading.files.alike
    ]


def _context(reading: Reading, form: Format | None, reader: FormatReader | None) -> TableContext:
    given, collection = reading.mapping, reading.collection
    return TableContext(
        source=reading.source,
        collection=one_name(collection) if collection else None,
        images=(reading.photographs or reading.source).base,
        mapping=form.mapping_with(given, reading.languages) if form else given,
        tell=reading.notes.append,
        skip=reading.skip,
        reader=reader,
    )


def columns(reading: Reading) -> list[ColumnReading]:
    """How each column of a table would be read, with examples from its first rows."""
    return described(reading)[1]


def described(reading: Reading) -> tuple[Mapping, list[ColumnReading]]:
    """The mapping by which a source would be read (of its format, or a profile), and each of its columns."""
    check(reading)
    reading.notes.extend(_read_as(reading))
    context = _shown(reading)
    found = rows(context.source, context.mapping or Mapping(), context.tell, context.reader)
    some = [row for row in islice(found, 50) if not row.refusal]
    ready = prepared(context, some)
    some = [ready.with_paths(row) for row in some]
    names = list(dict.fromkeys(name for row in some for name in row.cells))
    plan = planned(names, ready.mapping, ready.bare)
    same = alike(plan)
    doubtful = {*same, *(other for other, _ in same.values())}
    read: list[ColumnReading] = []
    for name in names:
        values = [row.cells.get(name) for row in some]
        column = None if name in doubtful else plan.get(name)
        how = f"looks like {plan[name].field}, as another column does" if name in doubtful else _how(column)
        if column or not any(isinstance(value, dict) for value in values):  # of these the values are shown
            fields = ", ".join(one.field or "" for one in column.each) if column else None
            count = sum(value not in (None, "") for value in values)
            examples = () if _is_private(name, column, ready.mapping) else _examples(values)
            read.append(ColumnReading(name, fields, how, tuple(examples), column, count))
    return ready.mapping, read


def _shown(reading: Reading) -> TableContext:
    """The table whose columns are shown, with cells for what no column takes."""
    if reading.is_of_photographs:
        raise SourceError(f"{reading.source.name}: is a folder of photographs, which have no columns.")
    most = max(reading.files.alike, key=lambda one: len(one.files)) if reading.files else None
    form = most.format if most else reading.format
    every = form and replace(form, records=form.everything or form.records)
    reader = every.records if every else None
    if most:
        reader = reader_of(reading.source, replace(most, format=every))
    return _context(reading, form, reader)


def _check_table(source: Source) -> None:
    if source.kind not in TABLES and not kind_of(source, head := head_of(source)):
        if what := unknown_xml(head):
            raise SourceError(
                f"{source.name}: is {what} of no format that coinstore reads; it reads LIDO, NUDS and"
                " Nomisma RDF, and tables as CSV. Ask whoever made the file for one of these."
            )
        raise SourceError(
            f"{source.name}: is not a table that coinstore reads; they end in {', '.join(TABLES)}, or"
            " name an inventory number in their first row."
        )


def _is_private(name: str, column: Column | None, mapping: Mapping) -> bool:
    """Whether a column shows no examples; who knows private values knows persons in the provenance."""
    is_of_persons = bool(mapping.private and column and column.field == "provenance")
    return is_of_persons or shows_private(name, mapping.private)


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
