"""Photographs inside a database of SQLite: `sqlite://photos/12::/abs/coins.db` is row 12 of its photos."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zlib import crc32

from ..errors import NotFound, SourceError
from .locations import SQLITE, URL, shown

BLOB = re.compile(rf"{SQLITE}photos/(?P<row>\d{{1,18}})::(?P<file>.+)", re.DOTALL)
BEGINNING = b"SQLite format 3\0"


def blob(row: int, file: str) -> str:
    """The location of the photograph in a row."""
    return f"{SQLITE}photos/{row}::{file}"


def is_blob(location: str) -> bool:
    """Whether a location is inside a database."""
    return location.startswith(SQLITE)


@contextmanager
def opened(file: str, read: Callable[[str], bytes]) -> Iterator[sqlite3.Connection]:
    """A database, read only; one that is not a plain file is held in memory. Raises SourceError, NotFound."""
    if URL.match(file):
        database = sqlite3.connect(":memory:")
        database.deserialize(read(file))
    elif not Path(file).is_file():
        raise NotFound(f"there is no {shown(file)}")
    else:
        database = sqlite3.connect(f"{Path(file).as_uri()}?mode=ro&immutable=1", uri=True)
    with closing(database):
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            yield database
        except (sqlite3.Error, UnicodeDecodeError) as error:  # of names in a damaged one
            raise SourceError(
                f"{shown(file)}: is not a whole database of SQLite ({error}); copy or export the file again."
            ) from None


def read_blob(location: str, read: Callable[[str], bytes]) -> bytes:
    """The bytes of a photograph; raises NotFound when the database has no such row."""
    found = BLOB.fullmatch(location)
    if not found:
        raise NotFound(f"there is no {shown(location)}")
    with opened(found["file"], read) as database:
        row = database.execute("select image from photos where id = ?", [int(found["row"])]).fetchone()
    if not row or not isinstance(row[0], bytes):
        raise NotFound(f"there is no {shown(location)}")
    return row[0]


def stamp_of(content: bytes) -> str:
    """Size and checksum: the rest of the database may change."""
    return f"{len(content)}-{crc32(content):08x}"
