"""Records from JSON and JSON lines, one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from math import isfinite
from typing import Any, BinaryIO

from ..errors import SourceError
from .coin import Record
from .encodings import encoding_of
from .lines import decoded_lines
from .mapping import Mapping

DEEPEST = 100  # levels of nesting
WHOLE_BYTES = 64_000_000  # of a file that is read as a whole, because the incremental parser refuses it


def json_rows(source: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Record]:
    """The objects of the array that the mapping names, or of the array that the file is."""
    import ijson

    path = f"{mapping.records}.item" if mapping.records else "item"
    count = 0
    try:
        events = ijson.parse(_shallow(ijson.basic_parse(stream)))
        found = (_item(f"item {n}", value) for n, value in enumerate(ijson.items(events, path), 1))
        for row in _not_empty(source, found):
            yield row
            count += 1
    except ijson.JSONError as error:  # NaN, for example: Python writes it, but JSON has no such number
        whole = _whole(stream, mapping)
        if whole is None:
            raise SourceError(f"{source}: is not JSON ({str(error).splitlines()[0]}).") from None
        yield from (_item(f"item {n}", value) for n, value in enumerate(whole[count:], count + 1))
    except ValueError as error:
        raise SourceError(f"{source}: is not JSON ({str(error).splitlines()[0]}).") from None


def json_lines(source: str, stream: BinaryIO, mapping: Mapping) -> Iterator[Record]:
    """The objects of a file that has one in each line."""
    start = stream.read(65536)
    chunks = chain([start], iter(lambda: stream.read(65536), b""))
    lines = decoded_lines(source, chunks, encoding_of(start, mapping.encoding))
    return _not_empty(source, (_json_line(n, line) for n, line in enumerate(lines, 1) if line.strip()))


def _whole(stream: BinaryIO, mapping: Mapping) -> list[Any] | None:
    """The records by Python's own parser; None when the file is too large or cannot be read."""
    stream.seek(0)
    text = stream.read(WHOLE_BYTES + 1)
    if len(text) > WHOLE_BYTES:
        return None
    try:
        found = json.loads(text, parse_constant=str, parse_float=Decimal)
        for part in filter(None, (mapping.records or "").split(".")):
            found = found[part] if isinstance(found, dict) else None
    except (ValueError, KeyError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _shallow(events: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The events of a parser; endless nesting is refused, because its paths would fill any memory."""
    depth = 0
    for event, value in events:
        depth += event.startswith("start_") - event.startswith("end_")
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} deep")
        yield event, value


def _json_line(n: int, line: str) -> Record:
    try:
        return _item(f"line {n}", json.loads(line, parse_constant=str, parse_float=Decimal))
    except (json.JSONDecodeError, RecursionError) as error:
        return Record(f"line {n}", {}, {"line": line[:2000]}, f"is not JSON ({error})")


def _not_empty(source: str, found: Iterator[Record]) -> Iterator[Record]:
    first = next(found, None)
    if first is None:
        raise SourceError(
            f'{source}: has no array of records; a mapping file can say where it is: records = "path".'
        )
    yield from chain([first], found)


def _item(place: str, value: Any) -> Record:
    if not isinstance(value, dict):
        return Record(place, {}, {"value": _plain(value)}, "is not an object with named values")
    raw = {name: _plain(part) for name, part in value.items()}
    return Record(place, dict(_flat(raw, "")), raw)


def _plain(value: Any) -> Any:
    """A value that JSON can hold; decimals stay exactly as they were written."""
    if isinstance(value, Decimal):
        whole = value.is_finite() and abs(value) < 1 << 53 and value == value.to_integral_value()
        return int(value) if whole else float(value) if isfinite(float(value)) else str(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _flat(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Nested values by their path: {"mint": {"name": "Thasos"}} gives mint.name."""
    for name, part in value.items():
        if isinstance(part, dict):
            yield from _flat(part, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", part
