"""Specifications: all that decides a vector, as one frozen record that is stored with its space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import SpaceError

Precision = Literal["half", "single"]


@dataclass(frozen=True, slots=True)
class Spec:
    """The recipe of a space. A change of anything here is a new space, never an update.

    `family` names the file that carries it out, `options` what that family needs to know;
    `side_px` is the side of the square that a picture is fitted to, `fit` how (`crop`: the shorter
    side to `resize_px`, then the middle). A JPEG may be decoded at less than its size, down to
    `decode_px`; without that, never. `version` rises when the code of the family would give other
    vectors for the same options.
    """

    family: str
    dims: int
    side_px: int
    fit: Literal["pad", "squash", "crop"]
    colour: Literal["grey", "rgb"]
    options: dict[str, Any]
    resize_px: int | None = None
    decode_px: int | None = None
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    version: int = 1
    precision: Precision = "half"
    trained: bool = True
    weights_sha256: str | None = None

    def recipe(self) -> dict[str, Any]:
        """The record that `core.space.recipe` keeps."""
        return asdict(self)

    @classmethod
    def from_recipe(cls, recipe: dict[str, Any]) -> Spec:
        """The spec that a stored recipe is; raises SpaceError when a newer coinstore wrote it."""
        try:
            return cls(**recipe)
        except TypeError:
            raise SpaceError("the recipe of this space was written by another coinstore; upgrade this one.") from None


class Embedder(Protocol):
    """What a family offers for one spec."""

    spec: Spec

    def prepare(self, picture: Image.Image) -> NDArray[Any]:
        """One upright RGB picture as the array that `embed` takes; raises PictureError."""

    def embed(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)` of n prepared pictures, the same in any batch; a row that has no
        direction (a picture of one even tone) is NaN."""


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows `(n, d)` scaled to length 1; a row of length 0 has no direction and becomes NaN."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    out = np.full_like(rows, np.nan)
    np.divide(rows, length, out=out, where=length > 0)
    return out
