"""The index of a space: vectors or bits, its memory, and that no one waits while it is built."""

import threading

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.spaces import catalogue
from coinstore.spaces.fill import fill_spaces
from coinstore.spaces.index import BeingBuilt, Indexed, Indexing, rebuild_index

N, DIMS = 600, 64


@pytest.fixture
def vectors(store: Engine) -> np.ndarray:
    """The space `wide`: N sides, both faces of half as many coins, in clusters far from the origin."""
    rng = np.random.default_rng(0)
    made = rng.normal(size=(30, DIMS))[rng.integers(0, 30, N)] + 0.5 * rng.normal(size=(N, DIMS)) + 3
    made = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)
    with store.begin() as c:
        c.execute(text("insert into core.collection (name) values ('Museum')"))
        c.execute(
            text(
                "insert into core.coin (collection_id, inventory_number, weight_g) "
                "select 1, n::text, 1 + n % 10 from generate_series(1, :n) n"
            ),
            {"n": N // 2},
        )
        c.execute(
            text(
                "insert into core.side (coin_id, face) "
                "select coin_id, f from core.coin, unnest(array['obverse', 'reverse']) f order by 1, 2"
            )
        )
        call.value(c, "job.add_space", name="wide", recipe="{}", dims=DIMS)
        copy_vectors(c, "wide", "half", range(1, N + 1), made)
        c.execute(text("analyze"))
    return made


def nearest(store: Engine, vectors: np.ndarray, side: int, predicate: str = "true", k: int = 10) -> list[int]:
    query = str(vectors[side - 1].tolist())
    found = call.read(
        store, "api.search", space="wide", query=query, face="obverse", k=k, predicate=predicate
    )
    return [row["side_id"] for row in found]


def truth(vectors: np.ndarray, side: int, keep: np.ndarray, k: int = 10) -> set[int]:
    ids = np.flatnonzero(keep) + 1
    # Half precision leaves them slightly longer or shorter than 1.
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    distance = 1 - unit[ids - 1] @ unit[side - 1]
    return set(ids[np.argsort(distance, kind="stable")[:k]].tolist())


OBVERSE = np.arange(N) % 2 == 0
WEIGHT = 1 + (np.arange(N) // 2 + 1) % 10


def test_an_index_that_was_emptied_finds_nothing(store: Engine, vectors: np.ndarray) -> None:
    list(rebuild_index(store, "wide", "vectors"))
    with store.begin() as c:
        c.execute(text("delete from core.embedding_wide"))
    with store.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(text("vacuum analyze core.embedding_wide"))
    for predicate in ("true", "weight_g < 2", "weight_g > 0", "legend is null"):
        assert nearest(store, vectors, 1, predicate) == []


@pytest.mark.parametrize("kind", ["vectors", "bits"])
def test_an_index_finds_what_is_nearest(store: Engine, vectors: np.ndarray, kind) -> None:
    *_, done = rebuild_index(store, "wide", kind)
    assert isinstance(done, Indexed)
    assert done.recall >= 0.95
    space = call.look(store, "api.spaces")[0]
    assert (space["index_kind"], space["indexed"], space["recall_at_10"]) == (kind, True, done.recall)
    found = [
        len(truth(vectors, side, keep) & set(nearest(store, vectors, side, predicate)))
        for side in range(1, 60, 2)
        for predicate, keep in (
            ("true", OBVERSE),
            ("weight_g < 6", OBVERSE & (WEIGHT < 6)),
            ("weight_g = 1", OBVERSE & (WEIGHT == 1)),
            ("legend is null and weight_g < 6", OBVERSE & (WEIGHT < 6)),
        )
    ]
    assert np.mean(found) >= 9.8
    assert len(nearest(store, vectors, 1, k=N)) == N // 2
    assert len(nearest(store, vectors, 1, "weight_g = 1", k=N)) == N // 20


SEARCH = text("select side_id from api.search('wide', cast(:q as vector), 'obverse', 5, :predicate)")


@pytest.mark.parametrize("kind", [None, "vectors", "bits"])
def test_a_condition_is_asked_again_whatever_became_of_its_plan(
    store: Engine, vectors: np.ndarray, kind: str | None
) -> None:
    if kind is not None:
        list(rebuild_index(store, "wide", kind))
    query = str(vectors[0].tolist())
    asked = (
        ("weight_g = 1", WEIGHT == 1),
        ("weight_g = 2", WEIGHT == 2),
        ("legend is null and weight_g = 3", WEIGHT == 3),
        ("weight_g < 9", WEIGHT < 9),
    )
    with store.connect() as c:
        c.connection.driver_connection.prepare_threshold = None  # psycopg would miss its own statements
        for between in ("select 1", "deallocate all", "discard plans", "analyze core.coin", "select 1"):
            for predicate, keep in asked:
                c.execute(text(between))
                found = [set(c.execute(SEARCH, {"q": query, "predicate": predicate}).scalars()) for _ in "12"]
                assert found == 2 * [truth(vectors, 1, OBVERSE & keep, 5)]
        c.execute(text("update core.coin set weight_g = 1 where weight_g = 4"))
        both = OBVERSE & np.isin(WEIGHT, (1, 4))
        assert set(c.execute(SEARCH, {"q": query, "predicate": "weight_g = 1"}).scalars()) == truth(
            vectors, 1, both, 5
        )
        for tenths in range(10, 30):
            c.execute(SEARCH, {"q": query, "predicate": f"weight_g = {tenths / 10}"})
        kept = "select count(*) from pg_prepared_statements where starts_with(name, 'coinstore_')"
        assert 1 <= c.execute(text(kept)).scalar_one() <= 8, "the plans of earlier conditions are given back"


def test_a_switch_of_spaces_reaches_a_session_that_keeps_plans(store: Engine, vectors: np.ndarray) -> None:
    list(rebuild_index(store, "wide", "vectors"))
    turned = vectors[::-1].astype(np.float32)
    with store.begin() as c:
        call.value(c, "job.add_space", name="later", recipe='{"later": 1}', dims=DIMS, precision="single")
        copy_vectors(c, "later", "single", range(1, N + 1), turned)
    list(rebuild_index(store, "later", "vectors"))
    asked = {"q": str(vectors[0].tolist()), "predicate": "weight_g < 9"}
    with store.connect() as c:
        c.connection.driver_connection.prepare_threshold = None
        assert set(c.execute(SEARCH, asked).scalars()) == truth(vectors, 1, OBVERSE & (WEIGHT < 9), 5)
        c.commit()
        call.run(store, "job.switch_space", name="wide", other="later")
        assert set(c.execute(SEARCH, asked).scalars()) == truth(turned, N, OBVERSE & (WEIGHT < 9), 5)
        used = (
            "select parameter_types::text from pg_prepared_statements where starts_with(name, 'coinstore_')"
        )
        assert "{vector,integer}" in set(c.execute(text(used)).scalars()), "halfvec would not use the index"
        c.commit()
        call.run(store, "job.drop_space", name="wide")
        with pytest.raises(Exception, match="wide"):
            c.execute(SEARCH, asked)


def test_plans_of_others_are_left_and_ours_stay_few(store: Engine, vectors: np.ndarray) -> None:
    query = str(vectors[0].tolist())
    with store.connect() as c:
        for n in range(9):
            c.execute(text(f"prepare kept_{n} as select 1"))
        for n in range(20):
            c.execute(SEARCH, {"q": query, "predicate": f"weight_g > {n / 100}"})
        names = [str(name) for name in c.execute(text("select name from pg_prepared_statements")).scalars()]
        ours = [name for name in names if name.startswith("coinstore_")]
        assert 1 <= len(ours) <= 8 and len([name for name in names if name.startswith("kept_")]) == 9


def test_an_index_of_bits_outlives_upgrades_and_switches(store: Engine, vectors: np.ndarray) -> None:
    list(rebuild_index(store, "wide", "bits"))
    before = nearest(store, vectors, 7)
    with store.begin() as c:
        call.value(c, "job.build_space", space="wide")  # as an upgrade does
    with store.begin() as c:
        call.value(c, "job.add_space", name="other", recipe='{"other": 1}', dims=DIMS)
        copy_vectors(c, "other", "half", range(1, N + 1), -vectors)
    assert nearest(store, vectors, 7) == before
    catalogue.switch_spaces(store, "wide", "other")
    assert nearest(store, -vectors, 7) == before
    catalogue.switch_spaces(store, "wide", "other")
    assert nearest(store, vectors, 7) == before
    list(rebuild_index(store, "wide", "vectors"))
    catalogue.drop_space(store, "wide")
    catalogue.drop_space(store, "other")
    with store.connect() as c:
        left = "select proname from pg_proc where pronamespace = 'core'::regnamespace"
        assert c.execute(text(left)).all() == []


def test_a_reader_does_not_stop_a_change_of_kind(store: Engine, vectors: np.ndarray, url: str) -> None:
    """The swap tries until the reader is gone, and lets others through in between."""
    with psycopg.connect(url) as reader, psycopg.connect(url, autocommit=True) as other:
        reader.execute("select count(*) from api.embedding_wide")
        steps: list[object] = []
        builder = threading.Thread(target=lambda: steps.extend(rebuild_index(store, "wide", "bits")))
        builder.start()
        waits = "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'"
        while other.execute(waits).fetchone() == (0,):
            pass
        other.execute("set lock_timeout = '1s'")
        for side in range(500, 510):
            other.execute("delete from core.embedding_wide where side_id = %s", [side])
        assert builder.is_alive()
        reader.rollback()
        builder.join()
    assert isinstance(steps[-1], Indexed)
    with store.connect() as c:
        hnsw = "select indexrelid::regclass::text from pg_index where indexrelid::regclass::text ~ 'hnsw'"
        assert c.execute(text(hnsw)).scalars().all() == ["core.embedding_wide_hnsw"]


def test_a_space_without_vectors_has_no_recall(store: Engine) -> None:
    call.run(store, "job.add_space", name="empty", recipe="{}", dims=DIMS, index_kind="bits")
    *_, done = rebuild_index(store, "empty")
    assert isinstance(done, Indexed)
    assert done.recall is None


def test_a_build_that_was_killed_is_begun_again(store: Engine, vectors: np.ndarray) -> None:
    with store.begin() as c:
        c.execute(text("update core.setting set value = 100 where name = 'index_after_rows'"))
        c.execute(text('update core.space set recipe = \'{"family": "imported"}\''))
        call.value(c, "job.build_sides", space="wide")
    steps = [type(step).__name__ for step in fill_spaces(store, ["wide"])]
    assert steps == ["Idle", *["Indexing"] * 4, "Indexed"]
    assert [type(step).__name__ for step in fill_spaces(store, ["wide"])] == ["Idle"]


def test_what_is_private_is_not_in_the_mean(store: Engine, vectors: np.ndarray) -> None:
    call.run(store, "job.set_private", collections=["Museum"], scope="images")
    list(rebuild_index(store, "wide", "bits"))
    with store.connect() as c:
        body = "select prosrc from pg_proc where proname ~ '^bits_[0-9]'"
        assert f"[{','.join(['0'] * DIMS)}]" in c.execute(text(body)).scalar_one()


def test_no_writer_waits_for_a_build(store: Engine, vectors: np.ndarray, url: str) -> None:
    with psycopg.connect(url) as old, psycopg.connect(url, autocommit=True) as writer:
        # The build waits for this transaction, which wrote before it; it cannot end sooner.
        old.execute("delete from core.embedding_wide where side_id = 600")
        steps: list[object] = []
        builder = threading.Thread(target=lambda: steps.extend(rebuild_index(store, "wide")))
        builder.start()
        building = "select count(*) from pg_stat_progress_create_index"
        while writer.execute(building).fetchone() == (0,):
            pass
        writer.execute("set lock_timeout = '1s'")
        for side in range(500, 520):
            writer.execute("delete from core.embedding_wide where side_id = %s", [side])
        with pytest.raises(BeingBuilt):
            list(rebuild_index(store, "wide"))
        assert builder.is_alive()
        old.rollback()
        builder.join()
    assert isinstance(steps[-1], Indexed)


@pytest.mark.parametrize(
    ("vectors", "dims", "precision", "kind", "mb"),
    [
        (617_000, 512, "half", "vectors", 1030),
        (223_000, 2048, "half", "vectors", 1043),
        (1_000_000, 512, "single", "vectors", 2671),
        (1_000_000, 512, "half", "bits", 730),
        (0, 512, "half", "vectors", 1),
    ],
)
def test_memory_follows_rows_and_dimensions(store: Engine, vectors, dims, precision, kind, mb) -> None:
    given = {"vectors": vectors, "dims": dims, "precision": precision, "kind": kind}
    assert call.run(store, "job.index_memory_mb", **given) == mb


def test_a_build_says_beforehand_that_it_does_not_fit(store: Engine, vectors: np.ndarray) -> None:
    def building(memory_mb: int | None) -> Indexing:
        steps = list(rebuild_index(store, "wide", memory_mb=memory_mb))
        assert isinstance(steps[-1], Indexed)
        return next(step for step in steps if isinstance(step, Indexing) and step.stage == "building")

    assert not building(None).lacks_memory
    with store.begin() as c:
        c.execute(text("update core.setting set value = 4096 where name = 'index_memory_mb'"))
    assert building(None).may_mb == 4096
    with store.begin() as c:  # as if each vector took much more
        c.execute(
            text(
                'create or replace function job.index_memory_mb(vectors bigint, dims int, "precision" text, '
                "kind text) returns int language sql as 'select 5000'"
            )
        )
    assert building(None).lacks_memory
    assert building(None).needs_mb == 5000
    assert not building(6000).lacks_memory
