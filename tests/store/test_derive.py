"""Derived spaces: compared with NumPy on the same vectors, and with sides that come later."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SpaceError
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.spaces import catalogue, derive
from coinstore.spaces.claims import Plan
from coinstore.spaces.derive import Derivation, Settled, derive_space, whitening_axes
from coinstore.spaces.embed import embed_sides
from coinstore.spaces.fill import fill_spaces, pending

DIMS = 12
SIZES = {"Large": 60, "Middling": 20, "Small": 4}


def add_sides(store: Engine, collection: str, count: int, first: int = 0) -> np.ndarray:
    """Adds `count` obverses with vectors around their collection's mean; returns the vectors `(count, DIMS)`."""
    numbers = range(first, first + count)
    coins = [Coin(str(n), {}, collection, f"{n:03}", sides={"obverse": {"legend": f"L{n}"}}) for n in numbers]
    list(load(store, f"/{collection}/{first}", coins))
    rng = np.random.default_rng([len(collection), first])
    made = (rng.normal(size=(count, DIMS)) * np.linspace(0.2, 2, DIMS) + len(collection)).astype(np.float32)
    with store.begin() as c:
        query = """select side_id from api.sides where collection = :name and inventory_number >= :first
                   order by side_id"""
        ids = list(c.execute(text(query), {"name": collection, "first": f"{first:03}"}).scalars())
        copy_vectors(c, "origin", "single", ids, made)
    return made


@pytest.fixture
def origin(store: Engine) -> dict[str, np.ndarray]:
    with store.begin() as c:
        call.value(c, "job.add_space", name="origin", recipe='{"family": "x"}', dims=DIMS, precision="single")
    return {collection: add_sides(store, collection, count) for collection, count in SIZES.items()}


def stored(store: Engine, space: str) -> np.ndarray:
    with store.begin() as c:
        rows = c.execute(
            text(f"select embedding::text from api.embedding_{space} order by side_id")
        ).scalars()
        return np.array([np.fromstring(row[1:-1], sep=",") for row in rows])


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def fill(store: Engine, space: str, **plan) -> int:
    return sum(batch.done for batch in embed_sides(store, space, Plan(**plan)))


def test_the_mean_of_all_is_taken_out(store: Engine, origin) -> None:
    derive_space(store, "centred", Derivation("origin", centre="all", precision="single"))
    assert fill(store, "centred") == sum(SIZES.values())
    rows = np.concatenate(list(origin.values()))
    assert np.allclose(stored(store, "centred"), unit(rows - rows.mean(axis=0)), atol=1e-5)


def test_deviations_are_divided_by(store: Engine, origin) -> None:
    derive_space(store, "standard", Derivation("origin", centre="all", standardise=True, precision="single"))
    fill(store, "standard")
    rows = np.concatenate(list(origin.values()))
    assert np.allclose(
        stored(store, "standard"), unit((rows - rows.mean(axis=0)) / rows.std(axis=0)), atol=1e-4
    )


def nearest_mean(origin: dict[str, np.ndarray], row: np.ndarray) -> np.ndarray:
    """The mean of the collection with at least five sides that is nearest to a row."""
    means = [rows.mean(axis=0) for rows in origin.values() if len(rows) >= 5]
    return min(means, key=lambda mean: float(np.linalg.norm(mean - row)))


def test_each_collection_its_own_mean_and_small_ones_the_nearest(store: Engine, origin) -> None:
    derived = derive_space(store, "debiased", Derivation("origin", centre="collection", precision="single"))
    fill(store, "debiased")
    expected = [
        rows - (rows.mean(axis=0) if len(rows) >= 5 else nearest_mean(origin, rows.mean(axis=0)))
        for rows in origin.values()
    ]
    assert np.allclose(stored(store, "debiased"), unit(np.concatenate(expected)), atol=1e-5)
    assert derived.borrowed == {"Small": "Large"}
    assert derive_space(store, "centred", Derivation("origin", centre="all")).borrowed == {}


def test_a_space_of_an_earlier_version_keeps_the_mean_of_all(store: Engine, origin) -> None:
    derivation = Derivation("origin", centre="collection", precision="single", strangers="all")
    assert "strangers" not in derivation.recipe(), "the recipe is what earlier versions stored"
    assert derive_space(store, "debiased", derivation).borrowed == {"Small": None}
    assert embed_all(store, "debiased") == []
    everything = np.concatenate(list(origin.values())).mean(axis=0)
    expected = [rows - (rows.mean(axis=0) if len(rows) >= 5 else everything) for rows in origin.values()]
    assert np.allclose(stored(store, "debiased"), unit(np.concatenate(expected)), atol=1e-5)
    asked = origin["Small"][0]
    assert np.allclose(outside(store, "debiased", asked), unit((asked - everything)[None])[0], atol=1e-5)


