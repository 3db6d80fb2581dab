"""Pairs of coins that look alike and that no person has judged, as a table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from ..db import call
from ..progress import Report, Tally, silent
from ..sources.outputs import cell, check_path, replacing

COLUMNS = (
    "collection",
    "inventory_number",
    "uri",
    "neighbour_collection",
    "neighbour_inventory_number",
    "neighbour_uri",
    "face",
    "similarity",
    "percentile",
    "probability",
)
LOWEST = 0.5  # probability of a match


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which pairs: the edges of a graph, or without one the matches with at least a probability.

    Both coins pass `where`, a predicate over the columns of api.coins.
    """

    graph: str | None = None
    where: str = "true"
    min_certainty: float = LOWEST


def export_pairs(engine: Engine, path: Path, pairs: Pairs, progress: Report = silent) -> int:
    """Writes the pairs that have no verdict as CSV; returns how many."""
    check_path(path, [".csv"], "list of pairs")
    tally = Tally(progress, f"Exporting {path.name}", "pairs")
    asked = {"graph": pairs.graph, "min_certainty": pairs.min_certainty, "predicate": pairs.where}
    rows = call.stream(engine, "part.pairs_to_export", **asked)
    with replacing(path) as partial, partial.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in tally.each(rows):
            writer.writerow([cell(row[name]) for name in COLUMNS])
    return tally.done
