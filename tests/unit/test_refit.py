"""A calibration that starts from the shipped one: few verdicts move it little, many decide, signs stay."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from coinstore.matching import shipped
from coinstore.matching.calibrate import FIGURES
from coinstore.matching.refit import held_out, parts, refit

START = replace(shipped(), weights=tuple(np.full(len(FIGURES), 0.8)), offset=-0.5)
OTHER = replace(START, weights=tuple(np.linspace(0, 2.5, len(FIGURES))), offset=1.5)


def drawn(count: int, seed: int, truth=OTHER) -> tuple[np.ndarray, np.ndarray]:
    """Figures, and verdicts that follow a calibration."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, len(FIGURES)))
    return rows, rng.random(count) < truth.probabilities(rows)


def far(one, other) -> float:
    """How far two calibrations are apart, in probabilities of the same figures."""
    rows, _ = drawn(2000, 99)
    return float(np.abs(one.probabilities(rows) - other.probabilities(rows)).mean())


def test_few_verdicts_move_it_little_and_many_decide() -> None:
    moved = {n: refit(*drawn(n, 1), START) for n in (10, 100, 1000, 20000)}
    from_start = [far(START, one) for one in moved.values()]
    assert from_start == sorted(from_start) and from_start[0] < far(START, OTHER) / 2
    assert far(moved[20000], OTHER) < 0.01
    assert far(moved[1000], OTHER) < far(moved[100], OTHER) < far(START, OTHER)


@given(st.integers(0, 10_000), st.integers(1, 60), st.floats(0, 1))
@settings(max_examples=40)
def test_no_weight_gets_the_wrong_sign_and_better_figures_are_more_probable(seed, count, share) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, len(FIGURES))) * rng.uniform(0.01, 100, len(FIGURES))
    found = refit(rows, rng.random(count) < share, START)
    assert (np.array(found.weights) >= 0).all()
    better = rows + rng.uniform(0, 1, rows.shape)
    assert (found.probabilities(better) >= found.probabilities(rows) - 1e-12).all()
    assert (found.pairs, found.without) == (count, START.without)
    assert f"{count:,} judged pairs, starting from {START.fitted_on}" == found.fitted_on


def test_verdicts_that_the_start_explains_leave_it_nearly_as_it_is() -> None:
    assert far(refit(*drawn(5000, 3, START), START), START) < 0.02


def test_a_figure_that_does_not_vary_keeps_its_weight() -> None:
    rows, truth = drawn(500, 4)
    rows[:, 0] = 0.25
    assert refit(rows, truth, START).weights[0] == pytest.approx(START.weights[0], abs=1e-6)


def test_a_queue_of_uncertain_pairs_gives_what_all_pairs_give() -> None:
    rows, truth = drawn(200_000, 5)
    said = START.probabilities(rows)
    uncertain = (said > 0.3) & (said < 0.7)
    assert 0.05 < uncertain.mean() < 0.5
    assert far(refit(rows[uncertain], truth[uncertain], START), refit(rows, truth, START)) < 0.015


def test_held_out_pairs_tell_which_calibration_is_better() -> None:
    rows, truth = drawn(400, 6)
    groups = (np.arange(400) // 4).tolist()
    found = held_out(rows, truth, groups, START)
    own = refit(rows, truth, START)
    asked, right = drawn(20_000, 7)
    true_brier = float(np.mean((own.probabilities(asked) - right) ** 2))
    assert found.brier == pytest.approx(true_brier, abs=0.03)
    assert found.brier < float(np.mean((START.probabilities(rows) - truth) ** 2))
    # Noise is never learnt: on verdicts at random the new one is not better than one that says "half".
    noise = held_out(
        rows,
        np.random.default_rng(8).random(400) < 0.5,
        groups,
        replace(START, weights=(0,) * len(FIGURES), offset=0),
    )
    assert noise.brier > 0.25 - 0.005


def test_what_is_held_out_has_no_part_in_the_fit() -> None:
    """All pairs of one group say the contrary: the group that is asked is predicted from the others only."""
    rows = np.random.default_rng(9).normal(size=(40, len(FIGURES)))
    truth = expit(rows.sum(axis=1) * 5) > 0.5
    turned = truth.copy()
    turned[:20] = ~truth[:20]
    found = held_out(rows, turned, [0] * 20 + [1] * 20, START)
    assert found.brier > 0.3


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=40))
def test_pairs_that_share_a_coin_are_in_one_part(pairs) -> None:
    found = parts(pairs)
    for (a, b), one in zip(pairs, found, strict=True):
        for (c, d), other in zip(pairs, found, strict=True):
            assert {a, b}.isdisjoint({c, d}) or one == other
    assert parts([(1, 2), (3, 4), (2, 5)]).tolist() == [0, 1, 0]
