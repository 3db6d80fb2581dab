"""What the server says becomes the right error of coinstore."""

import psycopg
import pytest

from coinstore.db.translate import translate
from coinstore.errors import SchemaMismatch, StoreError, Unreachable


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("25006", "cannot execute INSERT in a read-only transaction"),
        ("25006", "cannot execute nextval() during recovery"),
        ("0A000", "cannot set transaction read-write mode during recovery"),
        ("55000", "recovery is in progress"),
        (
            "55000",
            "cannot acquire lock mode ShareLock on database objects while recovery is in progress",
        ),
        ("XX000", "cannot assign TransactionIds during recovery"),
    ],
)
def test_a_replica_is_known_by_its_refusals(code: str, said: str) -> None:
    assert "this is a replica" in str(translate(psycopg.errors.lookup(code)(said)))


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        ("57P03", "the database system is in recovery mode", Unreachable),
        (None, "connection failed: FATAL:  the database system is in recovery mode", Unreachable),
        ("42P01", 'relation "recovery" does not exist', SchemaMismatch),
        ("42P01", 'relation "of during recovery" does not exist', SchemaMismatch),
        ("40001", "canceling statement due to conflict with recovery", StoreError),
        ("55000", 'sequence "recovery" is not yet defined in this session', StoreError),
    ],
)
def test_what_only_names_recovery_is_no_replica(code: str | None, said: str, kind: type[StoreError]) -> None:
    error = translate((psycopg.errors.lookup(code) if code else psycopg.OperationalError)(said))
    assert type(error) is kind
    assert "replica" not in str(error)
