"""What a store needs of its server: recent versions, the extension vector, and the right to use both."""

from __future__ import annotations

from sqlalchemy import Connection, text

from ..errors import Unsuitable

OLDEST_POSTGRES = 15
OLDEST_PGVECTOR = (0, 8, 4)  # before it: a buffer overflow in parallel builds, corruption by vacuum


def check_server(connection: Connection, schema: str | None = None) -> None:
    """Makes the transaction ready for the schema: creates and loads the extension, and finds only its names.

    A new extension goes into `schema`, quoted if necessary. Raises Unsuitable unless Postgres and pgvector
    are recent enough and this user may use them.
    """
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
        _create_extension(connection, schema)
    found = available.installed_version or available.default_version
    if tuple(int(part) for part in found.split(".")) < OLDEST_PGVECTOR:
        wanted = ".".join(map(str, OLDEST_PGVECTOR))
        raise Unsuitable(
            f"the server has pgvector {found}; coinstore needs {wanted} or later"
            " (alter extension vector update)."
        )
    _load_extension(connection)


def _create_extension(connection: Connection, schema: str | None) -> None:
    may, database = connection.execute(
        text(
            "select rolsuper or (select trusted from pg_available_extension_versions"
            " where name = 'vector' limit 1), current_database() from pg_roles where rolname = current_user"
        )
    ).one()
    if not may:
        raise Unsuitable(
            "this database user may not create the extension vector; ask an administrator to run in database"
            f" {database}: create extension vector;"
        )
    where = f" schema {schema}" if schema else ""
    if schema:
        connection.exec_driver_sql(f"create schema if not exists {schema}")
    connection.exec_driver_sql(f"create extension if not exists vector{where}")


def vector_schema(connection: Connection) -> str:
    """The schema of the extension: often public, on some servers one of its own."""
    found: str = connection.execute(
        text("select extnamespace::regnamespace::text from pg_extension where extname = 'vector'")
    ).scalar_one()
    return found


def _load_extension(connection: Connection) -> None:
    schema = vector_schema(connection)
    may, user = connection.execute(
        text("select has_schema_privilege(to_regnamespace(:schema), 'usage'), quote_ident(current_user)"),
        {"schema": schema},
    ).one()
    if not may:
        raise Unsuitable(
            "this database user may not use the extension vector; ask an administrator to run:"
            f" grant usage on schema {schema} to {user};"
        )
    # Until its library is loaded, only a superuser may create functions with settings of it.
    connection.exec_driver_sql(f"select '[1]'::{schema}.vector")
    connection.execute(text("select set_config('search_path', :schema, true)"), {"schema": schema})
