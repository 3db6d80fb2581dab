"""The similarity graph: edges compared with brute force in NumPy, rebuilds, updates, thresholds, verdicts."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from stores import Once

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, PredicateError, SpaceError
from coinstore.graph import build, catalogue
from coinstore.graph.analyse import analyse_graph
from coinstore.graph.build import GraphBuilt, NeighboursFound, build_graph, update_graph
from coinstore.graph.catalogue import GraphRequest
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
    """Coins with random vectors; every twentieth has the vector of the one before it."""
    list(load(store, f"/{seed}", [coin(n) for n in numbers]))
    rng = np.random.default_rng(seed)
    with store.begin() as c:
        lacking = (
            c.execute(
                text(
                    "select side_id from core.side s where not exists"
                    " (select from core.embedding_tiny e where e.side_id = s.side_id) order by 1"
                )
            )
            .scalars()
            .all()
        )
        vectors = rng.normal(size=(len(lacking), DIMS)).astype(np.float32)
        vectors[1::20] = vectors[: len(vectors[1::20]) * 20 : 20]
        copy_vectors(c, "tiny", "single", lacking, vectors)
        call.value(c, "job.settle_space", space="tiny")


@pytest.fixture(params=[0, 1])
def filled(store: Engine, once: Once, request: pytest.FixtureRequest) -> Engine:
    def fill(_folder: Path) -> None:
        with store.begin() as c:
            call.value(c, "job.add_space", name="tiny", recipe="{}", dims=DIMS, precision="single")
        add_coins(store, range(N), request.param)

    once(fill, request.param)
    return store


def brute(store: Engine, face: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys, museums and distances `(n, n)` of all comparable coins; NaN where they have no side in common."""
    with store.begin() as c:
        rows = c.execute(
            text(
                "select s.coin_id, s.collection, s.face, e.embedding::vector::text from core.embedding_tiny e"
                " join api.sides s using (side_id)"
            )
        ).all()
    faces = ["obverse", "reverse"] if face == "both" else [face]
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


def nearest(
    keys: np.ndarray, museums: np.ndarray, distances: np.ndarray, k: int, across: bool
) -> dict[int, list[int]]:
    found = {}
    for i, key in enumerate(keys):
        allowed = [
            j
            for j in range(len(keys))
            if j != i and not np.isnan(distances[i, j]) and not (across and museums[i] == museums[j])
        ]
        allowed.sort(key=lambda j: (round(distances[i, j], 9), keys[j]))
        found[int(key)] = [int(keys[j]) for j in allowed[:k]]
    return found


def edges(store: Engine, name: str) -> list[tuple]:
    with store.begin() as c:
        return [
            tuple(row)
            for row in c.execute(
                text(
                    "select coin_id, rank, neighbour_id, distance, percentile, mutual, compared from api.edges"
                    " where graph = :name order by 1, 2"
                ),
                {"name": name},
            )
        ]


LEFT_BEHIND = (
    "select to_regclass('core.comparing_g'), exists (select from core.building_coin),"
    " exists (select from core.building_edge)"
)


def lists(rows: list[tuple]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[2])
    return found


def run(steps) -> GraphBuilt:
    *_, built = steps
    assert isinstance(built, GraphBuilt)
    return built


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("face", ["obverse", "reverse", "both"])
def test_edges_are_those_of_brute_force(filled: Engine, face: str, across: bool) -> None:
    built = run(
        build_graph(filled, "g", GraphRequest("tiny", face, k=7, across_collections=across), workers=2)
    )
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


@pytest.mark.parametrize("face", ["obverse", "both"])
def test_by_index_all_lists_are_full_and_nearly_right(filled: Engine, face: str) -> None:
    built = run(build_graph(filled, "g", GraphRequest("tiny", face, k=7, exact=False), workers=2))
    keys, museums, distances = brute(filled, face)
    found, expected = lists(edges(filled, "g")), nearest(keys, museums, distances, 7, False)
    assert not built.exact and built.recall >= 0.985
    assert {key: len(some) for key, some in found.items()} == {key: 7 for key in expected}
    assert np.mean([len(set(found[key]) & set(expected[key])) / 7 for key in expected]) >= 0.985


