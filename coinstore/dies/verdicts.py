"""Verdicts from a CSV file: what a person judged elsewhere comes back into the store."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..errors import SettingsError
from ..progress import Report, Tally, silent
from ..records.coin import Face
from .pair_files import FACES_OR_BOTH, Coins, Fault, Line, read_rows

COLUMNS = ("coin", "neighbour", "face", "verdict")
BEFORE = ("before", "note_before")
VERDICTS = ("same die", "same type", "no link")


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
    rows, faults = read_rows(path, COLUMNS, ["note"])
    judged = [(number, row) for number, row in rows if row["verdict"].strip()]
    tally = Tally(report, "Reading verdicts", "rows", len(judged))
    reader = _Reader(str(path), Coins(engine, judged))
    for number, row in judged:
        reader.read(number, row)
        tally.add(1)
    batch = json.dumps(list(reader.found.values()))
    [done] = call.changes(engine, "job.store_verdicts", said_by=person, batch=batch)
    counts = (done["added"], done["changed"], done["unchanged"], len(rows) - len(judged))
    return Imported(*counts, (*faults, *reader.faults))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person says of two coins, by key and the smaller first, by a face."""

    coin: int
    neighbour: int
    face: Face
    verdict: str
    note: str | None = None


def said_before(engine: Engine, asked: Judgement, person: str) -> Judgement | None:
    """What a person has said of the pair of a judgement; None: nothing."""
    pair = {"coin": asked.coin, "neighbour": asked.neighbour, "face": asked.face}
    rows = call.read(engine, "part.verdicts_of_pair", **pair)
    found = next((row for row in rows if row["said_by"] == person), None)
    return replace(asked, verdict=found["verdict"], note=found["note"]) if found else None


def store_verdict(engine: Engine, given: Judgement, person: str) -> None:
    """Stores the verdict of a person, in place of what that person said before."""
    call.changes(engine, "job.store_verdicts", said_by=person, batch=json.dumps([asdict(given)]))


def undo_verdict(engine: Engine, given: Judgement, before: Judgement | None, person: str) -> None:
    """Puts back what a person said before `given`; raises Changed if that is not what the person says now."""
    pair = {"coin": given.coin, "neighbour": given.neighbour, "face": given.face, "said_by": person}
    now = {"verdict": given.verdict or None, "note": given.note if given.verdict else None}
    then = {"before": before.verdict, "note_before": before.note} if before else dict.fromkeys(BEFORE)
    call.run(engine, "job.undo_verdict", **pair, **now, **then)


def take_back(engine: Engine, given: Judgement, person: str) -> None:
    """Removes the verdict of a person on a pair."""
    pair = {"coin": given.coin, "neighbour": given.neighbour, "face": given.face}
    call.run(engine, "job.drop_verdict", **pair, said_by=person)


class _Reader:
    """Reads rows into what is stored; `faults` has a sentence for each row that cannot be used."""

    def __init__(self, path: str, coins: Coins) -> None:
        self._path, self._coins = path, coins
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
                raise Fault("verdict", f"it says {one['verdict']}, but line {line} says {said} of this pair")
            self._lines.setdefault(key, number)
        except Fault as fault:
            self.faults.append(fault.at(self._path, number))

    def _read(self, row: Line) -> dict[str, Any]:
        face, verdict = row["face"].strip().lower(), row["verdict"].strip().lower().replace("-", " ")
        if face not in FACES_OR_BOTH:
            raise Fault("face", f"{row['face']!r} is not a face; write {', '.join(FACES_OR_BOTH)}")
        if verdict not in VERDICTS:
            raise Fault("verdict", f"{row['verdict']!r} is not a verdict; write {', '.join(VERDICTS)}")
        if "\0" in row["note"]:
            raise Fault("note", "it has a zero byte, which no text may have; write the note again")
        coin, neighbour = self._coins.pair(row)
        note = row["note"] or None
        return {"coin": coin, "neighbour": neighbour, "face": face, "verdict": verdict, "note": note}
