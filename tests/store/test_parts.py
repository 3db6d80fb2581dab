"""Questions with several parts (both faces, several spaces): compared with NumPy, with and without an index."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, PredicateError, SpaceError
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.search import similar
from coinstore.search.similar import Question
from coinstore.spaces.fill import settle

N, DIMS = 240, {"first": 6, "second": 10}
FACES = ("obverse", "reverse")

Vectors = dict[tuple[str, str], np.ndarray]
"""By space and face: unit rows `(N, dims)`, NaN where a coin has none."""


@pytest.fixture
def filled(store: Engine) -> Vectors:
    """Coins: every seventh lacks its reverse, every ninth its obverse, every eleventh the second space."""
    rng = np.random.default_rng(0)
    has = {"obverse": [n % 9 > 0 for n in range(N)], "reverse": [n % 7 > 0 or n % 9 == 0 for n in range(N)]}
    coins = [
        Coin(
            f"row {n}",
            {},
            "M",
            f"{n:03}",
            fields={"weight_g": n + 1.0},
            sides={face: {"legend": "L"} for face in FACES if has[face][n]},
        )
        for n in range(N)
    ]
    list(load(store, "/a", coins))
    found = {}
    for space, dims in DIMS.items():
        with store.begin() as c:
            call.value(c, "job.add_space", name=space, recipe="{}", dims=dims, precision="single")
            query = "select side_id, inventory_number::int as n, face from api.sides order by 1"
            sides = [s for s in c.execute(text(query)).all() if space == "first" or s.n % 11]
            rows = rng.normal(size=(len(sides), dims)).astype(np.float32)
            copy_vectors(c, space, "single", [s.side_id for s in sides], rows)
        for face in FACES:
            found[space, face] = np.full((N, dims), np.nan)
        for side, row in zip(sides, rows, strict=True):
            found[space, side.face][side.n] = row / np.linalg.norm(row)
    return found


def expected(vectors: Vectors, coin: int, question: Question) -> list[tuple[float, int, str]]:
    """Every other comparable coin: its distance, its number, and the compared faces."""
    of_face = {}
    for face, weight in question.faces.items():
        total = sum(question.spaces.values())
        d = (
            sum(w * (1 - vectors[s, face] @ vectors[s, face][coin]) for s, w in question.spaces.items())
            / total
        )
        if weight and not np.isnan(d[coin]):
            of_face[face] = (weight, d)
    found = []
    for n in range(N):
        parts = {face: (w, d[n]) for face, (w, d) in of_face.items() if not np.isnan(d[n])}
        if n != coin and parts:
            distance = sum(w * d for w, d in parts.values()) / sum(w for w, _ in parts.values())
            found.append((float(distance), n, "both" if len(parts) == 2 else next(iter(parts))))
    return sorted(found, reverse=question.farthest)


def check(store: Engine, vectors: Vectors, coin: int, question: Question, passes=lambda n: True) -> None:
    wanted = [row for row in expected(vectors, coin, question) if passes(row[1])][: question.k]
    found = similar.similar(store, coin + 1, question)
    assert [(int(row.inventory_number), row.compared) for row in found] == [(n, by) for _, n, by in wanted]
    assert np.allclose([row.distance for row in found], [d for d, _, _ in wanted], atol=1e-5)


blends = st.sampled_from([None, {"first": 0.7, "second": 0.3}, {"first": 1.0, "second": 3.0}])


@settings(max_examples=30)
@given(
    coin=st.integers(0, N - 1).filter(lambda n: n % 11 and n % 9 and n % 7),
    face=st.sampled_from(["obverse", "reverse", "both"]),
    blend=blends,
    weight=st.sampled_from([0.5, 0.2, 1.0, 0.0]),
    farthest=st.booleans(),
    k=st.sampled_from([1, 10, 500]),
)
def test_any_question_is_answered_as_numpy_does(
    store: Engine, filled: Vectors, coin, face, blend, weight, farthest, k
) -> None:
    question = Question(face=face, space="first", blend=blend, obverse_weight=weight, farthest=farthest, k=k)
    check(store, filled, coin, question)


def index(store: Engine) -> None:
    with store.begin() as c:
        c.execute(text("update core.setting set value = 100 where name = 'index_after_rows'"))
    for space in DIMS:
        assert settle(store, space)


def test_by_the_index_too(store: Engine, filled: Vectors) -> None:
    index(store)
    for coin in (1, 2, 5, 100):
        for question in (
            Question(face="both", space="first", k=4),
            Question(face="both", space="second", k=4, obverse_weight=0.8),
            Question(face="obverse", blend={"first": 0.5, "second": 0.5}, k=4),
            Question(face="both", blend={"first": 0.2, "second": 0.8}, k=4),
        ):
            check(store, filled, coin, question)


def test_the_index_is_what_answers(store: Engine, filled: Vectors) -> None:
    """Where the nearest of each part are enough, no further coin is compared."""
    index(store)
    parts = call.read(
        store, "part.parts_of_coin", coin=2, spaces='{"first": 1}', faces='{"obverse": 1, "reverse": 1}'
    )
    asked = json.dumps(parts[0]["parts_of_coin"])
    near = call.read(store, "part.search_near", parts=asked, depth=20, predicate="true", except_coin=2)[0]
    assert len(near["coins"]) <= 40
    distances = {n: d for d, n, _ in expected(filled, 1, Question(face="both", space="first"))}
    unseen = [d for n, d in distances.items() if n + 1 not in near["coins"]]
    assert min(unseen) >= near["bound"] - 1e-6


def test_filters_never_cost_answers(store: Engine, filled: Vectors) -> None:
    for is_indexed in (False, True):
        if is_indexed:
            index(store)
        for where, passes in (
            ("weight_g <= 7", lambda n: n < 7),
            ("weight_g > 100", lambda n: n >= 100),
            ("false", lambda n: False),
        ):
            check(store, filled, 5, Question(face="both", space="first", where=where, k=8), passes)


def test_what_cannot_be_asked(store: Engine, filled: Vectors) -> None:
    with pytest.raises(NotFound, match="M/011 has no obverse in space second"):
        similar.similar(store, 12, Question(blend={"first": 1, "second": 1}))
    with pytest.raises(NotFound, match="there is no space third; there is: first, second"):
        similar.similar(store, 2, Question(blend={"first": 1, "third": 1}))
    with pytest.raises(PredicateError):
        similar.similar(store, 2, Question(face="both", space="first", where="true) or (true"))
    with pytest.raises(PredicateError, match="permission denied"):
        similar.similar(
            store, 2, Question(face="both", space="first", where="exists (select from core.coin)")
        )


def test_a_question_that_is_none(store: Engine, filled: Vectors) -> None:
    part = {"space": "first", "face": "obverse", "weight": 1, "query": "[1,0,0,0,0,0]"}
    assert call.read(store, "api.search", parts=json.dumps([part]), k=2)
    for changes in ({"weight": 0}, {"weight": -1}, {"weight": "NaN"}, {"query": "[0,0,0,0,0,0]"}):
        with pytest.raises(SpaceError, match="a search needs k above 0, and parts"):
            call.read(store, "api.search", parts=json.dumps([part | changes]), k=2)
    for parts, k in (([], 2), ([part], 0), ([part], -3)):
        with pytest.raises(SpaceError, match="a search needs k above 0, and parts"):
            call.read(store, "api.search", parts=json.dumps(parts), k=k)
    for query, k in (("[0,0,0,0,0,0]", 3), ("[1,0,0,0,0,0]", 0)):
        with pytest.raises(SpaceError, match="a vector that is not 0, and k above 0"):
            call.read(store, "api.search", space="first", query=query, k=k)
    with pytest.raises(SpaceError, match="from 0 upwards"):
        similar.similar(store, 2, Question(face="both", space="first", obverse_weight=1.5))
    assert len(call.read(store, "api.search", parts=json.dumps([part]), k=2_000_000_000)) > 100


def test_a_percentile_is_told_where_it_is_known(store: Engine, filled: Vectors) -> None:
    with store.begin() as c:
        call.value(c, "job.settle_space", space="first")
    even, uneven, blend = (
        next(
            row.percentile
            for row in similar.similar(store, 3, question)
            if row.compared in ("both", "obverse")
        )
        for question in (
            Question(face="both", space="first", where="inventory_number = '003'"),
            Question(face="both", space="first", where="inventory_number = '003'", obverse_weight=0.9),
            Question(blend={"first": 1, "second": 1}),
        )
    )
    assert even is not None
    assert (uneven, blend) == (None, None)
