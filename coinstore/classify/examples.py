"""What a classifier learns from: coins with their vectors, values and groups, as the store has them now."""

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
from ..records.labels import value_of
from ..spaces.catalogue import Known, known, refuse_leak

Face = Literal["obverse", "reverse", "both"]
Group = Literal["collection", "findspot"]


@dataclass(frozen=True, slots=True)
class ClassifierRequest:
    """What to predict, and from what: a label of coins, from spaces and a face (`coin`: both, concatenated).

    `group` says what is held out. At most `limit` coins are learned from; the seed draws them.
    `allow_leak` lets spaces in that have seen the label, or may have.
    """

    label: str
    spaces: tuple[str, ...]
    face: Face = "obverse"
    group: Group = "collection"
    limit: int = 50_000
    allow_leak: bool = False


@dataclass(frozen=True, slots=True)
class SourceSpaces:
    """The spaces of a request, and what is true of them together."""

    ids: dict[str, int]
    trained: bool
    leaked: bool


@dataclass(frozen=True, slots=True)
class Examples:
    """The coins of a request: those to learn from, and those that lack the label.

    The coin `keys[i]` has the value `values[codes[i]]` and the group `group_names[groups[i]]`, or none if
    `groups[i]` is -1. `lacking` are the keys of coins without the label. Both kinds have vectors; the coins
    that have not are counted in `without_vector` and `lacking_without_vector`.
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
        """A hash of the coins that are learned from, with their values and groups."""
        said = [
            (n, self.values[c], int(g)) for n, c, g in zip(self.names, self.codes, self.groups, strict=True)
        ]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def check_spaces(engine: Engine, request: ClassifierRequest) -> SourceSpaces:
    """The spaces of a request. Raises NotFound for an unknown one, SpaceError if one has seen the label."""
    found: dict[str, Known] = {space: known(engine, space) for space in request.spaces}
    leaked = [refuse_leak(engine, space, request.label, allow=request.allow_leak) for space in found]
    return SourceSpaces(
        {n: s.space_id for n, s in found.items()}, all(s.trained for s in found.values()), any(leaked)
    )


def read_examples(
    connection: Connection, request: ClassifierRequest, seed: int
) -> tuple[Examples, dict[int, list[int]]]:
    """The coins of a request, and the sides of each that are compared, obverse before reverse.

    Raises NotFound for an unknown label, SpaceError if there is too little to learn from.
    """
    if request.label in (request.group, "collection"):
        raise SettingsError(
            f"{request.label} cannot be predicted while {request.group} is the cross-validation group."
        )
    found = call.rows(
        connection,
        "job.coins_to_classify",
        label=request.label,
        face=request.face,
        spaces=list(request.spaces),
        seed=seed,
    )
    found = [{**row, "value": _value(request.label, row["label_value"])} for row in found]
    named = [row for row in found if row["value"] is not None]
    nameless = [row for row in found if row["value"] is None]
    labelled = [row for row in named if row["sides"]][: request.limit]
    lacking = [row for row in nameless if row["sides"]]
    _refuse_too_little(request, named, labelled)
    values, codes = np.unique([row["value"] for row in labelled], return_inverse=True)
    groups, group_names = _groups(labelled, request.group)
    examples = Examples(
        keys=[row["coin_id"] for row in labelled],
        names=[f"{row['collection']}/{row['inventory_number']}" for row in labelled],
        values=values.tolist(),
        codes=codes,
        groups=groups,
        group_names=group_names,
        without_vector=sum(not row["sides"] for row in named),
        lacking=[row["coin_id"] for row in lacking],
        lacking_without_vector=len(nameless) - len(lacking),
    )
    return examples, {row["coin_id"]: row["sides"] for row in [*labelled, *lacking]}


def _value(label: str, written: str | None) -> str | None:
    return None if written is None else value_of(label, written)


def read_vectors_of(
    connection: Connection, spaces: Sequence[str], keys: Sequence[int], sides: dict[int, list[int]]
) -> NDArray[np.float32]:
    """Unit vectors `(n, d)` of coins: those of each space and face concatenated, with equal weights."""
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
                raise SpaceError(f"{space} has lost vectors meanwhile; run the same command again.")
            parts.append(part)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1) / np.float32(np.sqrt(len(parts)))


def read_examples_with_vectors(
    engine: Engine, request: ClassifierRequest, seed: int, proposes: bool
) -> tuple[Examples, NDArray[np.float32], NDArray[np.float32]]:
    """The coins, the vectors of those with a value, and (if it `proposes`) of those that lack one."""
    with translated(), engine.begin() as connection:
        examples, sides = read_examples(connection, request, seed)
        rows = read_vectors_of(connection, request.spaces, examples.keys, sides)
        asked = np.zeros((0, rows.shape[1]), np.float32)
        if proposes and examples.lacking:
            asked = read_vectors_of(connection, request.spaces, examples.lacking, sides)
    return examples, rows, asked


def _groups(rows: Sequence[Any], group: Group) -> tuple[NDArray[np.int64], list[str]]:
    names = sorted({row[group] for row in rows if row[group] is not None})
    place: dict[str | None, int] = {name: n for n, name in enumerate(names)}
    return np.array([place.get(row[group], -1) for row in rows], np.int64), names


def _refuse_too_little(request: ClassifierRequest, named: Sequence[Any], labelled: Sequence[Any]) -> None:
    label = request.label
    if not named:
        raise SpaceError(f"no coin has a {label}, so there is nothing to learn from.")
    if not labelled:
        where = " and ".join(request.spaces) or "the photographs"
        run = f"; run: coinstore embed {' '.join(request.spaces)}" if request.spaces else ""
        raise SpaceError(
            f"none of the {len(named):,} coins with a {label} has a vector ({request.face}) in {where}{run}"
        )
    values = {row["value"] for row in labelled}
    if len(values) < 2:
        raise SpaceError(
            f"all coins that have a {label} have the same, {min(values)}: there is nothing to distinguish."
        )
    if len(values) == len(labelled):
        raise SpaceError(f"no two coins have the same {label}, so there is nothing to learn from.")
    groups = {row[request.group] for row in labelled} - {None}
    if len(groups) < 2:
        other = "findspot" if request.group == "collection" else "collection"
        raise SpaceError(
            f"a classifier needs coins of two {request.group}s, since one is held out; those that have a"
            f" {label} are of {len(groups)}. Load another {request.group}, or add: --group {other}"
        )
