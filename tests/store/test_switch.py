"""A new recipe under an old name: switched at once, and never filled by a worker with the old recipe."""

import threading

import numpy as np
import pytest
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SpaceError
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.search import similar
from coinstore.search.similar import Question
from coinstore.spaces import catalogue
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.index import rebuild_index

N = 30


def fill(store: Engine, space: str, dims: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(N, dims)).astype(np.float32)
    with store.begin() as c:
        call.value(
            c, "job.add_space", name=space, recipe=f'{{"seed": {seed}}}', dims=dims, precision="single"
        )
        ids = list(c.execute(text("select side_id from core.side order by side_id")).scalars())
        copy_vectors(c, space, "single", ids, rows)
        call.value(c, "job.settle_space", space=space)
    return rows


@pytest.fixture
def two(store: Engine) -> tuple[np.ndarray, np.ndarray]:
    """A store with the spaces `name` (4 dimensions) and `other` (6)."""
    list(
        load(
            store,
            "/a",
            [Coin(str(n), {}, "M", f"{n:02}", sides={"obverse": {"legend": "L"}}) for n in range(N)],
        )
    )
    return fill(store, "name", 4, 1), fill(store, "other", 6, 2)


def test_a_name_that_is_part_of_another_space_is_refused(store: Engine, two) -> None:
    for name in ("name_exact", "coins_name", "name_pkey", "switching", "other_hnsw"):
        with pytest.raises(SpaceError, match="would take the name"), store.begin() as c:
            call.value(c, "job.add_space", name=name, recipe="{}", dims=4)
    assert nearest(store, "name")


def nearest(store: Engine, space: str) -> list[str]:
    coin = similar.find_coin(store, "M/00")
    return [row.inventory_number for row in similar.similar(store, coin, Question(space=space, k=5))]


def truth(rows: np.ndarray) -> list[str]:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return [f"{n:02}" for n in np.argsort(-(unit @ unit[0]))[1:6]]


def test_names_are_exchanged_with_all_that_hangs_on_them(store: Engine, two) -> None:
    list(rebuild_index(store, "other"))
    catalogue.switch_spaces(store, "name", "other")
    assert nearest(store, "name") == truth(two[1])
    assert nearest(store, "other") == truth(two[0])
    with store.begin() as c:
        rows = c.execute(text("select count(*) from api.similar_name(api.coin('M', '00'))")).scalar_one()
        assert rows == N - 1
    indexed = {row["space"]: (row["dims"], row["indexed"]) for row in call.look(store, "api.spaces")}
    assert indexed == {"name": (6, True), "other": (4, False)}
    catalogue.switch_spaces(store, "name", "other")
    assert nearest(store, "name") == truth(two[0])


def test_a_space_that_is_not_full_is_not_switched_to(store: Engine, two) -> None:
    with store.begin() as c:
        call.value(c, "job.add_space", name="empty", recipe="{}", dims=4)
    with pytest.raises(SpaceError, match="empty is not full"):
        catalogue.switch_spaces(store, "name", "empty")
    with pytest.raises(NotFound, match="there is no space nowhere"):
        catalogue.switch_spaces(store, "name", "nowhere")
    assert nearest(store, "name") == truth(two[0])


def test_a_worker_of_the_old_recipe_stops(store: Engine, two) -> None:
    before = catalogue.known(store, "name").space_id
    catalogue.switch_spaces(store, "name", "other")
    with pytest.raises(SpaceError, match="now means another space"), store.begin() as c:
        call.rows(c, "job.claim_sides", space="name", after=0, at_most=1, expected=before)


def test_a_derived_space_stays_with_what_it_was_made_from(store: Engine, two) -> None:
    derive_space(store, "centred", Derivation("name", centre="all"))
    catalogue.switch_spaces(store, "name", "other")
    assert catalogue.known(store, "centred").made_of == ["other"]


def test_readers_see_the_one_or_the_other(store: Engine, two) -> None:
    right = [truth(two[0]), truth(two[1])]
    stop, seen, errors = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.append(nearest(store, "name"))
            except Exception as error:
                errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(6):
        catalogue.switch_spaces(store, "name", "other")
    stop.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert seen
    assert all(answer in right for answer in seen)
