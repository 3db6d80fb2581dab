"""A database owner without superuser does everything on each version of PostgreSQL, with and without CREATEROLE."""

import json
from pathlib import Path

import psycopg
import pytest
from real_servers import Owner, Server

from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

VERSIONS = (15, 16, 17, 18)
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def coins(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("coins")
    list(write_collection(folder, 8, Mintage(seed=1)))
    return folder


@pytest.fixture(params=VERSIONS)
def server(request, started) -> Server:
    return started(request.param)


@pytest.mark.parametrize("creates_roles", [True, False], ids=["createrole", "plain"])
def test_an_owner_does_everything(server: Server, coins: Path, tmp_path: Path, creates_roles: bool) -> None:
    server.execute(f"create role anna login createdb {'createrole' if creates_roles else ''}")
    for database in ("store", "second"):
        server.execute(f"create database {database} owner anna")
    anna = Owner(server, server.url("anna", "store"), tmp_path)
    asked = anna.told("db", "up")
    assert asked[0] == "create extension vector;"
    assert len(asked) == (1 if creates_roles else 2)
    anna.run("db", "upgrade")
    anna.run("ingest", str(coins / "records.csv"), "--images", str(coins / "images"))
    anna.run("embed", "hog")
    anna.run("space", "derive", "flat", "--from", "hog", "--centre", "--whiten", "3")
    anna.run("embed", "flat")
    anna.run("space", "index", "hog", "--rebuild")
    anna.run("graph", "build", "hog", "-k", "3")
    anna.run("graph", "analyse", "hog_obverse")
    anna.run("check")
    question = ("similar", "LM 0001", "-k", "3", "--json")
    found = anna.run(*question).stdout
    assert len(json.loads(found)) == 3
    _grant(anna, creates_roles)
    _restore(anna, server.url("anna", "second"), tmp_path / "b.dump", question, found)


def _grant(anna: Owner, creates_roles: bool) -> None:
    asked = anna.told("bi", "grant", "bob", "--password-stdin", given=PASSWORD)
    assert asked == ([] if creates_roles else ["alter role anna createrole;"])
    assert [row["login"] for row in json.loads(anna.run("bi", "list", "--json").stdout)] == ["bob"]
    with psycopg.connect(anna.server.url("bob", "store")) as bob:
        assert bob.execute("select count(*) from api.search('hog', 1, k => 3)").fetchone() == (3,)
        assert len(bob.execute("select * from api.similar_hog(1) order by distance limit 3").fetchall()) == 3


def _restore(anna: Owner, second: str, file: Path, question: tuple[str, ...], found: str) -> None:
    assert anna.told("backup", "-o", str(file)) == ["create extension vector;"]  # in template1
    there = Owner(anna.server, second, anna.home)
    assert there.told("restore", str(file)) == ["create extension vector;"]
    assert there.run(*question).stdout == found
    there.run("check")
    there.run("space", "index", "hog", "--rebuild")
    with psycopg.connect(anna.server.url("bob", "second")) as bob:
        assert bob.execute("select count(*) from api.search('hog', 1, k => 3)").fetchone() == (3,)
    anna.run("bi", "revoke", "bob", "--yes")


def test_a_backup_of_a_later_version_is_restored_by_an_earlier_one(
    started, coins: Path, tmp_path: Path
) -> None:
    later, earlier = started(18), started(16)
    file = tmp_path / "b.dump"
    for server in (later, earlier):
        server.execute("create database store")
    there = Owner(later, later.url(database="store"), tmp_path)
    there.run("db", "up")
    there.run("ingest", str(coins / "records.csv"))
    there.run("backup", "-o", str(file))
    here = Owner(earlier, earlier.url(database="store"), tmp_path)
    assert "8 coins" in here.run("restore", str(file)).stdout
    here.run("check", code=0)


def test_roles_and_settings_of_a_backup_are_for_an_administrator(started, tmp_path: Path) -> None:
    """Without CREATEROLE a restore says what to run; it changes nothing until the roles are there."""
    first, other = started(18), started(18)
    first.execute("create database store")
    there = Owner(first, first.url(database="store"), tmp_path)
    there.run("db", "up")
    there.run("bi", "grant", "bob", "--password-stdin", given=PASSWORD)
    there.run("backup", "-o", str(tmp_path / "b.dump"), "--no-verify")
    other.execute("create role anna login")
    other.execute("create database store owner anna")
    anna = Owner(other, other.url("anna", "store"), tmp_path)
    asked = anna.told("restore", str(tmp_path / "b.dump"))
    assert asked[0] == "create extension vector;"
    assert any('create role "bob" login' in each for each in asked)
    anna.run("check")
