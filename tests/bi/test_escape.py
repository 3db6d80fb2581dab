"""A login of `coinstore bi grant`, over TCP, tries to exceed its rights."""

import re
import socket
import sys

import psycopg
import pytest

from coinstore.server import embedded


def tried(serving, statement: str, login: str = "anna") -> str:
    """The server's error for a statement, after the login has switched off every restriction that it can."""
    with serving.connect(login) as c:
        c.execute("set default_transaction_read_only = off")
        c.execute("set statement_timeout = '20s'")
        with pytest.raises(psycopg.Error) as error:
            c.execute(statement)
    return str(error.value)


# A condition runs as coinstore_search, which owns part.passing, and it can call what runs a text.
DROPS = """(part.kept('select null::int[], null::float8[]', '',
                      '; drop function part.passing(text, text); select null, null')) is null"""
ALLOWED_AGAIN = DROPS.replace("drop", "set transaction_read_only = off; drop")


@pytest.mark.parametrize(
    "statement",
    [
        "insert into api.coins (collection) values ('x')",
        "update api.coins set mint = 'x'",
        "delete from api.sides",
        "truncate core.coin",
        "create table api.t (a int)",
        "create table public.t (a int)",
        "create table part.t (a int)",
        "create temp table t (a int)",
        "create temp view v as select 1",
        "select * into temp t from api.coins",
        "create function api.f() returns int language sql as 'select 1'",
        "create function public.f() returns int language sql as 'select 1'",
        "create function pg_temp.f() returns int language sql as 'select 1'",
        "do language plpgsql 'begin delete from core.coin; end'",
        "create schema s",
        "create extension dblink",
        "create extension file_fdw",
        "create database d",
        "create role r",
        "alter role anna superuser",
        "alter role anna createrole",
        "alter role otto password 'x'",
        "alter system set listen_addresses = '*'",
        "grant coinstore_reader to otto",
        "drop view api.coins",
        "drop schema part cascade",
        "alter view api.coins owner to anna",
        "comment on view api.coins is 'x'",
        "select * from core.coin",
        "select * from core.private_grant",
        "select * from core.embedding_tiny",
        "select job.drop_space('tiny')",
        "select pg_advisory_lock(-3)",
        "select pg_try_advisory_xact_lock_shared(-7)",
        "select * from job.logins()",
        "select job.set_private('{}', null)",
        "select pg_read_file('PG_VERSION')",
        "select pg_read_binary_file('PG_VERSION')",
        "select pg_ls_dir('.')",
        "select pg_stat_file('PG_VERSION')",
        "select pg_reload_conf()",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
        "copy api.coins to program 'true'",
        "copy (select 1) to '/tmp/x'",
        "copy core.coin to stdout",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
        "select lo_import('/etc/hostname')",
        "select lo_export(1, '/tmp/x')",
        "load '/tmp/x.so'",
        "set role postgres",
        "set role coinstore_search",
        "set role coinstore_views",
        "set role otto",
        "set session authorization postgres",
        "set session_replication_role = replica",
        "select set_config('role', 'postgres', false)",
        "set temp_file_limit = -1",
        "select rolpassword from pg_authid",
        "select * from pg_shadow",
        "select * from pg_largeobject",
        "select * from pg_hba_file_rules",
        "select query_to_xml('select * from core.coin', true, false, '')",
        "select * from api.search('tiny', 1, 'obverse', 3, 'exists (select from core.coin)')",
        "select * from api.search('tiny', 1, 'obverse', 3, 'pg_read_file(''PG_VERSION'') is not null')",
        "select * from api.search('tiny', 1, 'obverse', 3, 'set_config(''role'', ''none'', true) is not null')",
        "select * from part.passing('exists (select from core.private_grant)', 'both')",
        f"select * from api.search('tiny', 1, 'obverse', 3, $${DROPS}$$)",
        f"select * from api.search('tiny', 1, 'obverse', 3, $${ALLOWED_AGAIN}$$)",
        f"select * from api.search('tiny', 1, 'both', 3, $${DROPS}$$)",
        f"select * from part.passing($${DROPS}$$, 'both')",
        "select nextval('core.coin_coin_id_seq')",
        "explain analyze select * from core.coin",
        "begin; lock table api.coins in access exclusive mode",
    ],
)
def test_each_way_out_is_closed(serving, statement: str) -> None:
    words = tried(serving, statement)
    closed = r"permission denied|must be|cannot|not owner|no schema|read-only|parameter|superuser|Only roles|not allowed|not available"
    assert re.search(closed, words), words


def test_what_it_reads_is_api(serving) -> None:
    with serving.connect("anna") as c:
        assert c.execute("select count(*) from coins").fetchone() == (300,)
        readable = c.execute(
            """select distinct n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where c.relkind in ('r', 'v', 'm', 'f', 'p', 'S') and has_schema_privilege(n.oid, 'usage')
                 and has_table_privilege(c.oid, 'select')"""
        ).fetchall()
        assert {name for (name,) in readable} == {"api", "part", "pg_catalog", "information_schema"}
        writable = c.execute(
            """select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'v', 'm', 'f', 'p')
               and has_table_privilege(c.oid, 'insert, update, delete, truncate')
               and c.relname not in ('pg_settings')"""
        ).fetchall()
        assert writable == []


