"""Figures and calibration: compared with scikit-learn, and their properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from coinstore.classify import calibrate, measure
from coinstore.classify.models import ClassifierRecipe, learn
from coinstore.spaces.folds import held_out_folds


def held_out(seed: int, n: int, values: int) -> measure.HeldOut:
    rng = np.random.default_rng(seed)
    truth, predicted = rng.integers(0, values, n), rng.integers(0, values, n)
    predicted = np.where(rng.random(n) < 0.6, truth, predicted)
    return measure.HeldOut(
        [f"v{i:03}" for i in range(values)],
        truth,
        predicted,
        rng.random(n),
        rng.random(n),
        rng.random(n) < 0.9,
    )


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 200), st.integers(2, 30))
def test_figures_are_those_of_scikit_learn(seed: int, n: int, values: int) -> None:
    held = held_out(seed, n, values)
    found = measure.figures_of_classifier(held, 0.5)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(held.truth, held.predicted), abs=1e-9)
    assert found["macro_f1"] == pytest.approx(
        metrics.f1_score(held.truth, held.predicted, average="macro", zero_division=0), abs=1e-9
    )
    hits = held.truth == held.predicted
    assert found["brier"] == pytest.approx(np.mean((held.certainty - hits) ** 2), abs=1e-12)
    rows = measure.confusions(held)
    matrix = np.zeros((values, values), int)
    for row in rows:
        matrix[held.values.index(row["truth"]), held.values.index(row["predicted"])] = row["coins"]
    assert (matrix == metrics.confusion_matrix(held.truth, held.predicted, labels=range(values))).all()
    assert sum(row["coins"] for row in rows) == n
    assert sum(row["unlearnable"] for row in rows) == found["unlearnable"]
    assert (
        found["accuracy_low"] <= found["accuracy"] + 1e-9
        and found["accuracy_high"] >= found["accuracy"] - 1e-9
    )
    assert 1 <= found["effective_values"] <= values + 1e-9


def test_the_interval_is_that_of_a_bootstrap() -> None:
    hits = np.random.default_rng(1).random(200) < 0.4
    rng = np.random.default_rng(2)
    drawn = [hits[rng.integers(0, 200, 200)].mean() for _ in range(4000)]
    assert measure.interval(hits) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.01)
    assert measure.interval(hits) == measure.interval(hits)


@pytest.mark.parametrize("n", [400, 5000])
def test_what_is_too_sure_of_itself_is_less_so_afterwards(n: int) -> None:
    rng = np.random.default_rng(n)
    raw = rng.uniform(0.5, 0.9999, n)
    hits = rng.random(n) < 0.3 + 0.3 * raw  # much lower than its stated certainty
    folds = np.arange(n) % 5
    after = calibrate.cross_fitted(raw, hits, folds)
    assert calibrate.expected_calibration_error(after, hits) < calibrate.expected_calibration_error(raw, hits)
    assert metrics.brier_score_loss(hits, after) < metrics.brier_score_loss(hits, raw)
    order = np.argsort(raw)
    assert (np.diff(calibrate.fit_platt(raw, hits).apply(raw)[order]) >= 0).all()


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_certainties_stay_probabilities_and_nothing_is_certain(pairs: list[tuple[float, bool]]) -> None:
    raw, hits = np.array([p for p, _ in pairs], float), np.array([h for _, h in pairs], bool)
    found = calibrate.fit_platt(raw, hits).apply(raw)
    assert ((found >= 0) & (found <= 1)).all()
    if len(hits) > 1 and hits.all():
        assert found.max() < 1


@settings(max_examples=40)
@given(st.integers(0, 1000), st.integers(2, 12), st.integers(2, 6))
def test_no_group_is_in_two_folds(seed: int, groups: int, folds: int) -> None:
    rng = np.random.default_rng(seed)
    group, codes = (
        np.concatenate([np.arange(groups), rng.integers(0, groups, 60)]),
        rng.integers(0, 4, 60 + groups),
    )
    parts = list(held_out_folds(codes, group, folds, seed))
    assert (np.sum(parts, axis=0) == 1).all()
    for held in parts:
        assert not set(group[held]) & set(group[~held])


@pytest.mark.parametrize("model", ["knn", "linear"])
def test_predictors_give_probabilities(model: str) -> None:
    rng = np.random.default_rng(0)
    codes, groups = np.arange(90) % 3, np.arange(90) // 10
    rows = (np.eye(3)[codes] @ rng.normal(size=(3, 8)) * 3 + rng.normal(size=(90, 8))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    codes = np.where(codes == 2, 3, codes)  # no coin has the value 2
    said = learn(rows, codes, groups, ClassifierRecipe(model))(rows)
    assert said.shape == (90, 4) and np.allclose(said.sum(axis=1), 1)
    assert (said[:, 2] == 0).all() and (said.argmax(axis=1) == codes).mean() > 0.8
    alone = learn(rows[:5], np.full(5, 1), groups[:5], ClassifierRecipe(model))(rows)
    assert (alone.argmax(axis=1) == 1).all()


def test_the_vote_weighs_by_similarity() -> None:
    rows = np.array([[1, 0], [0, 1], [0, 1]], np.float32)
    said = learn(rows, np.array([0, 1, 1]), np.zeros(3, int), ClassifierRecipe(k=2))(
        np.array([[0.8, 0.6]], np.float32)
    )
    assert said[0] == pytest.approx([(0.8 + 1 / 3) / 2.4, (0.6 + 2 / 3) / 2.4], abs=1e-6)
