"""How each column of a source would be read: its field, how many records have it, and examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from ..errors import SourceError
from .coin import Record
from .column import Column
from .columns import alike, planned
from .header import up_to_damage
from .mapping import Mapping
from .prepare import Prepared, TableContext, prepared
from .private import shows_private
from .reader import Reading, check, contexts, read_as
from .rows import rows
from .unused import has_objects, left_out

OF_KIND = "says what a record is"
FIRST = 50  # records that show how all are read
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """How one column would be read: its field (None: only kept verbatim), by which rule, and examples.

    `said` is the same in the words of a mapping file, `count` how many records have a value.
    `table` is which of several tables or formats of a source the column is in.
    """

    column: str
    field: str | None
    how: str
    examples: tuple[str, ...] = ()
    said: Column | None = None
    count: int = 0
    table: str | None = None

    def row(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "field": self.field,
            "how": self.how,
            "count": self.count,
            "examples": " | ".join(self.examples),
            "table": self.table,
        }


@dataclass(slots=True)
class _Seen:
    """What was seen of a column: how many records have a value, and some of them."""

    count: int = 0
    examples: dict[str, None] = field(default_factory=dict)
    has_objects: bool = False

    def add(self, value: Any) -> None:
        if value in (None, ""):
            return
        self.count += 1
        self.has_objects = self.has_objects or has_objects(value)
        if len(self.examples) < EXAMPLES:
            self.examples[str(value)[:40]] = None


def columns(reading: Reading) -> list[ColumnReading]:
    """How each column of each table of a source would be read, with examples."""
    return [column for _, found in described(reading) for column in found]


def described(reading: Reading) -> list[tuple[Mapping, list[ColumnReading]]]:
    """For each table or format of a source, the largest first: how it would be read, and each of its columns.

    The whole source is read: what no column takes may be in one record.
    """
    check(reading)
    if reading.is_of_photographs:
        raise SourceError(f"{reading.source.name}: is a folder of photographs, which have no columns.")
    reading.notes.extend(read_as(reading))
    tables = contexts(reading, everything=True)
    if not reading.files:
        return [_described(tables[0], None)]
    if not tables:
        raise SourceError(f"{reading.source.name}: has no file that can be read.")
    pairs = list(zip(reading.files.alike, tables, strict=True))
    pairs.sort(key=lambda pair: -len(pair[0].files))
    if len(pairs) == 1:
        return [_described(tables[0], None)]
    return [_described(table, reading.files.name_of(one)) for one, table in pairs]


def _described(context: TableContext, table: str | None) -> tuple[Mapping, list[ColumnReading]]:
    broken: list[SourceError] = []
    found = up_to_damage(
        rows(context.source, context.mapping or Mapping(), context.tell, context.reader), broken
    )
    every = (row for row in found if not row.refusal)
    first = list(islice(every, FIRST))
    if broken and not first:
        raise broken[0]
    ready = prepared(context, first)
    seen, coins = _seen(chain(first, every), ready)
    for error in broken:
        context.tell(str(error))
    if not coins:
        context.tell(f"{context.source.name}: no record{f' of {table}' if table else ''} is of a coin.")
    return ready.mapping, [replace(one, table=table) for one in _read(seen, ready)]


def _seen(records: Iterator[Record], ready: Prepared) -> tuple[dict[str, _Seen], int]:
    """What was seen of each column, and how many records are of coins."""
    # Of XML also what no record of this source has: the next one may.
    seen = {name: _Seen() for name in ready.mapping.columns} if ready.mapping.xml else {}
    coins = 0
    for record in map(ready.with_paths, records):
        coins += not record.skipped
        for name, value in record.cells.items():
            seen.setdefault(name, _Seen()).add(value)
    return seen, coins


def _read(seen: dict[str, _Seen], ready: Prepared) -> Iterator[ColumnReading]:
    plan = planned(seen, ready.mapping, ready.bare)
    same = alike(plan)
    doubtful = {*same, *(other for other, _ in same.values())}
    shown = {*left_out(seen, plan, ready.mapping), *ready.mapping.only, *doubtful}
    for name, one in seen.items():
        column = None if name in doubtful else plan.get(name)
        how = f"looks like {plan[name].field}, as another column does" if name in doubtful else _how(column)
        if name in ready.mapping.only and not column:
            how = OF_KIND
        if column or (name in shown and not one.has_objects):  # of these the values are shown
            fields = ", ".join(part.field or "" for part in column.each) if column else None
            examples = () if _is_private(name, column, ready.mapping) else tuple(one.examples)
            yield ColumnReading(name, fields, how, examples, column, one.count)


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