def test_by_index_across_collections(filled: Engine) -> None:
    run(build_graph(filled, "g", GraphRequest("tiny", k=7, across_collections=True, exact=False)))
    keys, museums, distances = brute(filled, "obverse")
    found, expected = lists(edges(filled, "g")), nearest(keys, museums, distances, 7, True)
    assert np.mean([len(set(found[key]) & set(expected[key])) / 7 for key in expected]) >= 0.985


def test_where_limits_both_ends(filled: Engine) -> None:
    run(build_graph(filled, "g", GraphRequest("tiny", where="mint = 'Rome' and legend is not null")))
    with filled.begin() as c:
        romans = set(c.execute(text("select coin_id from api.coins where mint = 'Rome'")).scalars())
    found = edges(filled, "g")
    assert {row[0] for row in found} | {row[2] for row in found} <= romans
    with pytest.raises(PredicateError):
        list(build_graph(filled, "g", GraphRequest("tiny", where="mint = ")))
    with pytest.raises(PredicateError):
        list(build_graph(filled, "g", GraphRequest("tiny", where="true) or (true")))
    assert edges(filled, "g") == found  # a run that fails leaves what was there


def test_fewer_coins_than_k(filled: Engine) -> None:
    built = run(build_graph(filled, "g", GraphRequest("tiny", where="inventory_number < '00005'")))
    assert built.edges == built.coins * (built.coins - 1)
    with pytest.raises(NotFound, match="a graph needs two"):
        list(build_graph(filled, "h", GraphRequest("tiny", where="inventory_number = '00001'")))


