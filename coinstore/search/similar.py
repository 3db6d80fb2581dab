"""Neighbours: which other coins look like this one. SQL decides; here are names and rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from pgvector import Vector
from sqlalchemy import Engine

from ..db import call
from ..errors import Ambiguous, NotFound, SpaceError
from ..records.coin import Face
from ..spaces.catalogue import known
from .queries import Floats, Outside, vector_of


@dataclass(frozen=True, slots=True)
class LookAlike:
    """One answer: a coin with its metadata, and how near it is.

    `distance` is cosine distance, 0 (same direction) to 2; `similarity` is 1 - distance;
    `percentile` is the share of random pairs that are farther apart, 0 to 100. `face` and
    `compared` say which sides were compared: obverse, reverse or both.
    """

    coin_id: int
    collection: str
    inventory_number: str
    face: str
    distance: float
    similarity: float
    percentile: float | None
    type: str | None
    denomination: str | None
    material: str | None
    mint: str | None
    authority: str | None
    portrait: str | None
    year_from: int | None
    year_to: int | None
    weight_g: float | None
    diameter_mm: float | None
    diameter_min_mm: float | None
    die_axis_h: int | None
    findspot: str | None
    provenance: str | None
    side_id: int | None
    legend: str | None
    description: str | None
    compared: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: in which space, of which face, how many, among which.

    `blend` weighs several spaces against each other in place of `space`: {"clip_image": 0.7,
    "hog": 0.3}. `where` is a predicate over the columns of api.sides (of api.coins, for both faces);
    `least` asks for the least similar; `obverse_weight` (0 to 1) counts for both faces.
    """

    face: Face | Literal["both"] = "obverse"
    space: str = "hog"
    k: int = 10
    where: str = "true"
    least: bool = False
    obverse_weight: float = 0.5
    blend: Mapping[str, float] | None = None

    @property
    def spaces(self) -> dict[str, float]:
        """The spaces with their weights."""
        return dict(self.blend or {self.space: 1.0})

    @property
    def faces(self) -> dict[str, float]:
        """The faces with their weights."""
        if self.face != "both":
            return {self.face: 1.0}
        return {"obverse": self.obverse_weight, "reverse": 1 - self.obverse_weight}


def find_coin(engine: Engine, name: str) -> int:
    """The coin that `collection/inventory_number`, an unambiguous part of it, or an id names.

    Raises NotFound, or Ambiguous with some of those that the text could mean.
    """
    found = call.read(engine, "api.find_coins", name=name)
    if not found:
        raise NotFound(
            f"no coin answers to {name!r}; give collection/inventory_number, a part of it, or an id."
        )
    if len(found) > 1:
        some = ", ".join(f"{row['collection']}/{row['inventory_number']}" for row in found[:5])
        raise Ambiguous(f"{name!r} could be {some}{' …' if len(found) > 5 else ''}; say more of it.")
    return int(found[0]["coin_id"])


def similar(engine: Engine, coin_id: int, question: Question) -> list[LookAlike]:
    """The coins that look most like a coin, nearest first: always k, or all that pass the filter.

    Where a coin lacks a face, those that have it are compared by the other; `compared` says which.
    Raises NotFound: an unknown space, a coin without a vector in it.
    """
    if question.face == "both" or question.blend:
        parts = call.read(
            engine,
            "api.parts_of_coin",
            coin=coin_id,
            spaces=json.dumps(question.spaces),
            faces=json.dumps(question.faces),
        )[0]["parts_of_coin"]
        return _by_parts(engine, parts, question, coin_id)
    found = call.read(engine, "api.search", coin=coin_id, face=question.face, **_asked(question))
    return _answers(found)


def similar_to_vector(engine: Engine, vector: Floats, question: Question) -> list[LookAlike]:
    """The coins that look most like a vector `(dims,)` from outside the store, of the question's one face."""
    query = Vector(vector).to_text()
    return _answers(call.read(engine, "api.search", query=query, face=question.face, **_asked(question)))


def similar_to_outside(engine: Engine, asked: Mapping[str, Outside], question: Question) -> list[LookAlike]:
    """The coins that look most like photographs or texts that are not in the store, one for each face asked of."""
    if set(asked) - set(question.faces):
        raise SpaceError("a photograph or a text is of one face: ask for that, or give both faces theirs.")
    if list(asked) == [question.face] and not question.blend:
        found = similar_to_vector(engine, vector_of(engine, asked[question.face], question.space), question)
        # Pictures are farther from any text than from each other: the percentile of pairs says nothing.
        across = asked[question.face].text is not None and known(engine, question.space).family == "open_clip"
        return [replace(row, percentile=None) for row in found] if across else found
    parts = [
        {
            "space": space,
            "face": face,
            "weight": weight * question.faces[face],
            "query": Vector(vector_of(engine, outside, space)).to_text(),
        }
        for space, weight in question.spaces.items()
        for face, outside in asked.items()
        if question.faces[face] > 0
    ]
    return _by_parts(engine, parts, question, None)


def _by_parts(engine: Engine, parts: Any, question: Question, coin_id: int | None) -> list[LookAlike]:
    return _answers(
        call.read(
            engine,
            "api.search_parts",
            parts=json.dumps(parts),
            k=question.k,
            predicate=question.where,
            farthest=question.least,
            except_coin=coin_id,
        )
    )


def _asked(question: Question) -> dict[str, Any]:
    return {
        "space": question.space,
        "k": question.k,
        "predicate": question.where,
        "farthest": question.least,
    }


def _answers(rows: Sequence[Any]) -> list[LookAlike]:
    names = [field.name for field in fields(LookAlike)]
    return [LookAlike(**{name: row[name] for name in names}) for row in rows]