def embed_all(store: Engine, space: str) -> list[Settled]:
    """The whole job of `embed`; the collections that got a mean."""
    return [step for step in fill_spaces(store, [space]) if isinstance(step, Settled)]


def outside(store: Engine, space: str, row: np.ndarray) -> np.ndarray:
    found = call.read(store, "api.derived_vector", space=space, query=str(row.tolist()))
    return np.array(found[0]["derived_vector"])


def test_a_later_collection_gets_its_own_mean_once_it_has_enough_sides(store: Engine, origin) -> None:
    derive_space(store, "debiased", Derivation("origin", centre="collection", precision="single"))
    embed_all(store, "debiased")
    first = add_sides(store, "New", 3, first=900)
    assert embed_all(store, "debiased") == [Settled("debiased", "New", 3, "Large")]
    expected = unit(first - nearest_mean(origin, first.mean(axis=0)))
    assert np.allclose(stored(store, "debiased")[-3:], expected, atol=1e-5)
    assert embed_all(store, "debiased") == []

    more = np.concatenate([first, add_sides(store, "New", 4, first=950)])
    assert embed_all(store, "debiased") == [Settled("debiased", "New", 7, None)]
    assert np.allclose(stored(store, "debiased")[-7:], unit(more - more.mean(axis=0)), atol=1e-5)
    add_sides(store, "New", 6, first=960)
    assert embed_all(store, "debiased") == [], "a mean is kept until there are twice as many sides"
    assert pending(store, "debiased") == 0


def test_a_mean_is_measured_again_once_there_are_twice_as_many_sides(store: Engine, origin) -> None:
    """Of a late collection, of one that was there, and of what was borrowed from it."""
    derive_space(store, "debiased", Derivation("origin", centre="collection", precision="single"))
    embed_all(store, "debiased")
    first = add_sides(store, "Late", 6, first=900)
    assert embed_all(store, "debiased") == [Settled("debiased", "Late", 6, None)]
    rows = {"Late": np.concatenate([first, add_sides(store, "Late", 6, first=950)])}
    rows["Large"] = np.concatenate([origin["Large"], add_sides(store, "Large", 60, first=500)])
    assert embed_all(store, "debiased") == [
        Settled("debiased", "Large", 120, None),
        Settled("debiased", "Late", 12, None),
        Settled("debiased", "Small", 4, "Large"),
    ]
    expected = {name: some - some.mean(axis=0) for name, some in rows.items()}
    expected["Small"] = origin["Small"] - rows["Large"].mean(axis=0)
    for name, some in expected.items():
        assert np.allclose(stored_of(store, "debiased", name), unit(some), atol=1e-5), name
    assert embed_all(store, "debiased") == [] and pending(store, "debiased") == 0


def stored_of(store: Engine, space: str, collection: str) -> np.ndarray:
    """The vectors of one collection, in the order of loading."""
    query = f"""select embedding::text from api.embedding_{space} join api.sides using (side_id)
                where collection = :collection order by side_id"""
    with store.begin() as c:
        rows = c.execute(text(query), {"collection": collection}).scalars()
        return np.array([np.fromstring(row[1:-1], sep=",") for row in rows])


def test_axes_of_many_sides_are_measured_on_a_sample(store: Engine, origin, monkeypatch) -> None:
    monkeypatch.setattr(derive, "SAMPLE", 30)
    wanted = Derivation("origin", centre="collection", whiten=4, precision="single")
    derive_space(store, "white", wanted)
    recipe = catalogue.known(store, "white").recipe
    assert (recipe["measured_sides"], recipe["measured_at_most"]) == (sum(SIZES.values()), 30)
    with store.begin() as c:
        sample = call.rows(c, "job.sampled_sides", space="origin", at_most=30)
    fill(store, "white")
    ids = sorted(row["side_id"] for row in all_sides(store))
    place = {side_id: n for n, side_id in enumerate(ids)}
    centred = np.concatenate(
        [
            r - (r.mean(axis=0) if len(r) >= 5 else nearest_mean(origin, r.mean(axis=0)))
            for r in origin.values()
        ]
    )
    axes = whitening_axes([centred[[place[row["side_id"]] for row in sample]].astype(np.float32)], 4, 0.25)
    assert len(sample) == 30 < len(ids)
    assert np.allclose(stored(store, "white"), unit(centred @ axes.T), atol=1e-4)
    derive_space(store, "white", wanted)  # the same again changes nothing
    with store.begin() as c:
        assert call.rows(c, "job.check_derived", space="white") == []


def all_sides(store: Engine) -> list:
    with store.begin() as c:
        return call.rows(c, "job.sampled_sides", space="origin", at_most=1000)