@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize("face", ["obverse", "both"])
def test_an_update_equals_a_rebuild(filled: Engine, face: str, across: bool) -> None:
    wanted = GraphRequest("tiny", face, k=6, where="mint is not null", across_collections=across)
    run(build_graph(filled, "g", wanted))
    add_coins(filled, range(N, N + N // 10), 7)
    with filled.begin() as c:  # some are gone, some have changed
        c.execute(text("delete from core.coin where coin_id % 50 = 3"))
        c.execute(
            text(
                "update core.embedding_tiny set embedding = (select embedding from core.embedding_tiny"
                " where side_id = (select max(side_id) from core.embedding_tiny)) where side_id % 40 = 1"
            )
        )
    before = edges(filled, "g")
    run(update_graph(filled, "g"))
    updated = edges(filled, "g")
    run(build_graph(filled, "g", wanted))
    assert updated == edges(filled, "g")
    assert updated != before


def test_an_update_of_nothing_new_changes_nothing(filled: Engine) -> None:
    run(build_graph(filled, "g", GraphRequest("tiny")))
    before = edges(filled, "g")
    list(analyse_graph(filled, "g"))
    runs = call.look(filled, "api.graph_runs")
    assert run(update_graph(filled, "g")).edges == len(before)
    assert edges(filled, "g") == before
    assert call.look(filled, "api.graph_runs") == runs  # what was found is still valid
    with pytest.raises(NotFound, match="there is: g"):
        list(update_graph(filled, "h"))


def test_a_run_that_is_stopped_leaves_the_graph_and_no_lock(filled: Engine) -> None:
    run(build_graph(filled, "g", GraphRequest("tiny")))
    before = edges(filled, "g")
    steps = build_graph(filled, "g", GraphRequest("tiny", k=3))
    assert isinstance(next(steps), build.CoinsGathered)
    with pytest.raises(SpaceError, match="being built by another run"):
        next(build_graph(filled, "g", GraphRequest("tiny")))
    steps.close()
    assert edges(filled, "g") == before
    assert (
        run(build_graph(filled, "g", GraphRequest("tiny", k=3))).edges
        == len(edges(filled, "g"))
        == len(before) * 3 // 10
    )
    with filled.begin() as c:
        assert c.execute(text(LEFT_BEHIND)).one() == (None, False, False)


@pytest.mark.parametrize("face", ["obverse", "both"])
@pytest.mark.parametrize("similarity", [0.3, 0.6, 0.999])
def test_edges_above_are_all_pairs_above(filled: Engine, face: str, similarity: float) -> None:
    keys, _, distances = brute(filled, face)
    i, j = np.where(np.triu(1 - distances > similarity, 1))
    expected = {(int(keys[a]), int(keys[b])) for a, b in zip(i, j, strict=True)}
    found = call.read(filled, "api.edges_above", space="tiny", face=face, above=similarity)
    assert {(row["coin_id"], row["neighbour_id"]) for row in found} == expected
    assert len(found) == len(expected) > 0
    assert all(row["similarity"] > similarity for row in found)


def test_the_sweep_is_that_of_networkx(filled: Engine) -> None:
    import networkx as nx

    keys, museums, distances = brute(filled, "obverse")
    sweep = call.read(filled, "api.threshold_sweep", space="tiny", face="obverse")
    by_similarity = [row for row in sweep if row["rule"] == "similarity"]
    assert len(by_similarity) > 10
    for row in sweep:
        graph = nx.Graph()
        graph.add_nodes_from(range(len(keys)))
        if row["rule"] == "similarity":
            graph.add_edges_from(zip(*np.where(np.triu(1 - distances > row["similarity"], 1)), strict=True))
        else:
            some = nearest(keys, museums, distances, row["k"], False)
            at = {int(key): n for n, key in enumerate(keys)}
            one_way = {(at[key], at[other]) for key, others in some.items() for other in others}
            is_mutual = row["rule"] == "mutual neighbours"
            graph.add_edges_from((a, b) for a, b in one_way if not is_mutual or (b, a) in one_way)
        parts = [len(part) for part in nx.connected_components(graph)]
        found = (row["edges"], row["components"], row["isolates"], row["largest"])
        assert found == (graph.number_of_edges(), len(parts), parts.count(1), max(parts)), row
    assert all(row["percentile"] is None for row in sweep if row["rule"] != "similarity")
    shares = [row["percentile"] for row in by_similarity]
    assert shares == sorted(shares, reverse=True)


def test_a_sweep_of_a_sample_says_so(filled: Engine) -> None:
    sweep = call.read(filled, "api.threshold_sweep", space="tiny", face="both", at_most=50)
    assert {(row["coins"], row["of_coins"]) for row in sweep} == {(50, N)}
    assert sweep == call.read(filled, "api.threshold_sweep", space="tiny", face="both", at_most=50)


def test_verdicts_outlive_rebuilds(filled: Engine) -> None:
    run(build_graph(filled, "g", GraphRequest("tiny")))
    coin_id, _, neighbour_id, *_ = edges(filled, "g")[0]
    pair = {"coin": neighbour_id, "neighbour": coin_id, "face": "obverse"}
    call.run(filled, "job.store_verdict", **pair, verdict="no link", said_by="A", note=None)
    call.run(filled, "job.store_verdict", **pair, verdict="same die", said_by="A", note="break at IMP")
    run(build_graph(filled, "g", GraphRequest("tiny", k=3)))
    said = [row for row in call.look(filled, "api.edges") if row["verdict"]]
    assert {(row["coin_id"], row["neighbour_id"], row["verdict"]) for row in said} >= {
        (coin_id, neighbour_id, "same die")
    }
    assert [row["note"] for row in call.look(filled, "api.verdicts")] == ["break at IMP"]
    catalogue.drop_graph(filled, "g")
    assert len(call.look(filled, "api.verdicts")) == 1
    assert call.run(filled, "job.drop_verdict", **pair, said_by="A")
    with pytest.raises(SpaceError, match="two coins"):
        call.run(
            filled, "job.store_verdict", **pair | {"coin": coin_id}, verdict="no link", said_by="A", note=None
        )


def test_a_space_with_a_graph_stays(filled: Engine) -> None:
    run(build_graph(filled, "g", GraphRequest("tiny")))
    with pytest.raises(SpaceError, match="graph g; drop that first"):
        call.run(filled, "job.drop_space", name="tiny")


def test_progress_counts_each_coin_once(filled: Engine) -> None:
    steps = list(build_graph(filled, "g", GraphRequest("tiny"), workers=3))
    assert sum(step.coins for step in steps if isinstance(step, NeighboursFound)) == steps[0].coins


@pytest.mark.parametrize("comparisons", [0, 10**9])
def test_an_update_by_index_is_nearly_a_rebuild(
    filled: Engine, monkeypatch: pytest.MonkeyPatch, comparisons: int
) -> None:
    """Many changed coins use the index again; few are compared with all."""
    monkeypatch.setattr(build, "COMPARISONS", comparisons)
    run(build_graph(filled, "g", GraphRequest("tiny", k=6, exact=False)))
    add_coins(filled, range(N, N + N // 10), 7)
    built = run(update_graph(filled, "g"))
    found = lists(edges(filled, "g"))
    keys, museums, distances = brute(filled, "obverse")
    expected = nearest(keys, museums, distances, 6, False)
    assert set(found) == set(expected) and not built.exact
    assert np.mean([len(set(found[key]) & set(expected[key])) / 6 for key in expected]) >= 0.985


def test_a_photograph_that_changed_its_face_is_found_anew(filled: Engine) -> None:
    run(build_graph(filled, "g", GraphRequest("tiny", "both", k=3)))
    with filled.begin() as c:
        c.execute(
            text(
                "update core.side set face = 'reverse' where side_id = (select min(side_id) from core.side"
                " where coin_id = (select coin_id from core.coin where inventory_number = '00010'))"
            )
        )
    run(update_graph(filled, "g"))
    updated = edges(filled, "g")
    run(build_graph(filled, "g", GraphRequest("tiny", "both", k=3)))
    assert updated == edges(filled, "g")


@pytest.mark.parametrize("exact", [True, False])
def test_one_museum_has_no_neighbours_elsewhere(filled: Engine, exact: bool) -> None:
    wanted = GraphRequest("tiny", where="collection = 'Museum 1'", across_collections=True, exact=exact)
    assert run(build_graph(filled, "g", wanted)).edges == 0


def test_a_graph_is_not_dropped_while_it_is_built(filled: Engine) -> None:
    run(build_graph(filled, "g", GraphRequest("tiny")))
    steps = update_graph(filled, "g")
    next(steps)
    with pytest.raises(SpaceError, match="is being built"):
        catalogue.drop_graph(filled, "g")
    steps.close()
    with filled.begin() as c:  # nothing is left behind
        assert c.execute(text(LEFT_BEHIND)).one() == (None, False, False)
    catalogue.drop_graph(filled, "g")


def test_a_coin_that_is_deleted_meanwhile_is_no_node(filled: Engine) -> None:
    steps = build_graph(filled, "g", GraphRequest("tiny"))
    next(steps)
    with filled.begin() as c:
        gone = c.execute(
            text("delete from core.coin where inventory_number = '00001' returning coin_id")
        ).scalar_one()
    run(steps)
    assert not any(gone in (row[0], row[2]) for row in edges(filled, "g"))


def test_the_edges_of_a_deleted_coin_go_with_it(filled: Engine) -> None:
    """From it and to it, and only of its nodes; a graph that is built anew after that is planned for its size."""
    for name in ("g", "other"):
        run(build_graph(filled, name, GraphRequest("tiny", "obverse", 5)))
    with filled.begin() as c:
        before = c.execute(text("select graph_id, coin_id, neighbour_id from core.edge")).all()
        gone = (
            c.execute(text("delete from core.coin where coin_id % 7 = 3 returning coin_id")).scalars().all()
        )
        kept = c.execute(text("select graph_id, coin_id, neighbour_id from core.edge")).all()
    assert len(gone) > 9 and {row[0] for row in kept} == {row[0] for row in before}
    assert sorted(kept) == sorted(row for row in before if not {row[1], row[2]} & set(gone))
    for name in ("g", "other"):
        catalogue.drop_graph(filled, name)
    with filled.begin() as c:
        c.execute(text("analyze core.graph_node"))
    nodes = run(build_graph(filled, "g", GraphRequest("tiny", "obverse", 5))).coins
    with filled.connect() as c:
        known = c.execute(
            text("select reltuples from pg_class where oid = 'core.graph_node'::regclass")
        ).scalar()
    assert known == nodes


def test_a_predicate_defines_nothing_of_its_own(filled: Engine) -> None:
    """A function that a reader defines in pg_temp would run with the rights of the owner of predicates."""
    with filled.connect() as c:
        c.execute(text("set role coinstore_reader"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            c.execute(text("create function pg_temp.evil() returns int language sql as 'select 1'"))
