"""Preparation: what the first records of a table say about how all of them are read.

A profile that knows the columns is used where no mapping file was given; paths of the mapping become columns;
a column of mere numbers is not taken for names.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..sources.source import Source
from .coin import Record
from .column import Column
from .columns import bare_names, usual
from .formats.format import Reader as FormatReader
from .formats.format import merged
from .header import Tell
from .mapping import NAMES, Mapping
from .paths import Step, in_languages, path_of, value_at
from .private import hidden, private_names, refused
from .sides import bare_kind
from .table_profiles import profile_of

NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
KINDS = (
    '{}: records of other kinds than coins are skipped. A mapping file (--map) with only = {{{} = ""}} reads'
    " them too; a regular expression there chooses the kinds."
)
UNFOUND = "{}: in none of {:,} records is {}, which the mapping file names; correct it there."
LONGEST = 40  # characters of what a record is that is skipped


@dataclass(frozen=True, slots=True)
class TableContext:
    """What holds for a whole table; names of photographs are relative to `images`.

    `mapping` is that of a mapping file, or of a format; without one, a profile may know the table. `tell`
    takes sentences about the table as a whole, `skip` says what a record is that is not a coin. `reader` is
    that of its format; None for a table and JSON. `named` are the paths that only a mapping file names,
    `unused` counts what no column takes, where that is asked for.
    """

    source: Source
    collection: str | None
    images: str
    mapping: Mapping | None
    tell: Tell
    skip: Tell = lambda said: None
    reader: FormatReader | None = None
    named: frozenset[str] = frozenset()
    unused: Counter[str] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """How a table is read: its mapping, and what columns called "Obverse" and "Reverse" hold."""

    mapping: Mapping
    bare: str
    paths: dict[str, tuple[Step, ...]]

    def records(self, found: Iterator[Record], context: TableContext) -> Iterator[Record]:
        """The records of coins with a cell for each path; what the others are is told."""
        is_plain = not (self.paths or self.mapping.only or self.mapping.private)
        unfound, count, skipped = set(context.named), 0, 0
        if not context.reader:  # of a table, a column that is not there is an error
            unfound.difference_update(self.mapping.columns)
        for record in found:
            row = record if is_plain else self.with_paths(record)
            count += not row.refusal
            if unfound:
                unfound.difference_update(row.cells, private_names(row.raw))
            if row.skipped:
                context.skip(row.skipped)
                skipped += (
                    self._other(row.cells) is not None
                )  # else no mapping file can say that it is a coin
            else:
                yield row
        if skipped and self.mapping.only:
            context.tell(
                KINDS.format(
                    context.source.name, json.dumps(next(iter(self.mapping.only)), ensure_ascii=False)
                )
            )
        if unfound and count:
            context.tell(UNFOUND.format(context.source.name, count, ", ".join(map(repr, sorted(unfound)))))

    def with_paths(self, record: Record) -> Record:
        """The record with a cell for each path that has a value, and with what it is if not a coin."""
        private = self.mapping.private
        if record.refusal and private:
            return replace(record, raw=refused(record, private))
        is_plain = not (self.paths or self.mapping.only or private)
        if is_plain or record.refusal or record.skipped or self.mapping.xml:
            return record
        values = {
            name: value_at(record.raw, path) for name, path in self.paths.items() if name not in record.cells
        }
        there = {name: value for name, value in values.items() if value is not None}
        cells = record.cells | there if there else record.cells
        raw = hidden(record.raw, private) if private else record.raw
        return replace(record, cells=cells, raw=raw, skipped=self._other(cells))

    def _other(self, cells: dict[str, Any]) -> str | None:
        """What a record is instead of a coin; None for a coin."""
        for name, is_one in self.mapping.only.items():
            text = str(cells.get(name) or "").strip()
            if text and not re.search(is_one, text):
                return text[:LONGEST]
        return None


def prepared(context: TableContext, some: Sequence[Record]) -> Prepared:
    """How a table with these first records is read; what a person should know about it is told."""
    some = [row for row in some if not row.skipped]
    names = list(dict.fromkeys(name for row in some for name in row.cells))
    mapping = _without_numbers(_chosen(context, names), context, some, names)
    languages = () if mapping.languages == Mapping().languages else mapping.languages
    paths = {
        name: path
        for name in (*mapping.columns, *mapping.only)
        if name not in names and (path := path_of(in_languages(name, languages)))
    }
    return Prepared(mapping, _bare(some, names, mapping), paths)


def _chosen(context: TableContext, names: list[str]) -> Mapping:
    """The mapping, with what it does not say from the profile that knows the columns."""
    mapping = context.mapping or Mapping()
    profile = None if mapping.recognise or mapping.xml else profile_of(names)
    if profile:
        context.tell(f"{context.source.name}: read as: {profile.name}.")
        mapping = merged(context.mapping, profile)
    return mapping


def _without_numbers(
    mapping: Mapping, context: TableContext, some: Sequence[Record], names: list[str]
) -> Mapping:
    """The mapping, without the columns of mere numbers that would be read as names."""
    numbers = _numbers(some, names, mapping)
    if not numbers:
        return mapping
    what = "a column of numbers is" if len(numbers) == 1 else "columns of numbers are"
    context.tell(
        f"{context.source.name}: {what} not read as names: {', '.join(map(repr, numbers))}."
        " A mapping file can say what the numbers mean."
    )
    nothing = dict.fromkeys(numbers, Column(None, how="numbers, not names"))
    return replace(mapping, columns=dict(mapping.columns) | nothing)


def _bare(some: Sequence[Record], names: list[str], mapping: Mapping) -> str:
    """What columns called "Obverse" and "Reverse" hold in some records: "image" or "description"."""
    bare = bare_names(names, mapping)
    values = [row.cells.get(name) for row in some for name in bare]
    return bare_kind(value for value in values if isinstance(value, str))


def _numbers(some: Sequence[Record], names: list[str], mapping: Mapping) -> list[str]:
    """The columns with the usual name of a name that hold only numbers: those of a list of words."""
    return [
        name
        for name in names
        if (column := _by_name(name, mapping))
        and column.field in NAMES
        and _are_numbers([row.cells.get(name) for row in some])
    ]


def _by_name(name: str, mapping: Mapping) -> Column | None:
    """The column as a profile, or its usual name, takes it; None where a mapping file decides."""
    if name in mapping.columns:
        column = mapping.columns[name]
        return column if mapping.recognise and not column.changes else None
    return usual(name) if mapping.usual_names else None


def _are_numbers(values: list[Any]) -> bool:
    texts = [str(value).strip() for value in values if value is not None and not isinstance(value, bool)]
    filled = [text for text in texts if text]
    return len(filled) > 1 and all(NUMBER.fullmatch(text) for text in filled)
