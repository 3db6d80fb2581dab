"""Cells: the text of each field in a record, or the reason why a cell has none."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..sources.spelling import one_name
from .coin import Fault, Record, Shown
from .column import Column
from .encodings import CONTROLS
from .mapping import MEASURES, SEVERAL, Mapping
from .paths import Placed
from .texts import field_text
from .values.several import SEPARATOR, joined

EXACT = (*MEASURES, "die_axis_h", "date", "year_from", "year_to")  # by what a cell stores, not shows
LISTED = ("denomination", "material", "mint", "authority", "portrait")  # indexed; long texts cannot be
NAMES = (*LISTED, "findspot")
NOT_A_NAME = re.compile(r"[-+]?\d+([.,]\d+)?|true|false|wahr|falsch", re.IGNORECASE)
SENTENCES = (
    "findspot",
    "provenance",
    *(f"{face}_{part}" for face in ("obverse", "reverse") for part in ("legend", "description")),
)
CONVERTED = "the text was probably converted from cp1252 or mac_roman as if it were latin-1"
SHORT = 200  # characters
REMEMBERED = 2_000  # texts of a column
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(slots=True)
class ParsedRow:
    """One row while it is parsed: the text and column behind each field, the values so far, the faults."""

    said: dict[str, tuple[str, str, Column]]
    fields: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        return self.said[name][1] or None if name in self.said else None

    def refuse(self, name: str, reason: str, text: str | None = None) -> None:
        """Adds the fault of a field, with its text as the source has it."""
        column_name, said, _ = self.said[name]
        self.faults.append(Fault(column_name, (said if text is None else text)[:200], reason))

    def take(self, name: str, parse: Callable[[str, Column], Any]) -> Any:
        """The parsed value of a field; None when it is empty, or cannot be read, which adds a fault."""
        _, text, column = self.said[name]
        if not text:
            return None
        try:
            return parse(text, column)
        except ValueError as error:
            self.refuse(name, str(error))
            return None


@dataclass(frozen=True, slots=True)
class _Known:
    """A column, and the texts of its short cells: most of them are in a table many times."""

    name: str
    column: Column
    texts: dict[str, tuple[str, str, Column]] | None  # None: the field has other columns as well


class RowReader:
    """Reads rows that have the same columns: for each field that they mention the column and its text."""

    def __init__(self, plan: dict[str, Column], mapping: Mapping) -> None:
        self._mapping, self._plan = mapping, plan
        self._constants = {
            name: (name, one_name(value), Column(name)) for name, value in mapping.constants.items()
        }
        every = [(name, column) for name, several in plan.items() for column in several.each]
        times = Counter([column.field for _, column in every] + list(mapping.constants))
        self._columns = [
            _Known(name, column, {} if times[column.field] == 1 else None) for name, column in every
        ]

    def parsed(self, row: Record) -> ParsedRow:
        """The fields of a row, and the faults of the cells that have no text for theirs."""
        said = dict(self._constants)
        faults: list[Fault] = []
        cells = row.cells
        for known in self._columns:
            value, texts = cells.get(known.name), known.texts
            if texts is not None and type(value) is str:
                found = texts.get(value)
                if found:
                    said[found[2].field or ""] = found
                    continue
            self._add(said, faults, known, value)
        return ParsedRow(said, faults=faults)

    def _add(
        self, said: dict[str, tuple[str, str, Column]], faults: list[Fault], known: _Known, value: Any
    ) -> None:
        name, column, texts = known.name, known.column, known.texts
        if isinstance(value, dict | list) and any(path.startswith(f"{name}.") for path in self._plan):
            return  # what is in it is read by its path
        text, reason = _read(value, name, column, self._mapping)
        if reason:
            faults.append(Fault(name, clean(_shown(value))[:200], reason))
        elif texts is not None and type(value) is str and len(value) <= SHORT:
            if len(texts) >= REMEMBERED:
                texts.clear()
            texts[value] = name, text, column
        field_name = column.field or ""
        before = said.get(field_name)
        if before is None or not before[1] or field_name in self._constants:
            said[field_name] = (name, text, column)
        elif text and (column.join is not None or field_name == "reference"):
            joint = SEPARATOR if column.join is None else column.join
            if text not in before[1].split(joint):
                said[field_name] = (f"{before[0]}, {name}", before[1] + joint + text, column)


def _read(value: Any, name: str, column: Column, mapping: Mapping) -> tuple[str, str]:
    """The text of a cell and "", or "" and the reason why it has none."""
    try:
        text = _text(value, name, column)
        if column.split and isinstance(value, str):
            pieces = (field_text(NAMES[0], piece, mapping.placeholders) for piece in text.split(column.split))
            text = joined(pieces)
        return _read_text(text, column.field or "", mapping.placeholders)
    except ValueError as error:
        return "", str(error)


def _read_text(value: str, field: str, placeholders: frozenset[str]) -> tuple[str, str]:
    text = field_text(field, clean(value), placeholders)
    is_wrong = field in NAMES and NOT_A_NAME.fullmatch(text)
    return ("", "a number, true or false is not a name") if is_wrong else (text, "")


def _text(value: Any, name: str, column: Column) -> str:
    """The text of a cell; raises ValueError when its value has none for this field."""
    if isinstance(value, Shown):
        value = _of_spreadsheet(value, column.field or "")
    if column.changes and isinstance(value, str | int | float) and not isinstance(value, bool):
        return _joined(column.changed(str(value)), column)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        raise ValueError("true or false is not a value of this field")
    if isinstance(value, dict | list):
        return _of_several(value, name, column)
    if column.field in NAMES:
        raise ValueError("a number, true or false is not a name")
    return str(value)


def _of_spreadsheet(value: Shown, field_name: str) -> Any:
    """What a field is read from: what the cell stores, or what it shows."""
    found = value.exact if field_name in EXACT else None if value.fault else str(value)
    if found is None and value.fault:
        raise ValueError(value.fault)
    return found


def _of_several(value: dict[str, Any] | list[Any], name: str, column: Column) -> str:
    """The text of an array; raises ValueError for objects, and for several values where one is meant."""
    parts = value if isinstance(value, list) else [value]
    if objects := [part for part in parts if isinstance(part, dict | list)]:
        if not any(objects):
            return ""
        inside = next((f"{name}.{path}" for part in objects if isinstance(part, dict) for path in part), None)
        path = f"; a mapping file can name a value in it by its path: {inside!r}" if inside else ""
        raise ValueError(f"is an object or an array of them{path}")
    given = [_text(part, name, column) for part in parts]
    if column.field in SEVERAL and column.join is None and (isinstance(value, Placed) or not column.changes):
        # An empty one keeps its place: the nth name has the nth address.
        return (SEPARATOR.join if column.changes else joined)(given) if any(given) else ""
    return _joined(list(dict.fromkeys(filter(None, given))), column)


def _joined(texts: list[str], column: Column) -> str:
    """Several texts as one; raises ValueError where one is meant."""
    if column.field and column.field.endswith("image"):
        return "\n".join(texts)
    if len(texts) < 2 or column.join is not None or column.field in SENTENCES:
        return ("; " if column.join is None else column.join).join(texts)
    if column.field in SEVERAL:
        return joined(texts)
    raise ValueError("has several values, but one is needed")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def clean(text: str) -> str:
    """A text that Postgres can store, without spaces around it; control characters are replaced."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return CONTROLS.sub("\ufffd", _spelled(text)).strip()