def test_others_may_make_spaces_while_it_measures(store: Engine, origin, monkeypatch) -> None:
    """The axes are measured before the lock of spaces is taken."""
    measure = derive.whitening_axes

    def slow(blocks, count, power):
        blocks = list(blocks)
        with store.begin() as c:
            c.execute(text("set local lock_timeout = '2s'"))
            call.value(c, "job.add_space", name="other", recipe='{"family": "x"}', dims=3, precision="half")
        return measure(blocks, count, power)

    monkeypatch.setattr(derive, "whitening_axes", slow)
    assert derive_space(store, "white", Derivation("origin", centre="all", whiten=4)).axes == 4
    assert catalogue.known(store, "other").dims == 3


def test_without_a_collection_of_five_sides_the_mean_of_all_is_used(store: Engine) -> None:
    with store.begin() as c:
        call.value(c, "job.add_space", name="origin", recipe='{"family": "x"}', dims=DIMS, precision="single")
    rows = np.concatenate([add_sides(store, name, 3) for name in ("One", "Two.")])
    derived = derive_space(store, "debiased", Derivation("origin", centre="collection", precision="single"))
    assert derived.borrowed == {"One": None, "Two.": None}
    assert embed_all(store, "debiased") == []
    expected = unit(rows - rows.mean(axis=0))
    assert np.allclose(stored(store, "debiased"), expected, atol=1e-5)
    assert np.allclose(outside(store, "debiased", rows[0]), expected[0], atol=1e-5)


def test_the_number_of_axes_follows_the_source(store: Engine, origin) -> None:
    assert derive_space(store, "white", Derivation("origin", centre="all", whiten=True)).axes == DIMS
    assert catalogue.known(store, "white").recipe["whiten"] == DIMS
    assert derive_space(store, "plain", Derivation("origin", centre="all")).axes is None


@pytest.mark.parametrize(("whitening", "power"), [("half", 0.25), ("full", 0.5)])
def test_principal_components(store: Engine, origin, whitening: str, power: float) -> None:
    derivation = Derivation("origin", centre="all", whiten=5, whitening=whitening, precision="single")
    derive_space(store, "white", derivation)
    fill(store, "white")
    rows = np.concatenate(list(origin.values())).astype(np.float64)
    rows -= rows.mean(axis=0)
    variance, directions = np.linalg.eigh(rows.T @ rows / len(rows))
    expected = unit(rows @ directions[:, ::-1][:, :5] / variance[::-1][:5] ** power)
    found = stored(store, "white")
    assert found.shape == expected.shape
    assert np.allclose(found @ found.T, expected @ expected.T, atol=1e-4)  # the sign of an axis is arbitrary


def test_what_was_measured_is_applied_to_later_sides(store: Engine, origin) -> None:
    derive_space(store, "debiased", Derivation("origin", centre="collection", precision="single"))
    fill(store, "debiased")
    late, new = add_sides(store, "Large", 7, first=500), add_sides(store, "New", 6, first=900)
    assert pending(store, "debiased") == 13
    assert fill(store, "debiased") == 13
    everything = np.concatenate(list(origin.values())).mean(axis=0)  # no one has settled its mean yet
    expected = np.concatenate([late - origin["Large"].mean(axis=0), new - everything])
    assert np.allclose(stored(store, "debiased")[-13:], unit(expected), atol=1e-5)


def late(store: Engine, space: str) -> list[tuple[str, int]]:
    with store.begin() as c:
        return [
            (row["collection"], row["sides"]) for row in call.rows(c, "job.late_collections", space=space)
        ]


def test_collections_that_came_after_their_means_are_told(store: Engine, origin) -> None:
    derive_space(store, "debiased", Derivation("origin", centre="collection", strangers="all"))
    derive_space(store, "centred", Derivation("origin", centre="all"))
    for space in ("debiased", "centred"):
        fill(store, space)
        assert late(store, space) == [], "too few sides for their own mean: reported when the space is made"
    add_sides(store, "Later", 6)
    assert late(store, "debiased") == [], "not embedded yet"
    for space in ("debiased", "centred"):
        fill(store, space)
    assert late(store, "debiased") == [("Later", 6)]
    assert late(store, "centred") == [] and late(store, "origin") == []
    derive_space(store, "again", Derivation("origin", centre="collection", strangers="all"))
    fill(store, "again")
    assert late(store, "again") == []


def test_a_stopped_run_goes_on(store: Engine, origin) -> None:
    derive_space(store, "centred", Derivation("origin", centre="all"))
    assert fill(store, "centred", limit=30) == 30
    assert pending(store, "centred") == sum(SIZES.values()) - 30
    assert fill(store, "centred") == sum(SIZES.values()) - 30
    assert fill(store, "centred") == 0


