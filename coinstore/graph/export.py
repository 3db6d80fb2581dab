"""Graphs as files for Gephi, Cytoscape and spreadsheets."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import networkx as nx
from networkx.readwrite.graphml import GraphMLWriter

from ..sources.outputs import cell, check_path

# Characters that XML 1.0 cannot hold, however they are written.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graph(network: nx.DiGraph, path: Path) -> list[Path]:
    """Writes a graph in the format of the file's suffix; returns the files written.

    .graphml, .gexf, .json (node-link), or .csv, which gives three files: NAME.nodes.csv, NAME.edges.csv,
    and NAME.graph.csv, which says how the graph was built. In CSV, a text that a spreadsheet would run as
    a formula starts with '. Raises SettingsError for another suffix.
    """
    check_path(path, WRITERS, "graph")
    return WRITERS[path.suffix.lower()](network, path)


class _GraphMLWriter(GraphMLWriter):  # type: ignore[misc]
    """XML knows true and false; networkx writes Python's True and False, which strict readers refuse."""

    def add_data(self, name: str, element_type: type, text: str, *others: Any) -> Any:
        return super().add_data(name, element_type, text.lower() if element_type is bool else text, *others)


def _write_graphml(network: nx.DiGraph, path: Path) -> list[Path]:
    writer = _GraphMLWriter()
    writer.add_graph_element(_for_xml(network))
    writer.dump(path)
    return [path]


def _write_gexf(network: nx.DiGraph, path: Path) -> list[Path]:
    nx.write_gexf(_for_xml(network), path)
    return [path]


def _write_json(network: nx.DiGraph, path: Path) -> list[Path]:
    data = nx.node_link_data(network, edges="edges")
    path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    return [path]


def _write_csv(network: nx.DiGraph, path: Path) -> list[Path]:
    nodes, edges, about = (path.with_suffix(f".{part}.csv") for part in ("nodes", "edges", "graph"))
    # Gephi recognises these columns by their names.
    _write_rows(nodes, ["Id"], ((node, said) for node, said in network.nodes(data=True)))
    _write_rows(
        edges, ["Source", "Target"], (((one, other), said) for one, other, said in network.edges(data=True))
    )
    # The space, trained or not, exact or by an index: the other formats hold it next to the edges.
    _write_rows(about, [], [((), network.graph)])
    return [nodes, edges, about]


def _write_rows(path: Path, keys: list[str], rows: Iterable[tuple[Any, dict[str, Any]]]) -> None:
    found = list(rows)
    columns = list(dict.fromkeys(name for _, said in found for name in said))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*keys, *columns])
        for key, said in found:
            ends = key if isinstance(key, tuple) else (key,)
            writer.writerow([*ends, *(cell(said.get(name)) for name in columns)])


def _for_xml(network: nx.DiGraph) -> nx.DiGraph:
    """The graph, with � for characters that XML cannot hold."""
    clean = nx.DiGraph(**_clean(network.graph))
    clean.add_nodes_from((node, _clean(said)) for node, said in network.nodes(data=True))
    clean.add_edges_from((one, other, _clean(said)) for one, other, said in network.edges(data=True))
    return clean


def _clean(said: dict[str, Any]) -> dict[str, Any]:
    return {
        name: NOT_XML.sub("�", value) if isinstance(value, str) else value for name, value in said.items()
    }


WRITERS: dict[str, Callable[[nx.DiGraph, Path], list[Path]]] = {
    ".graphml": _write_graphml,
    ".gexf": _write_gexf,
    ".json": _write_json,
    ".csv": _write_csv,
}
