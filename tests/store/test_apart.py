"""Vectors apart from the coins, as Citus needs them, on a plain server: the same rows, rights and comments."""

from pathlib import Path

import answers
import numpy as np
import psycopg
import pytest
from answers import N
from sqlalchemy import Engine, text
from stores import Once

import coinstore
from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.db.engine import as_reader
from coinstore.errors import SpaceError
from coinstore.spaces import catalogue


@pytest.fixture
def filled(store: Engine, once: Once) -> coinstore.Store:
    once(lambda _folder: answers.fill(store))
    return coinstore.Store(store)


def run_private(store: coinstore.Store) -> None:
    call.run(store.engine, "job.set_private", collections=["Museum 1"], scope="images")


def take_apart(store: coinstore.Store, space: str = "tiny") -> None:
    call.run(store.engine, "job.take_apart", space=space)


def sql(store: coinstore.Store, query: str) -> list:
    with store.engine.begin() as c:
        result = c.execute(text(query))
        return result.all() if result.returns_rows else []


@pytest.mark.parametrize("is_indexed", [False, True])
def test_the_answers_are_the_same(filled: coinstore.Store, tmp_path: Path, is_indexed: bool) -> None:
    if is_indexed:
        filled.spaces.index("tiny")
    before = answers.answers(filled, tmp_path)
    take_apart(filled)
    assert answers.differences(before, answers.answers(filled, tmp_path)) == []
    call.run(filled.engine, "job.put_together", space="tiny")
    assert answers.differences(before, answers.answers(filled, tmp_path)) == []


def test_no_search_path_is_needed(filled: coinstore.Store) -> None:
    take_apart(filled)
    with filled.engine.begin() as c:
        c.execute(text("set local search_path = ''"))
        for query in answers.QUERIES.values():
            c.execute(text(query.format(space="tiny", other="other", coin=4).replace("::vector", "")))


def test_both_variants_keep_one_contract(filled: coinstore.Store) -> None:
    before = answers.contract(filled, "tiny")
    assert len(before) >= 10
    take_apart(filled)
    assert answers.contract(filled, "tiny") == before


def test_an_upgrade_keeps_vectors_apart(filled: coinstore.Store) -> None:
    from coinstore.db import upgrade

    take_apart(filled)
    before = answers.contract(filled, "tiny")
    sql(filled, "update core.meaning set digest = 'another'")
    assert upgrade.upgrade(filled.engine).rebuilt
    assert answers.contract(filled, "tiny") == before
    sql(filled, "delete from core.coin where inventory_number = '00001'")
    assert not sql(
        filled, "select from core.embedding_tiny where side_id not in (select side_id from core.side)"
    )


@pytest.mark.parametrize(
    "call", ["near_vectors('tiny', q, 5)", "far_distances('tiny', q)", "far_vectors('tiny')"]
)
def test_only_the_search_role_reaches_all_vectors(filled: coinstore.Store, call: str) -> None:
    take_apart(filled)
    query = f"select count(*) from (select '[{','.join(['1'] * 16)}]'::vector as q) x, part.{call} f"
    assert sql(filled, query)[0][0]
    with filled.engine.begin() as c:
        as_reader(c)
        with pytest.raises(Exception, match="permission denied for function"):
            c.execute(text(query))
    with filled.engine.begin() as c:
        c.execute(text("set local role coinstore_search"))
        assert c.execute(text(query)).scalar()


