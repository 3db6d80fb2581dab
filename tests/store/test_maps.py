"""Maps: compared with scikit-learn and openTSNE; reproducible; clusters stay apart; old points do not move."""

import warnings

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.db.engine import snapshot
from coinstore.errors import NotFound, SettingsError, SpaceError
from coinstore.maps import axes, layout
from coinstore.maps import update as updating
from coinstore.maps.build import MapBuilt, MapRequest, build_map, drop_map, map_named
from coinstore.maps.nearest import nearest
from coinstore.maps.update import MapUpdated, update_map
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.spaces import catalogue

DIMS, N, GROUPS = 60, 120, 4
METHODS = ["pca", "tsne", "umap"]
MODULES = {"pca": "numpy", "tsne": "openTSNE", "umap": "umap"}


def coin(n: int) -> Coin:
    faces = ["obverse"] if n % 10 == 0 else ["reverse"] if n % 10 == 5 else ["obverse", "reverse"]
    return Coin(
        place=str(n),
        raw={},
        collection="Museum",
        inventory_number=f"{n:05}",
        fields={},
        sides={face: {"legend": f"{face}{n}"} for face in faces},
    )


def vector(n: int, face: str, seed: int = 0) -> np.ndarray:
    """A vector near the middle of its group, n % GROUPS; not of unit length."""
    middle = np.random.default_rng([n % GROUPS, face == "obverse"]).normal(size=DIMS)
    rng = np.random.default_rng([n, face == "obverse", seed])
    return (rng.uniform(0.5, 2) * (middle + 0.4 * rng.normal(size=DIMS))).astype(np.float32)


def add_coins(store: Engine, numbers: list[int], shows: dict[int, int] | None = None) -> None:
    """Coins with their vectors; `shows` maps a coin to the coin that it duplicates."""
    list(load(store, f"/{numbers[0]}", [coin(n) for n in numbers]))
    with store.begin() as c:
        sides = c.execute(
            text(
                "select s.side_id, s.inventory_number::int, s.face from api.sides s where not exists"
                " (select from core.embedding_tiny e where e.side_id = s.side_id) order by 1"
            )
        ).all()
        rows = np.stack([vector((shows or {}).get(n, n), face) for _, n, face in sides])
        copy_vectors(c, "tiny", "single", [side for side, _, _ in sides], rows)


@pytest.fixture
def empty(store: Engine) -> Engine:
    with store.begin() as c:
        call.value(c, "job.add_space", name="tiny", recipe="{}", dims=DIMS, precision="single")
    return store


@pytest.fixture
def filled(empty: Engine) -> Engine:
    add_coins(empty, list(range(N)))
    return empty


def build(store: Engine, name: str, *wanted, **options) -> MapBuilt:
    *_, done = build_map(store, name, MapRequest("tiny", *wanted, **options))
    assert isinstance(done, MapBuilt)
    return done


def update(store: Engine, name: str) -> MapUpdated:
    *_, done = update_map(store, name)
    assert isinstance(done, MapUpdated)
    return done


def points(store: Engine, name: str) -> dict[int, tuple[float, float]]:
    """Points by inventory number."""
    return {
        int(row["inventory_number"]): (row["x"], row["y"])
        for row in call.read(store, "part.points_of_map", map=name)
    }


def unit(n: int, face: str) -> np.ndarray:
    return vector(n, face) / np.linalg.norm(vector(n, face))


def same_group(placed: dict[int, tuple[float, float]]) -> float:
    """Share of the five nearest points on the map that belong to the coin's group."""
    numbers = np.array(list(placed))
    found, _ = nearest(np.array(list(placed.values())), np.array(list(placed.values())), 5, itself=True)
    return float((numbers[found] % GROUPS == numbers[:, None] % GROUPS).mean())


def test_nearest_is_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinstore.maps.nearest.CELLS", 500)  # many blocks
    rows = np.random.default_rng(0).normal(size=(70, 5))
    rows[3] = rows[60]
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    indices, distances = nearest(rows, rows, 4, itself=True)
    assert np.array_equal(distances, np.sort(apart, axis=1)[:, :4])
    assert np.array_equal(np.take_along_axis(apart, indices, axis=1), distances)
    assert (indices[3, 0], distances[3, 0]) == (60, 0)


@pytest.mark.parametrize("face", ["obverse", "both"])
def test_principal_components_are_those_of_scikit_learn(filled: Engine, face: str) -> None:
    from sklearn.decomposition import PCA

    done = build(filled, "m", face, "pca")
    placed = points(filled, "m")
    lacking = {5} if face == "obverse" else {0, 5}
    numbers = [n for n in range(N) if n % 10 not in lacking]
    assert sorted(placed) == numbers
    assert (done.coins, done.of_coins) == (len(numbers), N)
    rows = [
        unit(n, "obverse")
        if face == "obverse"
        else np.hstack([unit(n, f) for f in ("obverse", "reverse")]) / 2**0.5
        for n in numbers
    ]
    fitted = PCA(2, svd_solver="full")
    expected = fitted.fit_transform(np.array(rows, np.float64))
    found = np.array([placed[n] for n in numbers])
    assert np.abs(found * np.sign((found * expected).sum(axis=0)) - expected).max() < 1e-6
    assert done.parameters["explained"] == pytest.approx(fitted.explained_variance_ratio_, abs=1e-5)
    assert "basis" not in done.parameters and "basis" not in map_named(filled, "m")["parameters"]


