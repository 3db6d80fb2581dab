"""Queries from outside: the vectors of photographs and texts that are not in the store."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from sqlalchemy import Engine

from ..db import call
from ..errors import PictureError, SpaceError
from ..images.look import outline_in
from ..images.picture import decode
from ..models.registry import embedder
from ..models.sentence import TEMPLATES
from ..models.spec import PictureEmbedder, PictureSpec, Spec, TextSpec, unit
from ..sources.files import locate, read
from ..spaces.catalogue import Known, known
from ..spaces.finetune import picture_model
from ..spaces.fuse import network_of

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Outside:
    """A photograph (a path or an address) of one side, a text that describes it, or both.

    `face` says which side that is: a photograph may show both, the obverse left or above.
    """

    image: str | None = None
    text: str | None = None
    face: str = "obverse"


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
        query = Vector(vector_of(engine, asked, found.made_of[0])).to_text()
        derived = call.read(engine, "api.derived_vector", space=space, query=query)[0]["derived_vector"]
        return np.array(derived, np.float32)
    if found.family == "fused":
        return _fused(engine, asked, space, found)
    parts = [vector_of(engine, asked, part) for part in found.made_of]
    weights = [part["weight"] for part in found.recipe["parts"]]
    blended = np.concatenate([np.sqrt(weight) * part for weight, part in zip(weights, parts, strict=True)])
    vector: Floats = unit(blended[None].astype(np.float32))[0]
    return vector


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
        part = 1 if asked.face == "reverse" else 0
        return _of_picture(asked.image, part, picture_model(engine, space, spec, "auto"))
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


def _of_picture(location: str, part: int, model: PictureEmbedder) -> Floats:
    data = read(locate(location))
    outline = None
    try:
        picture = decode(data, side_px=model.spec.decode_px)
        if model.spec.fit == "coin":
            found, width_px = outline_in(data, part)
            outline = found.scaled(picture.width / width_px)
    except PictureError as error:
        raise PictureError(f"{location}: {error}") from None
    vector: Floats = model.embed([model.prepare(picture, outline)])[0]
    if not np.isfinite(vector).all():
        raise PictureError(f"{location}: has one even tone: there is nothing to compare.")
    return vector


def _of_text(text: str, spec: TextSpec) -> Floats:
    if not text.strip():
        raise SpaceError("the text is empty; describe what the side shows.")
    model = embedder(spec)
    vector: Floats = model.embed([model.prepare(text)])[0]
    return vector
