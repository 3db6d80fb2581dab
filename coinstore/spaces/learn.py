"""Learnt spaces: a label of the records shows which directions of a space matter; in closed form, in SQL.

A learnt space is derived: its vectors are those of its source minus a mean, projected onto axes. Later
sides and photographs from outside get theirs like those of any derived space.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import copy_axes, read_vectors
from ..db.translate import translated
from ..errors import SettingsError, SpaceError
from ..models.spec import Precision
from ..records.placeholders import is_placeholder
from .agreement import Agreement, Blend, Comparison, Lessons, cross_validate
from .axes import Floats
from .discriminant import discriminant, learnt_axes

BLENDS: tuple[Blend, ...] = ((1, 1), (2, 1), (1, 2), (4, 1), (1, 4), (0, 1))


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt: `label`, from the sides of `face` in the space `source`, of coins that pass `where`.

    `shrinkage`, 0 to 1; None: Ledoit and Wolf's estimate. `blend` weighs the similarity in the source
    and on the learnt axes; (0, 1) leaves only the latter, None chooses by cross-validation over
    collections. At most `limit` sides are used; the seed draws them, and the collections that are held
    out together.
    """

    label: str
    source: str
    face: Literal["obverse", "reverse", "both"] = "obverse"
    where: str = "true"
    shrinkage: float | None = None
    blend: Blend | None = (1, 1)
    limit: int = 50_000
    seed: int = 0
    precision: Precision = "half"

    def __post_init__(self) -> None:
        """Raises SettingsError for an impossible number."""
        if self.shrinkage is not None and not 0 <= self.shrinkage <= 1:
            raise SettingsError(f"a shrinkage is 0 to 1, not {self.shrinkage:g}.")
        if self.blend is not None and (min(self.blend) < 0 or not self.blend[1]):
            raise SettingsError(
                "a blend has two weights, for the source (0 or more) and for what is learnt (above 0)."
            )


@dataclass(frozen=True, slots=True)
class Learnt:
    """A learnt space: from how many values, sides, coins and collections, and what it is worth.

    `placeholders` are sides whose value means nothing, `single_values` values of one coin only; neither
    is learnt. `agreement` is of coins in collections that were held out whole, `source_agreement` that
    of the same coins in the source; both are None if no value is in two collections. `is_new` is false
    if the space existed.
    """

    space: str
    source: str
    label: str
    values: int
    sides: int
    coins: int
    collections: int
    placeholders: int
    single_values: int
    shrinkage: float
    blend: Blend
    dims: int
    agreement: Agreement | None
    source_agreement: Agreement | None
    seconds: float
    is_new: bool


def learn_space(engine: Engine, name: str, lesson: Lesson) -> Learnt:
    """Learns a label in closed form, measures it on held-out collections and makes the space.

    The same lesson again changes nothing. Raises NotFound for an unknown space or label, SpaceError if
    the source has seen the label, or if there is too little to learn from, and for a name that another
    space has.
    """
    started = time.perf_counter()
    with translated(), engine.begin() as connection:
        _refuse_seen(connection, lesson)
        sides, left_out = _sides(connection, lesson)
        lessons = _lessons(connection, lesson, sides)
        blends = BLENDS if lesson.blend is None else (lesson.blend,)
        compared = cross_validate(lessons, lesson.shrinkage, blends, lesson.seed)
        blend = _best(lesson, compared)
        found = discriminant(lessons.rows, lessons.codes, lesson.shrinkage)
        axes = learnt_axes(found, *blend).astype(np.float32)
        recipe = _recipe(lesson, blend, found.shrinkage) | {
            "sides": len(sides),
            "learnt_sha256": _hash(sides, lessons),
        }
        coins = sorted({side["coin_id"] for side in sides})
        is_new = _store(connection, name, (lesson, recipe, coins), (found.mean, axes))
    return Learnt(
        name,
        lesson.source,
        lesson.label,
        values=int(lessons.codes.max()) + 1,
        sides=len(sides),
        coins=len(coins),
        collections=int(lessons.collections.max()) + 1,
        **left_out,
        shrinkage=found.shrinkage,
        blend=blend,
        dims=len(axes),
        agreement=compared.blends[blend] if compared else None,
        source_agreement=compared.source if compared else None,
        seconds=time.perf_counter() - started,
        is_new=is_new,
    )


