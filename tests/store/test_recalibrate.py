"""A calibration from verdicts: what counts, when it is used, and what it changes."""

from pathlib import Path

import numpy as np
import pytest
from judged import DRAWN, PAIRS, PERSON, SAME, add_coins, add_matches, judge, judge_all, of_odds
from scipy.special import expit
from sqlalchemy import Engine
from stores import Once

from coinstore.db import call
from coinstore.dies.calibrate import FEWEST, Recalibrated
from coinstore.dies.calibrations import calibration, in_use, take_shipped
from coinstore.errors import NotFound, SpaceError
from coinstore.matching import shipped
from coinstore.matching.calibrate import Reliability
from coinstore.store import Store


@pytest.fixture
def filled(store: Engine, once: Once) -> Engine:
    """Pairs of coins, of which each is in one pair; people know better than the shipped calibration."""

    def fill(_folder: Path) -> None:
        add_coins(store, 170)
        add_matches(store, {pair: found.tolist() for pair, found in DRAWN.items()} | {(161, 162): None})

    once(fill)
    return store


def test_too_few_verdicts_are_refused_with_their_number(filled: Engine) -> None:
    with pytest.raises(
        NotFound, match="0 judged pairs are of one die and 0 are not; a calibration needs 10 of"
    ):
        Store(filled).matches.calibrate(PERSON)
    some = [pair for pair in PAIRS if SAME[pair]][: FEWEST - 1] + [p for p in PAIRS if not SAME[p]]
    judge_all(filled, {pair: SAME[pair] for pair in some})
    with pytest.raises(NotFound, match=f"9 judged pairs are of one die and {len(some) - 9} are not"):
        Store(filled).matches.calibrate(PERSON)
    judge(filled, (163, 164), "same die")
    judge(filled, some[0], "no link", "B. Curator")
    with pytest.raises(
        NotFound, match=r"8 judged.* Left out: 1 not compared yet, 1 with contradictory verdicts\."
    ):
        Store(filled).matches.calibrate(PERSON)
    assert in_use(filled)["origin"] == "shipped"


def test_verdicts_that_know_better_are_used(filled: Engine) -> None:
    judge_all(filled)
    before = {row["coin_id"]: row["probability"] for row in call.look(filled, "api.matches")}
    found = Store(filled).matches.calibrate(PERSON)
    assert found.is_better and found.is_used and (found.conflicting, found.without) == (0, 0)
    assert (found.calibration.pairs, found.calibration.same) == (len(PAIRS), sum(SAME.values()))
    assert found.new.brier < found.old.brier and sum(count for *_, count in found.new.bins) == len(PAIRS)
    assert {row["calibration"]: row["brier"] for row in found.bins()} == {
        "shipped": found.old.brier, "verdicts": found.new.brier,
    }  # fmt: skip
    used = in_use(filled)
    assert (used["origin"], used["made_by"], used["pairs"]) == ("verdicts", PERSON, len(PAIRS))
    assert used["measured"]["new"]["brier"] == pytest.approx(found.new.brier)
    assert calibration(filled) == found.calibration
    rows = {row["coin_id"]: row for row in call.look(filled, "api.matches")}
    for (coin, _), figures in DRAWN.items():
        asked = expit(np.float32(figures) @ np.array(found.calibration.weights) + found.calibration.offset)
        assert rows[coin]["probability"] == pytest.approx(asked, rel=1e-4)
        assert rows[coin]["fitted_on"].startswith(f"{len(PAIRS)} judged pairs, starting from ")
    assert rows[161]["probability"] == before[161], "a pair without a transform has no figures"
    assert found.changed == sum(rows[coin]["probability"] != before[coin] for coin in before)
    again = Store(filled).matches.calibrate(PERSON)
    assert again.calibration == found.calibration and again.changed == 0
    assert take_shipped(filled, is_reset=True) == found.changed
    assert {r["coin_id"]: r["probability"] for r in call.look(filled, "api.matches")} == before


def test_what_cannot_be_counted_is_left_out_and_told(filled: Engine) -> None:
    judge_all(filled)
    first, second, third, *_ = PAIRS
    judge(filled, first, "no link" if SAME[first] else "same die", "B. Curator")
    judge(filled, second, "same die" if SAME[second] else "no link", "B. Curator", "both")
    judge(filled, third, "same type", "B. Curator", "both")  # says nothing about dies
    judge(filled, (161, 162), "no link")
    judge(filled, (163, 164), "same die")  # never compared
    found = Store(filled).matches.calibrate(PERSON)
    assert (found.uncompared, found.conflicting, found.without) == (2, 1, 1), "a reverse, too"
    assert found.calibration.pairs == len(PAIRS) - 1


def test_verdicts_that_are_not_better_change_nothing_unless_forced(filled: Engine) -> None:
    """All pairs look the same, and half of them are of one die: there is nothing to learn."""
    add_matches(filled, dict.fromkeys(PAIRS, of_odds(0)))
    judge_all(filled, {pair: n % 2 == 0 for n, pair in enumerate(PAIRS)})
    before = call.look(filled, "api.matches")
    found = Store(filled).matches.calibrate(PERSON)
    assert (found.is_better, found.is_used, found.changed) == (False, False, 0)
    assert found.old.brier == pytest.approx(0.25, abs=1e-4) and found.new.brier >= found.old.brier
    assert call.look(filled, "api.matches") == before and in_use(filled)["origin"] == "shipped"
    forced = Store(filled).matches.calibrate(PERSON, is_forced=True)
    assert forced.is_used and not forced.is_better and in_use(filled)["origin"] == "verdicts"


def test_a_gain_that_no_printed_figure_shows_is_none() -> None:
    def found(old: float, new: float) -> Recalibrated:
        return Recalibrated(
            shipped(), Reliability((), old, 0), Reliability((), new, 0), 0, 0, 0, is_used=False, changed=0
        )

    assert not found(0.00074, 0.00066).is_better, "both are printed as 0.0007"
    assert found(0.0013, 0.0007).is_better and not found(0.0007, 0.0013).is_better


def test_pairs_that_hang_together_cannot_be_held_out(filled: Engine) -> None:
    chain = {(n, n + 1): (n % 2 == 0) for n in range(1, 41)}
    add_matches(filled, {pair: DRAWN[PAIRS[n]].tolist() for n, pair in enumerate(chain)})
    judge_all(filled, chain)
    with pytest.raises(SpaceError, match="all judged pairs hang together by their coins"):
        Store(filled).matches.calibrate(PERSON)
