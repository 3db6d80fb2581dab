"""Pairs that look alike and that nobody has judged, as CSV."""

import csv
from pathlib import Path

import full_store
import pytest
from sqlalchemy import Engine
from stores import Once

from coinstore.db import call
from coinstore.errors import SettingsError
from coinstore.graph.pairs import COLUMNS, Pairs, export_pairs


@pytest.fixture
def filled(store: Engine, once: Once) -> Engine:
    def fill(_folder: Path) -> None:
        full_store.fill(store)
        edge = next(row for row in call.look(store, "api.edges") if row["graph"] == full_store.GRAPH)
        pair = {"coin": edge["coin_id"], "neighbour": edge["neighbour_id"], "face": "obverse", "note": None}
        call.run(store, "job.store_verdict", **pair, verdict="same die", said_by="A")

    once(fill)
    return store


def pairs(store: Engine, path: Path, **asked) -> set[frozenset[str]]:
    count = export_pairs(store, path, Pairs(**asked))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    assert not rows or tuple(rows[0]) == COLUMNS
    return {frozenset((row["inventory_number"], row["neighbour_inventory_number"])) for row in rows}


def test_the_edges_of_a_graph_are_written_once_without_those_that_are_judged(
    filled: Engine, tmp_path: Path
) -> None:
    numbers = {row["coin_id"]: row["inventory_number"] for row in call.look(filled, "api.coins")}
    edges = [row for row in call.look(filled, "api.edges") if row["graph"] == full_store.GRAPH]
    said = {verdict: set() for verdict in (True, False)}
    for row in edges:
        said[row["verdict"] is None].add(frozenset((numbers[row["coin_id"]], numbers[row["neighbour_id"]])))
    assert said[True] and said[False]
    found = pairs(filled, tmp_path / "a.csv", graph=full_store.GRAPH)
    assert found == said[True] - said[False]
    one = next(iter(next(iter(found))))
    only = pairs(filled, tmp_path / "a.csv", graph=full_store.GRAPH, where=f"inventory_number <> '{one}'")
    assert only == {pair for pair in found if one not in pair}


def test_matches_are_written_from_a_probability(filled: Engine, tmp_path: Path) -> None:
    judged = [row["verdict"] for row in call.look(filled, "api.matches")]
    every = pairs(filled, tmp_path / "a.csv", min_certainty=0)
    assert bool(every) == (None in judged)
    assert pairs(filled, tmp_path / "a.csv", min_certainty=1.0) <= every
    with pytest.raises(SettingsError, match="list of pairs"):
        export_pairs(filled, tmp_path / "a.txt", Pairs())
