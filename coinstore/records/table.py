"""Tables: each row becomes a coin; a value that cannot be parsed becomes a fault and is never guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import Any

from ..errors import SourceError
from ..sources import files
from ..sources.source import Source
from ..sources.spelling import one_name
from .coin import FACES, Coin, Face, Fault, Record, Shown, TypeClaim
from .columns import assign
from .header import Tell, up_to_damage
from .mapping import MEASURES, TEXTS, TYPES, Column, Mapping
from .rows import rows
from .texts import field_text
from .values.axes import parse_axis
from .values.dates import parse_years, year
from .values.measures import Measure, parse_measure

LISTED = ("denomination", "material", "mint", "authority", "portrait")  # indexed; long texts cannot be
EXACT = (*MEASURES, "die_axis_h", "date", "year_from", "year_to")  # by what a cell stores, not shows
LONGEST = 500  # characters
FIRST = 50  # rows that show which columns there are; each object of JSON may have different ones


@dataclass(frozen=True, slots=True)
class TableContext:
    """What holds for a whole table; names of photographs are relative to `images`.

    `tell` takes sentences about the table as a whole.
    """

    source: Source
    collection: str | None
    images: str
    mapping: Mapping
    tell: Tell


@dataclass(slots=True)
class ParsedRow:
    """One row while it is parsed: the text and column behind each field, the values so far, the faults."""

    said: dict[str, tuple[str, str, Column]]
    fields: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        return self.said[name][1] or None if name in self.said else None

    def take(self, name: str, parse: Callable[[str, Column], Any]) -> Any:
        """The parsed value of a field; None when it is empty, or cannot be read, which adds a fault."""
        column_name, text, column = self.said[name]
        if not text:
            return None
        try:
            return parse(text, column)
        except ValueError as error:
            self.faults.append(Fault(column_name, text[:200], str(error)))
            return None


def read_table(context: TableContext) -> Iterator[Coin]:
    """The coins of a table, one for each row, read as they are asked for.

    Raises SourceError when none of its first rows has a column for the inventory number, or when the
    mapping names a column that the header lacks; at the end, when it names one that no JSON record has.
    """
    broken: list[SourceError] = []
    found = up_to_damage(rows(context.source, context.mapping, context.tell), broken)
    first = list(islice(found, FIRST))
    named = list(dict.fromkeys(name for row in first for name in row.cells))
    if named:
        _check_plan(context, assign(context.source.name, named, context.mapping))
    plan: dict[str, Column] = {}
    known: tuple[str, ...] = ()
    missing = set(context.mapping.columns)
    for row in chain(first, found):
        names = tuple(row.cells)
        missing.difference_update(names)
        if names != known and not row.refusal:
            plan, known = assign(context.source.name, names, context.mapping), names
        yield _coin(row, plan, context)
    if broken:
        raise broken[0]
    if known and missing:
        raise SourceError(
            f"{context.source.name}: no record has {min(missing)!r}, which the mapping file names; "
            "everything else is loaded."
        )


def _check_plan(context: TableContext, plan: dict[str, Column]) -> None:
    given = {column.field for column in plan.values()} | set(context.mapping.constants)
    if "inventory_number" not in given:
        raise SourceError(
            f"{context.source.name}: no column is the inventory number; name it in a mapping file (--map)."
            " This shows how each column is read: coinstore ingest --columns FILE"
        )
    if "collection" not in given and not context.collection:
        raise SourceError(
            f"{context.source.name}: the collection of the coins is not known; add --collection NAME."
        )


def _coin(row: Record, plan: dict[str, Column], context: TableContext) -> Coin:
    raw = _kept(row.raw)
    faults = list(row.faults)
    if raw != row.raw:
        faults.append(Fault("", "", "has characters that a database cannot store (NUL); they were replaced"))
    if row.refusal:
        return Coin(row.place, raw, None, None, faults=tuple(faults), refusal=row.refusal)
    faults += _cell_faults(row, plan)
    parsed = ParsedRow(_said(row, plan, context.mapping), faults=faults)
    _take_fields(parsed)
    number = parsed.text("inventory_number")
    collection = parsed.text("collection") or context.collection
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
        sides={face: side for face in FACES if (side := _side(parsed, face, context))},
        types=_types(parsed),
        faults=tuple(parsed.faults),
        refusal=refusal,
    )


def _said(row: Record, plan: dict[str, Column], mapping: Mapping) -> dict[str, tuple[str, str, Column]]:
    """For each field that the source mentions: the column it comes from, its text, and how to read it."""
    said = {name: (name, one_name(value), Column(name)) for name, value in mapping.constants.items()}
    for name, column in plan.items():
        assert column.field is not None
        said_here = clean(_text(_read_cell(row.cells.get(name), column.field)))
        text = field_text(column.field, said_here, mapping.placeholders)
        before = said.get(column.field)
        if before is None or not before[1] or column.field in mapping.constants:
            said[column.field] = (name, text, column)
        elif column.join is not None and text:
            said[column.field] = (f"{before[0]}, {name}", before[1] + column.join + text, column)
    return said


def _read_cell(value: Any, field_name: str) -> Any:
    """What a field is read from: of a cell of a spreadsheet what it stores, or what it shows."""
    if not isinstance(value, Shown):
        return value
    return value.exact if field_name in EXACT else None if value.fault else value


def _cell_faults(row: Record, plan: dict[str, Column]) -> Iterator[Fault]:
    for name, column in plan.items():
        value = row.cells.get(name)
        if isinstance(value, Shown) and value.fault and _read_cell(value, column.field or "") is None:
            yield Fault(name, clean(value)[:200], value.fault)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "; ".join(map(_text, value)) if isinstance(value, list) else str(value)


def clean(text: str) -> str:
    """A text that Postgres can store, without spaces around it."""
    return _spelled(text).strip()


def _spelled(text: str) -> str:
    """The text without NUL and lone surrogates, which Postgres cannot store."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _kept(value: Any) -> Any:
    """A raw record, or a part of it, as jsonb can store it."""
    if isinstance(value, str):
        return _spelled(value)
    if isinstance(value, dict):
        return {_kept(name): _kept(part) for name, part in value.items()}
    return [_kept(part) for part in value] if isinstance(value, list) else value


