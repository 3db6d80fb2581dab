"""The family `hog`: histograms of oriented gradients, a classical baseline without weights.

Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177, as implemented in scikit-image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.feature import hog

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


class HogEmbedder:
    """Histograms of oriented gradients of grey pictures."""

    def __init__(self, spec: PictureSpec) -> None:
        self.spec = spec

    def prepare(self, picture: Image.Image) -> NDArray[np.uint8]:
        """The picture fitted to `(side_px, side_px)`, 8-bit grey."""
        return prepare(picture, self.spec)

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