def test_lanczos_finds_what_all_eigenvectors_show() -> None:
    rows = (np.random.default_rng(0).normal(size=(400, 300)) * np.linspace(3, 1, 300)).astype(np.float32)
    blocks = [(list(range(at, at + 100)), rows[at : at + 100]) for at in range(0, 400, 100)]
    few, many = (axes.project(lambda: iter(blocks), m) for m in (50, 300))
    assert few.coins == list(range(400))
    assert np.abs(few.coordinates - many.coordinates[:, :50]).max() < 1e-4
    assert many.explained.sum() == pytest.approx(1)
    again = axes.Basis.from_json(few.basis.to_json())
    assert np.array_equal(again.mean, few.basis.mean) and np.array_equal(again.axes, few.basis.axes)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_clusters_stay_apart_and_a_seed_is_a_map(filled: Engine, method: str) -> None:
    pytest.importorskip(MODULES[method])
    done = build(filled, "first", "obverse", method, seed=3)
    build(filled, "second", "obverse", method, seed=3)
    build(filled, "third", "obverse", method, seed=4)
    first = points(filled, "first")
    assert first == points(filled, "second")
    assert first != points(filled, "third")
    assert same_group(first) > 0.95  # by chance 0.25
    stored = map_named(filled, "first")
    assert (stored["seed"], stored["method"], stored["points"], stored["added"]) == (3, method, 108, 0)
    assert stored["parameters"] == done.parameters
    assert stored["library"].startswith({"tsne": "opentsne ", "umap": "umap-learn "}[method])


@pytest.mark.parametrize("method", METHODS)
def test_new_coins_move_no_old_one(filled: Engine, method: str) -> None:
    pytest.importorskip(MODULES[method])
    build(filled, "m", "obverse", method)
    old = points(filled, "m")
    assert update(filled, "m").added == 0
    add_coins(filled, [201, 202, 203], {201: 1, 202: 2, 203: 3})
    done = update(filled, "m")
    assert (done.coins, done.added, done.lost) == (111, 3, 0)
    now = points(filled, "m")
    assert {n: now[n] for n in old} == old
    extent = np.ptp(list(old.values()), axis=0).max()
    for new, of in ((201, 1), (202, 2), (203, 3)):
        assert np.linalg.norm(np.subtract(now[new], old[of])) < (0.1 if method == "tsne" else 1e-6) * extent
    assert same_group(now) > (0.5 if method == "pca" else 0.95)
    assert map_named(filled, "m")["added"] == 3
    added = [row for row in call.read(filled, "part.points_of_map", map="m") if row["is_added"]]
    assert {row["inventory_number"] for row in added} == {"00201", "00202", "00203"}


def test_a_coin_lies_where_it_would_lie_alone(filled: Engine) -> None:
    for name in ("together", "apart"):
        build(filled, name, "obverse", "tsne")
    add_coins(filled, [201, 202])
    update(filled, "apart")
    add_coins(filled, [303, 304])
    for name in ("together", "apart"):
        update(filled, name)
    assert points(filled, "together") == points(filled, "apart")


def test_placing_is_the_transform_of_opentsne() -> None:
    affinity = pytest.importorskip("openTSNE.affinity")
    from openTSNE import TSNEEmbedding

    rng = np.random.default_rng(0)
    rows, new, at = rng.normal(size=(90, 8)), rng.normal(size=(7, 8)), 10 * rng.normal(size=(90, 2))
    at -= (at.max(axis=0) + at.min(axis=0)) / 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = TSNEEmbedding(at.copy(), affinity.PerplexityBasedNN(rows, method="exact")).transform(new)
    assert np.abs(layout.place_tsne(rows, at, new) - np.asarray(theirs)).max() < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_few_coins(empty: Engine, method: str) -> None:
    pytest.importorskip(MODULES[method])
    least = {"pca": 3, "tsne": 7, "umap": 7}[method]
    with pytest.raises(SpaceError, match=rf"0 of 0 coins.* needs {least}\. Fill .*coinstore embed tiny"):
        build(empty, "m", "obverse", method)
    numbers = [n for n in range(N) if n % 10 not in (0, 5)][:least]
    add_coins(empty, numbers[:-1])
    with pytest.raises(
        SpaceError, match=f"{least - 1} of {least - 1} coins have vectors of both faces in tiny"
    ):
        build(empty, "m", "both", method)
    add_coins(empty, numbers[-1:])
    done = build(empty, "m", "both", method)
    assert np.isfinite(list(points(empty, "m").values())).all()
    assert done.parameters.get("perplexity", 2) == 2
    assert done.parameters.get("neighbours", 6) == 6


