"""Every function of api gives the same rows whatever the caller's search_path, and wherever pgvector is installed."""

import json
import re
from collections.abc import Iterator

import full_store
import psycopg
import pytest
import stores
from sqlalchemy import text

from coinstore.db import engine, upgrade
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.fill import fill_spaces
from coinstore.spaces.index import rebuild_index

VECTOR = json.dumps([1.0, *[0.0] * (full_store.DIMS - 1)])
PARTS = json.dumps(
    [
        {"space": "tiny", "face": face, "query": json.loads(VECTOR), "weight": 1}
        for face in ("obverse", "reverse")
    ]
)
# One call for each signature.
CALLS = {
    "coin(collection, inventory_number)": "'Open Museum', 'N00003'",
    "coin_labels(label, face)": "'type'",
    "coins_with_words(words)": "'open'",
    "community_agreement(graph, label, algorithm)": f"'{full_store.GRAPH}', 'type'",
    "derived_vector(space, query)": f"'flat', '{VECTOR}'",
    "die_coverage(coins, singletons, doubletons)": "10, 2, 2",
    "die_estimates(coins, dies, singletons, doubletons)": "10, 5, 2, 2",
    "die_statistics(by_type)": "",
    "duplicate_photographs(predicate)": "",
    "edges_above(space, face, above)": "'tiny', 'obverse', 0.6",
    "find_coins(name, at_most)": "'N00003'",
    "missing_values(predicate)": "",
    "outliers(field, predicate, beyond)": "'mint', beyond => 0.5",
    "same_coin_twice(space, predicate, alike)": "'tiny', alike => -1",
    "search(parts, k, predicate, farthest, except_coin, rerank)": f"'{PARTS}'::jsonb, 3",
    "search(space, coin, face, k, predicate, obverse_weight, farthest, rerank)": "'tiny', coin => 4, k => 3, face => 'both'",
    "search(space, query, face, k, predicate, farthest, except_coin, rerank)": f"'tiny', query => '{VECTOR}', k => 3",
    "similar_coins_tiny(coin, obverse_weight)": "4",
    "similar_tiny(coin, face)": "coin => 4",
    "similar_tiny(query, face)": f"query => '{VECTOR}'",
    "similar_coins_flat(coin, obverse_weight)": "4",
    "similar_flat(coin, face)": "coin => 4",
    "similar_flat(query, face)": "query => '[1, 0, 0, 0]'",
    "threshold_sweep(space, face, at_most, seed)": "'tiny'",
}
SIGNATURES = """
    select format('%s(%s)', p.proname, array_to_string(p.proargnames[1:p.pronargs], ', '))
    from pg_proc p where p.pronamespace = 'api'::regnamespace
"""
VIEWS = "select c.oid::regclass::text from pg_class c where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'"


@pytest.fixture(scope="module")
def elsewhere(template: str) -> Iterator[str]:
    """The address of a full store whose extension is in schema extensions."""
    url = stores.named(template, "vector_elsewhere")
    stores.drop(url)
    with psycopg.connect(stores.named(template, "postgres"), autocommit=True) as admin:
        admin.execute("create database vector_elsewhere")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("create schema extensions")
        admin.execute("create extension vector schema extensions")
    with engine.opened(url) as store:
        upgrade.upgrade(store)
        full_store.fill(store)
        derive_space(store, "flat", Derivation("tiny", centre="all", whiten=4))
        list(fill_spaces(store, ["flat"]))
        list(rebuild_index(store, "tiny"))
        with store.begin() as c:
            c.execute(text("update core.space set recall_at = null"))  # its age differs at each look
    yield url
    stores.drop(url)


LONG = re.compile(r"\d+\.\d{10,}")


def _asked(url: str, path: str, asked: list[str]) -> dict[str, list]:
    found = {}
    with psycopg.connect(url, autocommit=True) as reader:
        reader.execute("set role coinstore_reader")
        reader.execute("select set_config('search_path', %s, false)", [path])
        for one in asked:
            try:
                rows = reader.execute(f"select * from {one}").fetchall()
            except psycopg.Error as error:
                pytest.fail(f"{one}: {error}")
            # The last digits of a sum depend on the order of its rows, which a vacuum may change.
            found[one] = sorted(LONG.sub(lambda number: f"{float(number[0]):.9g}", repr(row)) for row in rows)
    return found


def test_every_function_is_called(elsewhere: str) -> None:
    with engine.opened(elsewhere) as store, store.connect() as c:
        assert sorted(c.execute(text(SIGNATURES)).scalars()) == sorted(CALLS)


def test_no_search_path_makes_a_difference(elsewhere: str) -> None:
    calls = [f"api.{signature.partition('(')[0]}({given})" for signature, given in CALLS.items()]
    with engine.opened(elsewhere) as store, store.connect() as c:
        calls += list(c.execute(text(VIEWS)).scalars())
    usual = _asked(elsewhere, "public, extensions", calls)
    assert [one for one in calls if not usual[one] and not one.startswith("api.duplicate")] == []
    for path in ("", "pg_temp, public"):
        found = _asked(elsewhere, path, calls)
        found["api.metrics"] = usual["api.metrics"]  # ages, and counts of what goes on now
        assert {one: rows for one, rows in found.items() if rows != usual[one]} == {}


def test_an_index_is_used_with_an_empty_path(elsewhere: str) -> None:
    """Inlining is kept: the caller's LIMIT reaches the index."""
    with psycopg.connect(elsewhere, autocommit=True) as reader:
        reader.execute("set enable_seqscan = off; set enable_sort = off; set search_path = ''")
        plan = reader.execute(
            f"explain select side_id from api.similar_tiny(query => '{VECTOR}') order by distance limit 3"
        ).fetchall()
    assert "embedding_tiny_hnsw" in str(plan)
