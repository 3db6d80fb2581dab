"""Verdicts from a CSV file: what a person judged elsewhere comes back into the store."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SettingsError, SourceError
from ..progress import Report, Tally, silent
from ..search.similar import find_coin
from ..sources import files
from ..sources.outputs import uncelled

COLUMNS = ("coin", "neighbour", "face", "verdict")
VERDICTS = ("same die", "same type", "no link")
FACES = ("obverse", "reverse", "both")
Line = dict[str, str]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many verdicts of a file were new, how many replaced one of that person, and how many were there.

    `empty` rows have no verdict yet. `faults` are sentences about rows that could not be used.
    """

    added: int
    changed: int
    unchanged: int
    empty: int
    faults: tuple[str, ...]


def import_verdicts(engine: Engine, path: str | Path, person: str, report: Report = silent) -> Imported:
    """Stores the verdicts of a CSV file, in one transaction; a row that cannot be used stops no other.

    The columns are coin, neighbour, face, verdict and, if wanted, note; others are ignored. Raises
    SourceError for a file that cannot be read, or without these columns.
    """
    if not person.strip():
        raise SettingsError("verdicts need the name of the person who gives them.")
    rows = list(_lines(path))
    judged = [(number, row) for number, row in rows if row["verdict"]]
    tally = Tally(report, "Reading verdicts", "rows", len(judged))
    reader = _Reader(engine, str(path), [row[name] for _, row in judged for name in COLUMNS[:2]])
    for number, row in judged:
        reader.read(number, row)
        tally.add(1)
    batch = json.dumps(list(reader.found.values()))
    [done] = call.changes(engine, "job.store_verdicts", said_by=person, batch=batch)
    return Imported(
        done["added"], done["changed"], done["unchanged"], len(rows) - len(judged), tuple(reader.faults)
    )


def _lines(path: str | Path) -> Iterator[tuple[int, Line]]:
    """The rows of the file by the line on which they end; names of columns in small letters."""
    try:
        text = files.read(str(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(f"{path} is not a text in UTF-8; save it as CSV in UTF-8.") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # a spreadsheet takes the one of its language
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        if lacking := [name for name in COLUMNS if header.count(name) != 1]:
            raise SourceError(
                f"{path}: the first line names each of the columns {', '.join(COLUMNS)} once;"
                f" that is not so for {', '.join(lacking)}."
            )
        for cells in lines:
            if any(cells):
                padded = cells + [""] * (len(header) - len(cells))
                row = dict(zip(header, padded, strict=False))
                kept = {name: uncelled(row[name]).strip() for name in COLUMNS}
                yield lines.line_num, kept | {"note": uncelled(row.get("note", ""))}
    except csv.Error as error:
        raise SourceError(f"{path}, line {lines.line_num}: this is not CSV: {error}.") from None


class _Reader:
    """Reads rows into what is stored; `faults` has a sentence for each row that cannot be used."""

    def __init__(self, engine: Engine, path: str, names: Sequence[str]) -> None:
        self._engine, self._path = engine, path
        self._coins: dict[str, int] = _named(engine, names)
        self._lines: dict[Any, int] = {}
        self.found: dict[Any, dict[str, Any]] = {}
        self.faults: list[str] = []

    def read(self, number: int, row: Line) -> None:
        """Adds a row to `found`, or the reason why not to `faults`."""
        try:
            one = self._read(row)
            key = (*sorted((one["coin"], one["neighbour"])), one["face"])
            if (said := self.found.setdefault(key, one)["verdict"]) != one["verdict"]:
                line = self._lines[key]
                raise _Fault("verdict", f"it says {one['verdict']}, but line {line} says {said} of this pair")
            self._lines.setdefault(key, number)
        except _Fault as fault:
            self.faults.append(f"{self._path}, line {number}, column {fault.column}: {fault.reason}.")

    def _read(self, row: Line) -> dict[str, Any]:
        face, verdict = row["face"].lower(), row["verdict"].lower().replace("-", " ")
        if face not in FACES:
            raise _Fault("face", f"{row['face']!r} is not a face; write {', '.join(FACES)}")
        if verdict not in VERDICTS:
            raise _Fault("verdict", f"{row['verdict']!r} is not a verdict; write {', '.join(VERDICTS)}")
        if "\0" in row["note"]:
            raise _Fault("note", "it has a zero byte, which no text may have; write the note again")
        coins = {column: self._coin(column, row[column]) for column in COLUMNS[:2]}
        if coins["coin"] == coins["neighbour"]:
            raise _Fault("neighbour", "this is the coin of the column coin; a verdict is on two coins")
        return coins | {"face": face, "verdict": verdict, "note": row["note"] or None}

    def _coin(self, column: str, name: str) -> int:
        if name not in self._coins:
            try:
                self._coins[name] = find_coin(self._engine, name)
            except NotFound as error:
                raise _Fault(column, str(error).rstrip(".")) from None
        return self._coins[name]


class _Fault(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def _named(engine: Engine, names: Sequence[str]) -> dict[str, int]:
    """The coins whose whole names are among these: one question for all of a file."""
    asked = sorted({name for name in names if "\0" not in name})
    return {row["name"]: row["coin_id"] for row in call.read(engine, "part.coins_named", names=asked)}
