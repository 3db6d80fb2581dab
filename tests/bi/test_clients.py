"""Real clients, as a granted login, over TCP. A client that is not installed is skipped with that reason."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from coinstore.running.address import login_address
from coinstore.running.clients import TOOLS, how_to_connect
from coinstore.server import embedded
from coinstore.settings import Settings

PASSWORD = "correct horse battery"
LOOK_ALIKES = """select count(*) from api.similar_tiny(api.coin('Open Museum', 'N00000'), 'obverse')
                 where mint = 'Rome' and weight_g between 3 and 8"""
JAR = Path("/usr/share/java/postgresql.jar")
JAVA = """
import java.sql.*;
import java.util.Properties;

public class Ask {
    public static void main(String[] given) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("password", System.getenv("PGPASSWORD"));
        try (Connection connection = DriverManager.getConnection(given[0], properties)) {
            ResultSet readOnly = connection.createStatement().executeQuery("show transaction_read_only");
            readOnly.next();
            System.out.println("read only: " + readOnly.getString(1));
            ResultSet columns = connection.getMetaData().getColumns(null, "api", "coins", "%");
            while (columns.next()) System.out.println(columns.getString("COLUMN_NAME") + " " + columns.getString("TYPE_NAME"));
            PreparedStatement asked = connection.prepareStatement(given[1].replace("'Rome'", "?"));
            asked.setString(1, "Rome");
            ResultSet found = asked.executeQuery();
            found.next();
            System.out.println("found " + found.getLong(1));
            try {
                connection.createStatement().executeUpdate("create table api.t (a int)");
            } catch (SQLException refused) {
                System.out.println("refused " + refused.getSQLState());
            }
        }
    }
}
"""


def url(serving, tool: str) -> str:
    """What `coinstore bi url` says."""
    done = serving.coinstore("bi", "url", "anna", "--for", tool)
    assert PASSWORD not in done.stdout
    return done.stdout.rstrip("\n")


@pytest.fixture
def expected(serving) -> int:
    with serving.as_owner.connect() as c:
        return c.execute(text(LOOK_ALIKES)).scalar()


@pytest.mark.parametrize("program", ["psql of the store", "psql of the machine"])
def test_psql(serving, expected: int, program: str) -> None:
    path = embedded.programs() / "psql" if program == "psql of the store" else shutil.which("psql")
    if path is None:
        pytest.skip("there is no psql on this machine")
    address = url(serving, "psql").split('"')[1]
    done = subprocess.run(
        [path, address, "-XAtc", LOOK_ALIKES, "-c", "\\d api.coins"],
        env=os.environ | {"PGPASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == str(expected)
    assert "weight_g|double precision" in done.stdout


def test_psycopg(serving, expected: int) -> None:
    with serving.connect("anna") as c:
        assert c.execute(LOOK_ALIKES).fetchone() == (expected,)
        c.execute("set search_path = api")  # as Superset does
        assert c.execute(LOOK_ALIKES).fetchone() == (expected,)
        assert c.execute("select count(*) from api.search('tiny', 1)").fetchone() == (10,)
        assert c.execute("show transaction_read_only").fetchone() == ("on",)
        rows = c.execute("select coin_id from coins order by 1").fetchall()
        assert len(rows) == 300
        assert len(c.execute("select repeat('x', 20000000)").fetchone()[0]) == 20_000_000


@pytest.fixture
def reflected(serving) -> Engine:
    made = create_engine(url(serving, "sqlalchemy").replace("anna@", f"anna:{PASSWORD.replace(' ', '%20')}@"))
    yield made
    made.dispose()


def test_sqlalchemy_reflection(reflected: Engine, expected: int) -> None:
    seen = inspect(reflected)
    assert seen.default_schema_name == "api"
    views = seen.get_view_names("api")
    assert {"coins", "sides", "images", "edges", "spaces"} <= set(views)
    unknown = {}
    for view in views:
        # SQLAlchemy warns that it does not know the type vector; pgvector's own package does.
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            columns = seen.get_columns(view, "api")
        for column in columns:
            if str(column["type"]) == "NULL":
                unknown.setdefault(view, []).append(column["name"])
    assert set(unknown) <= {v for v in views if "embedding" in v}, unknown
    types = {column["name"]: str(column["type"]) for column in seen.get_columns("coins", "api")}
    assert (
        types["weight_g"] == "DOUBLE PRECISION"
        and types["year_from"] == "INTEGER"
        and types["mint"] == "TEXT"
    )
    assert "grams" in next(c["comment"] for c in seen.get_columns("coins", "api") if c["name"] == "weight_g")
    with reflected.connect() as c:
        assert c.execute(text(LOOK_ALIKES)).scalar() == expected


def test_odbc(serving, expected: int) -> None:
    pyodbc = pytest.importorskip("pyodbc", reason="pyodbc or unixODBC is not installed", exc_type=ImportError)
    if "PostgreSQL Unicode" not in pyodbc.drivers():
        pytest.skip("psqlODBC is not installed (Debian: odbc-postgresql)")
    connection = pyodbc.connect(url(serving, "odbc") + f"PWD={{{PASSWORD}}}", autocommit=True)
    try:
        cursor = connection.cursor()
        assert cursor.execute(LOOK_ALIKES.replace("'Rome'", "?"), "Rome").fetchone()[0] == expected
        assert "coins" in {row.table_name for row in cursor.tables(schema="api")}
        columns = {row.column_name: row.type_name for row in cursor.columns(table="coins", schema="api")}
        assert columns["weight_g"] == "float8" and columns["mint"] == "text"
        with pytest.raises(pyodbc.Error, match=r"permission denied|read-only"):
            cursor.execute("create table api.t (a int)")
    finally:
        connection.close()


def test_jdbc(serving, expected: int, tmp_path: Path) -> None:
    if not JAR.exists():
        pytest.skip("the JDBC driver is not installed (Debian: libpostgresql-jdbc-java)")
    if not shutil.which("javac"):
        pytest.skip("no JDK is installed (Debian: default-jdk-headless)")
    (tmp_path / "Ask.java").write_text(JAVA)
    done = subprocess.run(
        ["java", "-cp", str(JAR), "Ask.java", url(serving, "jdbc"), LOOK_ALIKES],
        cwd=tmp_path,
        env=os.environ | {"PGPASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert f"found {expected}" in lines and "weight_g float8" in lines and "read only: on" in lines
    assert any(line in ("refused 42501", "refused 25006") for line in lines)


def test_duckdb(serving, expected: int) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    with duckdb.connect() as memory:
        try:
            memory.execute("install postgres")
            memory.execute("load postgres")
        except duckdb.Error as error:
            pytest.skip(f"DuckDB's extension for Postgres cannot be had here: {str(error).splitlines()[0]}")
        place = f"host=127.0.0.1 port={serving.port} dbname=coinstore user=anna password='{PASSWORD}' sslmode=disable"
        memory.execute(f"attach '{place.replace(chr(39), chr(39) * 2)}' as store (type postgres, read_only)")
        assert memory.execute("select count(*) from store.api.coins").fetchone() == (300,)
        found = memory.execute("select * from postgres_query('store', ?)", [LOOK_ALIKES]).fetchone()
        assert found == (expected,)


def test_an_exporter_needs_a_login_of_bi_grant(serving) -> None:
    """As `coinstore help running` says: membership in coinstore_reader passes neither pg_hba.conf nor CONNECT."""
    serving.coinstore("bi", "grant", "prometheus", "--password-stdin", given=PASSWORD)
    with serving.connect("prometheus") as c:
        query = (
            "select labels->>'stage', labels->>'space', value from api.metrics where name = 'coinstore_queue'"
        )
        assert ("vectors", "tiny", 0.0) in c.execute(query).fetchall()
    with serving.as_owner.begin() as c:
        c.execute(text(f"create role exporter login password '{PASSWORD}' in role coinstore_reader"))
    try:
        with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects connection"):
            serving.connect("exporter")
    finally:
        with serving.as_owner.begin() as c:
            c.execute(text("drop role exporter"))
        serving.coinstore("bi", "revoke", "prometheus", "--yes")


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_is_told_where_and_never_the_password(serving, tool: str) -> None:
    said = serving.coinstore("bi", "url", "anna", "--for", tool).stdout
    assert str(serving.port) in said and "anna" in said and "coinstore" in said
    assert "{" not in said.replace("{PostgreSQL Unicode}", "")


ELSEWHERE = "postgresql://owner:secret@coins.example.org:5499/store%20b?sslmode=require"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_server_of_the_network_is_reached_by_tls_and_its_certificate_is_checked(tool: str) -> None:
    address = login_address(Settings(Path("/nowhere"), ELSEWHERE), "anna")
    said = how_to_connect(address, tool)
    assert "coins.example.org" in said and "5499" in said and "secret" not in said and "owner" not in said
    assert "disable" not in said and "off" not in said.lower().split() and "require;" not in said
    if tool in ("psql", "odbc", "jdbc", "sqlalchemy"):
        assert "verify-full" in said.splitlines()[0] and "sslrootcert=FILE" in said


def test_the_query_of_a_killed_client_stops(serving) -> None:
    running = (
        "select count(*) from pg_stat_activity where usename = 'anna' and query like '%%pg_sleep(599)%%'"
    )
    code = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute('select pg_sleep(599)')"
    client = subprocess.Popen(
        [sys.executable, "-c", code, serving.url("anna")], env=os.environ | {"PGPASSWORD": PASSWORD}
    )
    with serving.as_owner.execution_options(isolation_level="AUTOCOMMIT").connect() as c:
        assert until(lambda: c.exec_driver_sql(running).scalar() == 1)
        client.kill()
        client.wait()
        assert until(lambda: c.exec_driver_sql(running).scalar() == 0)


def until(is_so: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not (found := is_so()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def test_an_unknown_login_has_no_address(serving) -> None:
    assert (
        "there is no login nobody" in serving.coinstore("bi", "url", "nobody", "--for", "psql", code=1).stderr
    )
