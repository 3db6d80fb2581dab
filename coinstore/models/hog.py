"""The family `hog`: histograms of oriented gradients, a classical baseline without weights.

Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177, as implemented in scikit-image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.feature import hog

from ..errors import SpaceError
from ..images.outline import Outline
from .fit import prepare
from .spec import PictureSpec, unit

# Blocks of 2 x 2 cells over 8 x 8 cells of nine orientations: 7 * 7 * 2 * 2 * 9 = 1764 dimensions.
HOG = PictureSpec(
    family="hog",
    dims=1764,
    side_px=256,
    decode_px=256,
    fit="pad",
    colour="grey",
    options={"orientations": 9, "cell_px": 32, "block_cells": 2, "block_norm": "L2-Hys"},
)
OPTIONS = ("face", "fit", "ground", "tone")


def hog_spec(**changes: Any) -> PictureSpec:
    """The spec HOG with other OPTIONS; raises SpaceError for any other field."""
    if useless := changes.keys() - set(OPTIONS):
        raise SpaceError(f"hog has no option {', '.join(sorted(useless))}; it has {', '.join(OPTIONS)}.")
    if changes.get("fit") == "coin":
        changes["decode_px"] = None  # the coin may be a small part of its photograph
    return replace(HOG, **changes)


class HogEmbedder:
    """Histograms of oriented gradients of grey pictures."""

    def __init__(self, spec: PictureSpec) -> None:
        self.spec = spec

    def prepare(self, picture: Image.Image, outline: Outline | None = None) -> NDArray[np.uint8]:
        """The picture fitted to `(side_px, side_px)`, 8-bit grey."""
        return prepare(picture, self.spec, outline)

    def embed(self, prepared: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)`; a picture of one even tone has no gradient and gives NaN."""
        rows = np.zeros((len(prepared), self.spec.dims), np.float32)
        for row, pixels in zip(rows, prepared, strict=True):
            row[:] = descriptor(pixels, self.spec)
        return unit(rows)


def descriptor(pixels: NDArray[np.uint8], spec: PictureSpec) -> NDArray[np.float64]:
    """The descriptor `(dims,)` of one grey picture from scikit-image, not yet of length 1."""
    options = spec.options
    cell, block = options["cell_px"], options["block_cells"]
    features: NDArray[np.float64] = hog(
        pixels,
        orientations=options["orientations"],
        pixels_per_cell=(cell, cell),
        cells_per_block=(block, block),
        block_norm=options["block_norm"],
    )
    return features
