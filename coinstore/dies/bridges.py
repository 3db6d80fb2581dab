"""Links without which a group of coins falls apart."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from .cluster import Pair


def separated(links: Iterable[Pair]) -> dict[Pair, int]:
    """For each bridge how many pairs of sides it holds together.

    A bridge (Tarjan 1974, doi:10.1016/0020-0190(74)90003-9) is a link that is the only way from one part of
    its group to the other. A link that other links can stand in for is not here.
    """
    graph: nx.Graph[int] = nx.Graph(links)
    cut = [(min(link), max(link)) for link in nx.bridges(graph)]
    graph.remove_edges_from(cut)
    part: dict[int, int] = {}
    sizes: list[int] = []
    for number, sides in enumerate(nx.connected_components(graph)):
        part |= dict.fromkeys(sides, number)
        sizes.append(len(sides))
    tree: nx.Graph[int] = nx.Graph((part[a], part[b]) for a, b in cut)
    pairs: dict[Pair, int] = {}
    for parts in nx.connected_components(tree):
        root = min(parts)
        steps = list(nx.dfs_edges(tree, root))
        for above, below in reversed(steps):
            sizes[above] += sizes[below]
        for above, below in steps:
            pairs[min(above, below), max(above, below)] = sizes[below] * (sizes[root] - sizes[below])
    return {(a, b): pairs[min(part[a], part[b]), max(part[a], part[b])] for a, b in cut}
