"""A mapping file to start from: how a table would be read now, in the words of a mapping file."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Mapping as Dict
from dataclasses import replace
from typing import Any

from .column import KEYS, Column
from .described import OF_KIND, ColumnReading, described
from .mapping import FIELDS, Mapping
from .reader import Reading
from .record_files import files_of

OPTIONS = (
    *("name", "encoding", "delimiter", "sheet", "header_row", "records", "placeholders", "usual_names"),
    *("first_face", "languages", "private"),
)
# What TOML allows neither in a comment nor in a text; JSON escapes the others.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def mapping_file(reading: Reading) -> str:
    """The mapping file that reads a table as it would be read without one, for a person to change.

    It names each column: those that are recognised with their field, the others as kept verbatim, with
    examples of their values. Raises SourceError when the table cannot be read.
    """
    (mapping, found), *others = described(reading)
    used = {part.field for one in found if one.said for part in one.said.each} | set(mapping.constants)
    found = [one for one in found if one.how != OF_KIND]
    named = sorted((one for one in found if one.said), key=lambda one: _place(one, mapping))
    return "\n".join(
        [
            *_introduction(reading),
            *_kinds(reading),
            *_options(replace(mapping, name=found[0].table) if others and found else mapping),
            *_constants(mapping, lacks_collection="collection" not in used and not reading.collection),
            "[columns]",
            *(["# No column is the inventory number: name one."] if "inventory_number" not in used else []),
            *map(_line, named),
            *["", "# Not recognised: kept verbatim only."] * (len(named) < len(found)),
            *(_line(one) for one in found if not one.said),
            *_tables(mapping),
            *(line for _, columns in others for line in _unused(columns)),
            "",
        ]
    )


def _unused(columns: list[ColumnReading]) -> list[str]:
    """What is not recognised in another format of the source, as comments: its mapping file is another."""
    lines = [f"# {_line(one)}" for one in columns if not one.said and one.how != OF_KIND]
    return ["", f"# Not recognised in {_seen(columns[0].table or '')}:", *lines] if lines else []


def _kinds(reading: Reading) -> list[str]:
    """Of which files of a folder the mapping is, and how to get one of the others."""
    if not reading.files or len(reading.files.alike) < 2:
        return []
    files = reading.files
    names = ", ".join(f"{_seen(files.name_of(one))} ({files_of(len(one.files))})" for one in files.alike)
    return [
        f"# In this folder are: {names}.",
        "# The mapping is of those that its name says; the others are read as without it. For a mapping of",
        "# another, give --columns a file of that kind.",
    ]


def _introduction(reading: Reading) -> list[str]:
    name = shlex.quote(_seen(reading.source.name))
    return [
        "# How each column is read. Change it, and load the table with:",
        f"#   coinstore ingest {name} --map map.toml",
        '# "" keeps a column verbatim only. Name the unit where it is not the field\'s:',
        '#   "Dm (cm)" = {field = "diameter_mm", unit = "cm"}',
        "# The fields are:",
        *textwrap.wrap(", ".join(FIELDS), 100, initial_indent="#   ", subsequent_indent="#   "),
        "",
    ]


def _options(mapping: Mapping) -> list[str]:
    given = {key: getattr(mapping, key) for key in OPTIONS}
    lines = [f"{key} = {_value(value)}" for key, value in given.items() if value != getattr(Mapping(), key)]
    return [*lines, ""] if lines else []


def _constants(mapping: Mapping, *, lacks_collection: bool) -> list[str]:
    lines = [f"{key} = {_value(value)}" for key, value in mapping.constants.items()]
    if lacks_collection:
        lines.append('# collection = "…"  # the collection of all these coins, unless --collection names it')
    return ["[constants]", *lines, ""] if lines else []


def _tables(mapping: Mapping) -> list[str]:
    """What a profile has besides: which records are coins, and how its XPaths are read."""
    lines: list[str] = []
    for name, table in (("only", mapping.only), ("xml", mapping.xml)):
        simple = {key: value for key, value in table.items() if not isinstance(value, dict)}
        inside = {key: value for key, value in table.items() if isinstance(value, dict)}
        if simple:
            note = '  # "" for records of all kinds' if name == "only" else ""
            lines += [
                "",
                f"[{name}]{note}",
                *(f"{_value(key)} = {_value(value)}" for key, value in simple.items()),
            ]
        for key, part in inside.items():
            lines += ["", f"[{name}.{key}]", *(f"{_value(k)} = {_value(v)}" for k, v in part.items())]
    return lines


def _place(one: ColumnReading, mapping: Mapping) -> int:
    """Where a column is in the mapping file that there is: of several for one field the first counts."""
    order = list(mapping.columns)
    return order.index(one.column) if one.column in order else len(order)


def _line(one: ColumnReading) -> str:
    said = f"{_value(one.column)} = {_column(one.said) if one.said else _value('')}"
    why = one.how.removeprefix("usual name; ") if one.how.startswith(("usual name; ", "looks like")) else ""
    count = f"{one.count:,} x" if one.how == "kept verbatim" and one.count > 1 else ""
    notes = [why, count, *one.examples]
    comment = " | ".join(filter(None, map(_seen, notes)))
    return f"{said}  # {comment}" if comment else said


def _column(column: Column) -> str:
    if column.more:
        return "[" + ", ".join(map(_column, (replace(column, more=()), *column.more))) + "]"
    given = {key: value for key, value in _details(column).items() if value}
    if len(given) == 1:
        return _value(column.field)
    return "{" + ", ".join(f"{key} = {_value(value)}" for key, value in given.items()) + "}"


def _details(column: Column) -> dict[str, Any]:
    pattern = column.pattern.pattern if column.pattern else None
    return {key: pattern if key == "pattern" else getattr(column, key) for key in KEYS}


def _value(value: Any) -> str:
    """A value in TOML, whose texts, numbers and lists are those of JSON."""
    if isinstance(value, frozenset):
        value = sorted(value)
    if isinstance(value, Dict):
        return "{" + ", ".join(f"{_value(name)} = {_value(one)}" for name, one in value.items()) + "}"
    text = json.dumps(value, ensure_ascii=False)
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _seen(text: str) -> str:
    return " ".join(UNSEEN.sub(" ", text).split())
