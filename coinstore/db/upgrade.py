"""The schema: structure once (Alembic), meaning always, in one transaction under a lock."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Row, text

from ..errors import SchemaMismatch, StoreError
from . import call
from .requirements import check_server
from .translate import translated

if TYPE_CHECKING:
    from alembic.config import Config

RIGHTS = ("00_database/roles.sql", "00_database/settings.sql", "99_last/grants.sql")
LOCK = -1  # job.lock_number('upgrade'), which an empty database does not have yet


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did: the step before (None: empty) and after, and whether api was rebuilt.

    `dropped`: as SQL, the views of other people that depended on api, each after those it depends on.
    `refused`: the statements of a restore that only an administrator may run.
    """

    before: str | None
    after: str
    rebuilt: bool
    dropped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def upgrade(engine: Engine, *, drop_foreign_views: bool = False) -> Upgraded:
    """Brings the schema to this program's version; does nothing if it is already there.

    Raises Unsuitable (server too old, extension or rights missing), SchemaMismatch (the schema is newer),
    StoreError (other people's views depend on `api`, unless `drop_foreign_views`).
    """
    with translated(), engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        check_server(connection)
        before = _step(connection)
        refuse_newer(before)
        if before == _head() and _digest_of_store(connection) == digest():
            return Upgraded(before, before, False)
        return Upgraded(before, _head(), True, _rebuild(connection, drop_foreign_views))


def _rebuild(connection: Connection, drop_foreign_views: bool) -> tuple[str, ...]:
    """Drops the views before their tables change, and creates them again. Returns other people's, as SQL."""
    from alembic import command

    config = _alembic()
    connection.execute(text("create schema if not exists core"))
    config.attributes["connection"] = connection
    _propagate(connection, "off")
    dropped = _drop_meaning(connection, drop_foreign_views)
    _propagate(connection, "on")
    command.upgrade(config, "head")
    _propagate(connection, "off")
    _make_meaning(connection)
    # Readers see copies that were found before: an older store keeps fingerprints, but no pairs.
    call.value(connection, "job.compare_fingerprints")
    return dropped


def _propagate(connection: Connection, how: str) -> None:
    """Whether Citus repeats changes on its workers: those of tables, but not of views and functions."""
    connection.execute(text("select set_config('citus.enable_ddl_propagation', :how, true)"), {"how": how})


def finish_restore(engine: Engine, digest_of_archive: str | None) -> Upgraded:
    """Opens a store that came from an archive: owners, rights, logins and settings, all of it or nothing.

    Until then no one but its owner may use schema `api`, and `check` refuses it: the archive comes without
    the digest of its meaning. Views of others on an older schema are dropped; they are in the archive, and in
    the answer.
    """
    with translated(), engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        check_server(connection)
        before = _step(connection)
        dropped: tuple[str, ...] = ()
        is_this = before == _head() and digest_of_archive == digest()
        if is_this:
            for name, body in _meaning():
                if name in RIGHTS:
                    connection.exec_driver_sql(body, execution_options={"no_parameters": True})
            _note_digest(connection)
        else:
            dropped = _rebuild(connection, True)
        refused = tuple(row["refused"] for row in call.rows(connection, "job.restore_surroundings"))
        call.value(connection, "job.put_all_together")
        return Upgraded(before, _head(), not is_this, dropped, refused)


def install(engine: Engine) -> Upgraded | None:
    """Creates the schema if there is none at all; leaves an older one to a deliberate upgrade."""
    with translated(), engine.begin() as connection:
        is_empty = _step(connection) is None
    return upgrade(engine) if is_empty else None


def check(engine: Engine) -> None:
    """Raises SchemaMismatch unless the store's schema is that of this program."""
    with translated(), engine.begin() as connection:
        step = _step(connection)
        if step is None:
            raise SchemaMismatch("the database has no coinstore schema yet; run: coinstore db upgrade")
        refuse_newer(step)
        if is_half_restored(connection):
            raise SchemaMismatch("a restore did not finish here; run it again: coinstore restore FILE")
        if step != _head() or _digest_of_store(connection) != digest():
            raise SchemaMismatch("the store's schema is not that of this program; run: coinstore db upgrade")


