"""coinstore bi grant, revoke and list: what they change and what they leave."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from coinstore.errors import AccessError, NotFound
from coinstore.running import access

PASSWORD = "correct horse battery"


@pytest.fixture
def tess(serving):
    access.grant(serving.as_owner, access.Grant("tess", PASSWORD), whole_server=True)
    yield "tess"
    access.revoke(serving.as_owner, "tess")


def listed(serving, login: str) -> dict:
    return next(
        row for row in json.loads(serving.coinstore("bi", "list", "--json").stdout) if row["login"] == login
    )


def test_granting_again_changes_what_is_asked(serving, tess: str) -> None:
    before = listed(serving, tess)
    serving.coinstore("bi", "grant", tess)
    assert listed(serving, tess) == before
    serving.coinstore(
        "bi", "grant", tess, "--timeout", "5", "--connections", "3", "--collections", "Secret Hoard"
    )
    after = listed(serving, tess)
    changed = {"statement_timeout": "5s", "at_most": 3, "collections": ["Secret Hoard"]}
    assert after == before | changed
    with serving.connect(tess) as c:  # with the same password
        assert c.execute("show statement_timeout").fetchone() == ("5s",)
        now = listed(serving, tess)
        assert now["connections"] == 1 and now["connected_at"]
    serving.coinstore("bi", "grant", tess, "--no-collections", "--password-stdin", given="another password\n")
    assert listed(serving, tess) == after | {"collections": []}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        serving.connect(tess)


def test_what_a_login_changed_of_itself_is_seen_and_put_back(serving, tess: str) -> None:
    serving.coinstore("bi", "grant", tess, "--timeout", "7")
    settled = listed(serving, tess)
    assert settled["changed"] == []
    with serving.connect(tess) as c:
        c.execute("set default_transaction_read_only = off")
        c.execute("alter role tess set default_transaction_read_only = off")
        c.execute("alter role tess set statement_timeout = 0")
        c.execute("alter role tess in database coinstore set work_mem = '10GB'")
        c.execute("alter role tess set search_path = public")
    assert set(listed(serving, tess)["changed"]) == {
        "default_transaction_read_only",
        "search_path",
        "work_mem=10GB",
    }
    assert "`coinstore bi grant LOGIN` resets them" in serving.coinstore("bi", "list").stderr
    serving.coinstore("bi", "grant", tess)
    assert listed(serving, tess) == settled | {"statement_timeout": "60s"}
    with serving.connect(tess) as c:
        assert c.execute("show default_transaction_read_only").fetchone() == ("on",)
        assert c.execute("select count(*) from coins").fetchone() == (300,)


def test_status_is_told_where_logins_were_granted(serving) -> None:
    told = json.loads(serving.coinstore("status", "--json").stdout)
    assert told["server"]["bytes"] > 0
    assert "coinstore_" in serving.coinstore("status", "--prometheus").stdout
    serving.coinstore("check", code=1)  # the fixture has vectors without photographs


def test_an_end(serving, tess: str) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert "has already expired" in serving.coinstore("bi", "grant", tess, "--expires", yesterday).stderr
    assert listed(serving, tess)["expired"] is True
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        serving.connect(tess)
    serving.coinstore("bi", "grant", tess, "--expires", "never")
    assert listed(serving, tess)["expires"] is None
    with serving.connect(tess) as c:
        assert c.execute("select 1").fetchone() == (1,)


def test_revoking_ends_sessions_too(serving) -> None:
    access.grant(serving.as_owner, access.Grant("gone", PASSWORD, ["Secret Hoard"]), whole_server=True)
    with serving.connect("gone") as c:
        serving.coinstore("bi", "revoke", "gone", "--yes")
        with pytest.raises(psycopg.OperationalError):
            c.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        serving.connect("gone")
    assert "gone" not in serving.coinstore("bi", "list").stdout
    assert "there is no login gone" in serving.coinstore("bi", "revoke", "gone", "--yes", code=1).stderr


@pytest.mark.parametrize(
    "name", ["postgres", "coinstore_reader", "pg_monitor", "Anna", "a b", "public", "x'; drop role anna; --"]
)
def test_names_that_are_refused(serving, name: str) -> None:
    done = serving.coinstore("bi", "grant", name, "--password-stdin", code=1, given=PASSWORD + "\n")
    assert "role of the server" in done.stderr or "is not a name for a login" in done.stderr
    with pytest.raises(NotFound):
        access.revoke(serving.as_owner, name)


def test_passwords_that_are_refused(serving) -> None:
    for password in ("", "short", "with\ttab and more"):
        with pytest.raises(AccessError, match="8 characters") as error:
            access.grant(serving.as_owner, access.Grant("newcomer", password), whole_server=True)
        assert not password or password not in str(error.value)
    assert "--password-stdin" in serving.coinstore("bi", "grant", "newcomer", code=1).stderr


def test_a_collection_that_is_not_there_grants_nothing(serving) -> None:
    done = serving.coinstore(
        "bi", "grant", "newcomer", "--password-stdin", "--collections", "No", code=1, given=PASSWORD
    )
    assert "there is no collection No" in done.stderr
    assert "newcomer" not in serving.coinstore("bi", "list").stdout


def test_an_owner_who_may_make_no_roles_is_told(serving) -> None:
    with (
        serving.as_owner.begin() as c,
        pytest.raises(Exception, match="cannot create logins; ask an administrator"),
    ):
        c.exec_driver_sql("create role poor; grant usage on schema job to poor; grant poor to postgres")
        c.exec_driver_sql("set local role poor")
        c.exec_driver_sql("select job.grant_login('x', 'SCRAM-SHA-256$', null, null, null)")
