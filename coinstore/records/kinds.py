"""What kind of table a file is: by the ending of its name, or, without a usual one, by its content."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from ..sources.source import Source
from .columns import usual
from .encodings import text_in
from .parquet import MARK
from .spreadsheets.book import ENDINGS, is_spreadsheet
from .table_profiles import profile_of

DELIMITERS = "\t;|,"  # the first of equals counts: a comma is in texts and numbers as well
TEXT = ".txt"  # which may be anything
SEPARATED = (".csv", ".tsv", ".tab")
JSON = (".json", ".jsonl", ".ndjson")
TABLES = (".csv", ".tsv", ".tab", TEXT, *ENDINGS, *JSON, ".parquet")
RECORDS = (*TABLES, ".xml", ".rdf", ".ttl", ".nt", ".jsonld", ".db", ".gz")  # that should have records
OFFICE = (b"xl/", b"opendocument.spreadsheet")  # other zips are not spreadsheets
NAME = re.compile(r'"([^"\\]{1,100})"\s*:')
OBJECTS = re.compile(r'\s*(\[\s*)?\{\s*"')


def kind_of(source: Source, start: bytes) -> str | None:
    """The kind of a table with these first bytes, as an ending; None for a file that is not a table."""
    if source.kind in TABLES and source.kind != TEXT:
        return _by_content(source.kind, start)
    if start.startswith(MARK):
        return ".parquet"
    if is_spreadsheet(start, source.kind):
        return ".xlsx" if any(sign in start for sign in OFFICE) else None
    text = text_in(start).lstrip()
    if OBJECTS.match(text):
        return ".json" if _names_coins(NAME.findall(text)) else None
    first = text.splitlines()[:1]
    try:
        is_csv = any(_names_coins(row) for sign in DELIMITERS for row in csv.reader(first, delimiter=sign))
    except csv.Error:
        return None
    return ".csv" if is_csv else None


def _by_content(kind: str, start: bytes) -> str:
    """The kind of a file that is named like a table: JSON may be named .csv, and a table .json."""
    text = text_in(start).lstrip("\ufeff \t\r\n")
    if kind in SEPARATED and OBJECTS.match(text):
        return ".json"
    if kind not in JSON or text[:1] in ("", "[", "{"):
        return kind
    first = text.splitlines()[0]
    names = [re.split(rf"\s*{re.escape(sign)}\s*", first.replace('"', "")) for sign in DELIMITERS]
    is_csv = max(map(len, names)) > 1 if text[0] != '"' else any(map(_names_coins, names))
    return ".csv" if is_csv else kind


def _names_coins(names: Iterable[str]) -> bool:
    """Whether names of columns are those of coins: one is the number of each, or a profile knows them."""
    names = list(names)
    fields = [column.field for name in names if (column := usual(name))]
    return len(names) > 1 and ("inventory_number" in fields or profile_of(names) is not None)
