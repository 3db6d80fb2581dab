"""Nearness: the contract of api.similar_<space> and of the library's search."""

import json

import answers
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from stores import Once

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import Ambiguous, NotFound, PredicateError, SpaceError, StoreError
from coinstore.models.registry import make_spec
from coinstore.records.load import load
from coinstore.search import similar
from coinstore.search.similar import Question
from coinstore.spaces import catalogue
from coinstore.spaces.fill import settle

DIMS, N = 16, 400


def fill_filled(store: Engine) -> np.ndarray:
    """A store of N coins with both sides (every tenth lacks its reverse); the vectors by side."""
    rng = np.random.default_rng(0)
    list(load(store, "/a", answers.some_coins(N, rng)))
    with store.begin() as c:
        call.value(c, "job.add_space", name="tiny", recipe="{}", dims=DIMS)
        ids = list(c.execute(text("select side_id from core.side order by side_id")).scalars())
        vectors = rng.normal(size=(len(ids), DIMS)).astype(np.float16).astype(np.float32)
        copy_vectors(c, "tiny", "half", ids, vectors)
        call.value(c, "job.settle_space", space="tiny")
    return vectors


@pytest.fixture
def filled(store: Engine, once: Once) -> np.ndarray:
    return once(lambda _folder: fill_filled(store))


def index(store: Engine) -> None:
    with store.begin() as c:
        c.execute(text("update core.setting set value = 100 where name = 'index_after_rows'"))
    assert settle(store, "tiny")


def sql(store: Engine, query: str) -> list:
    with store.begin() as c:
        return c.execute(text(query)).all()


def first_coin(store: Engine) -> int:
    return similar.find_coin(store, "Museum 1/00001")


def test_distance_is_cosine(store: Engine, filled: np.ndarray) -> None:
    unit = filled / np.linalg.norm(filled, axis=1, keepdims=True)
    ids = [row.side_id for row in sql(store, "select side_id from core.side order by side_id")]
    side = sql(
        store,
        f"select side_id from api.sides where coin_id = {first_coin(store)} and face = 'obverse'",
    )[0][0]
    for row in sql(
        store,
        f"select side_id, distance, similarity from api.similar_tiny({first_coin(store)}) limit 20",
    ):
        expected = 1 - unit[ids.index(row.side_id)] @ unit[ids.index(side)]
        assert row.distance == pytest.approx(expected, abs=1e-3)
        assert row.similarity == pytest.approx(1 - row.distance)


