"""The graphs of a store by name, and the request that each was built from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SettingsError

GraphFace = Literal["obverse", "reverse", "both"]

MAX_NEIGHBOURS = 1000


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """Which graph: the `k` nearest neighbours of each coin in `space` by `face`.

    `where` is a predicate over the columns of api.sides (of api.coins for `coin`, which compares both
    faces); both ends of an edge pass it. With `across_collections` the neighbours of a coin are coins of
    other collections. `exact` compares all coins with all; None does so up to EXACT_COINS coins.
    """

    space: str
    face: GraphFace = "obverse"
    k: int = 10
    where: str = "true"
    across_collections: bool = False
    exact: bool | None = None

    @property
    def default_name(self) -> str:
        """The name of a graph that is given no other."""
        return f"{self.space}_{self.face}" + "_across" * self.across_collections

    def __post_init__(self) -> None:
        """Raises SettingsError for an impossible number of neighbours and an unknown face."""
        if not 1 <= self.k <= MAX_NEIGHBOURS:
            raise SettingsError(
                f"a graph keeps 1 to {MAX_NEIGHBOURS:,} neighbours of each coin, not {self.k}."
            )
        if self.face not in get_args(GraphFace):
            faces = ", the ".join(get_args(GraphFace))
            raise SettingsError(f"a graph is of the {faces}, not of {self.face!r}.")


def graph_named(engine: Engine, name: str) -> Any:
    """The row of api.graphs for a graph; raises NotFound, which lists the names that exist."""
    return named_graph(call.look(engine, "api.graphs"), name)


def named_graph(graphs: Sequence[Any], name: str) -> Any:
    """The row of this name among rows of api.graphs; raises NotFound, which lists the names that exist."""
    for row in graphs:
        if row["graph"] == name:
            return row
    there = ", ".join(row["graph"] for row in graphs) or "none yet; run: coinstore graph build SPACE"
    raise NotFound(f"there is no graph {name}; there is: {there}")


def request_of(stored: Any) -> GraphRequest:
    """What a graph was built from, by its row of api.graphs."""
    return GraphRequest(
        space=stored["space"],
        face=stored["face"],
        k=stored["k"],
        where=stored["predicate"],
        across_collections=stored["across_collections"],
        exact=stored["exact"],
    )


def drop_graph(engine: Engine, name: str) -> None:
    """Drops a graph with what was found in it; verdicts stay. Raises NotFound."""
    graph_named(engine, name)
    call.run(engine, "job.drop_graph", graph=name)