@pytest.mark.parametrize(
    "call",
    [
        "part.near_vectors('tiny', q, 5000)",
        "part.far_distances('tiny', q)",
        "part.far_distances('tiny', q, k => 5000)",
        "part.far_vectors('tiny')",
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_a_condition_does_not_see_what_is_hidden(
    filled: coinstore.Store, url: str, call: str, apart: bool
) -> None:
    """A condition runs with the rights of the search, which may call these."""
    query = "(select embedding::vector from api.embedding_tiny limit 1)"
    told = call.replace("q)", f"{query})").replace("q,", f"{query},").replace("'", "''")
    search = "select array_agg(side_id) from api.search('tiny', 1, k => 1, predicate => '(select count(*) from {0}) {1}')"
    run_private(filled)
    if apart:
        take_apart(filled)
    sql(filled, "create role apart_reader login in role coinstore_reader")
    try:
        visible = as_login(url, ["select count(*) from api.embedding_tiny"])[0][0]
        assert visible < sql(filled, "select count(*) from core.embedding_tiny")[0][0]
        assert as_login(url, [search.format(told, f"= {visible}")])[0][0]
        assert not as_login(url, [search.format(told, f"> {visible}")])[0][0]
    finally:
        sql(filled, "drop role apart_reader")


def test_what_is_private_is_hidden(filled: coinstore.Store, url: str) -> None:
    call.run(filled.engine, "job.set_private", collections=["Museum 1"], scope="images")
    questions = [
        "select count(*) from api.embedding_tiny",
        "select count(*) from api.similar_tiny(1)",
        "select count(*) from api.similar_coins_tiny(1)",
        "select count(*) from part.comparable_vectors('tiny', 'both')",
        "select array_agg(inventory_number) from api.search('tiny', 1, k => 100)",
        "select array_agg(inventory_number) from api.search('tiny', 1, 'both', k => 100, farthest => true)",
        "select part.vector_tiny((select coin_id from api.coins where collection = 'Museum 1' limit 1), 'obverse')",
    ]
    sql(filled, "create role apart_reader login in role coinstore_reader")
    try:
        before = as_login(url, questions)
        take_apart(filled)
        assert as_login(url, questions) == before
        assert before[0][0] < N * 2 - N // 10 and before[-1] == (None,)
    finally:
        sql(filled, "drop role apart_reader")


def as_login(url: str, questions: list[str]) -> list:
    with psycopg.connect(url, autocommit=True) as c:
        c.execute("set session authorization apart_reader")
        return [c.execute(question).fetchone() for question in questions]


def test_a_deleted_coin_takes_its_vectors_along(filled: coinstore.Store) -> None:
    take_apart(filled)
    sql(filled, "delete from core.coin where coin_id % 5 = 0")
    assert sql(filled, "select count(*) from core.embedding_tiny") == sql(
        filled, "select count(*) from core.side"
    )


def test_what_is_embedded_later_is_found(filled: coinstore.Store) -> None:
    take_apart(filled)
    sides = [1, 2, 3]
    call.run(filled.engine, "job.forget_vectors", space="tiny", sides=sides)
    assert call.run(filled.engine, "job.embedded", name="tiny") == N * 2 - N // 10 - 3
    with filled.engine.begin() as c:
        copy_vectors(c, "tiny", "half", sides, np.eye(3, 16, dtype=np.float32))
        call.value(c, "job.note_vectors", space="tiny", sides=sides)
    assert call.run(filled.engine, "job.embedded", name="tiny") == N * 2 - N // 10
    assert filled.check().to_dicts() == []


def test_check_finds_vectors_and_marks_that_differ(filled: coinstore.Store) -> None:
    take_apart(filled)
    sql(filled, "delete from core.embedding_tiny where side_id = 1")
    sql(
        filled,
        "alter table core.has_tiny disable trigger vectors_go; delete from core.has_tiny where side_id = 2",
    )
    sql(filled, "alter table core.has_tiny enable trigger vectors_go")
    assert {row["what"] for row in filled.check().to_dicts()} == {
        "vector without a side",
        "vector is missing from its table",
    }
    call.changes(filled.engine, "job.fix")
    assert filled.check().to_dicts() == []


def test_a_switched_space_is_taken_apart_and_put_together(filled: coinstore.Store) -> None:
    keys = "select count(*) from pg_constraint where conrelid = 'core.embedding_other'::regclass and contype = 'f'"
    catalogue.switch_spaces(filled.engine, "tiny", "other")
    take_apart(filled, "other")
    assert sql(filled, keys) == [(0,)]
    call.run(filled.engine, "job.put_together", space="other")
    assert sql(filled, keys) == [(1,)]


def test_names_are_switched(filled: coinstore.Store) -> None:
    take_apart(filled)
    before = filled.sql("select * from api.similar_tiny(1) order by distance, side_id").to_dicts()
    catalogue.switch_spaces(filled.engine, "other", "tiny")
    assert filled.sql("select * from api.similar_other(1) order by distance, side_id").to_dicts() == before
    assert [catalogue.known(filled.engine, name).dims for name in ("tiny", "other")] == [8, 16]
    sql(filled, "delete from core.coin where coin_id = 3")
    assert filled.check().to_dicts() == []


def test_a_search_holds_its_space_against_a_switch(filled: coinstore.Store) -> None:
    take_apart(filled)
    with filled.engine.begin() as c:
        call.rows(c, "part.known_space", space="tiny")
        with pytest.raises(Exception, match="lock timeout"), filled.engine.begin() as other:
            other.execute(text("set local lock_timeout = '50ms'"))
            other.execute(text("lock table api.embedding_tiny in access exclusive mode"))


def test_a_plain_server_is_refused(filled: coinstore.Store) -> None:
    with pytest.raises(SpaceError, match="not a Citus coordinator"):
        catalogue.distribute_space(filled.engine, "tiny", 4)
    with pytest.raises(SpaceError, match="on this server already"):
        catalogue.gather_space(filled.engine, "tiny")