def kept(row: Record) -> tuple[dict[str, Any], list[Fault]]:
    """A record as jsonb can store it, and faults that say which characters it cannot have meant."""
    raw, faults = row.raw, list[Fault]()
    text = _whole_text(raw)
    if text.isascii() and "\0" not in text:
        return raw, faults
    if UNSTORABLE.search(text):
        raw = _storable(raw)
        reason = "has characters that a database cannot store (NUL, half a character); they were replaced"
        faults.append(Fault("", "", reason))
    if CONTROLS.search(text):
        for name, value in raw.items():
            if found := CONTROLS.search(_shown(value)):
                reason = f"has the control character U+{ord(found[0]):04X}; " + CONVERTED
                faults.append(Fault(name, clean(_shown(value))[:200], reason))
    return raw, faults


def storable(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Faults as Postgres can store them: columns of JSON have any names."""
    if not faults:
        return ()
    return tuple(Fault(_spelled(one.column), _spelled(one.text), one.reason) for one in faults)


def _whole_text(raw: dict[str, Any]) -> str:
    try:
        return "".join(raw) + "".join(raw.values())  # most tables have only texts
    except TypeError:
        return "".join(_texts(raw))


def _texts(value: Any) -> Iterator[str]:
    """All texts in a record, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for part in value.values():
            if isinstance(part, str):
                yield part
            elif isinstance(part, dict | list):
                yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _spelled(text: str) -> str:
    """The text without NUL and lone surrogates, which Postgres cannot store."""
    return UNSTORABLE.sub("\ufffd", text)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _spelled(value)
    if isinstance(value, dict):
        return {_spelled(name): _storable(part) for name, part in value.items()}
    return [_storable(part) for part in value] if isinstance(value, list) else value
