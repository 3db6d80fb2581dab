"""Plots of graphs, as PNG and as SVG: how a graph falls apart with the threshold, and what communities are made of.

The same data give the same bytes. Colours are those of Okabe and Ito, which people tell apart whatever
their sight (https://jfly.uni-koeln.de/color/), and none carries a meaning alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib.figure import Figure
from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SettingsError
from ..graph.build import GraphFace, graph_named
from ..spaces import known
from .plot_communities import Agreement, draw_communities
from .plot_sweep import draw_sweep
from .words import plain

Algorithm = Literal["leiden", "louvain", "components"]
Row = Mapping[str, Any]
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": "#1b1b1b",
    "axes.labelcolor": "#1b1b1b",
    "axes.edgecolor": "#6b6b6b",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "text.parse_math": False,  # a name with two dollar signs is no formula
    "svg.fonttype": "none",  # text stays text: to be searched, read aloud and edited
    "svg.hashsalt": "coinstore",
    "hatch.linewidth": 0.7,
}


def write_sweep(engine: Engine, space: str, face: GraphFace, path: Path, *, found: Sequence[Row] | None = None) -> None:
    """Draws edges, components, isolates and the largest component of a space's graph over the threshold.

    `path` ends in .png or .svg; `found` are rows of api.threshold_sweep, where they are at hand. Raises
    NotFound where there are fewer than two coins to compare, SettingsError for another suffix.
    """
    check_path(path)
    trained = known(engine, space).trained
    rows = found if found is not None else call.read(engine, "api.threshold_sweep", space=space, face=face)
    if not rows:
        faces = "coins" if face == "coin" else f"{face}s"
        raise NotFound(f"fewer than two {faces} have a vector in {space}; fill it with: coinstore embed {space}")
    write_figure(
        path, f"{space}, {face}: components over the threshold", lambda: draw_sweep(space, face, rows, trained)
    )


def write_communities(
    engine: Engine, graph: str, path: Path, algorithm: Algorithm = "leiden", label: str = "collection"
) -> None:
    """Draws how large the communities of a graph are, and which values of a label they hold.

    `label` is a column of api.coins. Raises NotFound for an unknown graph or label, and where the algorithm
    has not run; SettingsError for a suffix that is neither .png nor .svg.
    """
    check_path(path)
    about = graph_named(engine, graph)
    rows = call.read(engine, "api.community_values", graph=graph, label=label, algorithm=algorithm)
    if not rows:
        raise NotFound(f"{algorithm} has not run over the graph {graph} yet; run: coinstore graph analyse {graph}")
    run = next(r for r in call.look(engine, "api.graph_runs") if (r["graph"], r["algorithm"]) == (graph, algorithm))
    agreements = [_agreement(engine, graph, name, algorithm) for name in dict.fromkeys((label, "type"))]
    kept = [found for found in agreements if found is not None]
    title = f"Communities of {graph} by {algorithm}"
    write_figure(path, title, lambda: draw_communities({**about, **run}, label, rows, kept))


def check_path(path: Path) -> None:
    """Raises SettingsError unless a plot can be written there."""
    if path.suffix.lower() not in (".png", ".svg"):
        raise SettingsError(f"{path} is neither PNG nor SVG; name it {path.stem}.png or {path.stem}.svg.")
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}; make it first, or write the plot elsewhere.")


def _agreement(engine: Engine, graph: str, label: str, algorithm: str) -> Agreement | None:
    rows = call.read(engine, "api.community_agreement", graph=graph, label=label, algorithm=algorithm)
    # With a single value there is nothing to agree with.
    return Agreement(label, **rows[0]) if rows and rows[0]["values"] > 1 else None


def write_figure(path: Path, title: str, draw: Any) -> None:
    """Writes the figure that `draw` makes, in the style of all plots; the same figure gives the same bytes."""
    is_svg = path.suffix.lower() == ".svg"
    metadata = {"Title": plain(title), "Creator": "coinstore", "Date": None} if is_svg else {"Software": "coinstore"}
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box, and SVG leaves letters to the reader's fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure: Figure = draw()
        figure.savefig(path, format=path.suffix[1:].lower(), dpi=200, metadata=metadata, facecolor="white")
