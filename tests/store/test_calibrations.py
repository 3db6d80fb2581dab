"""Calibrations of a store: rows know theirs, another one needs no photograph, and an earlier one is noticed."""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import judged
import numpy as np
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import add_coins, add_matches
from scipy.special import expit
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from stores import Once

from coinstore.db import call
from coinstore.dies.calibrate import calibrate
from coinstore.dies.calibrations import calibration, in_use, is_outdated, take_shipped
from coinstore.dies.plan import PARAMETERS, NamedPair, PairsAsked, plan
from coinstore.errors import SpaceError
from coinstore.matching import Parameters, shipped
from coinstore.matching.calibrate import FIGURES

COINS = 20
PAIRS = list(combinations(range(1, COINS + 1), 2))
WITH = len(PAIRS) - len(PAIRS[::3])
ORB = json.dumps(Parameters(detector="orb").recipe())
TABLE = "select side_id, other_id, probability, matched_at, xmin from core.match order by 1, 2"


@pytest.fixture
def filled(store: Engine, once: Once) -> Iterator[Engine]:
    """All pairs of some coins; every third has no transform."""

    def fill(_folder: Path) -> None:
        add_coins(store, COINS)
        rng = np.random.default_rng(3)
        drawn = {pair: rng.normal(0, 0.5, len(FIGURES)).tolist() for pair in PAIRS}
        add_matches(store, {pair: None if n % 3 == 0 else drawn[pair] for n, pair in enumerate(PAIRS)})

    once(fill)
    yield store


def rows(store: Engine, query: str = TABLE) -> list:
    with store.begin() as c:
        return c.execute(text(query)).all()


def other(**changed) -> dict:
    """A calibration that is not the shipped one."""
    recipe = json.loads(shipped().to_json())
    return (
        recipe | {"weights": [0.1 * n for n in range(len(FIGURES))], "fitted_on": "something else"} | changed
    )


def use(store: Engine, recipe: dict, origin: str = "shipped", version: int = PARAMETERS.version) -> int:
    key = call.run(store, "job.add_calibration", origin=origin, version=version, recipe=json.dumps(recipe))
    return call.run(store, "job.use_calibration", chosen=key)


def expected(row, recipe: dict) -> float:
    if row["figures"] is None:
        return recipe["without"]
    return float(expit(np.dot(row["figures"], recipe["weights"]) + recipe["offset"]))


def check_probabilities(store: Engine, recipe: dict) -> None:
    found = call.look(store, "api.matches")
    assert len(found) == len(PAIRS)
    for row in found:
        assert row["probability"] == pytest.approx(expected(row, recipe), rel=1e-5, abs=1e-12)
        assert row["fitted_on"] == recipe["fitted_on"]
    assert len({row["probability"] for row in found}) > len(PAIRS) / 2


def test_a_match_has_the_probability_of_the_calibration_in_use(filled: Engine) -> None:
    check_probabilities(filled, json.loads(shipped().to_json()))
    before = rows(filled)
    assert use(filled, other()) == WITH
    check_probabilities(filled, other())
    assert [(row[0], row[1], row[3]) for row in rows(filled)] == [
        (row[0], row[1], row[3]) for row in before
    ], "nothing was compared again"


@settings(max_examples=30)
@given(
    figures=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=12),
    seed=st.integers(0, 1000),
    offset=st.floats(-30, 30),
)
def test_the_database_computes_what_python_does(template: str, figures, seed, offset) -> None:
    weights = np.random.default_rng(seed).normal(size=len(figures)).tolist()
    with psycopg.connect(template) as connection:
        query = "select job.probability(%s::real[], %s, %s, 0.25), job.probability(null, %s, %s, 0.25)"
        found, without = connection.execute(query, [figures, weights, offset, weights, offset]).fetchone()
    asked = expit(np.clip(np.dot(np.float32(figures).astype(float), weights) + offset, -40, 40))
    assert found == pytest.approx(asked, rel=1e-6) and without == 0.25


