"""Learnt spaces: a label of the records shows which directions of a space matter; in closed form, in SQL.

A learnt space is derived: its vectors are those of its source minus a mean, projected onto axes. Later
sides and photographs from outside get theirs like those of any derived space.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import copy_axes, read_vectors
from ..db.translate import translated
from ..errors import SettingsError, SpaceError
from ..models.spec import Precision
from ..progress import Report, Tally, silent
from ..records.labels import value_of
from .agreement import Agreement, Blend, Comparison, Lessons, cross_validate
from .axes import Floats, PrincipalAxes, principal_axes
from .discriminant import Codes, Discriminant, Rows, learnt_axes, scatter

SHRINKAGES = (None, 0.1, 0.3, 0.5, 0.7, 0.9)
MOST_AXES = 512  # a source of more dimensions is learnt from along its principal axes
SURE = 0.05  # a blend that is chosen agrees more than the source by chance with less than this p
BLOCK = 1000
BLENDS: tuple[Blend, ...] = ((1, 1), (2, 1), (1, 2), (4, 1), (1, 4), (0, 1))


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt: `label`, from the sides of `face` in the space `source`, of coins that pass `where`.

    `shrinkage`, 0 to 1; None chooses by cross-validation over collections, among Ledoit and Wolf's estimate
    and some others. `blend` weighs the similarity in the source and on the learnt axes; (0, 1) leaves only
    the latter, None chooses it likewise. A source of more than MOST_AXES dimensions is learnt from along
    that many principal axes of these sides, but blended as it is. At most `limit` sides are used; the
    seed draws them, and the collections that are held out together.
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


def learn_space(engine: Engine, name: str, lesson: Lesson, report: Report = silent) -> Learnt:
    """Learns a label in closed form, measures it on held-out collections and makes the space.

    The same lesson again changes nothing. Memory: the vectors as float32, at most `limit`, and what
    `cross_validate` and `principal_axes` say. Raises NotFound for an unknown space or label, SpaceError if
    the source has seen the label, if there is too little to learn from, if no blend agrees more than the
    source where a blend is to be chosen, and for a name that another space has.
    """
    started = time.perf_counter()
    with translated(), engine.begin() as connection:
        _refuse_seen(connection, lesson)
        sides, left_out = _sides(connection, lesson)
        lessons, basis = _lessons(connection, lesson, sides, report)
        compared = _compared(lesson, lessons, report)
        shrinkage, blend = _best(lesson, compared)
        codes = lessons.learnable(np.ones(len(sides), bool))
        learns = np.flatnonzero(codes >= 0)
        found = _in_source(scatter(lessons.taught[learns], codes[learns]).discriminant(shrinkage), basis)
        axes = learnt_axes(found, *blend).astype(np.float32)
        taught = [sides[n] for n in learns]
        recipe = _recipe(lesson, blend, found.shrinkage) | _hash(taught, _blocks(lessons.rows, learns))
        coins = sorted({side["coin_id"] for side in taught})
        is_new = _store(connection, name, (lesson, recipe, coins), (found.mean, axes))
    return Learnt(
        name,
        lesson.source,
        lesson.label,
        values=int(codes.max()) + 1,
        sides=len(taught),
        coins=len(coins),
        collections=len(np.unique(lessons.collections[learns])),
        **left_out,
        shrinkage=found.shrinkage,
        blend=blend,
        dims=len(axes),
        agreement=compared.choices[shrinkage, blend] if compared else None,
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
    """The sides whose label means something, with their `value`, and what of Learnt is left out."""
    found = call.rows(
        connection,
        "job.sides_to_learn_from",
        label=lesson.label,
        face=lesson.face,
        space=lesson.source,
        predicate=lesson.where,
        seed=lesson.seed,
        at_most=lesson.limit,
    )
    meant = [{**side, "value": value_of(lesson.label, side["label_value"])} for side in found]
    sides = [side for side in meant if side["value"] is not None]
    coins = Counter(value for value, _ in {(side["value"], side["coin_id"]) for side in sides})
    single = sum(count == 1 for count in coins.values())
    if len(coins) - single < 2:
        raise SpaceError(
            f"{len(sides):,} sides in {lesson.source} have a {lesson.label}, and {len(coins) - single} values"
            " are shared by two coins; to learn, at least two must be. Load or embed more coins, or choose"
            " another label."
        )
    placeholders = found[0]["placeholders"] + len(found) - len(sides)
    return sides, {"placeholders": placeholders, "single_values": single}


def _lessons(
    connection: Connection, lesson: Lesson, sides: Sequence[Any], report: Report
) -> tuple[Lessons, PrincipalAxes | None]:
    """What is learnt from, and the axes along which it is learnt; None: those of the source."""
    ids = [side["side_id"] for side in sides]
    place = {side_id: n for n, side_id in enumerate(ids)}
    dims = int(call.rows(connection, "part.known_space", space=lesson.source)[0]["dims"])
    rows = np.full((len(ids), dims), np.nan, np.float32)
    tally = Tally(report, f"Reading {lesson.source}", "sides", len(ids))
    for found, block in read_vectors(connection, "job.vectors_of", (lesson.source, ids)):
        rows[[place[side_id] for side_id in found]] = block
        tally.add(len(found))
    if np.isnan(rows).any():
        raise SpaceError(f"{lesson.source} has lost vectors meanwhile; run the same command again.")
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    codes, collections, faces, coins = (
        np.unique([side[key] for side in sides], return_inverse=True)[1]
        for key in ("value", "collection", "face", "coin_id")
    )
    lessons = Lessons(rows, codes, collections, faces, coins=coins)
    if dims <= MOST_AXES:
        return lessons, None
    used = np.flatnonzero(lessons.learnable(np.ones(len(rows), bool)) >= 0)
    basis = principal_axes(_blocks(rows, used), MOST_AXES)
    along = rows @ basis.axes.T.astype(np.float32) - (basis.axes @ basis.mean).astype(np.float32)
    return replace(lessons, along=along), basis


def _blocks(rows: Rows, places: Codes) -> Iterator[Rows]:
    """Some rows, a block at a time, so that they are never held twice."""
    return (rows[places[start : start + BLOCK]] for start in range(0, len(places), BLOCK))


def _in_source(found: Discriminant, basis: PrincipalAxes | None) -> Discriminant:
    """What was learnt along some axes, in the dimensions of the source."""
    if basis is None:
        return found
    return Discriminant(basis.mean, basis.total_variance, found.axes @ basis.axes, found.shrinkage)


def _compared(lesson: Lesson, lessons: Lessons, report: Report) -> Comparison | None:
    shrinkages = SHRINKAGES if lesson.shrinkage is None else (lesson.shrinkage,)
    blends = BLENDS if lesson.blend is None else (lesson.blend,)
    return cross_validate(lessons, shrinkages, blends, lesson.seed, report)


def _best(lesson: Lesson, compared: Comparison | None) -> tuple[float | None, Blend]:
    """The shrinkage and the blend of the lesson; what it leaves open is chosen by held-out collections.

    Where these say nothing, the shrinkage is that of Ledoit and Wolf.
    """
    if compared is None and lesson.blend is None:
        raise SpaceError(
            f"no weight can be chosen: no value of {lesson.label} is in two collections; give the weights."
        )
    if compared is None:
        assert lesson.blend is not None
        return lesson.shrinkage, lesson.blend
    best = compared.best()
    ours, source = compared.choices[best].value, compared.source.value
    if lesson.blend is None and compared.p[best] > SURE:
        raise SpaceError(
            f"nothing is gained: asked by collections that were held out, {lesson.source} itself agrees in"
            f" {source:.3f} of cases, and the best blend in {ours:.3f}, which may be chance (p ="
            f" {compared.p[best]:.2f}). No space was made. Learn from more coins, or give the weights of a"
            " blend to make one all the same."
        )
    return best


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


def _hash(sides: Sequence[Any], blocks: Iterable[Rows]) -> dict[str, Any]:
    """What is learnt from: the number of sides, and a hash of these with their values and vectors."""
    said = [(side["collection"], side["inventory_number"], side["face"], side["value"]) for side in sides]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode())
    for block in blocks:
        digest.update(block.tobytes())
    return {"sides": len(sides), "learnt_sha256": digest.hexdigest()}
