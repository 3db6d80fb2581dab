"""The schema: structure once (Alembic), meaning always, in one transaction under a lock."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Row, text

from ..errors import SchemaMismatch, StoreError, Unsuitable
from . import call
from .translate import translated

OLDEST_POSTGRES = 15
OLDEST_PGVECTOR = (0, 8, 4)  # before it: a buffer overflow in parallel builds, corruption by vacuum
RIGHTS = ("00_database/roles.sql", "00_database/settings.sql", "99_last/grants.sql")
LOCK = -1  # job.lock_number('upgrade'), which an empty database does not have yet


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did: the step before (None: empty) and after, whether api was rebuilt, and what that cost others.

    `dropped`: as SQL, the views of other people that stood on api, each after what it stands on.
    """

    before: str | None
    after: str
    rebuilt: bool
    dropped: tuple[str, ...] = ()


def upgrade(engine: Engine, *, drop_foreign_views: bool = False) -> Upgraded:
    """Brings the schema to this program's version; does nothing when it is there.

    Raises Unsuitable (server too old, extension or rights missing), SchemaMismatch (the schema is
    newer), StoreError (other people's views stand on `api`, unless `drop_foreign_views`).
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
    """Views stand on tables: the old ones go before the tables change. What of others went with them, as SQL."""
    config = _alembic()
    connection.execute(text("create schema if not exists core"))
    config.attributes["connection"] = connection
    dropped = _drop_meaning(connection, drop_foreign_views)
    command.upgrade(config, "head")
    _make_meaning(connection)
    return dropped


def finish_restore(engine: Engine, digest_of_archive: str | None) -> Upgraded:
    """Opens a store that came from an archive: owners, rights, logins and settings, all of it or nothing.

    Until then no one but its owner may use schema `api`, and `check` refuses it: the archive comes without the
    digest of its meaning. Views of others on an older schema are dropped; they are in the archive, and in the answer.
    """
    with translated(), engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
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
        call.value(connection, "job.restore_surroundings")
        return Upgraded(before, _head(), not is_this, dropped)


def install(engine: Engine) -> Upgraded | None:
    """Makes the schema where there is none at all; leaves an older one to a deliberate upgrade."""
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
            raise SchemaMismatch("a restore was broken off here; run it again: coinstore restore FILE")
        if step != _head() or _digest_of_store(connection) != digest():
            raise SchemaMismatch("the store's schema is not that of this program; run: coinstore db upgrade")


def is_half_restored(connection: Connection) -> bool:
    """Whether a restore brought tables and did not come to its end."""
    return _step(connection) is not None and _digest_of_store(connection) is None


def check_server(connection: Connection) -> None:
    """Raises Unsuitable unless Postgres and pgvector are there in a version that can be trusted."""
    version = int(connection.execute(text("show server_version_num")).scalar_one())
    if version < OLDEST_POSTGRES * 10000:
        raise Unsuitable(
            f"the server is PostgreSQL {version // 10000}; coinstore needs {OLDEST_POSTGRES} or later."
        )
    available = connection.execute(
        text("select default_version, installed_version from pg_available_extensions where name = 'vector'")
    ).one_or_none()
    if available is None:
        raise Unsuitable(
            "the server has no pgvector; install it there (package postgresql-NN-pgvector), then try again."
        )
    if available.installed_version is None:
        _create_extension(connection)
    found = available.installed_version or available.default_version
    if tuple(int(part) for part in found.split(".")) < OLDEST_PGVECTOR:
        wanted = ".".join(map(str, OLDEST_PGVECTOR))
        raise Unsuitable(
            f"the server has pgvector {found}; coinstore needs {wanted} or later (alter extension vector update)."
        )


def _create_extension(connection: Connection) -> None:
    may = connection.execute(
        text(
            "select rolsuper or (select trusted from pg_available_extension_versions where name = 'vector' limit 1)"
            " from pg_roles where rolname = current_user"
        )
    ).scalar_one()
    if not may:
        raise Unsuitable(
            "this database user may not create the extension; ask an administrator to run: create extension vector"
        )
    connection.execute(text("create extension if not exists vector"))


def digest() -> str:
    """SHA-256 of all that is in migrations/always/."""
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
    """Drops api, part and job; the definitions of other people's views that went with them."""
    foreign = foreign_views(connection)
    if foreign and not drop_foreign_views:
        names = ", ".join(one.name for one in foreign)
        raise StoreError(
            f"other views or functions stand on schema api and would be dropped: {names};"
            " run coinstore db upgrade --drop-foreign-views, which prints their definitions"
        )
    connection.execute(text("drop schema if exists api, part, job cascade"))
    return tuple(view.definition for view in foreign)


