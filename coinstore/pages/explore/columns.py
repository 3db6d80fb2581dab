"""The data of a page, packed: columns with each value once, and edges as arrays of numbers."""

from __future__ import annotations

import base64
from collections.abc import Generator, Hashable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from ...db import call
from ...records.values.years import in_words
from ..words import plain
from .steps import Done, Step

BLOCK = 1000  # coins of one call
AS_THEY_ARE = (
    "collection",
    "inventory_number",
    "type",
    "denomination",
    "material",
    "mint",
    "authority",
    "portrait",
    "year_from",
    "year_to",
    "weight_g",
    "die_axis_h",
    "findspot",
    "obverse_legend",
    "obverse_description",
    "reverse_legend",
    "reverse_description",
)
COMPARED = {"obverse": 1, "reverse": 2, "both": 3}
VERDICTS = {"same die": 1, "same type": 2, "no link": 3}
TYPES = {
    "neighbours": "<u4",
    "ranks": "<u2",
    "distances": "<f4",
    "percentiles": "<f4",
    "flags": "<u1",
    "counts": "<u2",
}


class Columns:
    """Columns of a table of coins: `{"values": [...], "codes": [...]}` ; code -1 is null."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[Hashable, int]] = {}
        self._columns: dict[str, list[int]] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        """Adds a coin; all rows have the same keys."""
        for name, value in row.items():
            codes = self._codes.setdefault(name, {})
            given = -1 if value is None or value == "" else codes.setdefault(value, len(codes))
            self._columns.setdefault(name, []).append(given)

    def packed(self) -> dict[str, Any]:
        """All columns in the form that the page reads, without empty ones."""
        return {
            name: {"values": list(self._codes[name]), "codes": codes}
            for name, codes in self._columns.items()
            if self._codes[name]
        }


def read_columns(
    connection: Connection, coins: Sequence[int], more: Mapping[int, Mapping[str, Any]]
) -> Generator[Step, None, dict[str, Any]]:
    """The columns of coins, in the order of their keys; `more` has further columns by coin_id."""
    columns = Columns()
    for block in blocks(coins, BLOCK):
        for row in call.rows(connection, "part.page_coins", coins=block):
            columns.add(_said(row) | dict(more[row["coin_id"]]))
        yield Done("records", len(block))
    return columns.packed()


def blocks(coins: Sequence[int], size: int) -> list[list[int]]:
    """Coins in blocks of at most `size`."""
    return [list(coins[start : start + size]) for start in range(0, len(coins), size)]


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    """A coin's row as its card shows it."""
    said = {name: plain(row[name]) if isinstance(row[name], str) else row[name] for name in AS_THEY_ARE}
    said["date"] = in_words(row["year_from"], row["year_to"])
    wide = [row["diameter_mm"], row["diameter_min_mm"]]
    said["diameter"] = "–".join(f"{value:g}" for value in reversed(wide) if value is not None)
    for several in ("types", "names", "cited"):
        said[several] = "\n".join(plain(text) for text in row[several] or ())
    for face in ("obverse", "reverse"):
        said[f"{face}_dies"] = ", ".join(plain(text) for text in row[f"{face}_dies"] or ())
        said[f"{face}_picture"] = _picture(row[f"{face}_location"])
    return said


def _picture(location: str | None) -> str | None:
    """The web address of a photograph, or only its file name: a page shows nobody's folders."""
    if location is None or location.lower().startswith(("http://", "https://")):
        return location
    return plain(PurePosixPath(location.replace("\\", "/")).name)


class Edges:
    """The neighbours of coins: `ends` `(m, 2)` are positions of coins, `distances` `(m,)` 0 to 2."""

    def __init__(self, arrays: dict[str, NDArray[Any]], coins: int) -> None:
        self._arrays, self._coins = arrays, coins
        self.ends = np.column_stack((self._arrays.pop("sources"), self._arrays["neighbours"])).astype(
            np.int64
        )
        self.distances = self._arrays["distances"].astype(np.float64)

    def packed(self) -> dict[str, str]:
        """In the form that the page reads: little-endian numbers in base64, ordered by coin and rank."""
        counts = np.bincount(self.ends[:, 0], minlength=self._coins)
        return {
            name: base64.b64encode(values.astype(TYPES[name]).tobytes()).decode()
            for name, values in (self._arrays | {"counts": counts}).items()
        }


def read_edges(connection: Connection, graph: str, coins: Sequence[int]) -> Generator[Step, None, Edges]:
    """The edges of a graph between the given coins."""
    place = {coin: at for at, coin in enumerate(coins)}
    found: dict[str, list[NDArray[Any]]] = {}
    for block in blocks(coins, BLOCK):
        rows = call.rows(connection, "part.edges_of_graph", graph=graph, coins=block)
        for name, values in _numbers([row for row in rows if row["neighbour_id"] in place], place).items():
            found.setdefault(name, []).append(values)
        yield Done("neighbours", len(block))
    return Edges({name: np.concatenate(parts) for name, parts in found.items()}, len(coins))


def _numbers(rows: Sequence[Mapping[str, Any]], place: Mapping[int, int]) -> dict[str, NDArray[Any]]:
    flags = [
        int(row["mutual"])
        | COMPARED[row["compared"]] << 1
        | VERDICTS.get(row["verdict"], 0) << 3
        | int(row["conflicting"]) << 5
        for row in rows
    ]
    shares = [np.nan if row["percentile"] is None else row["percentile"] for row in rows]
    return {
        "sources": np.array([place[row["coin_id"]] for row in rows], np.int64),
        "neighbours": np.array([place[row["neighbour_id"]] for row in rows], np.int64),
        "ranks": np.array([row["rank"] for row in rows], np.int64),
        "distances": np.array([row["distance"] for row in rows], np.float64),
        "percentiles": np.array(shares, np.float64),
        "flags": np.array(flags, np.int64),
    }
