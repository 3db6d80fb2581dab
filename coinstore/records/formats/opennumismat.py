"""OpenNumismat: the database of a collector, with photographs in it. It is only read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import SourceError
from ...sources import blobs, files
from ...sources.source import Source
from ..coin import Record
from ..header import Tell
from ..mapping import Mapping, read_mapping
from .format import Format

PROFILE = Path(__file__).parent / "profiles" / "opennumismat.toml"
SIDES = ("obverse", "reverse")


def reads(head: bytes) -> bool:
    """Whether a file is a database of SQLite; `records` says if it is another program's."""
    return head.startswith(blobs.BEGINNING)


def records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """The coins, with the locations of their photographs; raises SourceError for another program's file."""
    with blobs.opened(source.location, files.read) as database:
        database.row_factory = sqlite3.Row
        settings = _settings(source, database)
        rights = {row["id"]: row["license"] for row in database.execute("select id, license from photos")}
        for row in database.execute("select * from coins order by id"):
            raw = {name: row[name] for name in row.keys() if row[name] not in (None, "")}  # noqa: SIM118
            cells = raw | _photographs(source, raw, rights)
            if "axis" in raw and settings.get("axis_in_hours") != "True":
                cells["axis"] = f"{raw['axis']}°"
            yield Record(f"coin {row['id']}", cells, raw)


def _settings(source: Source, database: sqlite3.Connection) -> dict[str, str]:
    tables = {row["name"] for row in database.execute("select name from sqlite_master where type = 'table'")}
    said: dict[str, str] = {}
    if {"coins", "photos", "settings"} <= tables:
        said = {row["title"]: row["value"] for row in database.execute("select title, value from settings")}
    if said.get("Type") != "OpenNumismat":
        raise SourceError(f"{source.name}: is a database of SQLite, but not one of OpenNumismat.")
    return said


def _photographs(source: Source, raw: dict[str, Any], rights: dict[int, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for side in SIDES:
        photo = raw.get(f"{side}img")
        if isinstance(photo, int) and photo in rights:
            found[f"{side}_photo"] = blobs.blob(photo, source.location)
            found[f"{side}_photo_license"] = rights[photo]
    return found


FORMATS = (Format("OpenNumismat", reads, records, read_mapping(str(PROFILE)), records, is_collection=True),)
