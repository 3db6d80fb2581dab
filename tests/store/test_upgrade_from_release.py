"""A store of the release f9fafc6 is upgraded: every row stays, and the store answers as before.

fixtures/make_release_store.py made the dump and the photographs. A change of the schema that renames a table or a
column adds it to RENAMED, one that writes a value differently to REWORDED, one that adds rows to ADDED;
that is all a schema change may do to this test.
"""

import hashlib
import lzma
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

import coinstore
from coinstore.db import call, engine, upgrade
from coinstore.running import check, status
from coinstore.server import embedded

FIXTURES = Path(__file__).parent / "fixtures"
DUMP = FIXTURES / "release_f9fafc6.sql.xz"
PHOTOGRAPHS = FIXTURES / "release_f9fafc6.zip"
# Old name, `table` or `table.column` (both without `core.`), and the new one.
RENAMED = {"fault.text": "value_text", "imputed.text": "value_text"}
# Table and column, the new value, and the old one.
REWORDED = {
    f"{table}.face": ("both", "coin") for table in ("graph", "verdict", "map", "classifier", "evaluation")
}
# Rows that later steps add, as a condition on the others.
ADDED = {"setting": "name <> 'index_memory_mb'"}
# These say which schema the store has.
OF_THE_SCHEMA = {"alembic_version", "meaning"}
LOGINS = ("release_anna", "release_otto")
SPACES = ["coarse", "debiased", "hog", "joint", "looks", "said"]

