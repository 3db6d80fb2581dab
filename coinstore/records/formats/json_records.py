"""JSON of one record for each file, or of many in one, that a profile knows by its names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...sources import files
from ...sources.source import Source
from ..coin import Record
from ..encodings import text_in
from ..header import Tell
from ..mapping import Mapping
from ..rows_json import json_rows
from ..table_profiles import profiles
from .format import Format

BEGINNING = re.compile(rb"[\xef\xbb\xbf\xff\xfe\0\s]*[{\[]")  # after the mark of an encoding


def formats() -> tuple[Format, ...]:
    """A format for each profile that knows records by their paths."""
    return tuple(_format(mapping) for mapping in profiles())


def _format(mapping: Mapping) -> Format:
    names = {part for path in mapping.recognise["columns"] for part in path.split(".")}

    def reads(head: bytes) -> bool:
        if not BEGINNING.match(head):
            return False
        text = text_in(head)
        return all(f'"{name}"' in text for name in names)

    return Format(mapping.name or "", reads, records, mapping)


def records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """The records of a JSON file, whatever its ending."""
    with files.open_binary(source.location) as stream:
        yield from json_rows(source.name, stream, mapping)
