"""Tables: each row becomes a coin; a value that cannot be parsed becomes a fault and is never guessed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain

from ..errors import SourceError
from ..sources.spelling import mixes_alphabets
from .addresses import rights, take_addresses
from .cells import ParsedRow, RowReader, kept, storable
from .coin import Coin, Record, Value
from .column import Column
from .columns import assign, planned
from .header import first_of, up_to_damage
from .kinds import JSON
from .mapping import MEASURES, NAMES, TEXTS, Mapping
from .named import take_names
from .prepare import NUMBER, Prepared, TableContext, prepared
from .private import covered
from .referenced import take_references
from .rows import rows
from .sides import sides
from .spans import take_years, written_out
from .unused import count, left_out
from .values.axes import parse_axis
from .values.measures import Measure, parse_measure

SHOWN = 12  # columns in a sentence
LOOKS_LIKE_ANOTHER = (
    "mixes Latin letters with letters of another alphabet that look the same; it is kept as it is, as the "
    "number of another coin"
)
LONGEST = 500  # characters
OTHERS = tuple(name for name in TEXTS if name not in NAMES)
PLANS = 1000  # kept for records that have different columns
FIRST = 50  # rows that show which columns there are; each object of JSON may have different ones


def read_table(context: TableContext) -> Iterator[Coin]:
    """The coins of a table, one for each row, read as they are asked for.

    Raises SourceError when none of its first rows has a column for the inventory number, or when the
    mapping names a column that the header lacks; at the end, when it names one that no JSON record has.
    """
    broken: list[SourceError] = []
    found = up_to_damage(
        rows(context.source, context.mapping or Mapping(), context.tell, context.reader), broken
    )
    first = first_of(found, FIRST, _size)
    ready = prepared(context, first)
    first = [ready.with_paths(row) for row in first]
    named = list(dict.fromkeys(name for row in first if not row.skipped for name in row.cells))
    if named:
        _check_plan(context, named, _plan(context, named, ready), ready)
        _check_guards(context, named)
    yield from _coins(ready.records(chain(first, found), context), ready, context)
    if broken:
        raise broken[0]


def _coins(found: Iterator[Record], ready: Prepared, context: TableContext) -> Iterator[Coin]:
    plans: dict[tuple[str, ...], RowReader] = {}
    others: dict[tuple[str, ...], tuple[str, ...]] = {}
    unread = RowReader({}, ready.mapping)
    missing = set(ready.mapping.columns)
    for row in found:
        names = tuple(row.cells)
        if not row.refusal and names not in plans:
            missing.difference_update(names)
            if len(plans) >= PLANS:
                plans.clear()
            plan = _plan(context, names, ready)
            plans[names], others[names] = RowReader(plan, ready.mapping), left_out(names, plan, ready.mapping)
        if context.unused is not None and not row.refusal:
            count(context.unused, others[names], row.cells)
        yield _coin(row, plans.get(names, unread), context, ready.mapping)
    if plans and missing and not (ready.mapping.recognise or context.reader):
        raise SourceError(
            f"{context.source.name}: no record has {min(missing)!r}, which the mapping file names; "
            "everything else is loaded."
        )


def _check_guards(context: TableContext, names: list[str]) -> None:
    """Raises SourceError for a column of `private` or `only` that a table lacks, as a typo protects nothing.

    An object of JSON may lack any column.
    """
    said = context.mapping
    if said is None or context.reader or context.source.kind in JSON:
        return
    for key, columns in (("private", said.private), ("only", said.only)):
        for name in columns:
            if "*" not in name and name not in names:
                raise SourceError(
                    f"{context.source.name}: there is no column {name!r}, which the mapping file names in"
                    f" {key}. The columns are {_some([*map(repr, names)])}."
                )


def _some(names: list[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _plan(context: TableContext, names: Iterable[str], ready: Prepared) -> dict[str, Column]:
    """How each column is read. Only in a table it is an error when two mean the same field."""
    if context.reader:
        return planned(names, ready.mapping, ready.bare)
    return assign(context.source.name, names, ready.mapping, ready.bare)


def _size(row: Record) -> int:
    return sum(len(value) for value in row.cells.values() if isinstance(value, str))


def _check_plan(context: TableContext, names: list[str], plan: dict[str, Column], ready: Prepared) -> None:
    """Raises SourceError when coins could not be told apart; tells it when nothing about them is read."""
    source = context.source.name
    mapping = ready.mapping
    columns_read = [*plan.values(), *(mapping.columns.values() if mapping.xml else ())]
    given = {one.field for column in columns_read for one in column.each} | set(mapping.constants)
    others = [repr(name[:40]) for name in names if name not in plan]
    columns = _some(others)
    start = f"coinstore ingest --columns {shlex.quote(source)} > map.toml"
    if "inventory_number" not in given:
        unknown = f" Not recognised: {columns}." if others else ""
        is_data = any(NUMBER.fullmatch(name.strip()) for name in names)
        hint = " If the first row is a coin, a mapping file can say so: header_row = 0." if is_data else ""
        raise SourceError(
            f"{source}: no column is the inventory number.{unknown}{hint}"
            f" Name the columns in a mapping file (--map); this prints one to start from: {start}"
        )
    if "collection" not in given and not context.collection:
        raise SourceError(f"{source}: the collection of the coins is not known; add --collection NAME.")
    if others and given <= {"inventory_number", "collection"}:
        context.tell(
            f"{source}: nothing is read but the inventory numbers. Not recognised: {columns}."
            f" This prints a mapping file to start from, for --map: {start}"
        )


def _coin(row: Record, reader: RowReader, context: TableContext, mapping: Mapping) -> Coin:
    raw, faults = kept(row)
    faults += row.faults
    if row.refusal:
        shown = covered(faults, mapping.private, raw)
        return Coin(row.place, raw, None, None, faults=storable(shown), refusal=row.refusal)
    parsed = reader.parsed(row)
    parsed.faults[:0] = faults
    values = _take_fields(parsed)
    types, references = take_references(parsed)
    number = parsed.text("inventory_number")
    if number and mixes_alphabets(number):
        parsed.refuse("inventory_number", LOOKS_LIKE_ANOTHER)
    # One coin has many spellings of its collection in the formats of the field: what is given counts there.
    given = context.collection if mapping.recognise or mapping.xml else None
    collection = given or parsed.text("collection") or context.collection
    refusal = None if number else "has no inventory number"
    if number and len(number) > LONGEST:
        refusal = f"has an inventory number of {len(number):,} characters; at most {LONGEST} are allowed"
    if number and not collection:
        refusal = "names no collection; add --collection NAME"
    return Coin(
        place=row.place,
        raw=raw,
        collection=collection,
        inventory_number=number,
        fields=parsed.fields,
        sides=sides(parsed, context.images, mapping.first_face),
        types=types,
        references=references,
        values=values,
        rights=rights(parsed),
        faults=storable(covered(parsed.faults, mapping.private, raw)),
        refusal=refusal,
        is_whole=row.is_whole,
    )


def _take_fields(parsed: ParsedRow) -> dict[str, tuple[Value, ...]]:
    """Takes all fields but the types; returns the names where there are several or uncertain ones."""
    said, fields = parsed.said, parsed.fields
    for name in OTHERS:
        if name in said:
            fields[name] = said[name][1] or None
    values = take_names(parsed)
    take_addresses(parsed)
    if "die_axis_h" in parsed.said:
        parsed.fields["die_axis_h"] = parsed.take("die_axis_h", _axis_of)
    _take_measures(parsed)
    take_years(parsed)
    return values


# The same numbers occur many times in a table.
@lru_cache(maxsize=10_000)
def _measure(unit: str, text: str, unit_said: str | None) -> Measure:
    return parse_measure(written_out(text), unit, unit_said)


def _measure_of(unit: str, text: str, column: Column) -> Measure:
    return _measure(unit, text, column.unit)


_MEASURES = {name: partial(_measure_of, unit) for name, unit in MEASURES.items()}


@lru_cache(maxsize=1_000)
def _axis(text: str, unit_said: str | None) -> int:
    return parse_axis(written_out(text), unit_said)


def _axis_of(text: str, column: Column) -> int:
    return _axis(text, column.unit)


def _take_measures(parsed: ParsedRow) -> None:
    for name, reading in _MEASURES.items():
        if name not in parsed.said:
            continue
        measure = parsed.take(name, reading)
        if name == "diameter_mm":
            parsed.fields["diameter_mm"] = measure and measure.largest
            is_range = measure is not None and measure.smallest < measure.largest
            parsed.fields["diameter_min_mm"] = measure.smallest if is_range else None
        elif measure is not None and measure.smallest < measure.largest:
            parsed.refuse(name, "a range is not a single measurement")
            parsed.fields[name] = None
        elif measure is not None or name not in parsed.fields:
            parsed.fields[name] = measure and measure.largest
