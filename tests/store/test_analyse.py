"""Graph analysis: our rows compared with networkx, agreement compared with scikit-learn, files read back."""

import csv
import json
import sys
from importlib.metadata import version

import networkx as nx
import numpy as np
import pytest
import rustworkx
from sklearn import metrics
from sqlalchemy import Engine, text

import coinstore.graph
from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SettingsError, SpaceError
from coinstore.graph import algorithms
from coinstore.graph.algorithms import ALGORITHMS, AnalysisOptions, Network
from coinstore.graph.analyse import analyse_graph
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.graph.export import write_graph
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load

DIMS, N, KINDS = 12, 120, 5


@pytest.fixture
def built(store: Engine) -> Engine:
    """Coins of five types, near each other in the space; a graph `g` of them."""
    coins = [
        Coin(
            place=str(n),
            raw={},
            collection=f"Münze {n % 2}",
            inventory_number=f"Ά {n:03} <script>\x0b",
            fields={"denomination": "AR"}
            | ({"weight_g": 3.5 + n / 100, "die_axis_h": n % 12 + 1} if n % 4 else {}),
            sides={"obverse": {"legend": "IMP"}},
            types=(TypeClaim(f"kind {n % KINDS}"),) if n % 7 else None,
        )
        for n in range(N)
    ]
    list(load(store, "/a", coins))
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(KINDS, DIMS)) * 3
    with store.begin() as c:
        call.value(
            c, "job.add_space", name="tiny", recipe="{}", dims=DIMS, precision="single", sees=["denomination"]
        )
        ids = c.execute(text("select side_id from core.side order by side_id")).scalars().all()
        vectors = middles[np.arange(N) % KINDS] + rng.normal(size=(N, DIMS))
        copy_vectors(c, "tiny", "single", ids, vectors.astype(np.float32))
        call.value(c, "job.settle_space", space="tiny")
    list(build_graph(store, "g", GraphRequest("tiny", k=4)))
    return store


def network_of(graph: nx.DiGraph) -> Network:
    nodes = np.array(sorted(graph.nodes), np.int64)
    edges = np.array(list(graph.edges), np.int64).reshape(-1, 2)
    return Network(nodes, np.searchsorted(nodes, edges))


def random_digraph(seed: int) -> nx.DiGraph:
    graph = nx.gnp_random_graph(60, 0.04, seed=seed, directed=True)
    return nx.relabel_nodes(graph, {n: n * 3 + 5 for n in graph})


@pytest.mark.parametrize("seed", range(5))
def test_algorithms_find_what_networkx_finds(seed: int) -> None:
    graph = random_digraph(seed)
    network, either = network_of(graph), graph.to_undirected()
    nodes = network.coins.tolist()
    options = AnalysisOptions(seed)

    found = algorithms.components(network, options)
    parts = {frozenset(part) for part in nx.connected_components(either)}
    assert {
        frozenset(network.coins[found.communities == n].tolist()) for n in set(found.communities)
    } == parts
    assert found.result == {
        "components": len(parts),
        "largest": max(map(len, parts)),
        "isolates": sum(len(p) == 1 for p in parts),
    }
    pairs = [
        (algorithms.degree, dict(either.degree)),
        (algorithms.in_degree, dict(graph.in_degree)),
        (algorithms.pagerank, nx.pagerank(graph, tol=1e-12, max_iter=1000)),
        (algorithms.betweenness, nx.betweenness_centrality(either)),
    ]
    for algorithm, expected in pairs:
        values = algorithm(network, options).centrality
        assert values == pytest.approx([expected[n] for n in nodes], abs=1e-8), algorithm.__name__
    bridges = {tuple(sorted((nodes[a], nodes[b]))) for a, b in algorithms.bridges(network, options).bridges}
    assert bridges == {tuple(sorted(pair)) for pair in nx.bridges(either)}


