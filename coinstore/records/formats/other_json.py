"""JSON that is known, and has no record of a coin to read: it is skipped, and not read by usual names."""

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
from .format import Format, Reader

LINKED_ART = re.compile(r'\s*[{\[].*?"@context"\s*:\s*(\[[^\]]*)?"https?://linked\.art/', re.DOTALL)
NUMISTA = re.compile(
    r'\s*\{\s*"id"\s*:\s*\d+\s*,\s*"url"\s*:\s*"https?:[/\\]+\w+\.numista\.com[/\\]+catalogue[/\\]+',
    re.DOTALL,
)


def _format(name: str, sign: re.Pattern[str], what: str) -> Format:
    def reads(head: bytes) -> bool:
        return sign.match(text_in(head)) is not None

    return Format(name, reads, _skipping(what))


def _skipping(what: str) -> Reader:
    def records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
        with files.open_binary(source.location) as stream:
            for record in json_rows(source.name, stream, Mapping(records=".")):
                yield Record(record.place, {}, {}, skipped=what)

    return records


def formats() -> tuple[Format, ...]:
    """Both kinds."""
    return (
        _format("Linked Art", LINKED_ART, "an object of Linked Art"),
        _format("Numista (types)", NUMISTA, "a type"),
    )