def test_a_coin_is_not_its_own_neighbour_and_faces_stay_apart(store: Engine, filled: np.ndarray) -> None:
    for face in ("obverse", "reverse"):
        rows = sql(store, f"select coin_id, face from api.similar_tiny({first_coin(store)}, '{face}')")
        assert {row.face for row in rows} == {face}
        assert first_coin(store) not in {row.coin_id for row in rows}
        assert len(rows) == (N - 1 if face == "obverse" else N - N // 10 - 1)


def test_percentile_falls_as_distance_grows(store: Engine, filled: np.ndarray) -> None:
    rows = sql(
        store,
        f"select distance, percentile from api.similar_tiny({first_coin(store)}) order by distance",
    )
    percentiles = [row.percentile for row in rows]
    assert percentiles == sorted(percentiles, reverse=True)
    assert all(0 <= p <= 100 for p in percentiles)
    assert 40 < percentiles[len(percentiles) // 2] < 60


def test_the_sql_function_is_inlined_onto_the_index(store: Engine, filled: np.ndarray) -> None:
    index(store)
    with store.begin() as c:
        # With six relations and 400 rows the planner would sort, which is faster.
        c.execute(text("set local enable_seqscan = off"))
        c.execute(text("set local enable_sort = off"))
        for call_ in (
            f"api.similar_tiny({first_coin(store)})",
            f"api.similar_tiny('{filled[0].tolist()}'::halfvec)",
        ):
            plan = "\n".join(
                c.execute(
                    text(f"explain select * from {call_} where mint = 'Rome' order by distance limit 5")
                ).scalars()
            )
            assert "Index Scan using embedding_tiny_hnsw" in plan
            assert "Function Scan" not in plan
        plan = "\n".join(
            c.execute(
                text(
                    f"explain select * from part.similar_tiny_exact({first_coin(store)}) order by distance limit 5"
                )
            ).scalars()
        )
        assert "hnsw" not in plan


@settings(max_examples=30)
@given(k=st.integers(1, 60), weight=st.floats(0, 11), indexed=st.booleans())
def test_search_always_gives_k_or_all_that_pass(
    store: Engine, filled: np.ndarray, k, weight, indexed
) -> None:
    if indexed and not call.look(store, "api.spaces")[0]["indexed"]:
        index(store)
    where = f"weight_g > {weight} and mint = 'Rome'"
    found = similar.similar(store, first_coin(store), Question(space="tiny", k=k, where=where))
    exact = sql(
        store,
        f"""select coin_id from part.similar_tiny_exact({first_coin(store)})
                           where {where} order by distance limit {k}""",
    )
    assert len(found) == len(exact)
    assert [row.distance for row in found] == sorted(row.distance for row in found)
    assert len({row.coin_id for row in found} & {row.coin_id for row in exact}) >= 0.9 * len(exact)


def test_least_is_the_other_end(store: Engine, filled: np.ndarray) -> None:
    found = similar.similar(store, first_coin(store), Question(space="tiny", k=5, farthest=True))
    expected = sql(
        store,
        f"select coin_id from part.similar_tiny_exact({first_coin(store)}) order by distance desc limit 5",
    )
    assert [row.coin_id for row in found] == [row.coin_id for row in expected]


def test_both_faces_compare_what_both_have(store: Engine, filled: np.ndarray) -> None:
    found = similar.similar(store, first_coin(store), Question(face="both", space="tiny", k=N))
    assert len(found) == N - 1
    assert {row.compared for row in found} == {"both", "obverse"}
    both = next(row for row in found if row.compared == "both")
    sides = sql(
        store,
        f"""select o.distance, r.distance from api.similar_tiny({first_coin(store)}) o
                           join api.similar_tiny({first_coin(store)}, 'reverse') r using (coin_id)
                           where coin_id = {both.coin_id}""",
    )[0]
    assert both.distance == pytest.approx((sides[0] + sides[1]) / 2, abs=1e-9)
    only = similar.similar(
        store, first_coin(store), Question(face="both", space="tiny", k=3, obverse_weight=1)
    )
    faces = similar.similar(store, first_coin(store), Question(face="obverse", space="tiny", k=3))
    assert [row.coin_id for row in only] == [row.coin_id for row in faces]


def test_a_vector_from_outside(store: Engine, filled: np.ndarray) -> None:
    found = similar.similar_to_vector(store, filled[0], Question(space="tiny", k=1))
    assert found[0].distance == pytest.approx(0, abs=1e-3)


def test_names_of_coins(store: Engine, filled: np.ndarray) -> None:
    coin_id = similar.find_coin(store, "Museum 2/00002")
    assert similar.find_coin(store, "00002") == coin_id
    assert similar.find_coin(store, str(coin_id)) == coin_id
    assert similar.find_coin(store, "2/00002") == coin_id
    with pytest.raises(Ambiguous, match=r"could be Museum \d/0.*…; give more of the name"):
        similar.find_coin(store, "/000")
    with pytest.raises(NotFound, match="no coin is named 'Zilch'"):
        similar.find_coin(store, "Zilch")
    with pytest.raises(NotFound):
        similar.find_coin(store, "%")


@pytest.mark.parametrize(
    "where",
    [
        "nonsense = 1",
        "weight_g >",
        "1",
        "true) -- and (",
        "1 = 1) or (1 = 1",
        "true); delete from core.coin; --",
        "exists (select from core.coin)",
        "weight_g / 0 > 1",
        "set_config('role', 'none', true) is not null",
        "set_config('session_authorization', 'postgres', true) is not null",
        "nextval('core.coin_coin_id_seq') > 0",
    ],
)
def test_a_predicate_is_a_condition_and_no_more(store: Engine, filled: np.ndarray, where: str) -> None:
    for face in ("obverse", "both"):
        with pytest.raises((PredicateError, StoreError)) as error:
            similar.similar(store, first_coin(store), Question(face=face, space="tiny", where=where))
        assert "\n" not in str(error.value)
    assert sql(store, "select count(*) from core.coin")[0][0] == N


def test_a_reader_reads_api_and_nothing_else(store: Engine, filled: np.ndarray) -> None:
    tries = [
        "select 1 from core.coin",
        "delete from api.coins",
        "create table api.t ()",
        "select job.drop_space('tiny')",
        "insert into core.collection (name) values ('x')",
        "create temp table t ()",
    ]
    for attempt in tries:
        with (
            pytest.raises(Exception, match=r"permission denied|read-only|cannot delete from view"),
            store.begin() as c,
        ):
            c.execute(text("set transaction read only"))
            c.execute(text("set local role coinstore_reader"))
            c.execute(text(attempt))
    with store.begin() as c:
        c.execute(text("set local role coinstore_reader"))
        assert (
            c.execute(text(f"select count(*) from api.similar_tiny({first_coin(store)})")).scalar() == N - 1
        )


def test_a_space_that_is_not_there(store: Engine, filled: np.ndarray) -> None:
    with pytest.raises(NotFound, match="there is no space nope; there is: tiny"):
        similar.similar(store, first_coin(store), Question(space="nope"))
    with pytest.raises(NotFound, match="there is no space"):
        similar.similar(store, first_coin(store), Question(space="No'pe \"x"))


def test_a_vector_without_direction_is_refused(store: Engine, filled: np.ndarray) -> None:
    sql_ids = sql(store, "delete from core.embedding_tiny where side_id = 1 returning side_id")
    assert sql_ids
    with pytest.raises(StoreError, match="check constraint"), store.begin() as c:
        copy_vectors(c, "tiny", "half", [1], np.zeros((1, DIMS), np.float32))


def test_a_space_is_never_changed_in_place(store: Engine, filled: np.ndarray) -> None:
    add = {"name": "tiny", "dims": DIMS}
    assert call.run(store, "job.add_space", recipe="{}", **add) == 1
    with pytest.raises(Exception, match="exists with another recipe"):
        call.run(store, "job.add_space", recipe=json.dumps({"side_px": 1}), **add)


def test_storage_and_index_are_as_designed(store: Engine, filled: np.ndarray) -> None:
    index(store)
    storage = sql(
        store,
        "select attstorage from pg_attribute where attrelid = 'core.embedding_tiny'::regclass and attname = 'embedding'",
    )
    assert storage[0][0] in ("p", b"p")
    golden = "CREATE INDEX embedding_tiny_hnsw ON core.embedding_tiny USING hnsw (embedding halfvec_cosine_ops) WITH (m='16', ef_construction='128')"
    assert (
        sql(store, "select indexdef from pg_indexes where indexname = 'embedding_tiny_hnsw'")[0][0] == golden
    )
    assert call.look(store, "api.spaces")[0]["recall_at_10"] > 0.95


def test_the_spread_of_similarities_is_told(store: Engine, filled: np.ndarray) -> None:
    row = call.look(store, "api.spaces")[0]
    faces = call.look(store, "api.sides")
    unit = filled / np.linalg.norm(filled, axis=1, keepdims=True)
    obverse = unit[[side["face"] == "obverse" for side in sorted(faces, key=lambda side: side["side_id"])]]
    pairs = (obverse @ obverse.T)[np.triu_indices(len(obverse), 1)]
    expected = [np.percentile(pairs, 1), pairs.mean(), np.percentile(pairs, 99)]
    found = [row["similarity_p01"], row["similarity_mean"], row["similarity_p99"]]
    assert np.allclose(found, expected, atol=0.05)
    assert row["collapsed"] is False


def test_a_collapsed_space_is_named(store: Engine, filled: np.ndarray) -> None:
    near = np.random.default_rng(1).normal(size=filled.shape) * 0.01 + 1
    with store.begin() as c:
        call.value(c, "job.add_space", name="narrow", recipe="{}", dims=DIMS, precision="single")
        ids = list(c.execute(text("select side_id from core.side order by side_id")).scalars())
        copy_vectors(c, "narrow", "single", ids, near.astype(np.float32))
        call.value(c, "job.settle_space", space="narrow")
    assert {row["space"]: row["collapsed"] for row in call.look(store, "api.spaces")} == {
        "tiny": False,
        "narrow": True,
    }


def test_no_function_with_rights_of_its_own_trusts_the_caller_s_path(store: Engine) -> None:
    found = sql(
        store,
        """select p.oid::regprocedure::text, p.proconfig, p.proowner::regrole::text from pg_proc p
           where p.prosecdef and p.pronamespace in ('api'::regnamespace, 'part'::regnamespace, 'job'::regnamespace)""",
    )
    assert len(found) >= 5
    for name, settings_of, owner in found:
        path = next(setting for setting in settings_of if setting.startswith("search_path="))
        assert path.startswith("search_path=pg_catalog") and path.endswith("pg_temp"), name
        assert owner == "coinstore_search" or "search" not in name


def test_a_reader_changes_no_function(store: Engine) -> None:
    search = "api.search(jsonb, int, text, boolean, int, boolean)"
    for attempt in (
        f"drop function {search}",
        f"alter function {search} security invoker",
        "set local role coinstore_search",
    ):
        with pytest.raises(Exception, match=r"must be owner|permission denied"), store.begin() as c:
            c.execute(text("set local session authorization coinstore_reader"))
            c.execute(text(attempt))


def test_a_reader_s_own_types_stand_for_none_of_ours(store: Engine, filled: np.ndarray) -> None:
    with store.begin() as c:
        c.execute(text("create domain pg_temp.vector as text check (value = 'never')"))
        c.execute(text("set local role coinstore_reader"))
        query = str(filled[0].tolist())
        assert call.value(c, "api.derived_vector", space="tiny", query=query) is not None


@pytest.mark.parametrize(
    ("dims", "precision", "reason"),
    [
        (4096, "half", "4096 dimensions; at half precision an index takes 4,000"),
        (2001, "single", "choose half precision"),
    ],
)
def test_a_space_that_no_index_could_hold_is_refused(
    store: Engine, dims: int, precision: str, reason: str
) -> None:
    with pytest.raises(SpaceError, match=reason), store.begin() as c:
        call.value(c, "job.add_space", name="wide", recipe="{}", dims=dims, precision=precision)


def test_so_is_a_network_s(store: Engine) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    with pytest.raises(SpaceError, match="4096 dimensions"):
        catalogue.add_space(store, "alexnet", make_spec("torchvision:alexnet", "random:0"))


def test_what_no_one_asks_for_is_not_joined(store: Engine, filled: np.ndarray) -> None:
    plan = " ".join(
        row[0] for row in sql(store, "explain select weight_g from api.coins where mint = 'Rome'")
    )
    assert "coin_type" not in plan
    assert "collection" not in plan
