"""Analysis: what algorithms find in a graph of neighbours. Rows in, rows out; a run says how it came about.

igraph does the work: on 100,000 coins with 1,000,000 edges networkx takes minutes for most of this. On small
graphs the tests compare both.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import igraph
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import copy_rows
from ..db.translate import translated
from ..errors import NotFound

SAMPLED_ABOVE = 5000  # coins; betweenness of all pairs takes the square of them
SAMPLE = 500
DAMPING = 0.85


@dataclass(frozen=True)
class Network:
    """A graph in memory: coins `(n,)` by key, and edges `(m, 2)` of their positions, each coin to one it lists."""

    coins: NDArray[np.int64]
    edges: NDArray[np.int64]

    @cached_property
    def directed(self) -> igraph.Graph:
        """Each coin points at those it lists."""
        return igraph.Graph(n=len(self.coins), edges=self.edges, directed=True)

    @cached_property
    def either(self) -> igraph.Graph:
        """Coins are joined where either lists the other, once."""
        pairs = np.unique(np.sort(self.edges, axis=1), axis=0) if len(self.edges) else self.edges
        return igraph.Graph(n=len(self.coins), edges=pairs)


@dataclass(frozen=True, slots=True)
class Options:
    """How algorithms run: `resolution` above 1 makes more and smaller communities."""

    seed: int = 0
    resolution: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an algorithm found: figures of the whole, and values by position of a coin, or pairs of positions."""

    result: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    communities: NDArray[np.int64] | None = None
    centrality: NDArray[np.float64] | None = None
    bridges: Sequence[tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """A stored run: the algorithm, its seconds, and its figures."""

    algorithm: str
    seconds: float
    result: dict[str, Any]


def components(network: Network, _options: Options) -> Outcome:
    """Connected components, where either coin lists the other."""
    found = numbered(network.either.connected_components().membership)
    sizes = np.bincount(found)[1:]
    result = {"components": len(sizes), "largest": int(sizes.max()), "isolates": int((sizes == 1).sum())}
    return Outcome(result, communities=found)


def louvain(network: Network, options: Options) -> Outcome:
    """Communities by Louvain (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008)."""
    with seeded(options.seed):
        found = network.either.community_multilevel(resolution=options.resolution)
    return _partition(network, found, options)


def leiden(network: Network, options: Options) -> Outcome:
    """Communities by Leiden (Traag, Waltman and van Eck 2019, doi:10.1038/s41598-019-41695-z), until nothing moves."""
    with seeded(options.seed):
        found = network.either.community_leiden("modularity", resolution=options.resolution, n_iterations=-1)
    return _partition(network, found, options)


def degree(network: Network, _options: Options) -> Outcome:
    """How many coins each is joined to."""
    found = np.array(network.either.degree(), float)
    return Outcome({"mean": float(found.mean()), "max": int(found.max())}, centrality=found)


def in_degree(network: Network, _options: Options) -> Outcome:
    """How many coins list each, and hubness: the skew of that (Radovanović et al. 2010, JMLR 11:2487-2531)."""
    found = np.array(network.directed.indegree(), float)
    deviation = found.std()
    skew = float((((found - found.mean()) / deviation) ** 3).mean()) if deviation > 0 else 0.0
    result = {"hubness_skew": skew, "listed_by_no_one": int((found == 0).sum()), "max": int(found.max())}
    return Outcome(result, centrality=found)


def pagerank(network: Network, _options: Options) -> Outcome:
    """PageRank over who lists whom, summing to 1 (Brin and Page 1998, doi:10.1016/S0169-7552(98)00110-X)."""
    found = np.array(network.directed.pagerank(damping=DAMPING))
    return Outcome({"max": float(found.max())}, {"damping": DAMPING}, centrality=found)


def betweenness(network: Network, options: Options) -> Outcome:
    """Share of shortest paths between others that lead over a coin, 0 to 1; estimated from a sample above 5,000 coins.

    Brandes and Pich 2007, doi:10.1142/S0218127407018403: paths from sampled coins, scaled to all.
    """
    n = len(network.coins)
    pairs = max((n - 1) * (n - 2) / 2, 1)
    if n <= SAMPLED_ABOVE:
        found = np.array(network.either.betweenness()) / pairs
        return Outcome({"max": float(found.max())}, {"sources": n}, centrality=found)
    sources = random.Random(options.seed).sample(range(n), SAMPLE)
    found = np.array(network.either.betweenness(sources=sources)) * (n / SAMPLE) / pairs
    return Outcome(
        {"max": float(found.max()), "sampled": True}, {"sources": SAMPLE}, options.seed, centrality=found
    )


def bridges(network: Network, _options: Options) -> Outcome:
    """Edges whose loss would part a component."""
    joined = network.either
    found = [joined.es[edge].tuple for edge in joined.bridges()]
    return Outcome({"bridges": len(found)}, bridges=found)


ALGORITHMS: dict[str, Callable[[Network, Options], Outcome]] = {
    run.__name__: run
    for run in (components, louvain, leiden, degree, in_degree, pagerank, betweenness, bridges)
}


def numbered(membership: Sequence[int]) -> NDArray[np.int64]:
    """Communities numbered from 1, the largest first; of equal ones the one with the first coin."""
    members = np.asarray(membership, np.int64)
    labels, first, sizes = np.unique(members, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    numbers = np.empty(labels.max() + 1, np.int64)
    numbers[labels[order]] = np.arange(1, len(labels) + 1)
    found: NDArray[np.int64] = numbers[members]
    return found


def analyse_graph(
    engine: Engine, graph: str, options: Options | None = None, algorithms: Sequence[str] = tuple(ALGORITHMS)
) -> Iterator[Ran]:
    """Runs the algorithms over a graph as it stands and stores each, in place of its last run.

    Raises NotFound for an unknown graph or algorithm, SpaceError when it is built anew meanwhile.
    """
    options = options or Options()
    for algorithm in algorithms:
        if algorithm not in ALGORITHMS:
            raise NotFound(f"there is no algorithm {algorithm}; there is: {', '.join(ALGORITHMS)}")
    with translated(), engine.connect() as connection:
        network, built_at = read_network(connection, graph)
        for algorithm in algorithms:
            started = time.perf_counter()
            outcome = ALGORITHMS[algorithm](network, options)
            seconds = time.perf_counter() - started
            _store(connection, (graph, built_at), algorithm, network.coins, (outcome, seconds))
            connection.commit()
            yield Ran(algorithm, seconds, outcome.result)


def read_network(connection: Connection, graph: str) -> tuple[Network, datetime]:
    """A graph's coins and edges, and when it was built; raises NotFound, also where no coin is left in it."""
    row = call.rows(connection, "job.edge_list", graph=graph)[0]
    if not row["nodes"]:
        raise NotFound(f"there is no coin left in the graph {graph}; build it again: coinstore graph build")
    coins = np.array(row["nodes"], np.int64)
    ends = np.array([row["coins"] or [], row["neighbours"] or []], np.int64)
    return Network(coins, np.searchsorted(coins, ends).T), row["built_at"]


def _store(
    connection: Connection,
    built: tuple[str, datetime],
    algorithm: str,
    coins: NDArray[np.int64],
    found: tuple[Outcome, float],
) -> None:
    outcome, seconds = found
    run = call.value(
        connection,
        "job.begin_run",
        graph=built[0],
        built=built[1],
        algorithm=algorithm,
        parameters=json.dumps(outcome.parameters),
        seed=outcome.seed,
        library=f"igraph {igraph.__version__}",
    )
    keys = coins.tolist()
    if outcome.communities is not None:
        rows = ((run, key, int(value)) for key, value in zip(keys, outcome.communities, strict=True))
        copy_rows(
            connection, "core.community", {"run_id": "int4", "coin_id": "int4", "community": "int4"}, rows
        )
    if outcome.centrality is not None:
        values = ((run, key, float(value)) for key, value in zip(keys, outcome.centrality, strict=True))
        copy_rows(
            connection, "core.centrality", {"run_id": "int4", "coin_id": "int4", "value": "float8"}, values
        )
    if outcome.bridges is not None:
        pairs = ((run, *sorted((keys[a], keys[b]))) for a, b in outcome.bridges)
        copy_rows(
            connection, "core.bridge", {"run_id": "int4", "coin_id": "int4", "neighbour_id": "int4"}, pairs
        )
    call.value(connection, "job.end_run", run=run, seconds=seconds, result=json.dumps(outcome.result))


def _partition(network: Network, found: Any, options: Options) -> Outcome:
    communities = numbered(found.membership)
    modularity = 0.0  # by convention, where there is no edge
    if network.either.ecount():
        modularity = float(network.either.modularity(communities.tolist(), resolution=options.resolution))
    result = {"communities": int(communities.max()), "modularity": modularity}
    return Outcome(result, {"resolution": options.resolution}, options.seed, communities=communities)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """What igraph leaves to chance is the same each time, inside the block."""
    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)
