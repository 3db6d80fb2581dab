"""Backups: one file in pg_dump's custom format, compared with the store before it counts; and restores."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from ..db import call, requirements, upgrade
from ..db import engine as engines
from ..db.translate import translated
from ..errors import SettingsError, SourceError, StoreError, Unsuitable
from . import dump, scratch

Counts = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class BackupStep:
    """One table is done: the stage (writing, verifying, restoring), and how many tables there are."""

    stage: str
    table: str
    of: int


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup: its file, bytes, SHA-256, whether it was verified, coins, and rows of all tables."""

    file: Path
    bytes: int
    sha256: str
    verified: bool
    coins: int
    rows: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: coins, rows of all tables, the steps of the schema in the archive and now.

    `logins` were created and have no password yet; `dropped`, as SQL: other people's views on an older
    schema; `refused`: statements that only an administrator may run.
    """

    coins: int
    rows: int
    before: str
    after: str
    logins: list[str]
    dropped: tuple[str, ...]
    refused: tuple[str, ...]


def back_up(
    engine: Engine, file: Path, *, verify: bool = True
) -> Generator[BackupStep | BackedUp, None, None]:
    """Writes the store as it is at one moment into `file`, yielding each table; BackedUp comes last.

    Others can read and write meanwhile. `file` appears, or is replaced, only if all goes well: it is written
    under another name and restored into a scratch database on the same server, and each table's rows and
    checksum are compared. Raises Unsuitable (no right to create that database, programs older than the
    server), SettingsError for a file that cannot be written, StoreError for everything else.
    """
    with translated(), engines.snapshot(engine) as connection:
        connection.detach()  # the lock ends with the connection
        _prepare(connection, verify=verify)
        file = file.resolve()  # the target of a link
        partial = _partial(file)
        try:
            url = engines.address_of(engine.url)
            counts = yield from _write(connection, url, partial)
            if verify:
                yield from _verify(connection, url, partial, counts)
            made = BackedUp(file, partial.stat().st_size, _sha256(partial), verify, *_sums(counts))
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    _record(engine, made, counts)
    yield made


def _prepare(connection: Connection, *, verify: bool) -> None:
    """Checks that this is the only backup and may be verified, and stores what a dump would leave out."""
    if not call.value(connection, "job.lock_backup"):
        raise StoreError("another backup of this store is being made; wait for it.")
    if verify and not scratch.may_create_databases(connection):
        raise Unsuitable(
            "this database user may not create the scratch database that verifies the backup;"
            " ask for: alter role … createdb, or give --no-verify."
        )
    connection.commit()
    call.value(connection, "job.note_surroundings")
    connection.commit()


def _partial(file: Path) -> Path:
    """Where a backup is written before it counts; only its owner can read it."""
    if file.is_dir() or str(file) == "-":
        raise SettingsError(f"{file} is not the name of a file; give one, for example coins.dump.")
    if file.exists() and not file.is_file():
        raise SettingsError(
            f"{file} is a device or a pipe, which a backup would replace; give the name of a file."
        )
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.unlink(missing_ok=True)  # left by a killed backup
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise SettingsError(
            f"{file} cannot be written: {error.strerror}; give another file or folder."
        ) from error
    return partial


def _write(connection: Connection, url: str, partial: Path) -> Generator[BackupStep, None, Counts]:
    snapshot = scratch.export_snapshot(connection)
    counts = _counts(connection)
    with closing(dump.dump(url, scratch.server_major(connection), partial, snapshot)) as tables:
        for table in tables:
            yield BackupStep("writing", table, len(counts))
    with partial.open("rb+") as written:
        os.fsync(written.fileno())
    return counts


def _verify(connection: Connection, url: str, partial: Path, counts: Counts) -> Iterator[BackupStep]:
    major = scratch.server_major(connection)
    name = call.value(connection, "job.scratch_name")
    with scratch.scratch_database(url, name) as copy:
        with closing(dump.verify(copy, major, partial)) as tables:
            for table in tables:
                yield BackupStep("verifying", table, len(counts))
        with engines.opened(copy) as other, other.connect() as there:
            found = _counts(there)
    wrong = [name for name in sorted(counts | found) if counts.get(name) != found.get(name)]
    if wrong:
        raise StoreError(
            f"the backup differs from the store in {', '.join(wrong)}; it was not kept. Try again."
        )


def _counts(connection: Connection) -> Counts:
    found = call.rows(connection, "job.checksums")
    return {row["name"]: {"rows": row["row_count"], "checksum": row["checksum"]} for row in found}


def _sums(counts: Mapping[str, Mapping[str, Any]]) -> tuple[int, int]:
    return counts["coin"]["rows"], sum(table["rows"] for table in counts.values())


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _record(engine: Engine, made: BackedUp, counts: Counts) -> None:
    call.run(
        engine,
        "job.record_backup",
        file=str(made.file.absolute()),
        bytes=made.bytes,
        sha256=made.sha256,
        verified=made.verified,
        counts=json.dumps(counts),
    )


def restore(engine: Engine, file: Path) -> Generator[BackupStep | Restored, None, None]:
    """Restores a backup into an empty store, all or nothing, yielding each table; Restored comes last.

    An archive of an older schema is upgraded. Raises SourceError for a file that is not a backup or is cut
    short, SchemaMismatch for one of a newer schema, StoreError if the store is not empty.
    """
    if not file.is_file():
        what = f"{file} is a folder" if file.is_dir() else f"there is no file {file}"
        raise SourceError(f"{what}; give a file that coinstore backup made.")
    with translated(), engine.connect() as connection:
        major = scratch.server_major(connection)
        tables, step = dump.tables_in(major, file), dump.rows_in(major, file, "alembic_version")
        if not step:
            raise SourceError(
                f"{file} is a dump, but not of a coinstore; give one that coinstore backup made."
            )
        upgrade.refuse_newer(step[0])
        _refuse_full(connection)
        wanted = dump.extension_schema(major, file)
        requirements.check_server(connection, wanted)
        vectors = requirements.vector_schema(connection)
        _refuse_other_schema(vectors, wanted)
        connection.execute(text("drop schema if exists core, api, part, job cascade"))
        logins = scratch.create_roles(connection, dump.rows_in(major, file, "surroundings"))
        connection.commit()
    engine.dispose()  # sessions from before the extension do not find its schema
    url = engines.address_of(engine.url)
    with closing(dump.restore(url, major, file, vectors)) as restored:
        for table in restored:
            yield BackupStep("restoring", table, tables)
    digest = dump.rows_in(major, file, "meaning")
    done = upgrade.finish_restore(engine, digest[0].split("\t")[0] if digest else None)
    dump.restore_rights(url, major, file)
    with translated(), engine.connect() as connection:
        coins, rows = _sums(_counts(connection))
    yield Restored(coins, rows, step[0], done.after, logins, done.dropped, done.refused)


def _refuse_other_schema(here: str, there: str | None) -> None:
    if there is not None and here != there:
        raise Unsuitable(
            f"the backup has the extension vector in schema {there}, this database in schema {here}; ask an"
            f" administrator to run: create schema if not exists {there}; alter extension vector set schema"
            f" {there};"
        )


def _refuse_full(connection: Connection) -> None:
    has_store = connection.execute(text("select to_regclass('core.coin')")).scalar_one() is not None
    if not has_store or upgrade.is_half_restored(connection):
        return
    elsewhere = "restore into another database, or another COINSTORE_HOME."
    if held := call.value(connection, "job.holds"):
        raise StoreError(f"the store is not empty ({held}); {elsewhere}")
    if views := upgrade.foreign_views(connection):
        names = ", ".join(view.name for view in views)
        raise StoreError(
            f"other people's views depend on the store and would be dropped ({names}); {elsewhere}"
        )
