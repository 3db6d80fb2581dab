"""Records from JSON and JSON lines, one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from ..errors import SourceError
from .coin import Fault, Record
from .columns import usual
from .encodings import encoding_of
from .json_text import DEEPEST, TOO_DEEP, JsonText, Twice, decode, object_of, why_not
from .lines import decoded_lines, decoded_texts
from .mapping import Mapping
from .paths import path_of, value_at
from .table_profiles import profile_of

Found = Iterator[tuple[str, Any]]  # the key of a record ("" when it has none) and its value


def json_rows(source: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Record]:
    """The objects of an array: of the one that the mapping names, or of the one that the file is.

    An object with an inventory number is one record, an object of such objects has one under each key.
    Several values may follow each other.
    """
    start = stream.read(65536)
    chunks = chain([start], iter(lambda: stream.read(65536), b""))
    return _of_text(source, decoded_texts(source, chunks, encoding_of(start, mapping.encoding)), mapping)


def json_lines(source: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Record]:
    """The objects of a file that has one in each line; anything longer than a line is read as JSON."""
    start = stream.read(65536)
    chunks = chain([start], iter(lambda: stream.read(65536), b""))
    lines = decoded_lines(source, chunks, encoding_of(start, mapping.encoding))
    ahead: list[str] = []
    while (line := next(lines, None)) is not None and len([*filter(str.strip, ahead)]) < 2:
        ahead.append(line)
    every = chain(ahead, [] if line is None else [line], lines)
    if _goes_on([line.strip() for line in ahead if line.strip()]):
        return _of_text(source, every, mapping)
    return _not_empty(source, (_line(n, line) for n, line in enumerate(every, 1) if line.strip()))


def _goes_on(first: list[str]) -> bool:
    """Whether the first line begins an array, or an object that the second goes on with."""
    if not first or first[0].startswith("["):
        return True
    if len(first) > 1 and first[1].startswith(("{", "[")):
        return False
    try:
        decode(first[0].removesuffix(","))
    except json.JSONDecodeError as error:
        return error.pos + 1 >= len(first[0])
    except ValueError:
        pass
    return False


def _line(n: int, line: str) -> Record:
    try:
        return _record(f"line {n}", decode(line.strip().removesuffix(",")), "")
    except ValueError as error:
        return Record(f"line {n}", {}, {"line": line[:2000]}, why_not(error))


def _of_text(source: str, texts: Iterator[str], mapping: Mapping) -> Iterator[Record]:
    text = JsonText(source, texts)
    path = mapping.records.split(".") if mapping.records and mapping.records != "." else []
    found = _every(source, text, path, mapping)
    return _not_empty(source, (_record(f"item {n}", value, key) for n, (key, value) in enumerate(found, 1)))


def _every(source: str, text: JsonText, path: list[str], mapping: Mapping) -> Found:
    while text.peek():
        yield from _at_path(source, text, path, mapping)
        if text.peek() == ",":  # between objects that follow each other
            text.take(",")


def _at_path(source: str, text: JsonText, path: list[str], mapping: Mapping) -> Found:
    match text.peek(), path:
        case "{", [name, *below]:
            for here in text.names():
                if name in (here, "*"):
                    yield from _at_path(source, text, below, mapping)
                else:
                    text.skip()
        case "[", ["item" | "*", *below]:
            for _ in text.items():
                yield from _at_path(source, text, below, mapping)
        case "[", []:
            for _ in text.items():
                yield "", text.value()
        case "{", []:
            yield from _of_object(source, text, mapping, is_named=bool(mapping.records))
        case _, []:
            yield "", text.value()
        case _:
            text.skip()


def _of_object(source: str, text: JsonText, mapping: Mapping, *, is_named: bool) -> Found:
    """The records of an object: itself, or each of the objects in it when they have inventory numbers."""
    if mapping.records == ".":
        yield "", text.value()
        return
    pairs: list[tuple[str, Any]] = []
    names = text.names()
    for name in names:
        pairs.append((name, text.value()))
        if len(pairs) == 2 and all(_is_record(value, mapping) for _, value in pairs):
            yield from pairs
            yield from ((key, text.value()) for key in names)
            return
    if "key" in mapping.columns and all(_is_record(value, mapping) for _, value in pairs):
        yield from pairs
        return
    whole = object_of(pairs)
    if not is_named and not _has_number(whole, mapping):
        _refuse_container(source, whole, mapping)
    yield "", whole


def _is_record(value: Any, mapping: Mapping) -> bool:
    """Whether a value under a key is a record: the key is its inventory number, or the number is in it."""
    return isinstance(value, dict) and ("key" in mapping.columns or _has_number(value, mapping))


def _has_number(value: dict[str, Any], mapping: Mapping) -> bool:
    cells = paths(value)[0]
    if not mapping.columns and profile_of(cells):
        return True
    single = [path for path, part in cells.items() if isinstance(part, str | int)]
    fields = [mapping.columns.get(path) or usual(path) for path in single]
    if any(column and column.field == "inventory_number" for column in fields):
        return True
    numbers = [name for name, column in mapping.columns.items() if column.field == "inventory_number"]
    return any(path and value_at(value, path) is not None for path in map(path_of, numbers))


def _refuse_container(source: str, whole: dict[str, Any], mapping: Mapping) -> None:
    """Raises SourceError when an object without an inventory number has records in it, and says where."""
    inside = [
        name
        for name, value in whole.items()
        if _is_record(value, mapping) or (isinstance(value, list) and any(isinstance(x, dict) for x in value))
    ]
    if inside:
        named = " or ".join(f"records = {json.dumps(name, ensure_ascii=False)}" for name in inside[:3])
        raise SourceError(
            f"{source}: is one object without an inventory number; a mapping file (--map) can say where"
            f" its records are: {named}."
        )
    if len(whole) > 1 and all(isinstance(value, dict) for value in whole.values()):
        raise SourceError(
            f"{source}: is one object without an inventory number; a mapping file (--map) can say that its"
            ' names are the numbers: "key" = "inventory_number" below [columns]. If its names are columns,'
            " write one object for each coin instead. If the records are deeper inside, say where:"
            ' records = "data.items".'
        )


def _not_empty(source: str, found: Iterator[Record]) -> Iterator[Record]:
    first = next(found, None)
    if first is None:
        raise SourceError(
            f'{source}: has no array of records; a mapping file can say where it is: records = "path".'
        )
    yield from chain([first], found)


def _record(place: str, value: Any, key: str) -> Record:
    if not isinstance(value, dict):
        return Record(place, {}, {"value": value}, "is not an object with named values")
    if _is_deep(value, DEEPEST):
        return Record(place, {}, {}, TOO_DEEP)
    if key and "key" not in value:
        value["key"] = key
    cells, faults = paths(value)
    return Record(place, cells, value, None, faults, is_whole=True)


def _is_deep(value: Any, left: int) -> bool:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return not left or any(isinstance(part, dict | list) and _is_deep(part, left - 1) for part in value)


def paths(value: dict[str, Any]) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """The values of a record by their path, and what has several values where one is meant.

    {"mint": {"name": "Thasos"}} has "mint.name"; "mint" is the object. An array of objects has a list of
    the values under each path in it.
    """
    cells: dict[str, Any] = {}
    faults: list[Fault] = []
    _walk(value, "", cells, faults)
    return cells, tuple(faults)


def _walk(value: dict[str, Any], prefix: str, cells: dict[str, Any], faults: list[Fault]) -> None:
    twice = value.names if isinstance(value, Twice) else ()
    for name, part in value.items():
        path = prefix + name
        if name in twice:
            cells[path] = None
            faults.append(Fault(path, _shown(part), "is there several times, with different values"))
        elif path in cells and cells[path] != part:
            faults.append(Fault(path, _shown([cells[path], part]), "has several values by this path"))
            cells[path] = None
        else:
            cells[path] = part
            if isinstance(part, dict):
                _walk(part, f"{path}.", cells, faults)
            elif isinstance(part, list) and any(isinstance(one, dict) for one in part):
                _walk(_merged(part), f"{path}.", cells, faults)


def _merged(parts: list[Any]) -> dict[str, Any]:
    """An array of objects as one object of lists."""
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items() if isinstance(part, dict) else ():
            found.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return found


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]