def is_half_restored(connection: Connection) -> bool:
    """Whether a restore created tables and did not finish."""
    return _step(connection) is not None and _digest_of_store(connection) is None


def digest() -> str:
    """SHA-256 of everything in migrations/always/."""
    whole = hashlib.sha256()
    for name, body in _meaning():
        whole.update(f"{name}\0{body}\0".encode())
    return whole.hexdigest()


def _meaning() -> list[tuple[str, str]]:
    """Path below migrations/always/ and text of each file, in the order in which they run."""
    folder = Path(str(resources.files("coinstore_migrations.always")))
    files = sorted(folder.glob("*/*.sql"), key=lambda file: file.relative_to(folder).as_posix())
    return [(file.relative_to(folder).as_posix(), file.read_text("utf-8")) for file in files]


def _drop_meaning(connection: Connection, drop_foreign_views: bool) -> tuple[str, ...]:
    """Drops api, part and job; returns the definitions of other people's views that went with them."""
    foreign = foreign_views(connection)
    if foreign and not drop_foreign_views:
        names = ", ".join(one.name for one in foreign)
        raise StoreError(
            f"other views or functions depend on schema api and would be dropped: {names};"
            " run coinstore db upgrade --drop-foreign-views, which prints their definitions"
        )
    connection.execute(text("drop schema if exists api, part, job cascade"))
    return tuple(view.definition for view in foreign)


def _make_meaning(connection: Connection) -> None:
    # Functions may name what a later file or a temporary table of the session creates.
    connection.execute(text("set local check_function_bodies = off"))
    for schema in ("api", "part", "job"):
        connection.execute(text(f"create schema {schema}"))
    for number, (_, body) in enumerate(_meaning()):
        if number:  # the first file makes the function
            body = call.value(connection, "job.named_operator", body=body)
        connection.exec_driver_sql(body, execution_options={"no_parameters": True})
    _note_digest(connection)


def _note_digest(connection: Connection) -> None:
    connection.execute(text("delete from core.meaning"))
    connection.execute(text("insert into core.meaning (digest) values (:digest)"), {"digest": digest()})


def foreign_views(connection: Connection) -> Sequence[Row[Any]]:
    """Other people's views and functions that depend on `api`: `name`, and `definition` as SQL, in order."""
    sql = resources.files(__package__).joinpath("foreign_views.sql").read_text("utf-8")
    return connection.execute(text(sql)).all()


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("coinstore_migrations")))
    config.set_main_option("version_locations", str(resources.files("coinstore_migrations.once")))
    config.set_main_option("path_separator", "os")
    return config


def _steps() -> list[str]:
    """The steps that this program knows, oldest first; each command asks, so Alembic is not loaded."""
    folder = Path(str(resources.files("coinstore_migrations"))) / "once"
    return sorted(file.stem.removeprefix("step_") for file in folder.glob("step_*.py"))


def _head() -> str:
    return _steps()[-1]


def _step(connection: Connection) -> str | None:
    if connection.execute(text("select to_regclass('core.alembic_version')")).scalar_one() is None:
        return None
    step: str | None = connection.execute(text("select version_num from core.alembic_version")).scalar()
    return step


def refuse_newer(step: str | None) -> None:
    """Raises SchemaMismatch for a step that this program does not know."""
    if step is not None and step not in _steps():
        raise SchemaMismatch(
            f"the store's schema (step {step}) is newer than this program; upgrade coinstore itself."
        )


def _digest_of_store(connection: Connection) -> str | None:
    if connection.execute(text("select to_regclass('core.meaning')")).scalar_one() is None:
        return None
    found: str | None = connection.execute(text("select digest from core.meaning")).scalar()
    return found
