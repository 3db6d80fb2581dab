"""The similarity graph: edges in SQL beside brute force in NumPy, rebuilds and updates, thresholds, verdicts."""

import numpy as np
import pytest
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.graph.build import Built, Wanted, build_graph
from coinstore.records.coin import Coin
from coinstore.records.load import load

DIMS, N = 16, 240


def coin(n: int) -> Coin:
    faces = ["obverse"] if n % 10 == 0 else ["reverse"] if n % 10 == 5 else ["obverse", "reverse"]
    return Coin(
        place=str(n),
        raw={},
        collection=f"Museum {n % 3}",
        inventory_number=f"{n:05}",
        fields={"mint": "Rome" if n % 2 else "Ostia"},
        sides={face: {"legend": f"{face}{n}"} for face in faces},
    )


def add_coins(store: Engine, numbers: range, seed: int) -> None:
    """Coins with vectors from a seed; each twentieth shows exactly what its predecessor shows."""
    list(load(store, f"/{seed}", [coin(n) for n in numbers]))
    rng = np.random.default_rng(seed)
    with store.begin() as c:
        lacking = c.execute(
            text("select side_id from core.side s where not exists"
                 " (select from core.embedding_tiny e where e.side_id = s.side_id) order by 1")
        ).scalars().all()  # fmt: skip
        vectors = rng.normal(size=(len(lacking), DIMS)).astype(np.float32)
        vectors[1::20] = vectors[: len(vectors[1::20]) * 20 : 20]
        copy_vectors(c, "tiny", "single", lacking, vectors)
        call.value(c, "job.settle_space", space="tiny")


@pytest.fixture(params=[0, 1])
def filled(store: Engine, request: pytest.FixtureRequest) -> Engine:
    with store.begin() as c:
        call.value(c, "job.add_space", name="tiny", recipe="{}", dims=DIMS, precision="single")
    add_coins(store, range(N), request.param)
    return store


def brute(store: Engine, face: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of all coins that can be compared: keys, museums, and distances `(n, n)`, NaN where no side is in common."""
    with store.begin() as c:
        rows = c.execute(
            text("select s.coin_id, s.collection, s.face, e.embedding::vector::text from core.embedding_tiny e"
                 " join api.sides s using (side_id)")
        ).all()  # fmt: skip
    faces = ["obverse", "reverse"] if face == "coin" else [face]
    keys = np.array(sorted({row[0] for row in rows if row[2] in faces}))
    at = {key: n for n, key in enumerate(keys)}
    museums = np.empty(len(keys), object)
    parts = []
    for one in faces:
        unit = np.full((len(keys), DIMS), np.nan)
        for key, museum, side, vector in rows:
            if side == one:
                v = np.array(vector[1:-1].split(","), float)
                unit[at[key]] = v / np.linalg.norm(v)
                museums[at[key]] = museum
        parts.append(1 - unit @ unit.T)
    with np.errstate(invalid="ignore"):
        both = np.stack(parts)
        counted = (~np.isnan(both)).sum(axis=0)
        total = np.nansum(both, axis=0)
    return keys, museums, np.where(counted > 0, total / np.maximum(counted, 1), np.nan)


def nearest(keys: np.ndarray, museums: np.ndarray, distances: np.ndarray, k: int, across: bool) -> dict[int, list[int]]:
    found = {}
    for i, key in enumerate(keys):
        allowed = [
            j for j in range(len(keys))
            if j != i and not np.isnan(distances[i, j]) and not (across and museums[i] == museums[j])
        ]  # fmt: skip
        allowed.sort(key=lambda j: (round(distances[i, j], 9), keys[j]))
        found[int(key)] = [int(keys[j]) for j in allowed[:k]]
    return found


def edges(store: Engine, name: str) -> list[tuple]:
    with store.begin() as c:
        return [
            tuple(row) for row in c.execute(
                text("select coin_id, rank, neighbour_id, distance, percentile, mutual, compared from api.edges"
                     " where graph = :name order by 1, 2"), {"name": name},
            )
        ]  # fmt: skip


def lists(rows: list[tuple]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[2])
    return found


def run(steps) -> Built:
    *_, built = steps
    assert isinstance(built, Built)
    return built


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("face", ["obverse", "reverse", "coin"])
def test_edges_are_those_of_brute_force(filled: Engine, face: str, across: bool) -> None:
    built = run(build_graph(filled, "g", Wanted("tiny", face, k=7, across_collections=across), workers=2))
    keys, museums, distances = brute(filled, face)
    found = edges(filled, "g")
    expected = nearest(keys, museums, distances, 7, across)
    assert lists(found) == expected
    assert built.edges == len(found) and built.coins == len(keys) and built.exact and built.recall is None
    pairs = {(row[0], row[2]) for row in found}
    assert all(row[5] == ((row[2], row[0]) in pairs) for row in found)
    at = {key: n for n, key in enumerate(keys)}
    assert all(abs(row[3] - distances[at[row[0]], at[row[2]]]) < 1e-6 for row in found)
    assert all(0 <= row[4] <= 100 for row in found)
