"""Re-ranking: the search's, compared with the published definition written out over the same coins."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from stores import Once

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import SpaceError
from coinstore.evaluate.ranks import AGAIN, Gallery, lifted, rank
from coinstore.evaluate.rerank import rerank
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.search import similar
from coinstore.search.similar import Question

DIMS, N = 8, 420
CANDIDATES, CONTEXT = 100, 300


def written_out(distances: np.ndarray, k1: int = 30, k2: int = 8, weight: float = 0.3) -> np.ndarray:
    """d* of Zhong et al. 2017 of all points from the first, set by set; each point is its own nearest."""
    m = len(distances)
    lists = [sorted(range(m), key=lambda j: (j != i, distances[i][j], j)) for i in range(m)]

    def mutual(i: int, k: int) -> set[int]:
        return {j for j in lists[i][: k + 1] if i in lists[j][: k + 1]}

    vectors = np.zeros((m, m))
    for i in range(m):
        first = mutual(i, k1)
        members = set(first)
        for q in first:
            half = mutual(q, k1 // 2)
            if 3 * len(first & half) >= 2 * len(half):
                members |= half
        for j in members:
            vectors[i, j] = np.exp(-distances[i][j])
        vectors[i] /= vectors[i].sum()
    expanded = np.array([np.mean([vectors[j] for j in lists[i][:k2]], axis=0) for i in range(m)])
    jaccard = [1 - np.minimum(expanded[0], e).sum() / np.maximum(expanded[0], e).sum() for e in expanded]
    return (1 - weight) * np.array(jaccard) + weight * distances[0]


def fill_clustered(store: Engine) -> dict[str, np.ndarray]:
    """N coins in clusters, both faces in space `tiny`, obverses in `other`; every ninth lacks a reverse."""
    rng = np.random.default_rng(3)
    coins = [
        Coin(
            str(n),
            {},
            f"Museum {n % 3}",
            f"{n:05}",
            sides={"obverse": {"legend": "O"}} | ({} if n % 9 == 0 else {"reverse": {"legend": "R"}}),
        )
        for n in range(N)
    ]
    list(load(store, "/a", coins))
    found = {}
    with store.begin() as c:
        sides = c.execute(text("select side_id, face from core.side order by coin_id, face")).all()
        for space, faces in (("tiny", ("obverse", "reverse")), ("other", ("obverse",))):
            call.value(c, "job.add_space", name=space, recipe="{}", dims=DIMS, precision="single")
            for face in faces:
                ids = [side for side, its in sides if its == face]
                rows = (
                    rng.normal(size=(len(ids), DIMS))
                    + 2 * rng.normal(size=(12, DIMS))[np.arange(len(ids)) % 12]
                )
                rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
                copy_vectors(c, space, "single", ids, rows)
                found[f"{space} {face}"] = rows
            call.value(c, "job.settle_space", space=space)
    return found


@pytest.fixture
def filled(store: Engine, once: Once) -> dict[str, np.ndarray]:
    return once(lambda _folder: fill_clustered(store))


def coin_ids(store: Engine) -> list[int]:
    with store.begin() as c:
        return list(c.execute(text("select coin_id from core.coin order by coin_id")).scalars())


def expected(distances: np.ndarray, coins: list[int], i: int, passing: np.ndarray) -> list[tuple[int, float]]:
    """The answer that is due: the nearest CANDIDATES that pass, among the CONTEXT nearest of all."""
    others = [n for n in np.argsort(distances[i], kind="stable") if n != i]
    candidates = [n for n in others if passing[n]][:CANDIDATES]
    pool = [i, *sorted(set(candidates) | set(others[:CONTEXT]))]
    values = written_out(distances[np.ix_(pool, pool)])
    at = {n: values[place] for place, n in enumerate(pool)}
    return [(coins[n], at[n]) for n in sorted(candidates, key=lambda n: round(at[n], 9))]


def compare(found, due: list[tuple[int, float]]) -> None:
    at = dict(due)
    assert len(found) <= len(due)
    assert [row.reranked for row in found] == pytest.approx(
        [value for _, value in due[: len(found)]], abs=1e-5
    )
    assert [row.reranked for row in found] == pytest.approx([at[row.coin_id] for row in found], abs=1e-5)


@pytest.mark.parametrize("where", ["true", "collection <> 'Museum 1'"])
def test_it_is_what_the_paper_says(store: Engine, filled, where: str) -> None:
    coins, rows = coin_ids(store), filled["tiny obverse"].astype(np.float64)
    passing = np.arange(N) % 3 != 1 if where != "true" else np.ones(N, bool)
    for i in (1, 40):
        found = similar.similar(store, coins[i], Question(space="tiny", k=100, where=where, rerank=True))
        compare(found, expected(1 - rows @ rows.T, coins, i, passing))
        plain = similar.similar(store, coins[i], Question(space="tiny", k=100, where=where))
        assert {r.coin_id: r.distance for r in found} == pytest.approx({r.coin_id: r.distance for r in plain})
        assert {row.reranked for row in plain} == {None}


def test_both_faces_and_blends_are_reranked_by_their_joint_distance(store: Engine, filled) -> None:
    coins, o = coin_ids(store), filled["tiny obverse"].astype(np.float64)
    r = np.full((N, DIMS), np.nan)
    r[np.arange(N) % 9 != 0] = filled["tiny reverse"]
    by_o, by_r = 1 - o @ o.T, 1 - r @ r.T
    both = np.where(np.isnan(by_r), by_o, 0.7 * by_o + 0.3 * by_r)
    question = Question(face="both", space="tiny", k=60, obverse_weight=0.7, rerank=True)
    compare(similar.similar(store, coins[4], question), expected(both, coins, 4, np.ones(N, bool)))
    other = filled["other obverse"].astype(np.float64)
    blended = 0.25 * by_o + 0.75 * (1 - other @ other.T)
    question = Question(blend={"tiny": 1, "other": 3}, k=60, rerank=True)
    compare(similar.similar(store, coins[4], question), expected(blended, coins, 4, np.ones(N, bool)))


def test_what_comes_after_the_candidates_keeps_its_order(store: Engine, filled) -> None:
    coin = coin_ids(store)[1]
    found = similar.similar(store, coin, Question(space="tiny", k=150, rerank=True))
    plain = similar.similar(store, coin, Question(space="tiny", k=150))
    assert [row.coin_id for row in found[100:]] == [row.coin_id for row in plain[100:]]
    assert {row.coin_id for row in found[:100]} == {row.coin_id for row in plain[:100]}
    assert [row.reranked for row in found[100:]] == [None] * 50
    assert "reranked" in found.columns and "reranked" not in plain.columns
    assert [r["coin_id"] for r in store_rows(store, found.sql)] == [row.coin_id for row in found]


def store_rows(store: Engine, statement: str) -> list:
    return call.query(store, statement)[1]


def test_a_vector_from_outside_and_few_coins(store: Engine, filled) -> None:
    coins, rows = coin_ids(store), filled["tiny obverse"].astype(np.float64)
    found = similar.similar_to_vector(
        store, rows[7].astype(np.float32) * 3, Question(space="tiny", k=5, rerank=True)
    )
    assert found[0].coin_id == coins[7] and found[0].reranked == pytest.approx(0, abs=0.2)
    few = similar.similar(
        store, coins[1], Question(space="tiny", where="inventory_number < '00004'", rerank=True)
    )
    assert len(few) == 3
    with pytest.raises(SpaceError, match="orders the nearest"):
        similar.similar(store, coins[1], Question(space="tiny", farthest=True, rerank=True))


@settings(max_examples=25)
@given(st.integers(2, 90), st.integers(1, 6), st.integers(0, 999))
def test_the_evaluation_reranks_by_the_same_definition(m: int, clusters: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(m, 4)) + 2 * rng.normal(size=(clusters, 4))[rng.integers(0, clusters, m)]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    distances = 1 - rows @ rows.T
    np.fill_diagonal(distances, 0)
    due = written_out(distances)
    assert np.allclose(rerank(distances, np.arange(m)), due, atol=1e-9)
    some = rng.permutation(m)[: m // 2]
    assert np.allclose(rerank(distances, some), due[some], atol=1e-9)


def test_equal_distances_go_by_order() -> None:
    distances = np.ones((60, 60)) - np.eye(60)
    distances[20:40, 20:40] = 0
    assert np.allclose(rerank(distances, np.arange(60)), written_out(distances), atol=1e-9)


def test_the_evaluation_answers_as_the_search(store: Engine, filled) -> None:
    rows, museums = filled["tiny obverse"], np.arange(N) % 3
    gallery = Gallery(np.array(coin_ids(store)), rows, np.zeros(N, np.int64), np.array(["x"]), museums)
    for i in (1, 40, 77):
        alike = rows.astype(np.float64) @ rows[i].astype(np.float64)
        alike[i] = -np.inf
        others = np.where(museums == museums[i], -np.inf, alike)
        for passing, where in ((alike, "true"), (others, f"collection <> 'Museum {museums[i]}'")):
            found = similar.similar(
                store, int(gallery.coins[i]), Question(space="tiny", k=100, where=where, rerank=True)
            )
            at = dict(zip(gallery.coins.tolist(), lifted(gallery, i, alike, passing), strict=True))
            assert [10 - at[row.coin_id] for row in found] == pytest.approx(
                [r.reranked for r in found], abs=1e-5
            )
            rest = max(at[coin] for coin in at if coin not in {row.coin_id for row in found})
            assert rest < min(at[row.coin_id] for row in found)


def test_the_evaluation_tells_its_progress_often(store: Engine, filled) -> None:
    values = np.arange(N) % 12
    gallery = Gallery(
        np.array(coin_ids(store)), filled["tiny obverse"], values, values.astype(str), np.arange(N) % 3
    )
    blocks = list(rank(gallery, 2 * AGAIN + 1, 10, again=True))
    assert [len(block.figures) for block in blocks] == [AGAIN, AGAIN, 1]


def test_no_step_of_the_plan_compares_neighbours_pair_by_pair(store: Engine, filled) -> None:
    """Each coin has up to 31 neighbours, and each of these as many; all pairs of neighbours would be millions.

    The planner knows nothing about the rows of a function, so its estimates must not decide.
    """
    coin = coin_ids(store)[0]
    near = [row.coin_id for row in similar.similar(store, coin, Question(space="tiny", k=CONTEXT))]
    query = str(filled["tiny obverse"][0].tolist())
    parts = [{"space": "tiny", "face": "obverse", "weight": 1, "query": query}]
    with store.begin() as c:
        steps = steps_of(
            c, "rerank", {"parts": json.dumps(parts), "ranked": near[:CANDIDATES], "context": near}
        )
    m = len(near) + 1
    assert {step["Node Type"] for step in steps} >= {"Hash Join"}
    most = max(rows_read(step) for step in steps)
    assert m * (30 + 1) <= most <= m * (30 + 1) ** 2, most


def steps_of(c: Connection, function: str, values: dict[str, object]) -> list[dict]:
    """The steps of the plan by which a function in SQL is run with these values and its own settings."""
    body, config, types = c.execute(
        text("select prosrc, proconfig, oidvectortypes(proargtypes) from pg_proc where proname = :f"),
        {"f": function},
    ).one()
    for setting in config:
        name, _, value = setting.partition("=")
        c.execute(text("select set_config(:name, :value, true)"), {"name": name, "value": value})
    for n, name in enumerate(values, 1):
        body = re.sub(rf"\b{name}\b", f"${n}", body)
    c.exec_driver_sql(f"prepare body ({types}) as {body}")
    given = ", ".join(
        f"'{value}'" if isinstance(value, str) else f"array{value}" for value in values.values()
    )
    plan = c.exec_driver_sql(
        f"explain (analyze, timing off, format json) execute body ({given})"
    ).scalar_one()
    return flat(plan[0]["Plan"])


def flat(step: dict) -> list[dict]:
    return [step, *(inner for one in step.get("Plans", []) for inner in flat(one))]


def rows_read(step: dict) -> int:
    """How many rows a step gave or threw away, in all its loops."""
    lost = step.get("Rows Removed by Join Filter", 0) + step.get("Rows Removed by Filter", 0)
    return step["Actual Loops"] * (step["Actual Rows"] + lost)