def test_the_same_again_is_nothing_and_other_sides_are_another_space(store: Engine, origin) -> None:
    derivation = Derivation("origin", centre="collection", whiten=3)
    derive_space(store, "one", derivation)
    derive_space(store, "one", derivation)
    add_sides(store, "Large", 3, first=500)
    with pytest.raises(SpaceError, match="exists with another recipe"):
        derive_space(store, "one", derivation)


def test_a_space_that_is_dropped_meanwhile_is_not_made_without_its_means(store: Engine, origin) -> None:
    derivation = Derivation("origin", centre="collection", whiten=3)
    derive_space(store, "one", derivation)
    left = ["one"]

    @event.listens_for(store, "checkin")  # what is known of the store has been read by then
    def drop(*_of_connection) -> None:
        if left:
            catalogue.drop_space(store, left.pop())

    with pytest.raises(SpaceError, match="one was dropped just now; derive it again"):
        derive_space(store, "one", derivation)
    assert [space["space"] for space in call.look(store, "api.spaces")] == ["origin"]
    derive_space(store, "one", derivation)
    assert fill(store, "one") == sum(SIZES.values())


def test_nothing_left_is_a_fault(store: Engine, origin) -> None:
    with store.begin() as c:  # ten sides with the same vector
        coins = [Coin(str(n), {}, "Copies", f"{n}", sides={"obverse": {"legend": "L"}}) for n in range(10)]
        list(load(store, "/copies", coins))
        ids = list(c.execute(text("select side_id from api.sides where collection = 'Copies'")).scalars())
        copy_vectors(c, "origin", "single", ids, np.full((10, DIMS), 0.5, np.float32))
    derive_space(store, "debiased", Derivation("origin", centre="collection"))
    fill(store, "debiased")
    assert pending(store, "debiased") == 0
    faults = [row["reason"] for row in call.look(store, "api.faults")]
    assert faults == ["nothing is left of it once the mean is taken out"] * 10


def test_a_vector_from_outside_goes_the_same_way(store: Engine, origin) -> None:
    derive_space(store, "centred", Derivation("origin", centre="all", precision="single"))
    fill(store, "centred")
    assert np.allclose(outside(store, "centred", origin["Large"][3]), stored(store, "centred")[3], atol=1e-5)
    derive_space(store, "debiased", Derivation("origin", centre="collection", precision="single"))
    for row in np.concatenate(list(origin.values()))[::7]:
        expected = unit((row - nearest_mean(origin, row))[None])[0]
        assert np.allclose(outside(store, "debiased", row), expected, atol=1e-5)


def test_what_cannot_be_derived(store: Engine, origin) -> None:
    for derivation, error, reason in [
        (Derivation("nowhere", centre="all"), NotFound, "there is no space nowhere"),
        (Derivation("origin", standardise=True), SpaceError, "which mean"),
        (Derivation("origin", whiten=4), SpaceError, "which mean"),
        (Derivation("origin", centre="all", whiten=13), SpaceError, "have 12 principal axes at most"),
    ]:
        with pytest.raises(error, match=reason):
            derive_space(store, "new", derivation)
    derive_space(store, "centred", Derivation("origin", centre="all"))
    with pytest.raises(SpaceError, match="centred is made of origin; drop that first"):
        catalogue.drop_space(store, "origin")
    catalogue.drop_space(store, "centred")
    catalogue.drop_space(store, "origin")
    with pytest.raises(NotFound):
        catalogue.known(store, "centred")


def test_an_empty_space_gives_nothing_to_derive_from(store: Engine) -> None:
    with store.begin() as c:
        call.value(c, "job.add_space", name="origin", recipe="{}", dims=DIMS)
    with pytest.raises(SpaceError, match="origin has no vectors yet"):
        derive_space(store, "centred", Derivation("origin", centre="all"))


@settings(max_examples=40)
@given(st.integers(2, 9), st.integers(20, 80), st.integers(1, 30), st.integers(0, 999))
def test_axes_do_not_hang_on_the_blocks(dims: int, rows: int, block: int, seed: int) -> None:
    data = np.random.default_rng(seed).normal(size=(rows, dims)).astype(np.float32)
    axes = min(dims, 3)
    whole = whitening_axes([data], axes, 0.5)
    parts = whitening_axes((data[start : start + block] for start in range(0, rows, block)), axes, 0.5)
    assert np.allclose(np.abs(whole), np.abs(parts), rtol=1e-2, atol=1e-2)
    white = (data - data.mean(axis=0)) @ whole.T
    assert np.allclose(np.cov(white.T, bias=True), np.eye(axes), atol=1e-2)
