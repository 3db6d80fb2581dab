"""Evaluations by value and collection, of texts as labels, of re-ranked answers, and their worst failures."""

import numpy as np
import pytest
from sqlalchemy import Engine, text
from stores import Once

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound
from coinstore.evaluate.measure import Contestant, Evaluated, EvaluationRequest, evaluate_spaces
from coinstore.records.coin import Coin
from coinstore.records.labels import value_of
from coinstore.records.load import load
from coinstore.search import similar
from coinstore.search.similar import Question

DIMS, N = 6, 150
WRITTEN = ("Victory, standing left", "VICTORY standing  left.", "Victory standing [left]", "Unclear")


def fill_made(store: Engine) -> None:
    """Coins of six portraits in three museums; descriptions of one meaning are written in three ways."""
    random = np.random.default_rng(5)
    kinds, museums = random.integers(0, 6, N), random.integers(0, 3, N)
    coins = [
        Coin(
            str(n),
            {},
            f"Museum {museums[n]}",
            f"{n:03}",
            fields={"portrait": f"P{kinds[n]}"},
            sides={
                "obverse": {"description": f"Head of P{kinds[n]}"},
                "reverse": {"description": WRITTEN[n % 4] if kinds[n] < 3 else f"Altar {kinds[n]}"},
            },
        )
        for n in range(N)
    ]
    list(load(store, "/a", coins))
    middles = random.normal(size=(6, DIMS))
    with store.begin() as c:
        call.value(c, "job.add_space", name="tiny", recipe="{}", dims=DIMS, precision="single", sees=[])
        for face in ("obverse", "reverse"):
            query = text("select side_id from core.side where face = :f order by coin_id")
            ids = list(c.execute(query, {"f": face}).scalars())
            rows = middles[kinds] + random.normal(size=(N, DIMS))
            rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
            copy_vectors(c, "tiny", "single", ids, rows)
        call.value(c, "job.settle_space", space="tiny")


@pytest.fixture
def made(store: Engine, once: Once) -> Engine:
    once(lambda _folder: fill_made(store))
    return store


def measured(store: Engine, **options) -> Evaluated:
    *_, done = evaluate_spaces(store, EvaluationRequest(["tiny"], **({"labels": ["portrait"]} | options)))
    assert isinstance(done, Evaluated)
    return done


def test_groups_add_up_to_the_whole(made: Engine) -> None:
    done = measured(made)
    whole = {(row["setting"], row["figure"]): row for row in done.figures}
    assert [dict(row) for row in call.look(made, "api.evaluation_groups")]
    for by, names in (("value", 6), ("collection", 3)):
        for setting in ("all", "other collections"):
            here = [r for r in done.groups if (r["grouped_by"], r["setting"]) == (by, setting)]
            assert len(here) == names
            counts = np.array([row["n"] for row in here])
            for figure in ("nn_agreement", "map", "r_precision"):
                due = whole[setting, figure]
                assert counts.sum() == due["n"]
                mean = np.average([row[figure] for row in here], weights=counts)
                assert mean == pytest.approx(due["value"]), (by, setting, figure)
            chance = np.average([row["chance"] for row in here], weights=counts)
            assert chance == pytest.approx(whole[setting, "nn_agreement"]["chance"])


def test_failures_are_what_the_search_answers(made: Engine) -> None:
    failures = measured(made).failures["portrait", Contestant("tiny", "obverse")]
    places = [failure.place for failure in failures]
    assert failures and places == sorted(places, reverse=True) and min(places) > 1
    with made.begin() as c:
        rows = c.execute(text("select coin_id, collection, portrait from api.coins")).all()
    collection, portrait = ({row[0]: row[n] for row in rows} for n in (1, 2))
    for failure in (failures[0], failures[-1]):
        where = f"collection <> '{collection[failure.coin]}'"
        found = similar.similar(made, failure.coin, Question(space="tiny", k=N, where=where))
        assert (found[0].coin_id, failure.value) == (failure.nearest, portrait[failure.coin])
        assert found[0].portrait == failure.nearest_value != failure.value
        assert found[0].similarity == pytest.approx(failure.nearest_similarity, abs=1e-5)
        agrees = [n for n, row in enumerate(found, 1) if row.portrait == failure.value]
        assert agrees[0] == failure.place and found[agrees[0] - 1].coin_id == failure.fellow


def test_a_reranked_evaluation_is_of_what_the_search_answers(made: Engine) -> None:
    done = measured(made, rerank=True)
    agrees = {}
    for row in done.figures:
        if row["figure"] == "nn_agreement":
            agrees[row["reranked"], row["setting"]] = row["value"]
    with made.begin() as c:
        rows = c.execute(text("select coin_id, collection, portrait from api.coins")).all()
    for setting, reranked in (("all", True), ("other collections", True), ("other collections", False)):
        hits = []
        for coin, collection, portrait in rows:
            where = "true" if setting == "all" else f"collection <> '{collection}'"
            question = Question(space="tiny", k=1, where=where, rerank=reranked)
            hits.append(similar.similar(made, coin, question)[0].portrait == portrait)
        assert np.mean(hits) == pytest.approx(agrees[reranked, setting], abs=1.5 / N), (setting, reranked)
    pairs = {(row["reranked"], row["other_reranked"]) for row in done.differences}
    assert pairs == {(True, False)}, "the re-ranked one is compared with the plain one over the same queries"


def test_descriptions_are_labels_of_the_compared_face(made: Engine) -> None:
    for face, count in (("obverse", 6), ("reverse", 4)):
        done = measured(made, labels=["description"], faces=[face])
        assert {row["label_values"] for row in done.figures} == {count}
        names = {row["group_name"] for row in done.groups if row["grouped_by"] == "value"}
        assert ("victory standing left" in names) == (face == "reverse")
    with pytest.raises(NotFound, match="a description is of one face"):
        measured(made, labels=["description"], faces=["both"])


def test_texts_that_mean_the_same_are_one_value() -> None:
    assert {value_of("description", written) for written in WRITTEN[:3]} == {"victory standing left"}
    assert value_of("legend", "ΣΩΤΉΡ·") == value_of("legend", "σωτηρ ") != value_of("legend", "σωτ")
    assert value_of("legend", "…") is value_of("legend", "Unclear") is value_of("mint", "?") is None
    assert value_of("mint", "Rome, East") == "Rome, East", "other labels are names"
