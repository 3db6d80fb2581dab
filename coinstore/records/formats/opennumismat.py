"""OpenNumismat: the database of a collector, with photographs in it. It is only read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ...errors import SourceError
from ...sources import blobs, files
from ...sources.source import Source
from ..coin import Record
from ..header import Tell
from ..mapping import Mapping
from ..paths import path_of, value_at
from .format import Format
from .profile import built_in

SIDES = ("obverse", "reverse")
FILE = "name of the file"  # which is that of the collection


def reads(head: bytes) -> bool:
    """Whether a file is a database of SQLite; `records` says if it is another program's."""
    return head.startswith(blobs.BEGINNING)


def records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """The coins, with the locations of their photographs; raises SourceError for another program's file."""
    with blobs.opened(source.location, files.read) as database:
        database.row_factory = sqlite3.Row
        settings = _settings(source, database)
        rights = _rights(database)
        paths = {name: path for name in mapping.columns if (path := path_of(name))}
        collection = PurePosixPath(source.location.split("::")[0]).stem
        last = 0
        for row in database.execute("select * from coins order by id"):
            if not isinstance(row["id"], int) or row["id"] <= last:
                raise sqlite3.DatabaseError(f"after coin {last} comes one without a number of its own")
            last = row["id"]
            cells: dict[str, Any] = {name: row[name] for name in row.keys()}  # noqa: SIM118
            raw = {name: value for name, value in cells.items() if value not in (None, "")}
            cells |= {name: value_at(raw, path) for name, path in paths.items()}
            cells |= {FILE: collection, **_photographs(source, cells, rights)}
            if "axis" in raw and settings.get("axis_in_hours") != "True":
                cells["axis"] = f"{raw['axis']}°"
            yield Record(f"coin {row['id']}", cells, raw)


def _rights(database: sqlite3.Connection) -> dict[int, Any]:
    """The licence of each photograph; older programs know none."""
    columns = {row["name"] for row in database.execute("pragma table_info(photos)")}
    licence = "license" if "license" in columns else "null"
    return {
        row["id"]: row["license"] for row in database.execute(f"select id, {licence} license from photos")
    }


def _settings(source: Source, database: sqlite3.Connection) -> dict[str, str]:
    tables = {row["name"] for row in database.execute("select name from sqlite_master where type = 'table'")}
    said: dict[str, str] = {}
    if {"coins", "photos", "settings"} <= tables:
        said = {row["title"]: row["value"] for row in database.execute("select title, value from settings")}
    if said.get("Type") != "OpenNumismat":
        raise SourceError(f"{source.name}: is a database of SQLite, but not one of OpenNumismat.")
    return said


def _photographs(source: Source, cells: dict[str, Any], rights: dict[int, Any]) -> dict[str, Any]:
    """The photographs of a coin; None where it has none, and nothing where its photograph is not there."""
    found: dict[str, Any] = {}
    for side in SIDES:
        photo = cells.get(f"{side}img")
        if isinstance(photo, int) and photo in rights:
            found[f"{side}_photo"] = blobs.blob(photo, source.location)
            found[f"{side}_photo_license"] = rights[photo]
        elif photo in (None, "") and f"{side}img" in cells:
            found[f"{side}_photo"] = None
    return found


def formats() -> tuple[Format, ...]:
    """The database, with its profile."""
    return (Format("OpenNumismat", reads, records, built_in("opennumismat"), records),)
