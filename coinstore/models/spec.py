"""Specifications: everything that decides a vector, in one frozen record that is stored with the space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import SpaceError
from ..images.outline import Outline
from .sentence import Sentence, fields_of, say

Precision = Literal["half", "single"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """The recipe of a space. A change of anything here is a new space, never an update.

    `family` names the file that implements it, `options` are for that family. `version` rises when the
    code gives other vectors for the same recipe. With `face` the space has only sides of that face. A
    space is of pictures or of sentences: PictureSpec, TextSpec.
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
        """The fields of a record that may influence the vectors, sorted."""
        return ()

    def recipe(self) -> dict[str, Any]:
        """The recipe as it is stored in `core.space.recipe`."""
        # `face` is left out when the space has both faces: older recipes stay equal.
        return {name: part for name, part in asdict(self).items() if name != "face" or part is not None}

    @staticmethod
    def from_recipe(recipe: dict[str, Any]) -> Spec:
        """The spec of a stored recipe; raises SpaceError when another version of coinstore wrote it."""
        kind = TextSpec if "templates" in recipe else PictureSpec
        try:
            return kind(**recipe)
        except TypeError:
            raise SpaceError(
                "the recipe of this space was written by another version of coinstore; upgrade this one."
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSpec(Spec):
    """The recipe of a space of pictures.

    `side_px` is the side of the square that a picture is fitted to, `fit` the method (`crop`: the shorter
    side to `resize_px`, then the middle; `coin`: the square around the coin, with a margin). A JPEG may be
    decoded at a reduced size, down to `decode_px`; if that is None, never.

    `ground` and `tone` are for `coin`. `mask` makes everything outside the coin mid-grey (0.5).
    `normalise` gives the coin's pixels the mean 0.5 and the deviation 0.2. Both happen at `side_px`, or
    at `resize_px` if it is given, and the result is then resized to `side_px`. Raises SpaceError when
    they are given with another fit.
    """

    side_px: int
    fit: Literal["pad", "squash", "crop", "coin"]
    colour: Literal["grey", "rgb"]
    resize_px: int | None = None
    decode_px: int | None = None
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    ground: Literal["keep", "mask"] = "keep"
    tone: Literal["keep", "normalise"] = "keep"

    def __post_init__(self) -> None:
        if self.fit != "coin" and (self.ground, self.tone) != ("keep", "keep"):
            raise SpaceError(f"ground and tone need the coin's outline; use fit coin, not {self.fit}.")

    def recipe(self) -> dict[str, Any]:
        """The recipe as it is stored in `core.space.recipe`."""
        # Left out when they keep the picture as it is: older recipes stay equal.
        kept = {name for name in ("ground", "tone") if getattr(self, name) == "keep"}
        return {name: part for name, part in Spec.recipe(self).items() if name not in kept}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpec(Spec):
    """The recipe of a space of sentences: templates for what is known about a side.

    `culture` is a word for all of its coins, or empty; `placeholders` are values that mean nothing, in
    addition to those that coinstore knows. Raises SpaceError for an invalid template.
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
        """The sentence for a row of `api.sides`; None when too little is known about it."""
        return say(self.templates, known, self.culture, self.placeholders)


class PictureEmbedder(Protocol):
    """What a family of picture models provides for one spec."""

    spec: PictureSpec

    def prepare(self, picture: Image.Image, outline: Outline | None = None) -> NDArray[Any]:
        """One upright RGB picture as the array that `embed` takes; raises PictureError.

        `outline` says where the coin is, in this picture's pixels. Without it a space with `fit` coin
        finds the coin; other spaces ignore it.
        """

    def embed(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)` of n prepared pictures, the same in any batch.

        A row without a direction (a picture of one even tone) is NaN.
        """


class TextEmbedder(Protocol):
    """What a family of text models provides for one spec."""

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