def _make_meaning(connection: Connection) -> None:
    # Functions may name what a later file, or a session's temporary table, brings.
    connection.execute(text("set local check_function_bodies = off"))
    for schema in ("api", "part", "job"):
        connection.execute(text(f"create schema {schema}"))
    for _, body in _meaning():
        connection.exec_driver_sql(body, execution_options={"no_parameters": True})
    _note_digest(connection)


def _note_digest(connection: Connection) -> None:
    connection.execute(text("delete from core.meaning"))
    connection.execute(text("insert into core.meaning (digest) values (:digest)"), {"digest": digest()})


def foreign_views(connection: Connection) -> Sequence[Row[Any]]:
    """Other people's views and functions that stand on `api`: `name`, and `definition` as SQL, in order."""
    return connection.execute(text(_FOREIGN_VIEWS)).all()


# Those on views of others, too, each after what it stands on, with what was granted and said of it.
_FOREIGN_VIEWS = """
    with recursive standing (class, id, depth) as (
        select k.class, k.id, 0 from (
            select 'pg_class'::regclass::oid, c.oid, c.relnamespace from pg_class c
            union all select 'pg_type'::regclass, t.oid, t.typnamespace from pg_type t
            union all select 'pg_proc'::regclass, p.oid, p.pronamespace from pg_proc p) k (class, id, schema)
        where k.schema in (to_regnamespace('api'), to_regnamespace('part'))
        union
        select x.class, x.id, s.depth + 1
        from standing s
        join pg_depend d on (d.refclassid, d.refobjid) = (s.class, s.id)
        left join pg_rewrite w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass
        left join pg_class v on v.oid = w.ev_class
        cross join lateral (values ('pg_class'::regclass::oid, v.oid), ('pg_type'::regclass, v.reltype),
            ('pg_proc'::regclass, case when d.classid = 'pg_proc'::regclass then d.objid end)) x (class, id)
        where x.id is not null and (x.class, x.id) <> (s.class, s.id) and s.depth < 50 and v.oid is distinct from s.id
    ),
    found as (
        select v.oid::regclass::text as name, s.depth, v.relnamespace as schema, v.relacl as acl, v.relowner as owner,
               format('create %sview %s.%I as %s', case v.relkind when 'm' then 'materialized ' end,
                      v.relnamespace::regnamespace, v.relname, pg_get_viewdef(v.oid)) as definition,
               case v.relkind when 'm' then 'materialized view' else 'view' end as kind, 'table' as granted,
               obj_description(v.oid, 'pg_class') as said
        from standing s join pg_class v on s.class = 'pg_class'::regclass and v.oid = s.id and v.relkind in ('v', 'm')
        union all
        select p.oid::regprocedure::text, s.depth, p.pronamespace, p.proacl, p.proowner,
               pg_get_functiondef(p.oid) || ';', 'routine', 'routine', obj_description(p.oid, 'pg_proc')
        from standing s join pg_proc p on s.class = 'pg_proc'::regclass and p.oid = s.id
    )
    select f.name, concat_ws(E'\n', f.definition,
        (select string_agg(format('grant %s on %s %s to %s;', a.privilege_type, f.granted, f.name,
                                  case a.grantee when 0 then 'public' else a.grantee::regrole::text end), E'\n')
         from aclexplode(f.acl) a where a.grantee <> f.owner),
        case when f.said is not null then format('comment on %s %s is %L;', f.kind, f.name, f.said) end) as definition
    from found f
    where f.schema::regnamespace::text <> all ('{api, part, job}')
    group by f.name, f.definition, f.acl, f.owner, f.kind, f.granted, f.said
    order by max(f.depth), 1
"""


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("coinstore_migrations")))
    config.set_main_option("version_locations", str(resources.files("coinstore_migrations.once")))
    config.set_main_option("path_separator", "os")
    return config


def _head() -> str:
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None
    return head


def _step(connection: Connection) -> str | None:
    if connection.execute(text("select to_regclass('core.alembic_version')")).scalar_one() is None:
        return None
    step: str | None = connection.execute(text("select version_num from core.alembic_version")).scalar()
    return step


def refuse_newer(step: str | None) -> None:
    """Raises SchemaMismatch for a step that this program does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    if step is not None and step not in known:
        raise SchemaMismatch(
            f"the store's schema (step {step}) is newer than this program; upgrade coinstore itself."
        )


def _digest_of_store(connection: Connection) -> str | None:
    if connection.execute(text("select to_regclass('core.meaning')")).scalar_one() is None:
        return None
    found: str | None = connection.execute(text("select digest from core.meaning")).scalar()
    return found
