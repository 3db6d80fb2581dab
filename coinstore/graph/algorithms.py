"""The algorithms: what each finds in a graph of neighbours that is in memory.

Each one calls a library that is fast enough for 100,000 coins with 1,000,000 edges. The tests compare all of
them with networkx on small graphs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import Any

import graspologic_native
import networkx as nx
import numpy as np
import rustworkx as rx
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .betweenness import paths_over

SAMPLED_ABOVE = 5000  # coins; the time of an exact betweenness grows with their square
SAMPLE = 500
DAMPING = 0.85
LEIDEN_ROUNDS = 5  # more rounds change the modularity of kNN graphs in the fourth decimal only


@dataclass(frozen=True)
class Network:
    """A graph in memory: sorted keys of coins `(n,)`; edges `(m, 2)`, places of a coin and one it lists."""

    coins: NDArray[np.int64]
    edges: NDArray[np.int64]

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """Each pair of coins `(p, 2)` of which either lists the other, once."""
        upper = sparse.triu(self.adjacency).tocoo()
        return np.column_stack((upper.row, upper.col)).astype(np.int64)

    @cached_property
    def adjacency(self) -> sparse.csr_matrix:
        """A symmetric matrix `(n, n)`: 1.0 where either coin lists the other."""
        n = len(self.coins)
        listed = sparse.csr_matrix((np.ones(len(self.edges)), tuple(self.edges.T)), shape=(n, n))
        joined = listed.maximum(listed.T).tocsr()
        joined.data[:] = 1.0  # an edge that is given twice counts once
        joined.sort_indices()
        return joined

    @cached_property
    def directed(self) -> rx.PyDiGraph:
        """Each coin points at those it lists."""
        graph = rx.PyDiGraph()
        graph.add_nodes_from(range(len(self.coins)))
        graph.add_edges_from_no_data(list(map(tuple, self.edges.tolist())))
        return graph

    @cached_property
    def undirected(self) -> rx.PyGraph:
        """Coins are joined where either lists the other."""
        graph = rx.PyGraph()
        graph.add_nodes_from(range(len(self.coins)))
        graph.add_edges_from_no_data(list(map(tuple, self.pairs.tolist())))
        return graph


@dataclass(frozen=True, slots=True)
class AnalysisOptions:
    """How algorithms run: a `resolution` above 1 makes more and smaller communities."""

    seed: int = 0
    resolution: float = 1.0


@dataclass(frozen=True, slots=True)
class AlgorithmResult:
    """What an algorithm found: figures of the graph, and values by position of a coin, or pairs of positions.

    `package` names the library that did the work.
    """

    package: str
    result: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    communities: NDArray[np.int64] | None = None
    centrality: NDArray[np.float64] | None = None
    bridges: Sequence[tuple[int, int]] | None = None

    @property
    def library(self) -> str:
        """The package with its version."""
        return f"{self.package} {version(self.package)}"


def components(network: Network, _options: AnalysisOptions) -> AlgorithmResult:
    """Connected components, where coins are joined if either lists the other."""
    found = numbered(connected_components(network.adjacency, directed=False)[1])
    sizes = np.bincount(found)[1:]
    result = {"components": len(sizes), "largest": int(sizes.max()), "isolates": int((sizes == 1).sum())}
    return AlgorithmResult("scipy", result, communities=found)


def louvain(network: Network, options: AnalysisOptions) -> AlgorithmResult:
    """Communities by Louvain (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008).

    scikit-network has no wheels for Python 3.14 and later; there networkx does the same, much slower.
    """
    if not len(network.edges):
        return _partition("networkx", network, np.arange(len(network.coins)), options)
    try:
        from sknetwork.clustering import Louvain
    except ImportError:
        return _louvain_of_networkx(network, options)
    model = Louvain(
        resolution=options.resolution,
        shuffle_nodes=True,
        sort_clusters=False,
        return_probs=False,
        return_aggregate=False,
        random_state=options.seed,
    )
    return _partition("scikit-network", network, model.fit_predict(network.adjacency), options)


def _louvain_of_networkx(network: Network, options: AnalysisOptions) -> AlgorithmResult:
    graph = nx.empty_graph(len(network.coins))
    graph.add_edges_from(network.pairs.tolist())
    found = nx.community.louvain_communities(graph, resolution=options.resolution, seed=options.seed)
    labels = np.empty(len(network.coins), np.int64)
    for label, members in enumerate(found):
        labels[list(members)] = label
    return _partition("networkx", network, labels, options)


def leiden(network: Network, options: AnalysisOptions) -> AlgorithmResult:
    """Communities by Leiden, in LEIDEN_ROUNDS rounds.

    Traag, Waltman and van Eck 2019, doi:10.1038/s41598-019-41695-z.
    """
    n, joined = len(network.coins), network.adjacency
    labels = np.arange(n)
    if joined.nnz:
        _, of_coin = graspologic_native.leiden_csr(
            joined.indptr.astype(np.int64),
            joined.indices.astype(np.int32),
            joined.data,
            n,
            resolution=options.resolution,
            iterations=LEIDEN_ROUNDS,
            seed=options.seed,
        )
        labels = np.fromiter((of_coin[place] for place in range(n)), np.int64, n)
    return _partition("graspologic-native", network, labels, options)


def degree(network: Network, _options: AnalysisOptions) -> AlgorithmResult:
    """The number of coins to which each coin is joined."""
    found = np.diff(network.adjacency.indptr).astype(float)
    return AlgorithmResult("scipy", {"mean": float(found.mean()), "max": int(found.max())}, centrality=found)


def in_degree(network: Network, _options: AnalysisOptions) -> AlgorithmResult:
    """The number of coins that list each coin, and hubness: the skewness of these numbers.

    Radovanović et al. 2010, JMLR 11:2487-2531.
    """
    found = np.bincount(network.edges[:, 1], minlength=len(network.coins)).astype(float)
    deviation = found.std()
    skew = float((((found - found.mean()) / deviation) ** 3).mean()) if deviation > 0 else 0.0
    result = {"hubness_skew": skew, "listed_by_no_one": int((found == 0).sum()), "max": int(found.max())}
    return AlgorithmResult("numpy", result, centrality=found)


def pagerank(network: Network, _options: AnalysisOptions) -> AlgorithmResult:
    """PageRank over who lists whom; the values sum to 1.

    Brin and Page 1998, doi:10.1016/S0169-7552(98)00110-X.
    """
    ranks = rx.pagerank(network.directed, alpha=DAMPING, tol=1e-12, max_iter=1000)
    found = np.array([ranks[place] for place in range(len(network.coins))])
    return AlgorithmResult("rustworkx", {"max": float(found.max())}, {"damping": DAMPING}, centrality=found)


def betweenness(network: Network, options: AnalysisOptions) -> AlgorithmResult:
    """The share of shortest paths between other coins that lead over a coin; sampled above 5,000 coins.

    A sample takes the paths from 500 coins and scales them to all: Brandes and Pich 2007,
    doi:10.1142/S0218127407018403.
    """
    n = len(network.coins)
    pairs = max((n - 1) * (n - 2) / 2, 1)
    if n <= SAMPLED_ABOVE:
        exact = rx.betweenness_centrality(network.undirected, normalized=False)
        found = np.array([exact[place] for place in range(n)]) / pairs
        return AlgorithmResult("rustworkx", {"max": float(found.max())}, {"sources": n}, centrality=found)
    sources = random.Random(options.seed).sample(range(n), SAMPLE)
    found = paths_over(network.adjacency, sources) * (n / SAMPLE) / pairs
    result = {"max": float(found.max()), "sampled": True}
    return AlgorithmResult("numpy", result, {"sources": SAMPLE}, options.seed, centrality=found)


def bridges(network: Network, _options: AnalysisOptions) -> AlgorithmResult:
    """Edges whose removal splits a component."""
    found: list[Any] = sorted(rx.bridges(network.undirected))  # its stubs say one node each
    return AlgorithmResult("rustworkx", {"bridges": len(found)}, bridges=found)


ALGORITHMS: dict[str, Callable[[Network, AnalysisOptions], AlgorithmResult]] = {
    run.__name__: run
    for run in (components, louvain, leiden, degree, in_degree, pagerank, betweenness, bridges)
}


def numbered(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Communities numbered from 1, the largest first; of two equal ones, the one with the first coin."""
    _, first, place, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    numbers = np.empty(len(sizes), np.int64)
    numbers[np.lexsort((first, -sizes))] = np.arange(1, len(sizes) + 1)
    found: NDArray[np.int64] = numbers[place]
    return found


def _partition(
    package: str, network: Network, labels: NDArray[Any], options: AnalysisOptions
) -> AlgorithmResult:
    communities = numbered(labels)
    figures = {
        "communities": int(communities.max()),
        "modularity": modularity(network, communities, options.resolution),
    }
    return AlgorithmResult(package, figures, {"resolution": options.resolution}, options.seed, communities)


def modularity(network: Network, communities: NDArray[np.int64], resolution: float) -> float:
    """Modularity of a partition, 0 without edges (Newman 2004, doi:10.1103/PhysRevE.69.066133)."""
    joined = network.adjacency.tocoo()
    if not joined.nnz:
        return 0.0
    within = (communities[joined.row] == communities[joined.col]).mean()
    shares = np.bincount(communities[joined.row]) / joined.nnz
    return float(within - resolution * (shares**2).sum())
