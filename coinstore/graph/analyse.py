"""Analysis of a graph of neighbours: rows in, rows out, and a row for each run that says how it was made."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import copy_rows
from ..db.translate import translated
from ..errors import NotFound
from .algorithms import ALGORITHMS, AlgorithmResult, AnalysisOptions, Network


@dataclass(frozen=True, slots=True)
class AlgorithmRun:
    """A stored run: the algorithm, its seconds, and its figures."""

    algorithm: str
    seconds: float
    result: dict[str, Any]


def analyse_graph(
    engine: Engine,
    graph: str,
    options: AnalysisOptions | None = None,
    algorithms: Sequence[str] = tuple(ALGORITHMS),
) -> Iterator[AlgorithmRun]:
    """Runs the algorithms over a graph and stores each result in place of the one before.

    Raises NotFound for an unknown graph or algorithm, SpaceError if the graph is rebuilt meanwhile.
    """
    options = options or AnalysisOptions()
    for algorithm in algorithms:
        if algorithm not in ALGORITHMS:
            raise NotFound(f"there is no algorithm {algorithm}; choose from: {', '.join(ALGORITHMS)}")
    with translated(), engine.connect() as connection:
        network, built_at = read_network(connection, graph)
        for algorithm in algorithms:
            started = time.perf_counter()
            finding = ALGORITHMS[algorithm](network, options)
            seconds = time.perf_counter() - started
            run = _begin(connection, (graph, built_at), algorithm, finding)
            _copy_finding(connection, run, network.coins.tolist(), finding)
            call.value(connection, "job.end_run", run=run, seconds=seconds, result=json.dumps(finding.result))
            connection.commit()
            yield AlgorithmRun(algorithm, seconds, finding.result)


def read_network(connection: Connection, graph: str) -> tuple[Network, datetime]:
    """A graph's coins and edges, and when it was built. Raises NotFound, also if it has no coin left."""
    row = call.rows(connection, "job.edge_list", graph=graph)[0]
    if not row["nodes"]:
        raise NotFound(f"the graph {graph} has no coin left; rebuild it: coinstore graph build")
    coins = np.array(row["nodes"], np.int64)
    ends = np.array([row["coins"] or [], row["neighbours"] or []], np.int64)
    return Network(coins, np.searchsorted(coins, ends).T), row["built_at"]


def _begin(
    connection: Connection, built: tuple[str, datetime], algorithm: str, finding: AlgorithmResult
) -> int:
    run: int = call.value(
        connection,
        "job.begin_run",
        graph=built[0],
        built=built[1],
        algorithm=algorithm,
        parameters=json.dumps(finding.parameters),
        seed=finding.seed,
        library=finding.library,
    )
    return run


def _copy_finding(connection: Connection, run: int, coins: list[int], finding: AlgorithmResult) -> None:
    def copy(table: str, columns: dict[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
        copy_rows(connection, table, {"run_id": "int4", "coin_id": "int4"} | columns, rows)

    if finding.communities is not None:
        members = zip(coins, finding.communities.tolist(), strict=True)
        copy("core.community", {"community": "int4"}, ((run, *member) for member in members))
    if finding.centrality is not None:
        values = zip(coins, finding.centrality.tolist(), strict=True)
        copy("core.centrality", {"value": "float8"}, ((run, *value) for value in values))
    if finding.bridges is not None:
        ends = (sorted((coins[one], coins[other])) for one, other in finding.bridges)
        copy("core.bridge", {"neighbour_id": "int4"}, ((run, *pair) for pair in ends))
