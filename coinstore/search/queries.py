"""Queries from outside: the vectors of photographs and texts that are not in the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from sqlalchemy import Engine

from ..db import call
from ..errors import PictureError, SpaceError
from ..images.discs import Found
from ..images.look import find_in
from ..images.outline import Outline
from ..images.picture import decode
from ..models.registry import embedder
from ..models.sentence import TEMPLATES
from ..models.spec import PictureEmbedder, PictureSpec, Spec, TextSpec, unit
from ..sources.files import locate, read
from ..spaces.catalogue import Known, known
from ..spaces.finetune import picture_model
from ..spaces.fuse import network_of

Floats = NDArray[np.float32]
Prepare = Callable[[PictureSpec, Outline | None], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Seen:
    """The coins of a photograph from outside, in its pixels, and how wide it is."""

    found: Found
    width_px: int

    @property
    def shows_both(self) -> bool:
        """Whether the photograph shows both faces of a coin."""
        return self.found.arrangement is not None

    def coin(self, face: str) -> Outline:
        """The outline of a face."""
        return self.found.coins[1 if self.shows_both and face == "reverse" else 0]

    def shows_a_coin(self, face: str) -> bool:
        """Whether a coin was found that shows the face; else its outline is the whole picture."""
        return self.coin(face).certainty > 0

    def note(self, image: str | None, face: str) -> str | None:
        """What was taken for a face, unless the photograph shows one coin."""
        if not self.shows_a_coin(face):
            what = self.found.problem or "no coin was found in the photograph"
            return f"{image}: {what}. The whole picture was compared; crop it to the coin."
        if self.shows_both:
            first, second = (
                ("left", "right") if self.found.arrangement == "side by side" else ("upper", "lower")
            )
            part = second if face == "reverse" else first
            return f"{image}: the photograph shows both faces; the {part} one was taken as the {face}."
        return None


@dataclass(frozen=True, slots=True)
class Outside:
    """A photograph (a path or an address) of one side, a text that describes it, or both.

    `face` says which side that is: a photograph may show both, the obverse left or above. `seen` is what
    was found in the photograph; None: it has not been looked at yet. With `prepare` the photograph is
    somewhere else: this gives what a model takes of it, and `image` is only its name.
    """

    image: str | None = None
    text: str | None = None
    face: str = "obverse"
    seen: Seen | None = None
    prepare: Prepare | None = None

    @property
    def note(self) -> str | None:
        """What was taken for the coin, where that is not plain: a sentence or two."""
        return None if self.seen is None else self.seen.note(self.image, self.face)


def vector_of(engine: Engine, asked: Outside, space: str) -> Floats:
    """The unit vector `(dims,)` of a photograph or text from outside the store, in a space.

    A text has a vector in the CLIP spaces, of pictures and of sentences, and in spaces made of them.
    Raises NotFound, SourceError, PictureError; SpaceError if the space takes no photographs or no
    texts, or its weights are missing.
    """
    found = known(engine, space)
    if found.family == "imported":
        raise SpaceError(
            f"the vectors of {space} were made elsewhere: photographs and texts have no vector in it."
        )
    if not found.made_of:
        return _by_model(engine, asked, space, Spec.from_recipe(found.recipe))
    if found.family == "derived":
        return derived_from(engine, space, vector_of(engine, asked, found.made_of[0]))
    if found.family == "fused":
        return _fused(engine, asked, space, found)
    parts = [vector_of(engine, asked, part) for part in found.made_of]
    weights = [part["weight"] for part in found.recipe["parts"]]
    blended = np.concatenate([np.sqrt(weight) * part for weight, part in zip(weights, parts, strict=True)])
    vector: Floats = unit(blended[None].astype(np.float32))[0]
    return vector


def derived_from(engine: Engine, space: str, vector: Floats) -> Floats:
    """The vector in a derived space of one `(dims,)` in its source."""
    query = Vector(vector).to_text()
    derived = call.read(engine, "api.derived_vector", space=space, query=query)[0]["derived_vector"]
    return np.array(derived, np.float32)


def takes_outlines(engine: Engine, space: str) -> bool:
    """Whether vectors in a space are those of the outlined coin, or made of such."""
    found = known(engine, space)
    if found.made_of:
        return any(takes_outlines(engine, part) for part in found.made_of)
    return found.recipe.get("fit") == "coin"


def takes(spaces: Mapping[str, Mapping[str, Any]], space: str) -> frozenset[str]:
    """What from outside has a vector in a space: "image", "text", both, or nothing.

    `spaces` are the rows of part.space_names by their names.
    """
    found = spaces[space]
    parts = [takes(spaces, part) for part in found["made_of"] or ()]
    family = found["recipe"].get("family")
    if family == "fused":
        return frozenset().union(*parts)
    if parts:
        return frozenset.intersection(*parts)
    if family == "imported":
        return frozenset()
    reads = {"open_clip": {"image", "text"}, "open_clip_text": {"text"}}
    return frozenset(reads.get(family, {"image"}))


def look_at(image: str) -> Seen:
    """Where the coins are in a photograph; raises NotFound, SourceError, PictureError."""
    return _seen(image, read(locate(image)))


def _seen(image: str, data: bytes) -> Seen:
    try:
        return Seen(*find_in(data))
    except PictureError as error:
        raise PictureError(f"{image}: {error}") from None


def _fused(engine: Engine, asked: Outside, space: str, found: Known) -> Floats:
    assert found.made_of is not None
    image, text = found.made_of  # their present names
    inputs = [
        vector_of(engine, replace(asked, text=None), image) if asked.image else _nothing(engine, image),
        vector_of(engine, Outside(text=asked.text), text) if asked.text else _nothing(engine, text),
    ]
    vector: Floats = network_of(engine, space).embed(inputs[0][None], inputs[1][None])[0]
    if not np.isfinite(vector).all():
        raise SpaceError(
            f"{space} ignores {'images' if asked.image else 'texts'}: its balance gives them no weight."
        )
    return vector


def _nothing(engine: Engine, space: str) -> Floats:
    return np.full(known(engine, space).dims, np.nan, np.float32)


def _by_model(engine: Engine, asked: Outside, space: str, spec: Spec) -> Floats:
    if asked.image is not None and asked.text is not None:
        raise SpaceError(f"{space} takes a photograph or a text, not both; a fused space takes both.")
    if asked.image is not None and isinstance(spec, PictureSpec):
        return _of_picture(asked.image, asked, picture_model(engine, space, spec, "auto"))
    if asked.text is not None and isinstance(spec, TextSpec):
        return _of_text(asked.text, spec)
    if asked.text is not None and spec.family == "open_clip":
        words = {name: spec.options[name] for name in ("model", "weights", "seed")}
        return _of_text(
            asked.text,
            TextSpec(
                family="open_clip_text",
                dims=spec.dims,
                options=words,
                weights_sha256=spec.weights_sha256,
                templates=TEMPLATES["fields"],
            ),
        )
    if asked.image is not None:
        raise SpaceError(f"{space} holds vectors of sentences; give --text, not a photograph.")
    raise SpaceError(f"{space} holds vectors of pictures only; to search by text, use a CLIP space.")


def _of_picture(location: str, asked: Outside, model: PictureEmbedder) -> Floats:
    if asked.prepare:
        outline = asked.seen.coin(asked.face) if asked.seen and model.spec.fit == "coin" else None
        prepared = asked.prepare(model.spec, outline)
    else:
        prepared = _prepared(location, asked, model)
    vector: Floats = model.embed([prepared])[0]
    if not np.isfinite(vector).all():
        raise PictureError(f"{location}: has one even tone: there is nothing to compare.")
    return vector


def _prepared(location: str, asked: Outside, model: PictureEmbedder) -> NDArray[Any]:
    data = read(locate(location))
    outline = None
    try:
        picture = decode(data, side_px=model.spec.decode_px)
    except PictureError as error:
        raise PictureError(f"{location}: {error}") from None
    if model.spec.fit == "coin":
        seen = asked.seen or _seen(location, data)
        outline = seen.coin(asked.face).scaled(picture.width / seen.width_px)
    return model.prepare(picture, outline)


def _of_text(text: str, spec: TextSpec) -> Floats:
    if not text.strip():
        raise SpaceError("the text is empty; describe what the side shows.")
    model = embedder(spec)
    vector: Floats = model.embed([model.prepare(text)])[0]
    return vector
