"""Errors of the database become errors of coinstore, in this one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy.exc
from psycopg import errors as pg

from ..errors import (
    AccessError,
    Ambiguous,
    Changed,
    CoinstoreError,
    NoConnection,
    NotFound,
    PredicateError,
    SchemaMismatch,
    SettingsError,
    SpaceError,
    StoreError,
    TermError,
    Unreachable,
    Unsuitable,
)
from .pooler import REFUSED

# Raised by the SQL functions of migrations/always/.
OWN: dict[str, type[CoinstoreError]] = {
    "CS001": NotFound,
    "CS002": Ambiguous,
    "CS003": SpaceError,
    "CS006": TermError,
    "CS010": AccessError,
    "CS011": Unsuitable,
    "CS012": Changed,
}

# What to do about SQL that a person wrote, by the code of the error.
NEXT = {
    "42703": " A text has single quotes around it (mint = 'Rome');"
    " coinstore db psql -c '\\d api.coins' lists the columns.",
    "42P01": " The views and functions: coinstore help sql",
}

# How a replica refuses what is not plainly a write, and the codes that it does this with.
IN_RECOVERY = ("during recovery", "recovery is in progress")
UNPREPARED = ("0A000", "55000", "XX000")


def sentence(error: BaseException) -> str:
    """The first line of what the server said, without the SQL."""
    diagnosis = getattr(error, "diag", None)
    text = (diagnosis.message_primary if diagnosis else None) or str(error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__


def translate(error: BaseException, *, given: str = "") -> CoinstoreError:
    """coinstore's error for one of psycopg's; `given` names what of the SQL the user wrote, if any."""
    code = getattr(error, "sqlstate", None) or ""
    if code in OWN:
        return OWN[code](sentence(error))
    if given and (code[:2] in ("42", "22", "0A", "25") or code == "55000"):
        return PredicateError(f"{given} cannot be used: {sentence(error)}.{NEXT.get(code, '')}")
    if code == "25006" or (code in UNPREPARED and sentence(error).endswith(IN_RECOVERY)):
        return StoreError(
            "this is a replica, which stores nothing; run this command with the address"
            " of the primary server in COINSTORE_DATABASE_URL."
        )
    if isinstance(error, pg.QueryCanceled):
        return StoreError(f"the database stopped the query: {sentence(error)}.")
    if isinstance(error, pg.OutOfMemory):
        return StoreError(
            f"the database is {sentence(error)}: each side at work is a lock. Embed fewer at a time"
            " (--batch-size, --workers), or raise max_locks_per_transaction of the server."
        )
    if isinstance(error, pg.LockNotAvailable | pg.InsufficientPrivilege):
        return _held_or_forbidden(error)
    if isinstance(error, pg.UndefinedFunction | pg.UndefinedTable | pg.InvalidSchemaName):
        return SchemaMismatch(
            f"the schema does not fit this program ({sentence(error)}); run: coinstore db upgrade"
        )
    if code == "53300" or "too many c" in str(error) or "remaining connection slots" in str(error):
        return NoConnection(
            f"the server takes no more connections ({sentence(error)}); end some, use fewer --workers, or"
            " raise max_connections of the server (of the role, of the database)."
        )
    if code[:2] in ("08", "57") or (isinstance(error, psycopg.OperationalError) and not code):
        return _unreachable(error)
    return StoreError(f"the database refused: {sentence(error)}.")


def _held_or_forbidden(error: psycopg.Error) -> CoinstoreError:
    said = sentence(error)
    if isinstance(error, pg.LockNotAvailable):
        return StoreError(
            "other transactions lock the rows or tables to be changed, and do not end; see whose, and run the"
            " same command again: select usename, state, xact_start from pg_stat_activity"
            " where xact_start is not null"
        )
    if said.endswith(("for schema core", "for schema job")):
        return Unsuitable(
            f"this login may only read schema api ({said}); coinstore's own commands need the owner of the"
            " store in COINSTORE_DATABASE_URL."
        )
    return Unsuitable(f"the database user lacks a right: {said}.")


def _unreachable(error: BaseException) -> CoinstoreError:
    said = sentence(error)
    if "statement pooling mode" in said:
        return Unsuitable(REFUSED)
    if "authentication failed" in str(error):
        return Unreachable(f"the database refused the login: {said}. Are user and password right?")
    return Unreachable(
        f"the database does not answer: {said}. Is it running, and is the address right?"
        " Then run the same command again."
    )


@contextmanager
def translated(*, given: str = "") -> Iterator[None]:
    """Turns the database's errors inside the block into coinstore's; `given` as in `translate`."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise translate(error.orig or error, given=given) from error
    except psycopg.Error as error:
        raise translate(error, given=given) from error
    except sqlalchemy.exc.TimeoutError as error:
        raise NoConnection(
            "all connections of this process have been in use for too long; use fewer threads at a time."
        ) from error
    except UnicodeEncodeError as error:
        raise SettingsError("a given text contains bytes that are not UTF-8; correct it") from error
    except sqlalchemy.exc.ArgumentError as error:
        raise Unreachable(
            "COINSTORE_DATABASE_URL is not an address of a database;"
            " one looks like postgresql://user@host/name"
        ) from error
