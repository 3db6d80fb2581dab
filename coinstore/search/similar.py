"""Similar coins: which other coins look like this one? SQL decides; Python gives names and rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from pgvector import Vector
from sqlalchemy import Engine

from ..db import call
from ..errors import Ambiguous, NotFound, SettingsError, SpaceError
from ..records.coin import Face
from ..spaces.catalogue import known
from .answer import FACES, Answers, LookAlike
from .queries import Floats, Outside, look_at, takes_outlines, vector_of


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: in which space, by which face, how many, among which coins.

    `blend` replaces `space` by several weighted spaces: {"clip_image": 0.7, "hog": 0.3}. `where` is a
    predicate over the columns of api.sides (of api.coins, for both faces). `farthest` asks for the
    least similar. `obverse_weight` (0 to 1) applies to both faces. `rerank` orders the nearest 100 again, by
    the coins that they have near them (Zhong et al. 2017, doi:10.1109/CVPR.2017.389).
    """

    face: Face | Literal["both"] = "obverse"
    space: str = ""
    k: int = 10
    where: str = "true"
    farthest: bool = False
    obverse_weight: float = 0.5
    blend: Mapping[str, float] | None = None
    rerank: bool = False

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


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked about: a coin of the store, photographs or texts by face, or a vector `(dims,)`.

    A photograph or text without a face shows the face of the question.
    """

    coin: str | int | None = None
    image: str | Path | Mapping[Face, str | Path] | None = None
    text: str | Mapping[Face, str] | None = None
    vector: Floats | None = None

    def outside(self, face: str) -> dict[str, Outside]:
        """Photographs and texts by the face that they show."""
        images, texts = _by_face(self.image, face), _by_face(self.text, face)
        return {one: Outside(images.get(one), texts.get(one), one) for one in images | texts}


def _by_face(given: Any, face: str) -> dict[str, str]:
    if given is None:
        return {}
    by_face = given if isinstance(given, Mapping) else {face: given}
    return {str(one): str(value) for one, value in by_face.items()}


def answer(engine: Engine, query: Query, question: Question) -> Answers:
    """The coins that look most like what is asked about, nearest first.

    Raises NotFound, Ambiguous, SourceError, PictureError, PredicateError; SpaceError if the space cannot
    compare it, SettingsError unless exactly one thing is asked about.
    """
    is_outside = query.image is not None or query.text is not None
    if (query.coin is not None) + is_outside + (query.vector is not None) != 1:
        raise SettingsError("ask about one thing: a coin, a vector, or a photograph or text.")
    if query.coin is not None:
        return similar(engine, find_coin(engine, str(query.coin)), question)
    asked = query.outside(question.face)
    if len(asked) > 1:
        question = replace(question, face="both")
    elif question.face == "both":
        asked = _both(asked.get("both"))
    if query.vector is not None:
        return similar_to_vector(engine, query.vector, question)
    return similar_to_outside(engine, asked, question)


def _both(asked: Outside | None) -> dict[str, Outside]:
    """Both faces of a photograph that shows both; raises SpaceError for one that does not, and for a text."""
    shown = "this shows one face"
    if asked is not None and asked.image is not None and asked.text is None:
        seen = look_at(asked.image)
        if seen.shows_both:
            return {face: replace(asked, face=face, seen=seen) for face in FACES}
        shown = f"{asked.image}: {seen.found.problem or 'the photograph shows one face'}"
    raise SpaceError(f"{shown}; give face='obverse' or face='reverse', or both photographs.")


def find_coin(engine: Engine, name: str) -> int:
    """The coin with the name `collection/inventory_number`, an unambiguous part of it, or an id.

    Raises NotFound, or Ambiguous with some of the coins that the name could mean.
    """
    found = call.read(engine, "api.find_coins", name=name)
    if not found:
        raise NotFound(
            f"no coin is named {name!r}; give collection/inventory_number, a part of it, or an id."
        )
    if len(found) > 1:
        some = ", ".join(f"{row['collection']}/{row['inventory_number']}" for row in found[:5])
        raise Ambiguous(f"{name!r} could be {some}{' …' if len(found) > 5 else ''}; give more of the name.")
    return int(found[0]["coin_id"])


def similar(engine: Engine, coin_id: int, question: Question) -> Answers:
    """The coins that look most like a coin, nearest first: always k, or all that pass the filter.

    Where a coin lacks a face, coins that have one are compared by the other; `compared` says which.
    Raises NotFound: an unknown space, a coin without a vector in it.
    """
    if question.face == "both" or question.blend:
        parts = call.read(
            engine,
            "part.parts_of_coin",
            coin=coin_id,
            spaces=json.dumps(question.spaces),
            faces=json.dumps(question.faces),
        )[0]["parts_of_coin"]
        return _by_parts(engine, parts, question, coin_id)
    return _answers(engine, "api.search", coin=coin_id, **_asked(question))


def similar_to_vector(engine: Engine, vector: Floats, question: Question) -> Answers:
    """The coins that look most like a vector `(dims,)` from outside the store, by the question's one face."""
    return _answers(engine, "api.search", query=Vector(vector), **_asked(question))


