"""Specifications: all that decides a vector, as one frozen record that is stored with its space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import SpaceError
from .sentence import Sentence, fields_of, say

Precision = Literal["half", "single"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """The recipe of a space. A change of anything here is a new space, never an update.

    `family` names the file that carries it out, `options` what that family needs to know. `version`
    rises when the code would give other vectors for the same recipe. With `face` it holds sides of
    that face alone. A space is of pictures or of sentences: PictureSpec, TextSpec.
    """

    family: str
    dims: int
    options: dict[str, Any]
    version: int = 1
    precision: Precision = "half"
    trained: bool = True
    weights_sha256: str | None = None
    face: Literal["obverse", "reverse"] | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields of a coin's record that its vectors may know of, sorted."""
        return ()

    def recipe(self) -> dict[str, Any]:
        """The record that `core.space.recipe` keeps."""
        # Left out where it is both: a recipe says what differs.
        return {name: part for name, part in asdict(self).items() if name != "face" or part is not None}

    @staticmethod
    def from_recipe(recipe: dict[str, Any]) -> Spec:
        """The spec that a stored recipe is; raises SpaceError when a newer coinstore wrote it."""
        kind = TextSpec if "templates" in recipe else PictureSpec
        try:
            return kind(**recipe)
        except TypeError:
            raise SpaceError(
                "the recipe of this space was written by another coinstore; upgrade this one."
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSpec(Spec):
    """The recipe of a space of pictures.

    `side_px` is the side of the square that a picture is fitted to, `fit` how (`crop`: the shorter
    side to `resize_px`, then the middle). A JPEG may be decoded at less than its size, down to
    `decode_px`; without that, never.
    """

    side_px: int
    fit: Literal["pad", "squash", "crop"]
    colour: Literal["grey", "rgb"]
    resize_px: int | None = None
    decode_px: int | None = None
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpec(Spec):
    """The recipe of a space of sentences: the templates that say what is known of a side.

    `culture` is a word for all of its coins, or nothing; `placeholders` are values that say nothing,
    besides those that coinstore knows. Raises SpaceError for a template that is none.
    """

    templates: tuple[str, ...]
    culture: str = ""
    placeholders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("templates", "placeholders"):  # JSON has lists
            object.__setattr__(self, name, tuple(getattr(self, name)))
        fields_of(self.templates)

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields that its sentences may use, sorted."""
        return fields_of(self.templates)

    def say(self, known: Mapping[str, Any]) -> Sentence | None:
        """The sentence for a row of `api.sides`; None when too little is known of it."""
        return say(self.templates, known, self.culture, self.placeholders)


class PictureEmbedder(Protocol):
    """What a family of models that see offers for one spec."""

    spec: PictureSpec

    def prepare(self, picture: Image.Image) -> NDArray[Any]:
        """One upright RGB picture as the array that `embed` takes; raises PictureError."""

    def embed(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)` of n prepared pictures, the same in any batch; a row that has no
        direction (a picture of one even tone) is NaN."""


class TextEmbedder(Protocol):
    """What a family of models that read offers for one spec."""

    spec: TextSpec

    def prepare(self, sentence: str) -> NDArray[Any]:
        """One sentence as the array that `embed` takes."""

    def embed(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)` of n prepared sentences, the same in any batch."""


Embedder = PictureEmbedder | TextEmbedder


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows `(n, d)` scaled to length 1; a row of length 0 has no direction and becomes NaN."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    out = np.full_like(rows, np.nan)
    np.divide(rows, length, out=out, where=length > 0)
    return out
