"""Neighbours: which other coins look like this one. SQL decides; here are names and rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from sqlalchemy import Engine

from .db import call
from .embed.registry import embedder
from .embed.spec import PictureSpec, Spec
from .errors import Ambiguous, NotFound, PictureError, SpaceError
from .files import locate, read
from .images.picture import decode
from .records.coin import Face
from .spaces import known


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

    `where` is a predicate over the columns of api.sides (of api.coins, for both faces);
    `least` asks for the least similar; `obverse_weight` (0 to 1) counts for both faces.
    """

    face: Face | Literal["both"] = "obverse"
    space: str = "hog"
    k: int = 10
    where: str = "true"
    least: bool = False
    obverse_weight: float = 0.5


def find_coin(engine: Engine, name: str) -> int:
    """The coin that `collection/inventory_number`, an unambiguous part of it, or an id names.

    Raises NotFound, or Ambiguous with some of those that the text could mean.
    """
    found = call.read(engine, "api.find_coins", name=name)
    if not found:
        raise NotFound(f"no coin answers to {name!r}; give collection/inventory_number, a part of it, or an id.")
    if len(found) > 1:
        some = ", ".join(f"{row['collection']}/{row['inventory_number']}" for row in found[:5])
        raise Ambiguous(f"{name!r} could be {some}{' …' if len(found) > 5 else ''}; say more of it.")
    return int(found[0]["coin_id"])


def similar(engine: Engine, coin_id: int, question: Question) -> list[LookAlike]:
    """The coins that look most like a coin, nearest first: always k, or all that pass the filter."""
    asked: dict[str, Any] = {
        "space": question.space,
        "coin": coin_id,
        "k": question.k,
        "predicate": question.where,
        "farthest": question.least,
    }
    if question.face == "both":
        return _answers(call.read(engine, "api.search_coins", obverse_weight=question.obverse_weight, **asked))
    return _answers(call.read(engine, "api.search", face=question.face, **asked))


def similar_to_vector(engine: Engine, vector: NDArray[np.float32], question: Question) -> list[LookAlike]:
    """The coins that look most like a vector `(dims,)` from outside the store."""
    return _answers(
        call.read(
            engine,
            "api.search",
            space=question.space,
            query=Vector(vector).to_text(),
            face=question.face,
            k=question.k,
            predicate=question.where,
            farthest=question.least,
        )
    )


def similar_to_picture(engine: Engine, location: str, question: Question) -> list[LookAlike]:
    """The coins that look most like a photograph that is not in the store."""
    return similar_to_vector(engine, _vector_of_picture(engine, location, question.space), question)


def _vector_of_picture(engine: Engine, location: str, space: str) -> NDArray[np.float32]:
    asked = known(engine, space)
    if asked.derived_from is not None:
        query = Vector(_vector_of_picture(engine, location, asked.derived_from)).to_text()
        found = call.read(engine, "api.derived_vector", space=space, query=query)[0]["derived_vector"]
        return np.array(found, np.float32)
    if asked.family == "imported":
        raise SpaceError(f"the vectors of {space} were made elsewhere: no photograph can be compared in it.")
    spec = Spec.from_recipe(asked.recipe)
    if not isinstance(spec, PictureSpec):
        raise SpaceError(f"{space} is of sentences: no photograph can be compared in it.")
    model = embedder(spec)
    data = read(locate(location))
    try:
        picture = decode(data, side_px=model.spec.decode_px)
    except PictureError as error:
        raise PictureError(f"{location}: {error}") from None
    vector: NDArray[np.float32] = model.embed([model.prepare(picture)])[0]
    if not np.isfinite(vector).all():
        raise PictureError(f"{location}: is of one even tone: there is nothing to compare.")
    return vector


def _answers(rows: Sequence[Any]) -> list[LookAlike]:
    names = [field.name for field in fields(LookAlike)]
    return [LookAlike(**{name: row[name] for name in names}) for row in rows]
