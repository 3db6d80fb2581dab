"""The graphs of an open store: `store.graphs`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..progress import Report, Tally, finish, silent
from ..rows import Rows
from .algorithms import ALGORITHMS, AnalysisOptions
from .analyse import AlgorithmRun, analyse_graph
from .build import CoinsGathered, GraphBuilt, GraphSteps, NeighboursFound, build_graph, update_graph
from .catalogue import GraphRequest, drop_graph
from .export import write_graph
from .to_networkx import load

SHOWN = ("graph", "space", "face", "k", "predicate", "exact", "recall", "nodes", "edges")


class Graphs:
    """What the graphs of a store can be asked and told; shows as the list of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self) -> Rows[Any]:
        """The graphs: space, face, coins and edges, and how they were built."""
        return Rows(call.look(self._engine, "api.graphs"), SHOWN)

    def build(
        self, space: str, name: str = "", *, workers: int = 1, progress: Report = silent, **request: Any
    ) -> GraphBuilt:
        """Stores each coin's nearest neighbours as a graph; options as in `GraphRequest`: face, k, where …"""
        wanted = GraphRequest(space, **request)
        name = name or wanted.default_name
        return _follow(build_graph(self._engine, name, wanted, workers=workers), progress, name)

    def update(self, name: str, *, workers: int = 1, progress: Report = silent) -> GraphBuilt:
        """Adds the coins that are new in the store to a graph, as it was built."""
        return _follow(update_graph(self._engine, name, workers=workers), progress, name)

    def analyse(self, name: str, *, progress: Report = silent, **options: Any) -> Rows[AlgorithmRun]:
        """Finds components, communities, central coins and bridges; options: seed, resolution."""
        tally = Tally(progress, f"Analysing {name}", "algorithms", len(ALGORITHMS))
        return Rows(tally.each(analyse_graph(self._engine, name, AnalysisOptions(**options))))

    def export(self, name: str, path: str | Path) -> Sequence[Path]:
        """Writes a graph as .graphml, .gexf, .json or .csv; returns the files."""
        return write_graph(load(self._engine, name), Path(path))

    def drop(self, name: str) -> None:
        """Drops a graph with what was found in it; verdicts stay."""
        drop_graph(self._engine, name)

    def __repr__(self) -> str:
        return repr(self.list())

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()


def _follow(steps: GraphSteps, progress: Report, name: str) -> GraphBuilt:
    tally = Tally(progress, f"Neighbours for {name}", "coins")
    return finish(steps, GraphBuilt, tally, {CoinsGathered: "coins"}, {NeighboursFound: "coins"})
