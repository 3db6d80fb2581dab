"""Which pairs to judge next: those whose verdict would change the die groups most.

The gain of a verdict is how uncertain the pair is, in bits, times how many pairs of sides it would join or
separate. Between two groups it joins each side of one with each of the other. Within a group it separates
what only this link holds together; where other links hold, it decides one pair. Of the pairs between two
groups, and of those within one, only the one with the largest gain is asked: its verdict answers the others.
Nothing is asked of two groups that a verdict keeps apart.
(Uncertainty sampling; Settles 2009, "Active Learning Literature Survey", with the size of the change.)
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.engine import snapshot
from ..db.translate import translated
from ..errors import SettingsError
from ..records.coin import FACES, Face
from ..sources.outputs import cell, check_path
from .bridges import separated
from .calibrations import take_shipped
from .group import check_certainty, known_groups
from .pair_files import read_rows

LOWEST = 0.9
"""The probability from which a pair is a link, as in the groups of a study at first."""
FILE = (
    "coin", "neighbour", "face", "probability", "pairs", "conflicting", "photograph", "neighbour_photograph",
    "verdict", "note",
)  # fmt: skip
FILLED_IN = ("verdict", "note")
Row = Mapping[str, Any]


def queue(
    engine: Engine,
    limit: int,
    *,
    faces: Sequence[Face] = FACES,
    lowest: float = LOWEST,
    where: str = "true",
) -> list[dict[str, Any]]:
    """The pairs to be judged next, at most `limit`: first those whose verdicts contradict each other.

    A pair is a link from the probability `lowest` on. Both coins pass `where`, a predicate over the columns
    of api.coins. A row has the columns of FILE, with `verdict` and `note` to be filled in, `gain`, and the
    keys of both coins. Raises SettingsError for an impossible certainty, PredicateError.
    """
    check_certainty(lowest)
    take_shipped(engine)
    return pairs_to_judge(engine, limit, faces=faces, lowest=lowest, where=where)


def pairs_to_judge(
    engine: Engine,
    limit: int,
    *,
    faces: Sequence[Face] = FACES,
    lowest: float = LOWEST,
    where: str = "true",
) -> list[dict[str, Any]]:
    """As `queue`, by the probabilities as they are: nothing is stored."""
    with translated(), snapshot(engine) as connection:
        rows = [row for face in faces for row in _of_face(connection, face, lowest, where, limit)]
    rows.sort(key=lambda row: (not row["conflicting"], -row["gain"], row["face"], row["coin"]))
    return [{**row, "verdict": "", "note": ""} for row in rows[:limit]]


def _of_face(connection: Connection, face: Face, lowest: float, where: str, limit: int) -> list[Row]:
    now = known_groups(connection, face, lowest, where)
    held = separated(now.links_within())
    return call.rows(
        connection,
        "job.match_queue",
        face=face,
        sides=now.sides.tolist(),
        groups=now.groups.tolist(),
        bridges=[int(now.sides[a]) for a, _ in held],
        others=[int(now.sides[b]) for _, b in held],
        held=list(held.values()),
        at_most=limit,
    )


def check_queue(path: Path) -> None:
    """Raises SettingsError where the list cannot be written, or would replace verdicts or notes.

    Raises SourceError for a file that is there and cannot be read: nobody knows what would be lost.
    """
    check_path(path, (".csv",), "list")
    if not path.is_file() or not path.stat().st_size:
        return
    rows, faults = read_rows(path, (), FILLED_IN)
    if faults or any(row[name].strip() for _, row in rows for name in FILLED_IN):
        raise SettingsError(
            f"{path} has verdicts or notes, which would be lost; choose another name, or store them and then"
            f" remove the file: coinstore match verdicts {path}"
        )


def write_queue(rows: Sequence[Row], path: Path) -> None:
    """Writes the pairs as a CSV file with empty columns verdict and note; raises as `check_queue`."""
    check_queue(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FILE, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
