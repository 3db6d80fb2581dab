"""Plots of graphs as PNG and SVG: a threshold sweep, and the composition of communities.

The same data give the same bytes. Colours are those of Okabe and Ito, which colour-blind people can tell
apart (https://jfly.uni-koeln.de/color/); no meaning depends on colour only.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib.figure import Figure
from sqlalchemy import Engine

from ...db import call
from ...db.call import Row
from ...errors import NotFound
from ...graph.catalogue import GraphFace, graph_named
from ...sources.outputs import PLOT, check_path
from ...spaces.catalogue import known
from ..words import plain
from .communities import Agreement, draw_communities
from .sweep import draw_sweep

Algorithm = Literal["leiden", "louvain", "components"]
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": "#1b1b1b",
    "axes.labelcolor": "#1b1b1b",
    "axes.edgecolor": "#6b6b6b",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "text.parse_math": False,  # a name with two dollar signs is not a formula
    "svg.fonttype": "none",  # text stays text, for search, screen readers and editors
    "svg.hashsalt": "coinstore",
    "hatch.linewidth": 0.7,
}


def write_sweep(
    engine: Engine, space: str, face: GraphFace, path: Path, *, found: Sequence[Row] | None = None
) -> None:
    """Draws edges, components, isolates and the largest component of a space's graph over the threshold.

    `path` ends in .png or .svg; `found` are rows of api.threshold_sweep, if the caller has them. Raises
    NotFound if there are fewer than two coins to compare, SettingsError for another suffix.
    """
    check_path(path, PLOT, "plot")
    trained = known(engine, space).trained
    rows = found if found is not None else call.read(engine, "api.threshold_sweep", space=space, face=face)
    if not rows:
        faces = "coins" if face == "both" else f"{face}s"
        raise NotFound(
            f"fewer than two {faces} have a vector in {space}; fill it with: coinstore embed {space}"
        )
    write_plot(
        path,
        f"{space}, {face}: components over the threshold",
        lambda: draw_sweep(space, face, rows, trained),
    )


def write_communities(
    engine: Engine, graph: str, path: Path, algorithm: Algorithm = "leiden", label: str = "collection"
) -> None:
    """Draws the sizes of a graph's communities, and the values of a label in them.

    `label` is a column of api.coins. Raises NotFound for an unknown graph or label, and if the algorithm
    has not run; SettingsError for a suffix that is neither .png nor .svg.
    """
    check_path(path, PLOT, "plot")
    about = graph_named(engine, graph)
    rows = call.read(engine, "part.community_values", graph=graph, label=label, algorithm=algorithm)
    if not rows:
        raise NotFound(
            f"{algorithm} has not run over the graph {graph} yet; run: coinstore graph analyse {graph}"
        )
    run = next(
        r for r in call.look(engine, "api.graph_runs") if (r["graph"], r["algorithm"]) == (graph, algorithm)
    )
    agreements = [_agreement(engine, graph, name, algorithm) for name in dict.fromkeys((label, "type"))]
    kept = [found for found in agreements if found is not None]
    title = f"Communities of {graph} by {algorithm}"
    write_plot(path, title, lambda: draw_communities({**about, **run}, label, rows, kept))


def _agreement(engine: Engine, graph: str, label: str, algorithm: str) -> Agreement | None:
    rows = call.read(engine, "api.community_agreement", graph=graph, label=label, algorithm=algorithm)
    # Agreement with a single value means nothing.
    return Agreement(label, **rows[0]) if rows and rows[0]["label_values"] > 1 else None


def write_plot(path: Path, title: str, draw: Callable[[], Figure]) -> None:
    """Writes a plot in the format of the suffix, .png or .svg."""
    path.write_bytes(drawn(draw, path.suffix[1:].lower(), title))


def drawn(draw: Callable[[], Figure], form: str, title: str) -> bytes:
    """A plot as the bytes of an "svg" or "png" file; the same data give the same bytes."""
    svg = {"Title": plain(title), "Creator": "coinstore", "Date": None}
    out = io.BytesIO()
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box; SVG uses the reader's fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        metadata = svg if form == "svg" else {"Software": "coinstore"}
        draw().savefig(out, format=form, dpi=200, metadata=metadata, facecolor="white")
    return out.getvalue()
