"""The vectors of a space distributed over Citus: the same rows as on one server (tests/citus.py says where)."""

import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import answers
import citus
import numpy as np
import pytest
from sqlalchemy import create_engine, text
from stores import named

import coinstore
from coinstore.db import call, engine, upgrade
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SpaceError
from coinstore.spaces import catalogue

pytestmark = pytest.mark.skipif(
    not citus.COORDINATOR, reason="COINSTORE_TEST_CITUS names no Citus coordinator"
)
_numbers = itertools.count(1)
SHARDS = 4


@pytest.fixture
def url() -> Iterator[str]:
    """An empty database of the test's own on the coordinator."""
    with citus.database(f"coinstore_test_{os.getpid()}_{next(_numbers)}") as made:
        yield made


@pytest.fixture
def filled(url: str) -> Iterator[coinstore.Store]:
    store = engine.connect(url)
    upgrade.upgrade(store)
    answers.fill(store)
    yield coinstore.Store(store)
    store.dispose()


def shards(store: coinstore.Store, space: str = "tiny") -> int | None:
    found: int | None = call.run(store.engine, "job.shards", space=space)
    return found


@pytest.mark.parametrize("is_indexed", [False, True])
def test_the_answers_are_those_of_one_server(
    filled: coinstore.Store, tmp_path: Path, is_indexed: bool
) -> None:
    if is_indexed:
        filled.spaces.index("tiny")
    before = answers.answers(filled, tmp_path)
    filled.spaces.distribute("tiny", SHARDS)
    assert shards(filled) == SHARDS
    assert answers.differences(before, answers.answers(filled, tmp_path)) == []
    filled.spaces.gather("tiny")
    assert shards(filled) is None
    assert answers.differences(before, answers.answers(filled, tmp_path)) == []


def embed(store: coinstore.Store, sides: list[int]) -> None:
    """Writes vectors as a worker does."""
    with store.engine.begin() as c:
        copy_vectors(c, "tiny", "half", sides, np.random.default_rng(1).normal(size=(len(sides), 16)))
        call.value(c, "job.note_vectors", space="tiny", sides=sides)


def test_vectors_come_and_go(filled: coinstore.Store) -> None:
    filled.spaces.distribute("tiny", SHARDS)
    sides = list(range(1, 60))
    call.run(filled.engine, "job.forget_vectors", space="tiny", sides=sides)
    embed(filled, sides)
    with filled.engine.begin() as c:
        c.execute(text("delete from core.coin where coin_id % 5 = 0"))
    assert filled.check().to_dicts() == []
    with filled.engine.begin() as c:
        there = c.execute(text("select count(*) from core.embedding_tiny")).scalar()
        assert there == c.execute(text("select count(*) from core.side")).scalar()


def test_a_transaction_that_fails_leaves_nothing_on_the_workers(filled: coinstore.Store) -> None:
    filled.spaces.distribute("tiny", SHARDS)
    call.run(filled.engine, "job.forget_vectors", space="tiny", sides=[1, 2, 3])
    with pytest.raises(ZeroDivisionError), filled.engine.begin() as c:
        copy_vectors(c, "tiny", "half", [1, 2, 3], np.eye(3, 16))
        raise ZeroDivisionError
    assert filled.check().to_dicts() == []
    embed(filled, [1, 2, 3])


def test_two_spaces_exchange_their_names(filled: coinstore.Store) -> None:
    filled.spaces.distribute("tiny", SHARDS)
    query = "select * from api.similar_{}(1) order by distance, side_id"
    before = filled.sql(query.format("tiny")).to_dicts()
    filled.spaces.switch("other", "tiny")
    assert filled.sql(query.format("other")).to_dicts() == before
    assert (shards(filled, "other"), shards(filled, "tiny")) == (SHARDS, None)
    filled.spaces.drop("other")
    assert filled.check().to_dicts() == []


def test_a_search_holds_its_space_against_a_switch(filled: coinstore.Store) -> None:
    filled.spaces.distribute("tiny", SHARDS)
    switched = threading.Event()

    def switch() -> None:
        catalogue.switch_spaces(filled.engine, "tiny", "other")
        switched.set()

    with filled.engine.begin() as c:
        call.rows(c, "part.known_space", space="tiny")
        thread = threading.Thread(target=switch)
        thread.start()
        assert not switched.wait(1)
        assert call.rows(c, "part.known_space", space="tiny")[0]["dims"] == 16
    thread.join()
    assert catalogue.known(filled.engine, "tiny").dims == 8


def test_an_upgrade_and_a_backup_keep_it_distributed(filled: coinstore.Store, tmp_path: Path) -> None:
    filled.spaces.distribute("tiny", SHARDS)
    query = "select * from api.similar_tiny(1) order by distance, side_id"
    before = filled.sql(query).to_dicts()
    with filled.engine.begin() as c:
        c.execute(text("update core.meaning set digest = 'another'"))
    assert upgrade.upgrade(filled.engine).rebuilt
    assert filled.sql(query).to_dicts() == before
    made = filled.backup(tmp_path / "coins.dump")
    assert made.verified and shards(filled) == SHARDS


def test_a_backup_is_restored_on_one_server(filled: coinstore.Store, tmp_path: Path, template: str) -> None:
    from coinstore.running.backup import restore

    filled.spaces.distribute("tiny", SHARDS)
    query = "select * from api.similar_tiny(1) order by distance, side_id"
    before = filled.sql(query).to_dicts()
    filled.backup(tmp_path / "coins.dump")
    plain = named(template, "restored_from_citus")
    citus.everywhere(plain, [], "create database {}")
    other = coinstore.Store(create_engine(plain.replace("postgresql://", "postgresql+psycopg://")))
    try:
        list(restore(other.engine, tmp_path / "coins.dump"))
        assert other.sql(query).to_dicts() == before
        assert not call.run(other.engine, "job.is_apart", space="tiny")
    finally:
        other.close()
        citus.everywhere(plain, [], "drop database {} with (force)")


def test_what_cannot_be_is_refused(filled: coinstore.Store) -> None:
    with pytest.raises(NotFound, match="there is no space nothing"):
        filled.spaces.distribute("nothing", SHARDS)
    filled.spaces.distribute("tiny", SHARDS)
    with pytest.raises(SpaceError, match="distributed over 4 shards already"):
        filled.spaces.distribute("tiny", SHARDS)
    with filled.engine.begin() as c:
        for host, port in c.execute(
            text("select node_name, node_port from citus_get_active_worker_nodes()")
        ).all():
            c.execute(
                text("select citus_set_node_property(:host, :port, 'shouldhaveshards', false)"),
                {"host": host, "port": port},
            )
    with pytest.raises(SpaceError, match="has no workers"):
        filled.spaces.distribute("other", SHARDS)
