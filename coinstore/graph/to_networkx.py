"""A graph for networkx, with all that is known about its coins and edges."""

from __future__ import annotations

from typing import Any

import networkx as nx
from sqlalchemy import Engine

from ..db import call
from ..db.engine import reader_snapshot
from .catalogue import named_graph


def load(store: Engine | Any, graph: str) -> nx.DiGraph:
    """A graph of the store (an open Store or its engine): each coin points at those it lists.

    Nodes are coin_ids, with the coin's metadata as attributes and a `label`. Edges have `rank`,
    `distance`, `similarity`, `percentile`, `mutual`, `compared`, `weight` (the similarity, at least 0),
    and, where people judged the pair, `verdict` and `conflicting`. A value that is not known has no
    attribute. The attributes of the graph say how it was built. Raises NotFound.

    >>> network = coinstore.graph.load(store, "hog_obverse")    # doctest: +SKIP
    >>> network.to_undirected(reciprocal=True)                  # doctest: +SKIP
    """
    engine = store if isinstance(store, Engine) else store.engine
    # One snapshot, or a rebuild meanwhile could mix the coins of one graph with the edges of another.
    with reader_snapshot(engine) as connection:
        made = nx.DiGraph(**_known(named_graph(call.view(connection, "api.graphs"), graph)))
        coins = call.rows(connection, "part.coins_of_graph", graph=graph)
        edges = call.rows(connection, "part.edges_of_graph", graph=graph)
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
    """The values of a row without nulls; times and lists as text, so that every format can hold them."""
    return {
        name: value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in row.items()
        if value is not None
    }
