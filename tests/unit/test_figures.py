"""Figures of vectors: sampled pairs and groups compared with all of them, chance, and intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.evaluate import groups, pairs
from coinstore.evaluate.intervals import by_value, clustered_interval, interval, paired_p
from coinstore.evaluate.lists import hubness, same_collection
from coinstore.evaluate.pairs import compare_classes
from coinstore.evaluate.ranks import FIGURES, Gallery, by_chance, rank


def gallery(n: int, classes: int, dims: int = 8, seed: int = 0, spread: float = 1.0) -> Gallery:
    random = np.random.default_rng(seed)
    values = np.unique(random.integers(0, classes, n), return_inverse=True)[1]
    rows = random.normal(size=(classes, dims))[values] + spread * random.normal(size=(n, dims))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    names = np.array([f"v{v:04}" for v in range(values.max() + 1)])
    return Gallery(np.arange(1, n + 1), rows, values, names, random.integers(0, 4, n))


@pytest.mark.parametrize("across", [False, True])
def test_sampled_pairs_say_what_all_pairs_say(monkeypatch: pytest.MonkeyPatch, across: bool) -> None:
    coins = gallery(900, 12)
    monkeypatch.setattr(pairs, "ALL_UP_TO", 10**9)
    every = compare_classes(coins, across, 0)
    monkeypatch.setattr(pairs, "ALL_UP_TO", 0)
    drawn = compare_classes(coins, across, 0)
    assert every and drawn
    for figure in ("within", "between", "auc", "d_prime"):
        assert getattr(drawn, figure) == pytest.approx(getattr(every, figure), abs=0.02), figure
    assert drawn == compare_classes(coins, across, 0) != compare_classes(coins, across, 1)


def test_a_sample_separates_as_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    coins = gallery(
        2000, 400, spread=0.05
    )  # classes of five: many coins are the only one of their class in a sample
    whole = groups.separate(coins, groups.grouped(coins))
    monkeypatch.setattr(groups, "MAX_COINS", 500)
    places = groups.grouped(coins)
    sizes = np.bincount(coins.values[places])
    assert len(places) < 500 and (sizes[sizes > 0] > 1).all()
    sampled = groups.separate(coins, places)
    assert whole and sampled and sampled[0] == pytest.approx(whole[0], abs=0.05)


@given(st.integers(1, 30), st.integers(1, 40), st.integers(1, 20))
@settings(max_examples=60)
def test_chance_is_the_mean_over_orders(fellows: int, more: int, k: int) -> None:
    others = fellows + more
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, others + 1))])
    random = np.random.default_rng(fellows * 1000 + more)
    found = []
    for _ in range(1500):
        ranks = np.sort(random.permutation(others)[:fellows] + 1)
        hits = (ranks <= k).sum()
        found.append(
            [
                ranks[0] == 1,
                hits / k,
                hits / fellows,
                (np.arange(1, fellows + 1) / ranks).mean(),
                (ranks <= fellows).mean(),
            ]
        )
    error = np.std(found, axis=0) / np.sqrt(len(found))
    assert (
        np.abs(np.mean(found, axis=0) - by_chance(fellows, others, k, harmonic)) <= 5 * error + 1e-9
    ).all()


def test_p_is_as_often_small_as_it_says() -> None:
    """Nothing differs; queries with one value vary together."""
    random = np.random.default_rng(0)
    small = 0
    for trial in range(200):
        values = random.integers(0, 12, 240)
        differences = (random.normal(size=12)[values] + random.normal(size=240))[:, None]
        small += paired_p(by_value(differences, values), trial)[0] < 0.05
    assert small <= 24  # of 200; with a sign for each query it is about half of them


def test_intervals_hold_the_mean_as_often_as_they_say() -> None:
    random = np.random.default_rng(1)
    held = 0
    for trial in range(100):
        low, high = interval(random.exponential(size=(80, 1)), trial)
        held += low[0] <= 1 <= high[0]
    assert held >= 86


def test_a_clustered_interval_is_wider_where_values_move_together() -> None:
    random = np.random.default_rng(2)
    values = np.repeat(np.arange(10), 50)
    differences = (random.normal(size=10)[values] + 0.1 * random.normal(size=500))[:, None]
    alone, together = interval(differences, 0), clustered_interval(by_value(differences, values), 0)
    assert together[1][0] - together[0][0] > 3 * (alone[1][0] - alone[0][0])


@given(st.integers(4, 60), st.integers(1, 8), st.integers(1, 70), st.integers(0, 50))
@settings(max_examples=40)
def test_any_gallery_can_be_ranked(n: int, classes: int, k: int, seed: int) -> None:
    coins = gallery(n, classes, dims=3, seed=seed)
    blocks = list(rank(coins, n, k))
    figures = np.concatenate([block.figures for block in blocks])
    assert figures.shape == (n, 2, len(FIGURES))
    known = figures[~np.isnan(figures)]
    assert ((known >= 0) & (known <= 1)).all()
    neighbours = np.concatenate([block.neighbours for block in blocks])
    assert neighbours.shape == (n, min(k, n - 1))
    assert all(i not in row and len(set(row)) == len(row) for i, row in enumerate(neighbours.tolist()))
    found = hubness(neighbours, n)
    assert 0 <= found.unlisted <= 1
    own, chance = same_collection(coins, neighbours)
    assert own.shape == (n, 2) and 0 <= chance <= 1
