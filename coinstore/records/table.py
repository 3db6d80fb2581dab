"""Tables: each row becomes a coin; what cannot be parsed is a fault and never a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import Any

from ..errors import SourceError
from ..sources import files
from .coin import FACES, Coin, Face, Fault, TypeClaim
from .columns import assign
from .mapping import MEASURES, TEXTS, TYPES, Column, Mapping
from .names import is_placeholder
from .rows import Row, rows
from .values.dates import parse_years, year
from .values.measures import Measure, parse_axis, parse_measure

LISTED = ("denomination", "material", "mint", "authority", "portrait")  # indexed, which long texts cannot be
LONGEST = 500
FIRST = 50  # rows that show which columns there are: items of JSON may each have others


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for a whole table."""

    location: str
    collection: str | None
    images: str | None
    mapping: Mapping


@dataclass(slots=True)
class Parsed:
    """One row in the making: the text and column behind each field, what came of it, the faults."""

    said: dict[str, tuple[str, str, Column]]
    fields: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        return self.said[name][1] or None if name in self.said else None

    def take(self, name: str, parse: Callable[[str, Column], Any]) -> Any:
        """The parsed value of a field; None when empty, or when it cannot be read, which is a fault."""
        column_name, text, column = self.said[name]
        if not text:
            return None
        try:
            return parse(text, column)
        except ValueError as error:
            self.faults.append(Fault(column_name, text[:200], str(error)))
            return None


def read_table(context: Context) -> Iterator[Coin]:
    """The coins of a table, one for each row, read as they are asked for.

    Raises SourceError when no column among its first rows is the inventory number, or the mapping
    names a column that the header lacks; at the end, when it names what no record of JSON has.
    """
    found = rows(context.location, context.mapping)
    first = list(islice(found, FIRST))
    named = list(dict.fromkeys(name for row in first for name in row.cells))
    if named:
        _check_plan(context, assign(context.location, named, context.mapping))
    plan: dict[str, Column] = {}
    known: tuple[str, ...] = ()
    missing = set(context.mapping.columns)
    for row in chain(first, found):
        names = tuple(row.cells)
        missing.difference_update(names)
        if names != known and not row.refusal:
            plan, known = assign(context.location, names, context.mapping), names
        yield _coin(row, plan, context)
    if known and missing:
        raise SourceError(
            f"{context.location}: no record has {min(missing)!r}, of which the mapping file speaks; all else is loaded."
        )


def _check_plan(context: Context, plan: dict[str, Column]) -> None:
    given = {column.field for column in plan.values()} | set(context.mapping.constants)
    if "inventory_number" not in given:
        raise SourceError(
            f"{context.location}: no column is the inventory number; say in a mapping file (--map) which one is,"
            " and see how each is read with: coinstore ingest --columns FILE"
        )
    if "collection" not in given and not context.collection:
        raise SourceError(
            f"{context.location}: nothing says which collection the coins are of; give --collection NAME."
        )


def _coin(row: Row, plan: dict[str, Column], context: Context) -> Coin:
    raw = _kept(row.raw)
    faults = []
    if raw != row.raw:
        faults.append(Fault("", "", "holds characters that no database keeps (NUL); they were replaced"))
    if row.refusal:
        return Coin(row.place, raw, None, None, faults=tuple(faults), refusal=row.refusal)
    parsed = Parsed(_said(row, plan, context.mapping), faults=faults)
    _take_fields(parsed)
    number = parsed.text("inventory_number")
    collection = parsed.text("collection") or context.collection
    refusal = None if number else "has no inventory number"
    if number and len(number) > LONGEST:
        refusal = f"has an inventory number of {len(number):,} characters; {LONGEST} are the most"
    if number and not collection:
        refusal = "names no collection; give --collection NAME"
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


def _said(row: Row, plan: dict[str, Column], mapping: Mapping) -> dict[str, tuple[str, str, Column]]:
    """For each field that the source speaks of: the column it comes from, its text, and how to read it."""
    said = {name: (name, value, Column(name)) for name, value in mapping.constants.items()}
    for name, column in plan.items():
        assert column.field is not None
        text = clean(_text(row.cells.get(name)))
        before = said.get(column.field)
        if before is None or not before[1] or column.field in mapping.constants:
            said[column.field] = (name, text, column)
        elif column.join is not None and text:
            said[column.field] = (f"{before[0]}, {name}", before[1] + column.join + text, column)
    return said


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "; ".join(map(_text, value)) if isinstance(value, list) else str(value)


def clean(text: str) -> str:
    """A text that Postgres can keep, without blanks around it."""
    return _spelled(text).strip()


def _spelled(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _kept(value: Any) -> Any:
    """A raw record, or a part of it, as jsonb can keep it."""
    if isinstance(value, str):
        return _spelled(value)
    if isinstance(value, dict):
        return {_kept(name): _kept(part) for name, part in value.items()}
    return [_kept(part) for part in value] if isinstance(value, list) else value


def _take_fields(parsed: Parsed) -> None:
    for name in TEXTS:
        if name in parsed.said:
            parsed.fields[name] = parsed.text(name)
        if name in LISTED and len(parsed.fields.get(name) or "") > LONGEST:
            parsed.faults.append(
                Fault(parsed.said[name][0], parsed.said[name][1][:200], f"has more than {LONGEST} characters")
            )
            parsed.fields[name] = None
    if "die_axis_h" in parsed.said:
        parsed.fields["die_axis_h"] = parsed.take("die_axis_h", lambda text, _: parse_axis(text))
    _take_measures(parsed)
    _take_years(parsed)


def _measure(unit: str, text: str, column: Column) -> Measure:
    return parse_measure(text, unit, column.unit)


def _take_measures(parsed: Parsed) -> None:
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
                    "a range is no single measurement",
                )
            )
            parsed.fields[name] = None
        elif measure is not None or name not in parsed.fields:
            parsed.fields[name] = measure and measure.largest


def _take_years(parsed: Parsed) -> None:
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


def _side(parsed: Parsed, face: Face, context: Context) -> dict[str, str | None]:
    side: dict[str, str | None] = {}
    for part in ("legend", "description", "die", "image"):
        if f"{face}_{part}" in parsed.said:
            side[part] = parsed.text(f"{face}_{part}")
    if side.get("image"):
        base = context.images or context.location.rpartition("/")[0]
        try:
            side["image"] = files.locate(str(side["image"]), base)
        except SourceError as error:
            parsed.faults.append(Fault(parsed.said[f"{face}_image"][0], str(side["image"])[:200], str(error)))
            side["image"] = None
    return side


def _types(parsed: Parsed) -> tuple[TypeClaim, ...] | None:
    spoken = [name for name in TYPES if name in parsed.said]
    if not [name for name in spoken if name != "type_catalogue"]:
        return None
    label, catalogue, number, uri = (parsed.text(name) for name in TYPES)
    label = None if label and is_placeholder(label) else label
    if not number:  # known by its address alone: two addresses are two types
        label = label or uri
    return (TypeClaim(label, catalogue, number, uri),) if label or number else ()