def similar_to_outside(engine: Engine, asked: Mapping[str, Outside], question: Question) -> Answers:
    """The coins that look most like photographs or texts that are not in the store, given by face."""
    if set(asked) - set(question.faces):
        raise SpaceError("a photograph or a text shows one face: ask for that face, or give both faces.")
    if any(takes_outlines(engine, space) for space in question.spaces):
        asked = {face: _looked_at(one) for face, one in asked.items()}
    found = _nearest_outside(engine, asked, question)
    # Of a photograph that both faces share, what is said of the obverse says it all.
    notes: dict[str | None, str | None] = {}
    for one in asked.values():
        notes.setdefault(one.image, one.note)
    found.notes = tuple(note for note in notes.values() if note)
    return found


def _looked_at(asked: Outside) -> Outside:
    return asked if asked.image is None or asked.seen else replace(asked, seen=look_at(asked.image))


def _nearest_outside(engine: Engine, asked: Mapping[str, Outside], question: Question) -> Answers:
    vectors = {
        (space, face): vector_of(engine, outside, space)
        for space in question.spaces
        for face, outside in asked.items()
        if question.faces[face] > 0
    }
    found = similar_to_vectors(engine, vectors, question)
    if list(vectors) == [(question.space, question.face)] and asked[question.face].text is not None:
        return without_percentiles(engine, found, question.space)
    return found


def without_percentiles(engine: Engine, found: Answers, space: str) -> Answers:
    """What a text found: in a space of pictures the percentile of pairs says nothing about it.

    Pictures are farther from any text than from each other.
    """
    if known(engine, space).family != "open_clip":
        return found
    return Answers(engine, [replace(row, percentile=None) for row in found], found.sql)


def similar_to_vectors(
    engine: Engine, vectors: Mapping[tuple[str, str], Floats], question: Question
) -> Answers:
    """The coins that look most like vectors `(dims,)` by space and face, by the weights of the question."""
    if list(vectors) == [(question.space, question.face)] and not question.blend:
        return similar_to_vector(engine, vectors[question.space, question.face], question)
    weights = question.spaces
    parts = [
        {
            "space": space,
            "face": face,
            "weight": weights[space] * question.faces[face],
            "query": Vector(vector).to_text(),
        }
        for (space, face), vector in vectors.items()
    ]
    return _by_parts(engine, parts, question, None)


def _by_parts(engine: Engine, parts: Any, question: Question, coin_id: int | None) -> Answers:
    return _answers(
        engine,
        "api.search",
        parts=json.dumps(parts),
        k=question.k,
        predicate=question.where,
        farthest=question.farthest,
        except_coin=coin_id,
        **_again(question),
    )


def _asked(question: Question) -> dict[str, Any]:
    return {
        "space": question.space,
        "face": question.face,
        "k": question.k,
        "predicate": question.where,
        "farthest": question.farthest,
        **_again(question),
    }


def _again(question: Question) -> dict[str, bool]:
    """The argument of a search that is re-ranked; without it the SQL of an answer stays short."""
    return {"rerank": True} if question.rerank else {}


def _answers(engine: Engine, function: str, **arguments: Any) -> Answers:
    names = [field.name for field in fields(LookAlike)]
    found = call.read(engine, function, **arguments)
    rows = [LookAlike(**{name: row[name] for name in names}) for row in found]
    return Answers(engine, rows, call.spelled(function, **arguments))