Content = dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def released(template: str) -> Iterator[tuple[Engine, Content]]:
    """The upgraded store, and its content before the upgrade by old names."""
    name = "released"
    address = template.replace("/coinstore?", f"/{name}?")
    with psycopg.connect(template, autocommit=True) as admin:
        admin.execute(f"create database {name}")
        for login in LOGINS:
            admin.execute(f"create role {login} in role coinstore_bi")
    _restore(address)
    store = engine.connect(address)
    before = _content(store, _columns(store))
    upgrade.upgrade(store)
    yield store, before
    store.dispose()
    with psycopg.connect(template, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")
        for login in LOGINS:
            admin.execute(f"drop role {login}")


def _restore(address: str) -> None:
    """The dump as it is; only the photographs are where this checkout is."""
    sql = lzma.decompress(DUMP.read_bytes()).decode()
    arguments = [str(embedded.programs() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", address]
    done = subprocess.run(
        [*arguments, "-o", os.devnull], input=sql, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with psycopg.connect(address) as connection:
        connection.execute(
            "update core.side set image_location = regexp_replace(image_location, '::.*', '::' || %s)",
            [str(PHOTOGRAPHS)],
        )
        connection.execute(
            "create index embedding_hog_hnsw on core.embedding_hog using hnsw (embedding halfvec_cosine_ops)"
            " with (m = 16, ef_construction = 128)"
        )


def _columns(store: Engine) -> dict[str, list[str]]:
    """The tables of core and their columns."""
    query = """select c.relname, array_agg(a.attname::text order by a.attnum)
               from pg_class c join pg_attribute a on a.attrelid = c.oid
               where c.relnamespace = 'core'::regnamespace and c.relkind = 'r'
                 and a.attnum > 0 and not a.attisdropped
               group by 1 order by 1"""
    with store.connect() as connection:
        return {table: columns for table, columns in connection.execute(text(query)).all()}


def _content(store: Engine, columns: dict[str, list[str]], names: dict[str, str] | None = None) -> Content:
    """Rows, and a digest of all that is in them, for each table; `names` maps old names to new ones."""
    found = {}
    renamed = names or {}
    with store.connect() as connection:
        for table in columns.keys() - OF_THE_SCHEMA:
            fields = [f'"{renamed.get(f"{table}.{name}", name)}"::text' for name in columns[table]]
            for n, name in enumerate(columns[table]):
                if names and (value := REWORDED.get(f"{table}.{name}")):
                    fields[n] = f"case {fields[n]} when '{value[0]}' then '{value[1]}' else {fields[n]} end"
            query = f'select {", ".join(fields)} from core."{renamed.get(table, table)}"'
            query += f" where {ADDED.get(table, 'true')}"
            rows = sorted(repr(tuple(row)) for row in connection.execute(text(query)))
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@pytest.fixture
def store(released: tuple[Engine, Content]) -> Engine:
    return released[0]


def test_every_table_of_the_release_has_rows(released: tuple[Engine, Content]) -> None:
    assert [table for table, (rows, _) in released[1].items() if rows == 0] == []


def test_the_upgrade_keeps_every_row(released: tuple[Engine, Content]) -> None:
    store, before = released
    columns = _columns(store)
    assert {RENAMED.get(table, table) for table in before} <= columns.keys()
    assert _content(store, _old_columns(), RENAMED) == before


def _old_columns() -> dict[str, list[str]]:
    """The columns of the release, as the dump copies them."""
    lines = lzma.decompress(DUMP.read_bytes()).decode().splitlines()
    copied = [line for line in lines if line.startswith("COPY core.")]
    return {
        line.split()[1].removeprefix("core."): [
            name.strip('"') for name in line[line.index("(") + 1 : line.index(")")].split(", ")
        ]
        for line in copied
    }


def test_a_second_upgrade_does_nothing(store: Engine) -> None:
    assert not upgrade.upgrade(store).rebuilt
    upgrade.check(store)


def test_nothing_is_wrong_in_it(store: Engine) -> None:
    steps = [*check.check_database(store), *check.check_files(store, whole=True)]
    assert [step for step in steps if isinstance(step, check.Finding)] == []


def test_it_shows_the_copies_that_the_release_showed(store: Engine) -> None:
    """They are found without making a fingerprint first."""
    found = call.read(store, "api.duplicate_photographs")
    assert [
        (row["kind"], row["bits"], row["inventory_number"], row["other_inventory_number"]) for row in found
    ] == [("same photograph", 35, "LM 0001", "LM 0019")]


@pytest.mark.parametrize("space", SPACES)
def test_its_spaces_are_stored_as_new_ones_are(store: Engine, space: str) -> None:
    told = """
        select array(select (a.attname, a.atttypid::regtype, a.atttypmod, a.attnotnull, a.attstorage)::text
                     from pg_attribute a where a.attrelid = t.oid and a.attnum > 0 order by a.attnum),
               array(select pg_get_constraintdef(c.oid) from pg_constraint c where c.conrelid = t.oid
                     and c.contype <> 'n' order by 1),
               array(select replace(pg_get_indexdef(x.indexrelid), :name, 'x') from pg_index x
                     join pg_class i on i.oid = x.indexrelid where x.indrelid = t.oid
                       and i.relname not like '%hnsw' order by 1)
        from pg_class t where t.oid = to_regclass('core.embedding_' || :name)"""
    with store.connect() as connection:
        dims, precision = connection.execute(
            text("select dims, precision from core.space where name = :space"), {"space": space}
        ).one()
        call.value(
            connection, "job.add_space", name="fresh", recipe="{}", dims=dims, precision=precision, sees=None
        )
        old, new = (connection.execute(text(told), {"name": name}).one() for name in (space, "fresh"))
        assert old == new
        assert call.value(connection, "part.is_indexed", space=space) == (space == "hog")
        connection.rollback()


@pytest.mark.parametrize("space", SPACES)
def test_it_says_what_is_similar(store: Engine, space: str) -> None:
    answer = coinstore.Store(store).similar("LM 0001", space=space, k=2)
    assert len(answer) == 2
    assert all(0 <= row.distance <= 2 and row.percentile is not None for row in answer)


@pytest.mark.parametrize("space", SPACES)
def test_sql_says_the_same(store: Engine, space: str) -> None:
    answer = coinstore.Store(store).similar("LM 0001", space=space, k=2)
    query = f"""select coin_id from api.similar_{space}(api.coin('Lakeside Museum', 'LM 0001'), 'obverse')
                order by distance limit 2"""
    with store.connect() as connection:
        assert list(connection.execute(text(query)).scalars()) == [row.coin_id for row in answer]


def test_it_searches_with_a_condition(store: Engine) -> None:
    where = "collection <> 'Lakeside Museum'"
    answer = coinstore.Store(store).similar("LM 0001", space="debiased", k=3, where=where)
    assert len(answer) == 3
    assert "Lakeside Museum" not in {row.collection for row in answer}


def test_it_has_its_graphs_maps_and_figures(store: Engine) -> None:
    graphs = {row["graph"]: row for row in call.look(store, "api.graphs")}
    assert set(graphs) == {"debiased_obverse", "debiased_coin_across"}
    assert [row["map"] for row in call.look(store, "api.maps")] == ["debiased_obverse_pca"]
    assert call.look(store, "api.coin_overview")
    assert len(call.look(store, "api.verdicts")) == 3


def test_its_status_is_that_of_a_full_store(store: Engine) -> None:
    state = status.status(store)
    assert {row["space"] for row in state["coverage"]} == set(SPACES)
    assert state["last_backup"]["file"].endswith("release.backup")
    assert "coinstore_" in status.exposition(store)


@pytest.mark.parametrize(
    ("login", "collections"),
    [
        ("release_anna", {"Lakeside Museum", "Sammlung Nord", "Hoard of Hill 7"}),
        ("release_otto", {"Lakeside Museum", "Sammlung Nord"}),
    ],
)
def test_private_images_stay_private(store: Engine, login: str, collections: set[str]) -> None:
    query = "select distinct collection from api.sides join api.embedding_coarse using (side_id)"
    with store.connect() as connection:
        connection.execute(text(f"set session authorization {login}"))
        assert set(connection.execute(text(query)).scalars()) == collections
        connection.invalidate()