def _refuse_seen(connection: Connection, lesson: Lesson) -> None:
    source, label = lesson.source, lesson.label
    call.value(connection, "part.check_label", label=label, face=lesson.face)
    call.rows(connection, "part.known_space", space=source)
    if label == "collection":
        raise SpaceError("collections are held out while a label is learnt; choose another label.")
    seen = call.value(connection, "part.has_seen", space=source, label=label)
    if seen:
        raise SpaceError(
            f"the space {source} has seen {label} already; learn from a space that has not, such as the one"
            " that it was made from."
        )
    if seen is None:
        raise SpaceError(
            f"it is not known whether {source} has seen {label}, because it was made elsewhere;"
            " import it again and say what it has seen."
        )


def _sides(connection: Connection, lesson: Lesson) -> tuple[list[Any], dict[str, int]]:
    """The sides to learn from, and what of Learnt is left out."""
    found = call.rows(
        connection,
        "job.sides_to_learn_from",
        label=lesson.label,
        face=lesson.face,
        space=lesson.source,
        predicate=lesson.where,
        seed=lesson.seed,
    )
    named = [side for side in found if not is_placeholder(side["label_value"])][: lesson.limit]
    coins = Counter(value for value, _ in {(side["label_value"], side["coin_id"]) for side in named})
    sides = [side for side in named if coins[side["label_value"]] > 1]
    single = sum(count == 1 for count in coins.values())
    if len(coins) - single < 2:
        raise SpaceError(
            f"{len(found):,} sides in {lesson.source} have a {lesson.label}, and {len(coins) - single} values"
            " are shared by two coins; to learn, at least two must be. Load or embed more coins, or choose"
            " another label."
        )
    placeholders = sum(is_placeholder(side["label_value"]) for side in found)
    return sides, {"placeholders": placeholders, "single_values": single}


def _lessons(connection: Connection, lesson: Lesson, sides: Sequence[Any]) -> Lessons:
    ids = [side["side_id"] for side in sides]
    place = {side_id: n for n, side_id in enumerate(ids)}
    dims = int(call.rows(connection, "part.known_space", space=lesson.source)[0]["dims"])
    rows = np.full((len(ids), dims), np.nan, np.float32)
    for found, block in read_vectors(connection, "job.vectors_of", (lesson.source, ids)):
        rows[[place[side_id] for side_id in found]] = block
    if np.isnan(rows).any():
        raise SpaceError(f"{lesson.source} has lost vectors meanwhile; run the same command again.")
    codes, collections, faces = (
        np.unique([side[key] for side in sides], return_inverse=True)[1]
        for key in ("label_value", "collection", "face")
    )
    return Lessons(rows / np.linalg.norm(rows, axis=1, keepdims=True), codes, collections, faces)


def _best(lesson: Lesson, compared: Comparison | None) -> Blend:
    """The blend of the lesson; else the one that agrees best, of equal ones the first of BLENDS."""
    if lesson.blend is not None:
        return lesson.blend
    if compared is None:
        raise SpaceError(
            f"no weight can be chosen: no value of {lesson.label} is in two collections; give the weights."
        )
    return max(compared.blends, key=lambda blend: compared.blends[blend].value)


def _recipe(lesson: Lesson, blend: Blend, shrinkage: float) -> dict[str, Any]:
    return {
        "family": "derived",
        "source": lesson.source,
        "learnt": [lesson.label.partition(":")[0]],  # the field of die:STUDY is die
        "label": lesson.label,
        "shrinkage": shrinkage,
        "blend": list(blend),
        "predicate": lesson.where,
    } | ({} if lesson.face == "both" else {"face": lesson.face})


def _store(
    connection: Connection,
    name: str,
    learnt: tuple[Lesson, dict[str, Any], list[int]],
    projection: tuple[Floats, NDArray[np.float32]],
) -> bool:
    """Stores the space, the coins that it was learnt from, its mean and its axes; true if it is new."""
    (lesson, recipe, coins), (mean, axes) = learnt, projection
    if len(axes) < 2:
        raise SpaceError("two values differ in one direction only; give the source a weight above 0.")
    made = call.rows(
        connection,
        "job.learn_space",
        name=name,
        source=lesson.source,
        recipe=json.dumps(recipe),
        dims=len(axes),
        precision=lesson.precision,
        mean=mean.tolist(),
        coins=coins,
    )[0]
    if made["is_new"]:
        copy_axes(connection, made["space_id"], axes)
    return bool(made["is_new"])


def _hash(sides: Sequence[Any], lessons: Lessons) -> str:
    """A hash of what is learnt from: the sides with their values and vectors."""
    said = [
        (side["collection"], side["inventory_number"], side["face"], side["label_value"]) for side in sides
    ]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode())
    digest.update(lessons.rows.tobytes())
    return digest.hexdigest()
