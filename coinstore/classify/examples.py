"""What is learned from: coins with their vectors, values and groups, as the store has them now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import read_vectors
from ..db.translate import translated
from ..errors import SettingsError, SpaceError
from ..records.names import is_placeholder
from ..spaces.catalogue import Known, known, refuse_leak

Face = Literal["obverse", "reverse", "coin"]
Group = Literal["collection", "findspot"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClassifierRequest:
    """What is to be told, by what: a label of the coins, spaces and a face (`coin`: both beside each other).

    `group` says what is held out; at most `most` coins are learned from, chosen by the seed.
    `allow_leak` lets spaces in that have seen the label, or may have.
    """

    label: str
    spaces: tuple[str, ...]
    face: Face = "obverse"
    group: Group = "collection"
    most: int = 50_000
    allow_leak: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the subject's spaces together."""

    ids: dict[str, int]
    trained: bool
    leaked: bool


@dataclass(frozen=True, slots=True)
class Coins:
    """The coins of a subject.

    Labelled ones have `values[codes[i]]`; `rows` are unit vectors `(n, d)`; `groups` number the groups,
    -1 where that is not known. `without_vector` are labelled ones that lack a space or a face.
    """

    keys: list[int]
    names: list[str]
    values: list[str]
    codes: NDArray[np.int64]
    groups: NDArray[np.int64]
    group_names: list[str]
    without_vector: int
    lacking: list[int]
    lacking_without_vector: int

    @property
    def fingerprint(self) -> str:
        """A hash of which coins are learned from, with which values and groups."""
        said = [
            (n, self.values[c], int(g)) for n, c, g in zip(self.names, self.codes, self.groups, strict=True)
        ]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def look_at(engine: Engine, subject: ClassifierRequest) -> Seen:
    """The spaces of a subject; raises SpaceError for one that has seen the label, NotFound for an unknown one."""
    found: dict[str, Known] = {space: known(engine, space) for space in subject.spaces}
    leaked = [refuse_leak(engine, space, subject.label, allow=subject.allow_leak) for space in found]
    return Seen(
        {n: s.space_id for n, s in found.items()}, all(s.trained for s in found.values()), any(leaked)
    )


def gather(
    connection: Connection, subject: ClassifierRequest, seed: int
) -> tuple[Coins, dict[int, list[int]]]:
    """The coins of a subject, and the sides of each by which they are known, obverse before reverse.

    Raises NotFound for an unknown label, SpaceError where there is too little to learn from.
    """
    if subject.label in (subject.group, "collection"):
        raise SettingsError(f"{subject.label} cannot be told where each {subject.group} is held out whole.")
    found = call.rows(
        connection,
        "job.coins_to_classify",
        label=subject.label,
        face=subject.face,
        spaces=list(subject.spaces),
        seed=seed,
    )
    named = [
        row for row in found if row["label_value"] is not None and not is_placeholder(row["label_value"])
    ]
    nameless = [row for row in found if row["label_value"] is None]
    labelled = [row for row in named if row["sides"]][: subject.most]
    lacking = [row for row in nameless if row["sides"]]
    _refuse_too_little(subject, named, labelled)
    values = sorted({row["label_value"] for row in labelled})
    place = {value: n for n, value in enumerate(values)}
    groups, group_names = _groups(labelled, subject.group)
    coins = Coins(
        keys=[row["coin_id"] for row in labelled],
        names=[f"{row['collection']}/{row['inventory_number']}" for row in labelled],
        values=values,
        codes=np.array([place[row["label_value"]] for row in labelled], np.int64),
        groups=groups,
        group_names=group_names,
        without_vector=sum(not row["sides"] for row in named),
        lacking=[row["coin_id"] for row in lacking],
        lacking_without_vector=len(nameless) - len(lacking),
    )
    return coins, {row["coin_id"]: row["sides"] for row in [*labelled, *lacking]}


def read_rows(
    connection: Connection, spaces: Sequence[str], keys: Sequence[int], sides: dict[int, list[int]]
) -> NDArray[np.float32]:
    """Unit vectors `(n, d)` of coins: those of each space and face beside each other, all of equal weight."""
    parts = []
    for space in spaces:
        for face in range(len(sides[keys[0]])):
            ids = [sides[key][face] for key in keys]
            place = {side: n for n, side in enumerate(ids)}
            part: NDArray[np.float32] | None = None
            for found, block in read_vectors(connection, "job.vectors_of", (space, ids)):
                if part is None:
                    part = np.full((len(ids), block.shape[1]), np.nan, np.float32)
                part[[place[side] for side in found]] = block / np.linalg.norm(block, axis=1, keepdims=True)
            if part is None or np.isnan(part).any():
                raise SpaceError(f"{space} lost vectors while they were read; run the same command again.")
            parts.append(part)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1) / np.float32(np.sqrt(len(parts)))


def gather_rows(
    engine: Engine, subject: ClassifierRequest, seed: int, proposes: bool
) -> tuple[Coins, NDArray[np.float32], NDArray[np.float32]]:
    """The coins, the vectors of those with a value, and (where it `proposes`) of those that lack one."""
    with translated(), engine.begin() as connection:
        coins, sides = gather(connection, subject, seed)
        rows = read_rows(connection, subject.spaces, coins.keys, sides)
        asked = np.zeros((0, rows.shape[1]), np.float32)
        if proposes and coins.lacking:
            asked = read_rows(connection, subject.spaces, coins.lacking, sides)
    return coins, rows, asked


def _groups(rows: Sequence[Any], group: Group) -> tuple[NDArray[np.int64], list[str]]:
    names = sorted({row[group] for row in rows if row[group] is not None})
    place: dict[str | None, int] = {name: n for n, name in enumerate(names)}
    return np.array([place.get(row[group], -1) for row in rows], np.int64), names


def _refuse_too_little(subject: ClassifierRequest, named: Sequence[Any], labelled: Sequence[Any]) -> None:
    label = subject.label
    if not named:
        raise SpaceError(f"no coin has a {label}: there is nothing to learn from.")
    if not labelled:
        where = " and ".join(subject.spaces) or "the photographs"
        run = f"; run: coinstore embed {' '.join(subject.spaces)}" if subject.spaces else ""
        raise SpaceError(
            f"of {len(named):,} coins that have a {label} none has a vector ({subject.face}) in {where}{run}"
        )
    values = {row["label_value"] for row in labelled}
    if len(values) < 2:
        raise SpaceError(
            f"all coins that have a {label} have the same: {min(values)}. There is nothing to tell apart."
        )
    if len(values) == len(labelled):
        raise SpaceError(f"no two coins have the same {label}: there is nothing to learn from.")
    groups = {row[subject.group] for row in labelled} - {None}
    if len(groups) < 2:
        other = "findspot" if subject.group == "collection" else "collection"
        raise SpaceError(
            f"the coins that have a {label} are of {len(groups)} {subject.group}: two are needed, since one is"
            f" held out. Load another, or add: --group {other}"
        )