def _take_fields(parsed: ParsedRow) -> None:
    for name in TEXTS:
        if name in parsed.said:
            parsed.fields[name] = parsed.text(name)
        if name in LISTED and len(parsed.fields.get(name) or "") > LONGEST:
            parsed.faults.append(
                Fault(parsed.said[name][0], parsed.said[name][1][:200], f"has more than {LONGEST} characters")
            )
            parsed.fields[name] = None
    if "die_axis_h" in parsed.said:
        parsed.fields["die_axis_h"] = parsed.take(
            "die_axis_h", lambda text, column: parse_axis(text, column.unit)
        )
    _take_measures(parsed)
    _take_years(parsed)


def _measure(unit: str, text: str, column: Column) -> Measure:
    return parse_measure(text, unit, column.unit)


def _take_measures(parsed: ParsedRow) -> None:
    for name, unit in MEASURES.items():
        if name not in parsed.said:
            continue
        measure = parsed.take(name, partial(_measure, unit))
        if name == "diameter_mm":
            parsed.fields["diameter_mm"] = measure and measure.largest
            is_range = measure is not None and measure.smallest < measure.largest
            parsed.fields["diameter_min_mm"] = measure.smallest if is_range else None
        elif measure is not None and measure.smallest < measure.largest:
            parsed.faults.append(
                Fault(
                    parsed.said[name][0],
                    parsed.said[name][1][:200],
                    "a range is not a single measurement",
                )
            )
            parsed.fields[name] = None
        elif measure is not None or name not in parsed.fields:
            parsed.fields[name] = measure and measure.largest


def _take_years(parsed: ParsedRow) -> None:
    if "date" in parsed.said:
        years = parsed.take("date", lambda text, column: parse_years(text, column.format))
        parsed.fields |= {
            "year_from": years and years.year_from,
            "year_to": years and years.year_to,
        }
    ends = [name for name in ("year_from", "year_to") if name in parsed.said]
    for name in ends:
        found = parsed.take(name, lambda text, _: year(text))
        if found is not None or name not in parsed.fields:
            parsed.fields[name] = found
    first, last = parsed.fields.get("year_from"), parsed.fields.get("year_to")
    if ends and first is not None and last is not None and first > last:
        parsed.faults.append(Fault(parsed.said[ends[0]][0], f"{first} to {last}", "the span runs backwards"))
        parsed.fields |= {"year_from": None, "year_to": None}


def _side(parsed: ParsedRow, face: Face, context: TableContext) -> dict[str, str | None]:
    side: dict[str, str | None] = {}
    for part in ("legend", "description", "die", "image"):
        if f"{face}_{part}" in parsed.said:
            side[part] = parsed.text(f"{face}_{part}")
    if side.get("image"):
        try:
            side["image"] = files.locate(str(side["image"]), context.images)
        except SourceError as error:
            parsed.faults.append(Fault(parsed.said[f"{face}_image"][0], str(side["image"])[:200], str(error)))
            side["image"] = None
    return side


def _types(parsed: ParsedRow) -> tuple[TypeClaim, ...] | None:
    given = [name for name in TYPES if name in parsed.said]
    if not [name for name in given if name != "type_catalogue"]:
        return None
    label, catalogue, number, uri = (parsed.text(name) for name in TYPES)
    if not number:  # only the URI identifies it: two URIs are two types
        label = label or uri
    return (TypeClaim(label, catalogue, number, uri),) if label or number else ()
