"""CSV files that name a pair of coins in each row: pairs to be compared, and verdicts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SourceError
from ..records.lines import ReturnableLines
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
) -> tuple[list[tuple[int, Line]], list[str]]:
    """The rows of a file by the line on which they begin, with these columns and, if there, others.

    Also a sentence for each row that is not CSV, or ends before both coins are named. Columns are named in
    capitals or small letters and in any order; more are ignored. Raises SourceError for a file that cannot
    be read, is empty, or lacks one of the columns.
    """
    lines = _lines(path, columns)
    header = [name.strip().lower() for name in _header(path, lines)]
    _check(path, header, columns, others)
    rows, faults = [], []
    for number, cells in lines:
        if isinstance(cells, csv.Error):
            faults.append(f"{path}, line {number}: this is not CSV ({cells}); look at its quotation marks.")
        # Spreadsheets leave out empty cells at the end: a row without its other columns is whole.
        elif lacking := [name for name in columns if name in COINS and header.index(name) >= len(cells)]:
            faults.append(f"{path}, line {number}: the row ends before the column {lacking[0]}.")
        else:
            row = dict(zip(header, cells, strict=False))
            rows.append((number, {name: uncelled(row.get(name, "")) for name in (*columns, *others)}))
    return rows, faults


def _header(path: str | Path, lines: Iterator[tuple[int, list[str] | csv.Error]]) -> list[str]:
    number, cells = next(lines, (1, []))
    if isinstance(cells, csv.Error):
        raise SourceError(f"{path}, line {number}: this is not CSV: {cells}.")
    return cells


def _lines(path: str | Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """The cells of each row that has any; of a row with a stray quotation mark, what is wrong with it."""
    try:
        text = files.read(str(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(f"{path} is not a text in UTF-8; save it as CSV in UTF-8.") from None
    if not text.strip():
        raise SourceError(f"{path} is empty; its first line names the columns {', '.join(columns)}.")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # a spreadsheet takes the one of its language
    lines = ReturnableLines(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = lines.begin()
        try:
            if any(cells := next(reader)):
                yield number, cells
        except StopIteration:
            return
        except csv.Error as error:  # only this row is refused, not what its quotation mark has swallowed
            lines.give_back()
            yield number, error


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
