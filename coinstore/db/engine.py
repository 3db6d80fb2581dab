"""Engines: how every other module gets a connection."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from threading import get_ident
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from ..errors import Unreachable
from ..server import embedded, variables
from ..settings import Settings
from .pooler import refuse_transaction_pooling
from .translate import translated

READER = "coinstore_reader"
# Which thread took which connection last.
_held: WeakKeyDictionary[Engine, WeakKeyDictionary[psycopg.Connection[Any], int]] = WeakKeyDictionary()
# In strict order a WHERE of the caller never loses a row that the index skipped. The types and operators of
# vectors are found in whatever schema they are. Poolers refuse settings that come with the connection.
SESSION = """
    select pg_backend_pid(), set_config('hnsw.iterative_scan', 'strict_order', false),
           set_config('timezone', 'UTC', false),
           (select set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''),
                                                       e.extnamespace::regnamespace), false)
            from pg_extension e
            where e.extname = 'vector'
              and e.extnamespace::regnamespace::name <> all (current_schemas(true)))
"""
TWO_AT = re.compile(r"[^?]*@[^?]*@|[^:/?]*:[^@]*@[^/?]*@")


def address(settings: Settings) -> str:
    """The address of the store in the form for psql; starts the embedded server if it is down.

    Raises Unreachable for a COINSTORE_DATABASE_URL that is not an address of a Postgres.
    """
    return plain(settings.database_url) if settings.database_url else embedded.start(settings.home)


def plain(url: str) -> str:
    """An address in the form for psql, without a driver; raises Unreachable if it is not one of Postgres."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise Unreachable("the address of the database must begin with postgresql://")
    # The driver would take the rest of the password for the host, and name it in its errors.
    if TWO_AT.match(rest):
        raise Unreachable(
            "an @ in the user, password or name of the address of the database must be written %40"
        )
    return f"postgresql://{rest}"


def address_of(url: URL) -> str:
    """An address of SQLAlchemy in the form for psql, with its password."""
    place, mark, query = url.set(drivername="postgresql").render_as_string(hide_password=False).partition("?")
    return f"{place}{mark}{query.replace('+', '%20')}"  # libpq knows no + for a blank


def connect(url: str, idle: int = 4) -> Engine:
    """An engine for the address, which connects when it is first used, and keeps a few idle connections."""
    with translated():
        try:
            engine = create_engine(
                plain(url).replace("://", "+psycopg://", 1),
                connect_args={"application_name": "coinstore"},
                pool_size=idle,
                pool_pre_ping=True,  # a long-lived process survives a restart of the server
            )
        except ValueError:
            raise Unreachable("the port in the address of the database is not a number") from None
    event.listen(engine, "connect", _set_up)
    held = _held.setdefault(engine, WeakKeyDictionary())
    event.listen(engine, "checkout", lambda raw, *_: held.__setitem__(raw, get_ident()))
    if variables.is_embedded(url):
        event.listen(engine, "do_connect", _connect_to_embedded)
    return engine


def _connect_to_embedded(dialect: Any, _record: object, given: Any, named: Any) -> Any:
    with variables.ignored():
        return dialect.connect(*given, **named)


def _set_up(raw: Any, _record: object) -> None:
    # As text, an array of thumbnails has twice the size and takes twenty times as long.
    raw.adapters.register_dumper(list, ListBinaryDumper)
    raw.autocommit = True
    pid, *_ = raw.execute(SESSION).fetchone()
    try:
        refuse_transaction_pooling(raw, pid)
    except BaseException:
        raw.close()
        raise
    with suppress(psycopg.Error):  # a server on Windows cannot notice that a client was killed
        raw.execute("set client_connection_check_interval = '1s'")
    raw.autocommit = False


def reading_as(engine: Engine, login: str, idle: int = 4) -> Engine:
    """Another engine for the same store, which only reads, and sees what this login may see.

    The login is one of `coinstore bi grant`; a name that has no grants sees no private collection. The
    engine may belong to the owner of the store: what is hidden from the login is hidden.
    """
    url = engine.url.render_as_string(hide_password=False).replace("+psycopg://", "://", 1)
    reader = connect(url, idle)

    def restrict(raw: Any, _record: object) -> None:
        raw.autocommit = True
        raw.execute("select set_config('coinstore.reads_as', %s, false)", [login])
        raw.execute(f"set role {READER}")
        raw.execute("set default_transaction_read_only = on")
        raw.autocommit = False

    event.listen(reader, "connect", restrict)
    return reader


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine; its connections are closed when the block ends."""
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def interrupt(engine: Engine, threads: Collection[int]) -> None:
    """Ends the queries on connections that these threads (by identifier) hold; they get an error."""
    for raw, holder in list(_held.get(engine, {}).items()):
        if holder in threads and raw.info.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
            raw.cancel_safe()


def snapshot(engine: Engine) -> Connection:
    """A connection whose reads all see the store as it is now."""
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def is_replica(engine: Engine) -> bool:
    """Whether the server is a replica, which stores nothing."""
    with translated(), engine.connect() as connection:
        return bool(connection.execute(text("select pg_is_in_recovery()")).scalar_one())


def as_reader(connection: Connection) -> None:
    """Makes the transaction read only and gives it the rights of a reader, until it ends."""
    connection.execute(text("set transaction read only"))
    connection.execute(text(f"set local role {READER}"))


@contextmanager
def reader_snapshot(engine: Engine) -> Iterator[Connection]:
    """A reader's connection that sees the store as it is now, whatever others write in the meantime."""
    with translated(), engine.connect() as connection:
        held = connection.execution_options(isolation_level="REPEATABLE READ")
        as_reader(held)
        yield held
