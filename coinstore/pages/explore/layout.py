"""Where the coins of a network are drawn: similar coins near each other, each with room for its photograph.

Positions come from UMAP on the graph's own edges. Then coins that overlap are pushed apart, and components
are packed in rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .graph_umap import graph_umap

Points = NDArray[np.float64]

EPOCHS, MANY_EPOCHS, MANY = 300, 120, 5000  # coins; 20,000 take some ten seconds
SMALL = 8  # coins; fewer are set on a circle
ROOM = 3.0  # places for each coin: what is left free shows where clusters end
PUSHES = 60


def lay_out(n: int, edges: NDArray[np.int64], distances: NDArray[np.float64], *, seed: int = 0) -> Points:
    """Positions `(n, 2)` of a graph's nodes; adjacent coins are about one unit apart.

    `edges` `(m, 2)` are positions of nodes, in any direction and also twice; `distances` `(m,)` are 0 to 2.
    The same seed gives the same positions, on the same machine.
    """
    pairs, lengths = _undirected(edges, distances)
    graph = sparse.csr_array((lengths, tuple(pairs.T)), shape=(n, n))
    parts = _components(graph)
    boxes = [_laid_out(graph, members, seed) for members in parts]
    found = np.zeros((n, 2))
    for members, points in zip(parts, _packed(boxes), strict=True):
        found[members] = points
    return found


def _components(graph: sparse.csr_array) -> list[NDArray[np.int64]]:
    """The nodes of each component, the largest first; of two equal ones, the one with the first node."""
    count, labels = connected_components(graph, directed=False)
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])
    return sorted(parts, key=lambda members: (-len(members), members[0]))


def _undirected(edges: NDArray[np.int64], distances: NDArray[np.float64]) -> tuple[NDArray[np.int64], Points]:
    if not len(edges):
        return np.zeros((0, 2), np.int64), np.zeros(0)
    pairs, first = np.unique(np.sort(edges, axis=1), axis=0, return_index=True)
    return pairs, np.maximum(distances[first], 1e-6)


def _laid_out(graph: sparse.csr_array, members: NDArray[np.int64], seed: int) -> Points:
    n, rng = len(members), np.random.default_rng(seed)
    if n < SMALL:
        angle = 2 * np.pi * np.arange(n) / n
        return np.column_stack((np.cos(angle), np.sin(angle))) * (0 if n == 1 else 0.5 / np.sin(np.pi / n))
    part = graph[members][:, members].tocoo()
    pairs = np.column_stack((part.row, part.col)).astype(np.int64)
    found = graph_umap(pairs, part.data, n, epochs=MANY_EPOCHS if n > MANY else EPOCHS, rng=rng)
    return _pushed_apart(_gathered(found), rng)


def _gathered(points: Points) -> Points:
    """Brings distant clusters nearer, each in its own direction, and scales to one unit for each coin."""
    points = points - np.median(points, axis=0)
    radius = np.maximum(np.hypot(*points.T), 1e-9)
    # Halfway, by ratio, between UMAP's radii and those that would spread the coins evenly.
    even = np.sqrt((np.argsort(np.argsort(radius)) + 1) / len(radius)) * np.median(radius)
    points = points * np.sqrt(even / radius)[:, None]
    points = points - points.mean(axis=0)
    # The longer axis is horizontal: screens are wide.
    points = points @ np.linalg.svd(points, full_matrices=False)[2].T
    # An ellipse of these deviations holds about nine in ten points.
    area = np.pi * 4 * np.prod(np.maximum(points.std(axis=0), 1e-9))
    scaled: Points = points * np.sqrt(ROOM * len(points) / area)
    return scaled


def _pushed_apart(points: Points, rng: np.random.Generator) -> Points:
    """Moves points that are less than one unit apart away from each other, a few times."""
    points = points + rng.normal(scale=1e-3, size=points.shape)  # no two in the same place
    for _ in range(PUSHES):
        pairs = cKDTree(points).query_pairs(1.0, output_type="ndarray")
        if not len(pairs):
            break
        apart = points[pairs[:, 0]] - points[pairs[:, 1]]
        length = np.maximum(np.hypot(*apart.T), 1e-9)
        push = apart * (0.35 * (1 - length) / length)[:, None]
        for end, sign in ((0, 1), (1, -1)):
            for axis in (0, 1):
                points[:, axis] += sign * np.bincount(pairs[:, end], push[:, axis], len(points))
    return points


def _packed(boxes: list[Points]) -> Iterator[Points]:
    """Components in rows, the largest first; yields the points of each in its place."""
    sizes = [np.ptp(points, axis=0) + 2 for points in boxes]
    whole = float(np.sqrt(1.3 * sum(float(np.prod(size)) for size in sizes))) if sizes else 0.0
    width = max([whole, *(float(size[0]) for size in sizes)])
    x = y = height = 0.0
    for points, size in zip(boxes, sizes, strict=True):
        if x > 0 and x + size[0] > width:
            x, y, height = 0.0, y - height, 0.0
        yield points - [points[:, 0].min() - x, points[:, 1].max() - y]
        x, height = x + float(size[0]), max(height, float(size[1]))
