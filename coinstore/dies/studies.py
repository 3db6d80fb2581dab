"""Studies of dies: which there are, and how two of them differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound
from ..records.coin import FACES, Face
from .names import corresponding

Change = Literal["split", "merged", "moved"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two studies agree by one face, over the coins of which both name a die.

    `ari` is the adjusted Rand index (Hubert and Arabie 1985, doi:10.1007/BF01908075): 1 is full agreement,
    0 that of chance; None without a coin. `differ` is the number of coins that would have to change.
    """

    face: Face
    coins: int
    dies: int
    other_dies: int
    ari: float | None
    differ: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A coin whose die in one study is not the one that corresponds to it in the other.

    "split": its die is one of several that the other study makes of one die; "merged": the other study has it
    in a die that corresponds to another one; "moved": both dies correspond to others.
    """

    face: Face
    collection: str
    inventory_number: str
    die: str
    other_die: str
    change: Change
    coin_id: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two studies: how they agree by each face, and the coins that differ."""

    agreement: list[Agreement]
    differences: list[Difference]


def known_study(engine: Engine, name: str | None = None) -> str:
    """The name of a study, or of the only one; of a source the last parts of its location are enough.

    Raises NotFound where there is none, or several.
    """
    names: list[str] = sorted(row["study"] for row in call.look(engine, "part.die_studies"))
    if not names:
        raise NotFound(
            "no coin has a die yet; load a source that names them (columns obverse_die and reverse_die),"
            " or group coins that were compared."
        )
    if name is not None and name in names:
        return name
    found = [one for one in names if name is None or one.endswith(f"/{name}")]
    if not found:
        raise NotFound(f"there is no study {name}; there are: {', '.join(names)}")
    if len(found) > 1:
        raise NotFound(f"there are {len(found)} studies; name one: {', '.join(found)}")
    return found[0]


def natural(name: str) -> list[tuple[str, int]]:
    """A key that orders names as people do: O2 before O10."""
    return [(text, int(part or 0)) for text, part in re.findall(r"(\D*)(\d*)", name)]


def compare(engine: Engine, study: str, other: str) -> Comparison:
    """Compares two studies over the coins of which both name a die.

    Dies correspond one to one, those with most coins in common first. Raises NotFound for an unknown study,
    and where both have no coin in common.
    """
    given = {"study": known_study(engine, study), "other_study": known_study(engine, other)}
    rows = call.read(engine, "part.sides_of_studies", **given)
    if not rows:
        raise NotFound(f"{study} and {other} have no coin of which both name a die.")
    agreement, differences = [], []
    for face in FACES:
        of_face = [row for row in rows if row["face"] == face]
        differ = list(_differences(face, of_face))
        differences += differ
        agreement.append(_agreement(face, of_face, len(differ)))
    return Comparison(agreement, differences)


def _agreement(face: Face, rows: Sequence[Any], differ: int) -> Agreement:
    from sklearn.metrics import adjusted_rand_score

    dies, others = ([row[name] for row in rows] for name in ("die", "other_die"))
    index = float(adjusted_rand_score(dies, others)) if rows else None
    return Agreement(face, len(rows), len(set(dies)), len(set(others)), index, differ)


def _differences(face: Face, rows: Sequence[Any]) -> Iterator[Difference]:
    dies, others = ({row["side_id"]: row[name] for row in rows} for name in ("die", "other_die"))
    there = corresponding(dies, others)
    back = {other: die for die, other in there.items()}
    for row in sorted(rows, key=lambda row: (natural(row["die"]), natural(row["other_die"]), row["side_id"])):
        if there.get(row["die"]) == row["other_die"]:
            continue
        # One of the two dies always corresponds to another one: otherwise they would to each other.
        change: Change = "moved" if row["other_die"] in back else "split"
        if row["die"] not in there:
            change = "merged"
        names = (row["collection"], row["inventory_number"], row["die"], row["other_die"])
        yield Difference(face, *names, change, row["coin_id"])
