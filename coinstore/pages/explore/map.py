"""The map page: the coins of a space on a plane, with the same colours and cards as the network page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from ...db import call
from ...db.engine import reader_snapshot
from ...errors import NotFound
from ...maps.build import named_map
from ...sources.outputs import PAGE, check_path
from ..words import space_warnings
from .columns import read_columns, read_edges
from .network import FACES, PERCENTILE, graph_facts, linked, placed
from .shell import Head, write_page
from .steps import STAGES, USUAL, Drawing, Expected, Steps, Written, last
from .tiles import pack

METHODS = {"pca": "principal components", "tsne": "t-SNE", "umap": "UMAP"}


def write_map(engine: Engine, map: str, path: Path, *, outlines: bool = False) -> Written:
    """Writes a map as one HTML file that opens from disk without a network. See map_steps."""
    return last(map_steps(engine, map, path, Drawing(outlines=outlines)))


def map_steps(engine: Engine, map: str, path: Path, drawing: Drawing = USUAL) -> Steps:
    """Writes a map as one HTML file and yields its progress.

    Neighbours and communities come from the largest graph of the same space and face, if there is one.
    Raises NotFound for an unknown map and for a map without points, SettingsError if the page cannot be
    written.
    """
    check_path(path, PAGE, "page")
    with reader_snapshot(engine) as connection:
        stored = named_map(call.view(connection, "api.maps"), map)
        rows = call.rows(connection, "part.page_map_coins", map=map)
        if not rows:
            raise NotFound(f"the map {map} has no coins; build it again: coinstore map build")
        coins = [row["coin_id"] for row in rows]
        graph = _graph_of(call.view(connection, "api.graphs"), stored)
        stages = [stage for stage in STAGES if stage != "places" and (graph or stage != "neighbours")]
        yield from (Expected(stage, len(coins)) for stage in stages)
        columns = yield from read_columns(connection, coins, _more(connection, rows, graph, drawing.links))
        edges = (yield from read_edges(connection, graph["graph"], coins)) if graph else None
    tiles = yield from pack(engine, coins, outlines=drawing.outlines)
    count = len(edges.ends) if edges else 0
    positions = np.array([(row["x"], row["y"]) for row in rows], np.float64)
    data = {
        "kind": "map",
        "links": drawing.links,
        "graph": graph and graph["graph"],
        "face": stored["face"],
        "k": graph["k"] if graph and count else None,
        "columns": columns,
        "edges": edges.packed() if edges and count else None,
        "photographs": {"block": tiles.block} if tiles.count else None,
    }
    size = write_page(
        path, _head(stored, graph, count), data | placed(positions, _room(positions)), tiles.blocks
    )
    yield Written(path, len(coins), count, tiles.count, size)


def _graph_of(graphs: Sequence[Mapping[str, Any]], stored: Mapping[str, Any]) -> Mapping[str, Any] | None:
    fitting = [row for row in graphs if (row["space"], row["face"]) == (stored["space"], stored["face"])]
    return max(fitting, key=lambda row: (row["nodes"], row["k"], row["graph"]), default=None)


def _more(
    connection: Connection, rows: Sequence[Mapping[str, Any]], graph: Mapping[str, Any] | None, links: str
) -> dict[int, dict[str, Any]]:
    """Further columns of the coins of a map: community, and whether the coin was added later."""
    found = call.rows(connection, "part.page_graph_coins", graph=graph["graph"]) if graph else []
    communities = {row["coin_id"]: row["community"] for row in found}
    return {
        row["coin_id"]: {
            "community": communities.get(row["coin_id"]),
            "added": "placed later; the other coins did not move" if row["is_added"] else None,
        }
        | linked(row, links)
        for row in rows
    }


def _room(positions: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """The distance between neighbouring coins if they were spread evenly."""
    sides = np.maximum(np.ptp(positions, axis=0), 1e-9)
    return float(np.sqrt(np.prod(sides) / (2 * len(positions))))


def _head(stored: Mapping[str, Any], graph: Mapping[str, Any] | None, edges: int) -> Head:
    facts = [
        f"{stored['points']:,} coins",
        f"space {stored['space']}",
        f"by {FACES[stored['face']]}",
        f"{METHODS[stored['method']]} ({stored['library']}, seed {stored['seed']})",
        f"made {stored['made_at']:%Y-%m-%d}",
    ]
    if graph and edges:
        facts.append(f"neighbours of the graph {graph['graph']}, {', '.join(graph_facts(graph, edges))}")
    key = f"Nearness means something; the axes do not. {PERCENTILE}"
    return Head(
        f"Map of coins: {stored['map']}",
        tuple(facts),
        key,
        space_warnings(stored),
    )
