"""CSV files that name a pair of coins in each row: pairs to be compared, and verdicts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SourceError
from ..search.similar import find_coin
from ..sources import files
from ..sources.outputs import uncelled

COINS = ("coin", "neighbour")
FACES_OR_BOTH = ("obverse", "reverse", "both")
Line = dict[str, str]


class Fault(Exception):
    """Why a row cannot be used: its column, and the reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason

    def at(self, path: str | Path, number: int) -> str:
        """The sentence for people, with the place."""
        return f"{path}, line {number}, column {self.column}: {self.reason}."


def read_rows(
    path: str | Path, columns: Sequence[str], others: Sequence[str] = ()
) -> Iterator[tuple[int, Line]]:
    """The rows of a file by the line on which they end, with these columns and, if there, others.

    Columns are named in capitals or small letters and in any order; more are ignored. Raises SourceError for
    a file that cannot be read, is empty, or lacks one of the columns.
    """
    try:
        text = files.read(str(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(f"{path} is not a text in UTF-8; save it as CSV in UTF-8.") from None
    if not text.strip():
        raise SourceError(f"{path} is empty; its first line names the columns {', '.join(columns)}.")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # a spreadsheet takes the one of its language
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in next(lines)]
        _check(path, header, columns, others)
        for cells in lines:
            if any(cells):
                row = dict(zip(header, cells, strict=False))
                yield lines.line_num, {name: uncelled(row.get(name, "")) for name in (*columns, *others)}
    except csv.Error as error:
        raise SourceError(f"{path}, line {lines.line_num}: this is not CSV: {error}.") from None


def _check(path: str | Path, header: list[str], columns: Sequence[str], others: Sequence[str]) -> None:
    if lacking := [name for name in columns if name not in header]:
        noun = "column" if len(lacking) == 1 else "columns"
        raise SourceError(
            f"{path} has no {noun} {' and '.join(lacking)}; the columns in its first line are:"
            f" {', '.join(header)}."
        )
    if twice := [name for name in (*columns, *others) if header.count(name) > 1]:
        raise SourceError(f"{path} has more than one column {twice[0]}; keep one of them.")


class Coins:
    """The coins that rows name; those with their whole names are asked for at once."""

    def __init__(self, engine: Engine, rows: Sequence[tuple[int, Line]]) -> None:
        self._engine = engine
        names = {row[column].strip() for _, row in rows for column in COINS}
        asked = sorted(name for name in names if "\0" not in name)
        found = call.read(engine, "part.coins_named", names=asked)
        self._known: dict[str, int] = {row["name"]: row["coin_id"] for row in found}

    def pair(self, row: Line) -> tuple[int, int]:
        """The keys of both coins; raises Fault for an unknown coin, and for one coin twice."""
        coin, neighbour = (self._coin(column, row[column].strip()) for column in COINS)
        if coin == neighbour:
            raise Fault("neighbour", "this is the coin of the column coin; name two coins")
        return coin, neighbour

    def _coin(self, column: str, name: str) -> int:
        if not name:
            raise Fault(column, "there is no name; write the name of a coin")
        if name not in self._known:
            try:
                self._known[name] = find_coin(self._engine, name)
            except NotFound as error:
                raise Fault(column, str(error).rstrip(".")) from None
        return self._known[name]
