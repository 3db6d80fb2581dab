"""The closed form of what a label says: compared with scikit-learn, and its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import eigh
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from coinstore.errors import SpaceError
from coinstore.spaces.agreement import Lessons, cross_validate
from coinstore.spaces.discriminant import discriminant, learnt_axes, project

DIMS = 9


def sample(seed: int, n: int = 80, values: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Rows around a centre for each value, with more variance in some dimensions; their codes."""
    rng = np.random.default_rng(seed)
    codes = np.concatenate([np.arange(values).repeat(2), rng.integers(0, values, n - 2 * values)])
    centres = rng.normal(size=(values, DIMS))
    rows = centres[codes] + rng.normal(size=(n, DIMS)) * np.linspace(0.3, 2, DIMS) + 1
    return rows.astype(np.float32), codes


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("shrinkage", [0, 0.3, 1])
@pytest.mark.parametrize("values", [2, 5, 12])
def test_the_directions_are_those_of_scikit_learn(shrinkage: float, values: int) -> None:
    """With no shrinkage each of them; shrunk, what they span: scikit-learn shrinks the variance between too."""
    rows, codes = sample(values, values=values)
    found = discriminant(rows, codes, shrinkage)
    solver = "lsqr" if shrinkage else "eigen"
    theirs = LinearDiscriminantAnalysis(solver=solver, shrinkage=shrinkage).fit(
        rows.astype(np.float64), codes
    )
    count = min(values - 1, DIMS)
    assert found.axes.shape == (count, DIMS)
    if shrinkage:
        apart = theirs.coef_ - theirs.coef_.mean(axis=0) if values > 2 else theirs.coef_
        basis = np.linalg.qr(found.axes.T)[0]
        assert apart @ basis @ basis.T == pytest.approx(apart, abs=1e-6 * np.abs(apart).max())
    else:
        expected = unit(theirs.scalings_[:, :count].T)
        assert np.abs((unit(found.axes) * expected).sum(axis=1)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("shrinkage", [0.1, 0.5, 1])
def test_only_the_variance_within_values_is_shrunk(shrinkage: float) -> None:
    """By the definition: the eigenvectors of the variance between values for the shrunk one within."""
    rows, codes = sample(3)
    parts = [rows[codes == c].astype(np.float64) for c in range(5)]
    mean = rows.astype(np.float64).mean(axis=0)
    within = sum((part - part.mean(axis=0)).T @ (part - part.mean(axis=0)) for part in parts) / len(rows)
    between = sum(len(p) * np.outer(p.mean(axis=0) - mean, p.mean(axis=0) - mean) for p in parts) / len(rows)
    shrunk = (1 - shrinkage) * within + shrinkage * np.trace(within) / DIMS * np.eye(DIMS)
    ratios, vectors = eigh(between, shrunk)
    expected = (vectors * (ratios / (1 + ratios)))[:, ::-1][:, :4].T
    expected /= np.sqrt((((rows - mean) @ expected.T) ** 2).sum(axis=1).mean())
    found = discriminant(rows, codes, shrinkage)
    assert found.axes.T @ found.axes == pytest.approx(expected.T @ expected, abs=1e-6)
    assert found.variance == pytest.approx(((rows - mean) ** 2).sum(axis=1).mean())


def test_all_is_shrunk_and_the_values_are_still_told_apart() -> None:
    """As many dimensions as rows, as in a small store: Ledoit and Wolf then leave nothing but a sphere."""
    rng = np.random.default_rng(0)
    codes = np.arange(60) % 3
    rows = rng.normal(size=(60, 200)).astype(np.float32)
    rows[:, :3] += 3 * np.eye(3)[codes]
    found = discriminant(rows, codes)
    assert found.shrinkage > 0.9
    fresh = rng.normal(size=(300, 200)).astype(np.float32)
    fresh[:, :3] += 3 * np.eye(3)[np.arange(300) % 3]
    for shrinkage in (None, 1):
        one = discriminant(rows, codes, shrinkage)
        made, means = (project(some, one.mean, one.axes) for some in (fresh, rows))
        hits = codes[(made @ means.T).argmax(axis=1)] == np.arange(300) % 3
        assert hits.mean() > 0.8


def test_the_shrinkage_is_that_of_ledoit_and_wolf_within_values() -> None:
    rows, codes = sample(0)
    within = np.concatenate([rows[codes == c] - rows[codes == c].mean(axis=0) for c in range(5)])
    expected = ledoit_wolf_shrinkage(within.astype(np.float64), assume_centered=True)
    assert discriminant(rows, codes).shrinkage == pytest.approx(expected, abs=6e-4)


def test_a_direction_counts_by_its_share_of_variance_between_values() -> None:
    """Two values far apart in one direction, hardly in another: with no shrinkage, by hand."""
    rng = np.random.default_rng(0)
    codes = np.arange(3000) % 3
    centres = np.array([[0, 0], [6, 0], [3, 0.3]])
    rows = (centres[codes] + rng.normal(size=(3000, 2))).astype(np.float32)
    lengths = np.linalg.norm(discriminant(rows, codes, 0).axes, axis=1)
    between = [centres[:, n].var() for n in range(2)]
    shares = [ratio / (1 + ratio) for ratio in between]
    assert lengths[1] / lengths[0] == pytest.approx(shares[1] / shares[0], rel=0.2)


def test_a_blend_adds_similarities_by_its_weights() -> None:
    rows, codes = sample(1)
    found = discriminant(rows, codes, 0.2)
    centred = rows - found.mean
    in_source, on_axes = centred / np.sqrt(found.variance), centred @ found.axes.T
    assert (on_axes**2).sum(axis=1).mean() == pytest.approx(1)
    expected = 0.75 * in_source @ in_source.T + 0.25 * on_axes @ on_axes.T
    axes = learnt_axes(found, 3, 1)
    assert axes.shape == (DIMS, DIMS)
    made = centred @ axes.T
    assert made @ made.T == pytest.approx(expected, abs=1e-9)
    assert (learnt_axes(found, 0, 1) == found.axes).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 999), scale=st.sampled_from([0.01, 3.0, 250.0]), blend=st.sampled_from([0, 1, 4]))
