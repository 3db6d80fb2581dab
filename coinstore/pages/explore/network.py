"""The network page: coins as nodes and look-alikes as edges, with search, colours and cards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from ...db import call
from ...db.engine import reader_snapshot
from ...errors import NotFound
from ...graph.catalogue import named_graph
from ...sources.outputs import PAGE, check_path
from ..words import space_warnings
from .columns import read_columns, read_edges
from .layout import lay_out
from .shell import Head, write_page
from .steps import STAGES, USUAL, Done, Drawing, Expected, Steps, Written, last
from .tiles import pack

FACES = {"obverse": "the obverse", "reverse": "the reverse", "both": "both faces"}
PERCENTILE = "Percentile: the share of random pairs that are farther apart, 0 to 100."


def write_network(
    engine: Engine, graph: str, path: Path, *, seed: int = 0, outlines: bool = False
) -> Written:
    """Writes a graph as one HTML file that opens from disk without a network. See network_steps."""
    return last(network_steps(engine, graph, path, Drawing(seed, outlines)))


def network_steps(engine: Engine, graph: str, path: Path, drawing: Drawing = USUAL) -> Steps:
    """Writes a graph as one HTML file and yields its progress.

    Communities are those of Leiden, if the graph was analysed. Raises NotFound for an unknown graph and for a
    graph without coins, SettingsError if the page cannot be written.
    """
    check_path(path, PAGE, "page")
    with reader_snapshot(engine) as connection:
        stored = named_graph(call.view(connection, "api.graphs"), graph)
        rows = call.rows(connection, "part.page_graph_coins", graph=graph)
        if not rows:
            raise NotFound(f"the graph {graph} has no coins; build it again: coinstore graph build")
        coins = [row["coin_id"] for row in rows]
        yield from (Expected(stage, len(coins)) for stage in STAGES)
        found = {row["coin_id"]: {"community": row["community"]} | linked(row, drawing.links) for row in rows}
        columns = yield from read_columns(connection, coins, found)
        edges = yield from read_edges(connection, graph, coins)
    positions = lay_out(len(coins), edges.ends, edges.distances, seed=drawing.seed)
    yield Done("places", len(coins))
    tiles = yield from pack(engine, coins, outlines=drawing.outlines)
    data = {
        "kind": "network",
        "links": drawing.links,
        "graph": graph,
        "face": stored["face"],
        "k": stored["k"],
        "columns": columns,
        "edges": edges.packed(),
        "photographs": {"block": tiles.block} if tiles.count else None,
    }
    size = write_page(
        path, _head(stored, len(coins), len(edges.ends)), data | placed(positions, 1.0), tiles.blocks
    )
    yield Written(path, len(coins), len(edges.ends), tiles.count, size)


def linked(row: Mapping[str, Any], links: str) -> dict[str, Any]:
    """The column with which a card leads to the page of its coin; none without `links`."""
    return {"coin_id": row["coin_id"]} if links else {}


def placed(positions: NDArray[np.float64], room: float) -> dict[str, Any]:
    """Positions `(n, 2)` scaled to the unit square, and `room` (between neighbouring coins) on that scale."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    side = max(float((high - low).max()), room)
    within = 0.5 + (positions - (low + high) / 2) / side
    x, y = (np.round(axis, 5).tolist() for axis in within.T)
    return {"x": x, "y": y, "spacing": room / side}


def graph_facts(stored: Mapping[str, Any], edges: int) -> tuple[str, ...]:
    """Facts about a graph, from its row of api.graphs."""
    facts = [f"{edges:,} edges: the {stored['k']} nearest of each by {FACES[stored['face']]}"]
    if stored["across_collections"]:
        facts.append("in other collections")
    if stored["predicate"] != "true":
        facts.append(f"among coins where {stored['predicate']}")
    facts.append("compared exactly" if stored["exact"] else f"not exact: {_recall(stored['recall'])}")
    if stored["built_at"]:
        facts.append(f"built {stored['built_at']:%Y-%m-%d}")
    return tuple(facts)


def _head(stored: Mapping[str, Any], coins: int, edges: int) -> Head:
    facts = (f"{coins:,} coins", f"space {stored['space']}", *graph_facts(stored, edges))
    key = f"{PERCENTILE} Look-alikes are drawn together; the distance between groups means nothing."
    return Head(
        f"Network of look-alikes: {stored['graph']}",
        facts,
        key,
        space_warnings(stored),
    )


def _recall(recall: float | None) -> str:
    return "recall unknown" if recall is None else f"the index found {recall:.1%} of the true neighbours"