def test_what_holds_unless_it_says_otherwise(serving) -> None:
    shown = {
        "default_transaction_read_only": "on",
        "statement_timeout": "1min",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "5min",
        "temp_file_limit": "2GB",
    }
    with serving.connect("anna") as c:
        assert {name: c.execute(f"show {name}").fetchone()[0] for name in shown} == shown
        c.execute("set statement_timeout = '200ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            c.execute("select pg_sleep(5)")


def test_so_many_connections_and_no_more(serving) -> None:
    serving.coinstore(
        "bi", "grant", "few", "--password-stdin", "--connections", "2", given="correct horse battery\n"
    )
    with (
        serving.connect("few"),
        serving.connect("few"),
        pytest.raises(psycopg.OperationalError, match="too many"),
    ):
        serving.connect("few")
    serving.coinstore("bi", "revoke", "few", "--yes")


@pytest.mark.parametrize("login", ["postgres", "coinstore_reader", "coinstore_bi", "nobody"])
@pytest.mark.parametrize("database", ["coinstore", "postgres"])
def test_only_granted_logins_come_by_tcp(serving, login: str, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"rejects|authentication failed"):
        serving.connect(login, database=database)


def test_no_other_database(serving) -> None:
    for database in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="rejects"):
            serving.connect("anna", database=database)
        by_socket = (
            embedded.url(serving.home).replace("/coinstore?", f"/{database}?").replace("postgres@", "anna@")
        )
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(by_socket)


def test_a_client_that_insists_on_tls_does_not_send_its_password(serving) -> None:
    with pytest.raises(psycopg.OperationalError, match="server does not support SSL"):
        serving.connect("anna", mode="require")


def test_a_wrong_password_is_one(serving) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(serving.url("anna"), password="wrong horse")
    with pytest.raises(psycopg.OperationalError, match=r"no password|password authentication failed"):
        psycopg.connect(serving.url("anna"), password="")


def test_the_server_listens_to_this_machine_alone_and_asks_for_a_password(serving) -> None:
    with psycopg.connect(embedded.url(serving.home)) as c:
        assert c.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
        assert c.execute("show port").fetchone() == (str(serving.port),)
        rules = c.execute("select type, user_name, auth_method from pg_hba_file_rules").fetchall()
        by_tcp = [rule for rule in rules if rule[0] != "local" and rule[2] != "reject"]
        assert by_tcp == [("host", ["+coinstore_bi"], "scram-sha-256")]
    for login in ("postgres", "coinstore_reader"):
        with pytest.raises(psycopg.OperationalError, match="rejects"):
            psycopg.connect(f"postgresql://{login}@127.0.0.1:{serving.port}/coinstore")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_no_other_address_answers(serving) -> None:
    assert embedded.port(serving.home) == serving.port
    for host in ("127.0.0.2", "::1"):
        with pytest.raises(OSError):
            socket.create_connection((host, serving.port), timeout=5).close()


@pytest.mark.parametrize(
    "first", [b"", b"\0\0\0\x08", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + b"x" * 60, b"\xff" * 500]
)
def test_noise_at_the_port_harms_no_one(serving, first: bytes) -> None:
    with socket.create_connection(("127.0.0.1", serving.port), timeout=20) as noise:
        noise.sendall(first)
    with serving.connect("anna") as c:
        assert c.execute("select 1").fetchone() == (1,)


def test_a_query_can_be_cancelled(serving) -> None:
    import threading

    with serving.connect("anna") as c:
        threading.Timer(0.5, c.cancel).start()
        with pytest.raises(psycopg.errors.QueryCanceled, match="user request"):
            c.execute("select pg_sleep(20)")


def test_the_password_is_in_no_log_and_no_answer(serving) -> None:
    password = "Tr0ubadour & Ähre"
    with psycopg.connect(embedded.url(serving.home), autocommit=True) as owner:
        owner.execute("alter database coinstore set log_statement = 'all'")
        try:
            done = serving.coinstore("bi", "grant", "eva", "--password-stdin", given=password + "\n")
        finally:
            owner.execute("alter database coinstore reset log_statement")
        verifier = owner.execute("select rolpassword from pg_authid where rolname = 'eva'").fetchone()[0]
    log = (serving.home / "postgres" / "log").read_text("utf-8", "replace")
    assert "grant_login" in log
    assert password not in log + done.stdout + done.stderr
    assert verifier.startswith("SCRAM-SHA-256$4096:")
    with psycopg.connect(serving.url("eva"), password=password) as c:
        assert c.execute("select 1").fetchone() == (1,)
    assert password not in "".join(
        serving.coinstore(*a.split()).stdout for a in ("bi list", "bi list --json", "bi url eva --for jdbc")
    )
    serving.coinstore("bi", "revoke", "eva", "--yes")


def test_a_taken_port_is_a_sentence(serving, tmp_path) -> None:
    from coinstore.errors import AccessError
    from coinstore.server import serve as service

    with pytest.raises(AccessError, match=rf"port {serving.port} of 127.0.0.1 is not available .*--port"):
        service.serve(tmp_path, serving.port, print)
    done = serving.coinstore("db", "serve", "--port", "0", code=1)
    assert "is already served on port" in done.stderr and "--stop" in done.stderr


def test_psql_of_the_store_still_goes_by_the_socket(serving) -> None:
    done = serving.coinstore("db", "psql", "-Atc", "select current_user, inet_server_addr() is null")
    assert done.stdout == "postgres|t\n", "by TCP the server would have an address"