def test_what_is_killed_while_it_calibrates_changes_nothing(filled: Engine, url: str) -> None:
    before, used = rows(filled), in_use(filled)
    with pytest.raises(psycopg.OperationalError), psycopg.connect(url.replace("+psycopg", "")) as killed:
        [key] = killed.execute(
            "select job.add_calibration('verdicts', %s, %s)", [PARAMETERS.version, json.dumps(other())]
        ).fetchone()
        assert killed.execute("select job.use_calibration(%s)", [key]).fetchone() == (WITH,)
        rows(filled, f"select pg_terminate_backend({killed.info.backend_pid}, 5000)")
        killed.execute("select 1")
    assert rows(filled) == before and in_use(filled) == used
    assert rows(filled, "select count(*) from core.calibration") == [(1,)]


def test_workers_and_a_calibration_wait_for_each_other(filled: Engine) -> None:
    with filled.connect() as worker, filled.connect() as calibrating:
        call.value(worker, "job.store_matches", recipe=1, batch="[]")
        calibrating.execute(text("set lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            calibrating.execute(text("select job.use_calibration(1)"))
    with filled.connect() as worker, filled.connect() as calibrating:
        calibrating.execute(text("select job.use_calibration(1)"))
        worker.execute(text("set lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            worker.execute(text("select job.store_matches(1, '[]')"))
    use(filled, other())
    with filled.begin() as c:
        c.execute(text("delete from core.match where side_id = 1"))
    add_matches_by_a_worker(filled, {PAIRS[1]: judged.of_odds(0)})
    [(found,)] = rows(filled, "select probability from core.match where side_id = 1")
    assert found == pytest.approx(expected({"figures": judged.of_odds(0)}, other()))


def test_a_new_recipe_and_a_calibration_wait_for_each_other(filled: Engine) -> None:
    """Otherwise a recipe that is not committed yet keeps a calibration that is no longer current."""
    key = call.run(
        filled,
        "job.add_calibration",
        origin="shipped",
        version=PARAMETERS.version,
        recipe=json.dumps(other()),
    )
    with filled.connect() as noting, filled.connect() as calibrating:
        call.value(noting, "job.match_recipe", parameters=ORB)
        calibrating.execute(text("set lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            calibrating.execute(text(f"select job.use_calibration({key})"))
        calibrating.rollback()
        noting.commit()
        calibrating.execute(text(f"select job.use_calibration({key})"))
        calibrating.commit()
    assert rows(filled, "select distinct calibration_id from core.match_recipe") == [(key,)]


def test_a_recipe_with_an_earlier_calibration_gets_the_one_in_use(filled: Engine) -> None:
    recipe = call.run(filled, "job.match_recipe", parameters=ORB)
    use(filled, other())
    with filled.begin() as c:
        c.execute(text("update core.match_recipe set calibration_id = 1 where recipe_id = :r"), {"r": recipe})
    with pytest.raises(SpaceError, match="another version of coinstore"):
        call.run(filled, "job.store_matches", recipe=recipe, batch="[]")
    assert call.run(filled, "job.match_recipe", parameters=ORB) == recipe
    call.run(filled, "job.store_matches", recipe=recipe, batch="[]")


def add_matches_by_a_worker(store: Engine, figures) -> None:
    """As a worker that runs on while another process calibrates."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judged, "take_shipped", lambda _store: 0)
        add_matches(store, figures)


def test_a_newer_version_is_noticed_and_taken_by_the_next_run(filled: Engine) -> None:
    assert not is_outdated(filled) and take_shipped(filled) == 0
    before = rows(filled)
    use(filled, other())
    assert is_outdated(filled) and in_use(filled)["fitted_on"] == "something else"
    assert calibration(filled).weights == tuple(other()["weights"])
    assert plan(filled, PairsAsked(pairs=[NamedPair(1, 2, "obverse")])).due == 0
    assert not is_outdated(filled)
    check_probabilities(filled, json.loads(shipped().to_json()))
    assert [row[:4] for row in rows(filled)] == [row[:4] for row in before]
    assert len(call.look(filled, "part.calibrations")) == 2, "the shipped one is there once"


def test_one_of_verdicts_stays_until_its_figures_are_others(filled: Engine) -> None:
    use(filled, other(), "verdicts")
    assert not is_outdated(filled) and take_shipped(filled) == 0
    assert in_use(filled)["origin"] == "verdicts"
    assert take_shipped(filled, is_reset=True) == WITH
    assert in_use(filled)["origin"] == "shipped"
    for another in ({"recipe": other(figures=["share"])}, {"recipe": other(), "version": 1}):
        with filled.begin() as c:
            c.execute(text("update core.calibration set is_current = false"))
        use(filled, origin="verdicts", **another)
        assert is_outdated(filled) and calibration(filled) == shipped()
        take_shipped(filled)
        assert in_use(filled)["origin"] == "shipped" and not is_outdated(filled)


def test_matches_of_another_version_are_not_shown_and_due_again(filled: Engine) -> None:
    with filled.begin() as c:
        c.execute(text("update core.match_recipe set parameters = parameters || '{\"version\": 0}'"))
        c.execute(text("update core.calibration set version = 0"))
    assert len(call.look(filled, "api.matches")) == len(PAIRS) and is_outdated(filled)
    assert take_shipped(filled) == 0 and not is_outdated(filled)
    assert call.look(filled, "api.matches") == [] and len(rows(filled)) == len(PAIRS), "they are kept"
    asked = PairsAsked(pairs=[NamedPair(1, n, "obverse") for n in (2, 3, 4)])
    assert plan(filled, asked).due == 3
    add_matches(filled, {(1, 4): judged.of_odds(0)})
    assert [(row["coin_id"], row["neighbour_id"]) for row in call.look(filled, "api.matches")] == [(1, 4)]
    assert plan(filled, asked).due == 2
    assert use(filled, other()) == 1, "the others have other figures"


def test_a_worker_of_another_version_is_refused(filled: Engine) -> None:
    use(filled, other(), version=999)
    before = rows(filled)
    with pytest.raises(SpaceError, match="another version of coinstore has taken over the matches"):
        add_matches_by_a_worker(filled, {PAIRS[1]: judged.of_odds(0)})
    assert rows(filled) == before and call.look(filled, "api.matches") == []


def test_a_verdict_on_both_faces_is_one_on_each(filled: Engine) -> None:
    judged.judge(filled, PAIRS[0], "same die", face="both")
    judged.judge(filled, PAIRS[1], "same type", "B. Curator")
    judged.judge(filled, PAIRS[1], "same die")
    judged.judge(filled, PAIRS[2], "same type", face="reverse")
    judged.judge(filled, PAIRS[2], "same type", face="both")
    first, second, third = (
        call.read(filled, "part.matches_of_pair", coin=a, neighbour=b)[0] for a, b in PAIRS[:3]
    )
    assert (first["verdict"], first["conflicting"]) == ("same die", False)
    assert (second["verdict"], second["conflicting"]) == ("same die", True)
    assert (third["verdict"], third["conflicting"]) == (None, False)


def test_an_older_program_does_not_take_back_what_a_newer_one_uses(filled: Engine) -> None:
    use(filled, other(), version=PARAMETERS.version + 1)
    assert take_shipped(filled) == 0
    assert in_use(filled)["version"] == PARAMETERS.version + 1
    with pytest.raises(SpaceError, match="update coinstore here"):
        add_matches_by_a_worker(filled, {PAIRS[1]: judged.of_odds(0)})
    for taking in (
        lambda: take_shipped(filled, is_reset=True),
        lambda: use(filled, other(), "verdicts"),
        lambda: calibrate(filled, judged.PERSON, is_forced=True),
    ):
        with pytest.raises(SpaceError, match="update coinstore here"):
            taking()
    assert in_use(filled)["version"] == PARAMETERS.version + 1
