"""A graph as networkx has it, with all that is known of its coins and edges."""

from __future__ import annotations

from typing import Any

import networkx as nx
from sqlalchemy import Engine

from ..db import call
from ..db.engine import reader_snapshot
from .build import named_graph


def load(store: Engine | Any, graph: str) -> nx.DiGraph:
    """A graph of the store (an open Store or its engine): each coin points at those it lists.

    Nodes are coin_ids with the coin's metadata as attributes and a `label`; edges have `rank`,
    `distance`, `similarity`, `percentile`, `mutual`, `compared`, `weight` (the similarity, 0 at least), and `verdict`
    with `conflicting` where people looked. What is
    not known is no attribute. The graph itself says how it was built. Raises NotFound.

    >>> network = coinstore.graph.load(store, "hog_obverse")    # doctest: +SKIP
    >>> network.to_undirected(reciprocal=True)                  # doctest: +SKIP
    """
    engine = store if isinstance(store, Engine) else store.engine
    with reader_snapshot(
        engine
    ) as connection:  # or edges of a later building would meet the coins of this one
        made = nx.DiGraph(**_known(named_graph(call.view(connection, "api.graphs"), graph)))
        coins = call.rows(connection, "api.coins_of_graph", graph=graph)
        edges = call.rows(connection, "api.edges_of_graph", graph=graph)
    for coin in coins:
        made.add_node(
            coin["coin_id"], label=f"{coin['collection']}/{coin['inventory_number']}", **_known(coin)
        )
    for edge in edges:
        similarity = 1 - edge["distance"]
        said = {"similarity": similarity, "weight": max(similarity, 0.0)} | _known(edge)
        made.add_edge(said.pop("coin_id"), said.pop("neighbour_id"), **said)
    return made


def _known(row: Any) -> dict[str, Any]:
    """What a row says: no nulls, and times and lists as text, so that every format can hold it."""
    return {
        name: value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in row.items()
        if value is not None
    }