def test_what_cannot_be(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="there is no space nothing"):
        list(build_map(filled, "m", MapRequest("nothing")))
    with pytest.raises(SpaceError, match='"No Name" is not a name for a map'):
        build(filled, "No Name", "obverse", "pca")
    with pytest.raises(SettingsError, match="perplexity of at least 1"):
        build(filled, "m", perplexity=0.5)
    with pytest.raises(
        NotFound, match="there is no map m; there is: none yet; run: coinstore map build SPACE"
    ):
        list(update_map(filled, "m"))
    with pytest.raises(NotFound, match="there is no map m"):
        drop_map(filled, "m")

    def missing(name: str) -> str:
        raise layout.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(layout.metadata, "version", missing)
    with pytest.raises(SpaceError, match=r"a map by umap needs umap-learn: pip install 'coinstore\[maps\]'"):
        build(filled, "m", "obverse", "umap")
    assert call.look(filled, "api.maps") == []


def test_coins_that_all_look_the_same(empty: Engine) -> None:
    add_coins(empty, list(range(1, 10)), dict.fromkeys(range(1, 10), 1))
    with pytest.raises(SpaceError, match="have the same vector in tiny"):
        build(empty, "m", "obverse", "tsne")


def test_duplicates_do_no_harm(empty: Engine) -> None:
    pytest.importorskip("openTSNE")
    add_coins(empty, list(range(60)), {n: n % 6 for n in range(60)})
    for method in METHODS:
        build(empty, "m", "reverse", method)
        assert np.isfinite(list(points(empty, "m").values())).all()


def test_a_map_is_replaced_and_its_points_outlive_vectors(filled: Engine) -> None:
    build(filled, "m", "obverse", "pca")
    build(filled, "m", "reverse", "pca")
    [stored] = call.look(filled, "api.maps")
    assert (stored["face"], stored["points"]) == ("reverse", 108)
    with filled.begin() as c:
        c.execute(
            text(
                "delete from core.embedding_tiny e using api.sides s where s.side_id = e.side_id"
                " and s.inventory_number in ('00001', '00002')"
            )
        )
        c.execute(text("delete from core.coin where inventory_number = '00003'"))
    done = update(filled, "m")
    assert (done.coins, done.added, done.lost) == (107, 0, 2)
    assert {1, 2} <= set(points(filled, "m")) and 3 not in points(filled, "m")
    build(filled, "m", "reverse", "pca")
    assert not {1, 2, 3} & set(points(filled, "m"))
    with pytest.raises(SpaceError, match="tiny still has map m; drop that first"):
        call.run(filled, "job.drop_space", name="tiny")
    drop_map(filled, "m")
    call.run(filled, "job.drop_space", name="tiny")


def test_a_map_by_nothing_places_nothing(filled: Engine) -> None:
    pytest.importorskip("openTSNE")
    build(filled, "m", "obverse", "tsne")
    with filled.begin() as c:
        c.execute(text("truncate core.embedding_tiny"))
    add_coins(filled, [301])  # and with it the vectors of all others
    with filled.begin() as c:
        c.execute(
            text(
                "delete from core.embedding_tiny e using api.sides s where s.side_id = e.side_id"
                " and s.inventory_number <> '00301'"
            )
        )
    with pytest.raises(SpaceError, match="0 of the coins of m still have a vector"):
        update(filled, "m")
    assert map_named(filled, "m")["points"] == 108


def test_a_space_that_takes_another_name_before_an_update_is_the_one_of_the_map(
    filled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(build_map(filled, "m", MapRequest("tiny", method="pca")))
    add_coins(filled, [N + 1, N + 2])
    with filled.begin() as c:
        call.value(c, "job.add_space", name="other", recipe='{"other": 1}', dims=DIMS, precision="single")
        c.execute(
            text(
                "insert into core.embedding_other"
                " select side_id, coin_id, face, embedding * embedding from core.embedding_tiny"
            )
        )
        call.value(c, "job.settle_space", space="other")

    def late(engine: Engine) -> Connection:
        catalogue.switch_spaces(engine, "tiny", "other")
        return snapshot(engine)

    monkeypatch.setattr(updating, "snapshot", late)
    *_, updated = update_map(filled, "m")
    assert isinstance(updated, MapUpdated) and updated.added == 2
    monkeypatch.undo()
    with filled.begin() as c:
        points = {row["coin_id"]: (row["x"], row["y"]) for row in call.rows(c, "part.points_of_map", map="m")}
    list(build_map(filled, "again", MapRequest("other", method="pca")))
    with filled.begin() as c:
        again = {
            row["coin_id"]: (row["x"], row["y"]) for row in call.rows(c, "part.points_of_map", map="again")
        }
    assert (
        np.corrcoef([point[0] for point in points.values()], [again[coin][0] for coin in points])[0, 1] > 0.99
    )


def test_a_map_that_is_built_anew_takes_no_points_of_the_old(filled: Engine) -> None:
    build(filled, "m", "obverse", "pca")
    add_coins(filled, [201])
    steps = update_map(filled, "m")
    next(steps)
    build(filled, "m", "obverse", "pca")
    with pytest.raises(SpaceError, match="rebuilt while coins were added"):
        list(steps)