@pytest.mark.parametrize("algorithm", [algorithms.louvain, algorithms.leiden])
def test_communities_are_seeded_and_as_good_as_those_of_networkx(algorithm) -> None:
    graph = random_digraph(1)
    network, either = network_of(graph), graph.to_undirected()
    found, again = algorithm(network, AnalysisOptions(3)), algorithm(network, AnalysisOptions(3))
    assert found.communities.tolist() == again.communities.tolist()
    parts = [set(network.coins[found.communities == n].tolist()) for n in set(found.communities)]
    assert found.result["modularity"] == pytest.approx(nx.community.modularity(either, parts))
    theirs = nx.community.modularity(either, nx.community.louvain_communities(either, seed=3))
    assert found.result["modularity"] > theirs - 0.02
    sizes = np.bincount(found.communities)[1:]
    assert list(sizes) == sorted(sizes, reverse=True)


def test_louvain_without_scikit_network(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(random_digraph(1))
    usual = algorithms.louvain(network, AnalysisOptions(3))
    monkeypatch.setitem(sys.modules, "sknetwork.clustering", None)
    found = algorithms.louvain(network, AnalysisOptions(3))
    assert (usual.package, found.package) == ("scikit-network", "networkx")
    assert found.result["modularity"] == pytest.approx(usual.result["modularity"], abs=0.02)


def test_sampled_betweenness_is_exact_when_all_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(random_digraph(2))
    exact = algorithms.betweenness(network, AnalysisOptions()).centrality
    monkeypatch.setattr(algorithms, "SAMPLED_ABOVE", 10)
    monkeypatch.setattr(algorithms, "SAMPLE", len(network.coins))
    found = algorithms.betweenness(network, AnalysisOptions())
    assert found.centrality == pytest.approx(exact) and found.result["sampled"]


def test_a_graph_without_edges() -> None:
    network = Network(np.array([4, 9]), np.empty((0, 2), np.int64))
    for algorithm in ALGORITHMS.values():
        outcome = algorithm(network, AnalysisOptions())
        assert json.dumps(outcome.result, allow_nan=False)


def test_runs_are_rows_that_say_how_they_came_about(built: Engine) -> None:
    ran = list(analyse_graph(built, "g", AnalysisOptions(seed=5)))
    assert [run.algorithm for run in ran] == list(ALGORITHMS)
    stored = {run["algorithm"]: run for run in call.look(built, "api.graph_runs")}
    assert stored["leiden"]["seed"] == 5 and stored["degree"]["seed"] is None
    assert stored["leiden"]["parameters"] == {"resolution": 1.0}
    assert stored["leiden"]["library"] == f"graspologic-native {version('graspologic-native')}"
    communities = [row for row in call.look(built, "api.communities") if row["algorithm"] == "leiden"]
    assert len(communities) == N == sum({row["community"]: row["size"] for row in communities}.values())
    ranks = [row["value"] for row in call.look(built, "api.centrality") if row["measure"] == "pagerank"]
    assert len(ranks) == N and sum(ranks) == pytest.approx(1)
    list(analyse_graph(built, "g", AnalysisOptions(seed=6)))
    assert len(call.look(built, "api.graph_runs")) == len(ran)  # the most recent run of each
    list(build_graph(built, "g", GraphRequest("tiny", k=3)))
    assert call.look(built, "api.graph_runs") == []  # they referred to edges that are gone
    with pytest.raises(NotFound, match="no graph h"):
        list(analyse_graph(built, "h"))


def test_agreement_is_that_of_scikit_learn(built: Engine) -> None:
    list(analyse_graph(built, "g"))
    for label in ("type", "collection", "die_axis_h"):
        row = call.read(built, "api.community_agreement", graph="g", label=label, algorithm="leiden")[0]
        with built.begin() as c:
            pairs = c.execute(
                text(
                    f"select c.{label}::text, m.community from api.communities m join api.coins c using (coin_id)"
                    f" where m.algorithm = 'leiden' and c.{label} is not null"
                )
            ).all()
        said, found = zip(*pairs, strict=True)
        assert row["coins"] == len(pairs) and row["label_values"] == len(set(said))
        assert row["ari"] == pytest.approx(metrics.adjusted_rand_score(said, found), abs=1e-9)
        assert row["nmi"] == pytest.approx(metrics.normalized_mutual_info_score(said, found), abs=1e-9)
        assert row["homogeneity"] == pytest.approx(metrics.homogeneity_score(said, found), abs=1e-9)
        assert row["leaked"] is False
    assert call.read(built, "api.community_agreement", graph="g", label="denomination", algorithm="leiden")[
        0
    ]["leaked"]
    with pytest.raises(NotFound, match="no label nonsense"):
        call.read(built, "api.community_agreement", graph="g", label="nonsense", algorithm="leiden")


def test_networkx_gets_all_that_is_known(built: Engine) -> None:
    network = coinstore.graph.load(built, "g")
    assert (network.number_of_nodes(), network.number_of_edges()) == (N, 4 * N)
    assert network.graph["space"] == "tiny" and network.graph["k"] == 4
    node = next(said for _, said in network.nodes(data=True) if said["inventory_number"].startswith("Ά 001"))
    assert node["weight_g"] == pytest.approx(3.51) and node["die_axis_h"] == 2 and node["type"] == "kind 1"
    assert all(None not in said.values() for _, said in network.nodes(data=True))
    for one, other, said in network.edges(data=True):
        assert said["similarity"] == 1 - said["distance"]
        assert said["mutual"] == network.has_edge(other, one)


@pytest.mark.parametrize("suffix", [".graphml", ".gexf", ".json", ".csv"])
def test_files_read_back(built: Engine, tmp_path, suffix: str) -> None:
    network = coinstore.graph.load(built, "g")
    written = write_graph(network, tmp_path / f"g{suffix}")
    if suffix == ".graphml":
        again = nx.read_graphml(written[0], node_type=int)
        (theirs,) = rustworkx.read_graphml(str(written[0]))  # a second reader
        assert isinstance(theirs, rustworkx.PyDiGraph) and (theirs.num_nodes(), theirs.num_edges()) == (
            N,
            4 * N,
        )
        edge, node = theirs.edges()[0], theirs.nodes()[0]
        assert isinstance(edge["mutual"], bool) and isinstance(edge["distance"], float)
        assert node["collection"].startswith("Münze")
    elif suffix == ".gexf":
        again = nx.read_gexf(written[0], node_type=int)
    elif suffix == ".json":
        again = nx.node_link_graph(json.loads(written[0].read_text("utf-8")), edges="edges")
    else:
        with (
            written[0].open(encoding="utf-8", newline="") as nodes,
            written[1].open(encoding="utf-8", newline="") as edges,
        ):
            assert len(list(csv.DictReader(nodes))) == N
            first = next(csv.DictReader(edges))
        assert network.edges[int(first["Source"]), int(first["Target"])]["rank"] == int(first["rank"])
        return
    assert set(again.nodes) == set(network.nodes) and set(again.edges) == set(network.edges)
    for node, said in network.nodes(data=True):
        theirs = again.nodes[node]
        for name, value in said.items():
            wanted = value.replace("\x0b", "�") if isinstance(value, str) and suffix != ".json" else value
            assert theirs[name] == wanted and type(theirs[name]) is type(value), name
    for one, other, said in network.edges(data=True):
        theirs = again.edges[one, other]
        assert all(
            theirs[name] == value and type(theirs[name]) is type(value) for name, value in said.items()
        )


def test_another_suffix_is_refused(tmp_path) -> None:
    with pytest.raises(SettingsError, match="a graph is written as"):
        write_graph(nx.DiGraph(), tmp_path / "g.png")


def test_figures_of_edges_that_are_gone_are_not_kept(built: Engine) -> None:
    runs = analyse_graph(built, "g")
    next(runs)
    list(build_graph(built, "g", GraphRequest("tiny", k=1)))
    with pytest.raises(SpaceError, match="rebuilt or dropped since"):
        next(runs)
    assert call.look(built, "api.graph_runs") == []
    with built.begin() as c:
        c.execute(text("delete from core.coin"))
    with pytest.raises(NotFound, match="no coin left"):
        list(analyse_graph(built, "g"))
