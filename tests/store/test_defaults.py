"""The spaces that are filled, and asked, where none is named: the real network on drawn coins."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from coinstore.db import call
from coinstore.errors import NotFound
from coinstore.ingest import follow, ingest
from coinstore.records.reader import Reading
from coinstore.spaces.axes import principal_axes
from coinstore.spaces.catalogue import add_space, default_space, known
from coinstore.spaces.claims import Plan
from coinstore.spaces.defaults import DEBIASED, ENOUGH, NEXT, PLAIN, Measured, Postponed, fill_default
from coinstore.spaces.fill import Filled, Idle
from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection


@pytest.fixture
def coins(store: Engine, tmp_path: Path):
    """Loads the first coins of a mintage into the store; those that are there stay as they are."""

    def load(count: int) -> int:
        folder = tmp_path / str(count)
        list(write_collection(folder, count, Mintage(seed=5)))
        follow(ingest(store, [Reading(str(folder / "records.csv"), images=str(folder / "images"))]))
        return len(call.look(store, "api.images"))

    return load


def steps(store: Engine, *kinds: type) -> list:
    return [step for step in fill_default(store) if isinstance(step, kinds)]


def test_few_sides_have_no_axes_and_are_asked_in_the_plain_space(store: Engine, coins) -> None:
    with pytest.raises(NotFound, match="no vectors yet; run: coinstore embed"):
        default_space(store)
    assert [type(step) for step in steps(store, Idle, Filled, Postponed)] == [Idle, Postponed]
    sides = coins(6)
    filled, why = steps(store, Idle, Filled, Postponed)
    assert (filled.space, filled.done, why.space) == (PLAIN, sides, DEBIASED)
    assert f"once {PLAIN} has {ENOUGH} sides; it has {sides}" in why.why
    assert default_space(store) == PLAIN


def test_enough_sides_are_asked_in_the_debiased_space(store: Engine, coins) -> None:
    sides = coins(30)
    eye, derived, debiased = steps(store, Idle, Filled, Measured, Postponed)
    assert derived == Measured(DEBIASED, sides, sides - 1, again=False)
    assert [(filled.space, filled.done) for filled in (eye, debiased)] == [(PLAIN, sides), (DEBIASED, sides)]
    assert default_space(store) == DEBIASED
    assert [step.space for step in steps(store, Idle, Filled, Measured, Postponed)] == [PLAIN, DEBIASED]
    asked = Store(store)
    found = asked.similar(1, k=3)
    assert found == asked.similar(1, k=3, space=DEBIASED)
    assert asked.similar(1, k=3, space=PLAIN) != found


def test_twice_as_many_sides_measure_the_axes_again(store: Engine, coins) -> None:
    before = coins(30)
    steps(store)
    old = known(store, DEBIASED).space_id
    sides = coins(62)
    assert sides >= 2 * before
    some = fill_default(store)  # and stopped before the new axes have their name
    assert any(isinstance(step, Filled) and step.space == NEXT for step in some)
    some.close()
    assert known(store, DEBIASED).space_id == old
    assert steps(store, Measured) == [Measured(DEBIASED, sides, sides - 1, again=True)]
    assert known(store, DEBIASED).space_id != old
    assert known(store, DEBIASED).recipe["measured_sides"] == sides
    with pytest.raises(NotFound):
        known(store, NEXT)
    assert steps(store, Measured, Filled, Postponed) == []


def test_two_processes_do_not_derive_at_the_same_time(store: Engine, coins) -> None:
    coins(30)
    steps(store)
    sides = coins(62)
    first = fill_default(store)
    assert any(isinstance(step, Filled) and step.space == NEXT for step in first)
    assert steps(store, Measured, Filled, Postponed) == []
    assert [step for step in first if isinstance(step, Measured)] == [
        Measured(DEBIASED, sides, sides - 1, again=True)
    ]


def test_a_space_of_this_name_that_a_person_made_stays(store: Engine, coins) -> None:
    coins(30)
    asked = Store(store)
    asked.embed(PLAIN)
    asked.spaces.derive(DEBIASED, PLAIN, centre="collection", whiten=8)
    steps(store)
    coins(62)
    assert steps(store, Measured, Postponed) == []
    assert known(store, DEBIASED).dims == 8


def test_while_it_is_filled_the_debiased_space_is_not_asked(store: Engine, coins) -> None:
    coins(30)
    assert [step for step in fill_default(store, Plan(limit=20)) if isinstance(step, Measured)] == []
    steps(store)
    assert default_space(store) == DEBIASED
    sides = coins(62)
    assert call.run(store, "job.embedded", name=DEBIASED) < sides
    Store(store).embed(PLAIN)
    assert default_space(store) == PLAIN
    list(fill_default(store, Plan(limit=20)))
    assert default_space(store) == PLAIN
    steps(store)
    assert default_space(store) == DEBIASED


def test_axes_stay_while_something_is_made_from_them(store: Engine, coins) -> None:
    coins(30)
    steps(store)
    old = known(store, DEBIASED).space_id
    Store(store).graphs.build(DEBIASED, "looks", k=2)
    sides = coins(62)
    [why] = steps(store, Measured, Postponed)
    assert why.why.startswith("graph looks were made from it") and f"now {sides} sides" in why.why
    assert known(store, DEBIASED).space_id == old
    assert call.run(store, "job.embedded", name=DEBIASED) == sides


def test_another_space_is_the_default_where_there_is_no_eye(store: Engine, coins) -> None:
    from coinstore.models.registry import preset

    coins(3)
    for name in ("zebra", "hog", "apple"):
        add_space(store, name, preset("hog"))
    asked = Store(store)
    asked.embed("zebra")
    assert default_space(store) == "zebra"
    asked.embed("hog")
    assert default_space(store) == "hog"


def test_axes_of_few_rows_are_those_of_the_covariance() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 120)) * np.linspace(3, 0.1, 120)
    few = principal_axes([rows[:7], rows[7:]], 12)
    variances, axes = np.linalg.eigh(np.cov(rows.T, bias=True))
    assert np.allclose(few.variances, variances[::-1][:12])
    assert np.allclose(np.abs(few.axes @ axes[:, ::-1][:, :12]), np.eye(12), atol=1e-6)
    assert np.isclose(few.total_variance, variances.sum())