def test_scale_and_order_change_nothing_and_a_rotation_turns_it(seed: int, scale: float, blend: int) -> None:
    rows, codes = sample(seed)
    rng = np.random.default_rng(seed)

    def similarities(some: np.ndarray, their: np.ndarray) -> np.ndarray:
        found = discriminant(some, their, 0.3)
        made = project(some, found.mean, learnt_axes(found, blend, 1))
        return made @ made.T

    expected = similarities(rows, codes)
    rotation = np.linalg.qr(rng.normal(size=(DIMS, DIMS)))[0].astype(np.float32)
    order, names = rng.permutation(len(rows)), rng.permutation(codes.max() + 1)
    assert similarities(rows * np.float32(scale), codes) == pytest.approx(expected, abs=2e-3)
    assert similarities(rows @ rotation, codes) == pytest.approx(expected, abs=2e-3)
    assert similarities(rows[order], codes[order]) == pytest.approx(expected[np.ix_(order, order)], abs=2e-3)
    assert similarities(rows, names[codes]) == pytest.approx(expected, abs=2e-3)


def test_no_variance_within_values_and_nothing_shrunk_is_refused() -> None:
    rows = np.eye(DIMS, dtype=np.float32)[[0, 0, 1, 1]]
    with pytest.raises(SpaceError, match="use a larger one"):
        discriminant(rows, np.array([0, 0, 1, 1]), 0)


def test_values_of_one_coin_are_not_learnt() -> None:
    codes, coins = np.array([3, 0, 3, 1, 5, 5, 5, 1]), np.array([0, 1, 2, 3, 4, 5, 5, 3])
    lessons = Lessons(np.eye(8, dtype=np.float32), codes, codes, codes, coins=coins)
    assert lessons.learnable(np.ones(8, bool)).tolist() == [0, -1, 0, -1, 1, 1, 1, -1]
    assert lessons.learnable(coins != 4).tolist() == [0, -1, 0, -1, -1, -1, -1, -1]
    lessons = Lessons(lessons.rows, codes, codes, codes)
    assert lessons.learnable(np.ones(8, bool)).tolist() == [1, -1, 1, 0, 2, 2, 2, 0]


def test_held_out_collections_are_asked_and_compared_with_the_source() -> None:
    """A label in the first dimensions, louder noise in the others: learning finds the former."""
    rng = np.random.default_rng(0)
    codes, collections = rng.integers(0, 4, 400), rng.integers(0, 6, 400)
    rows = rng.normal(size=(400, DIMS)) * np.repeat([1, 3], [3, DIMS - 3])
    rows[:, :3] += 3 * np.eye(4, 3)[codes]
    lessons = Lessons(unit(rows).astype(np.float32), codes, collections, np.zeros(400, np.int64))
    compared = cross_validate(lessons, [None], [(1, 1), (0, 1)], seed=0)
    assert compared is not None and compared.source.queries == 400
    ours = compared.choices[None, (1, 1)].value
    assert 0.2 < compared.source.chance < 0.3 < compared.source.value < ours - 0.1
    assert compared.best() == (None, (0, 1))
    shuffled = cross_validate(
        Lessons(lessons.rows, rng.permutation(codes), collections, lessons.faces), [None], [(1, 1)], seed=0
    )
    assert shuffled is not None
    assert shuffled.choices[None, (1, 1)].low < shuffled.choices[None, (1, 1)].chance


def test_each_choice_agrees_as_in_the_space_that_it_makes() -> None:
    """Each collection held out by hand; the space of each shrinkage and blend is made and asked."""
    rng = np.random.default_rng(1)
    rows, codes = sample(1, n=120)
    codes[0] = 9  # of one row: not learnt, but it may be the nearest
    collections, faces = rng.integers(0, 3, 120), rng.integers(0, 2, 120)
    lessons = Lessons(unit(rows).astype(np.float32), codes, collections, faces)
    shrinkages, blends = [None, 0.2, 1], [(1, 1), (0, 1), (1, 4)]
    compared = cross_validate(lessons, shrinkages, blends, seed=0)
    assert compared is not None

    def hits(made: np.ndarray, held: np.ndarray) -> list[bool]:
        found = []
        for i in held:
            others = np.flatnonzero((collections != collections[i]) & (faces == faces[i]))
            if codes[i] in codes[others]:
                found.append(codes[others[(made[others] @ made[i]).argmax()]] == codes[i])
        return found

    for shrinkage in shrinkages:
        for blend in blends:
            right = []
            for held in range(3):
                taught = np.flatnonzero((collections != held) & (codes < 9))
                one = discriminant(lessons.rows[taught], codes[taught], shrinkage)
                made = project(lessons.rows, one.mean, learnt_axes(one, *blend))
                right += hits(made, np.flatnonzero(collections == held))
            found = compared.choices[shrinkage, blend]
            assert (found.value, found.queries) == (pytest.approx(np.mean(right)), len(right))


def test_one_collection_cannot_be_cross_validated() -> None:
    rows, codes = sample(0)
    alone = Lessons(rows, codes, np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64))
    assert cross_validate(alone, [None], [(1, 1)], seed=0) is None
