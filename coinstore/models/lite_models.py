"""The family `lite`: maps of EfficientNet-Lite0, in NumPy on the CPU and in PyTorch on a GPU.

Its weights come with the package of KNOWN["efficientnet_lite0"], so it needs no download and no PyTorch.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import ThreadpoolController

from ..errors import SpaceError
from ..images.outline import Outline
from . import lite0, weights
from .fit import prepare
from .grid import Grid
from .spec import PictureEmbedder, PictureSpec

MODEL = "efficientnet_lite0"
SIDE_PX = 224
# (255 x - 127) / 128 for x from 0 to 1
MEAN, STD = [127 / 255] * 3, [128 / 255] * 3


class LiteEmbedder:
    """The network in NumPy; one picture at a time on one core, so a vector is the same in any batch."""

    device = "cpu"

    def __init__(self, spec: PictureSpec, network: lite0.Lite0) -> None:
        self.spec = spec
        self._network, self._grid = network, Grid.of(spec.options)
        self._mean, self._std = (np.array(spec.options[name], np.float32) for name in ("mean", "std"))
        self._blas = ThreadpoolController()

    def prepare(self, picture: Image.Image, outline: Outline | None = None) -> NDArray[np.uint8]:
        """The picture fitted to `(side_px, side_px)`, with a third axis of 3 for RGB."""
        return prepare(picture, self.spec, outline)

    def embed(self, prepared: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)`."""
        rows = np.zeros((len(prepared), self.spec.dims), np.float32)
        # The products are small: a second thread of BLAS gains little, and workers would compete for cores.
        with self._blas.limit(limits=1, user_api="blas"):
            for row, picture in zip(rows, prepared, strict=True):
                values = self._network.map_of(self._normalised(picture))
                row[:] = self._grid.vectors(values[None])[0]
        return rows

    def _normalised(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        coloured = np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels
        values = coloured.astype(np.float32)
        values /= 255
        values -= self._mean
        values /= self._std
        return values


def look_up(model: str, layer: str | None = None, side_px: int | None = None) -> dict[str, Any]:
    """The map of a layer, and the pictures that the weights were trained with; raises SpaceError."""
    if model != MODEL:
        raise SpaceError(f"the family lite has no model {model}; it has {MODEL}.")
    block, side_px = block_of(layer), side_px or SIDE_PX
    side = -(-side_px // lite0.STEM_STRIDE)
    for shape in lite0.BLOCKS[: block + 1]:
        side = -(-side // shape.stride)
    return {
        "map": (side, side, lite0.BLOCKS[block].channels),
        "side_px": SIDE_PX,
        "resize_px": SIDE_PX,
        "interpolation": "bicubic",
        "mean": MEAN,
        "std": STD,
    }


def load(spec: PictureSpec, device: str) -> PictureEmbedder:
    """The embedder of a spec; raises SpaceError when its weights are missing or others."""
    state, block = state_of(spec), block_of(spec.options["layer"])
    if not uses_torch(device):
        return LiteEmbedder(spec, lite0.Lite0(state, block, spec.side_px))
    from . import lite0_torch

    return lite0_torch.embedder(spec, state, block, device)


def state_of(spec: PictureSpec) -> dict[str, NDArray[Any]]:
    """The weights of a spec by name; raises SpaceError when they are missing or others."""
    if (seed := spec.options["seed"]) is not None:
        return lite0.random_state(seed)
    return weights.tensors(spec.options["weights"], spec.weights_sha256)


def uses_torch(device: str) -> bool:
    """Whether the network runs in PyTorch: on a GPU that is named, or found."""
    if device != "auto":
        return device != "cpu"
    if not shutil.which("nvidia-smi") or not find_spec("torch"):  # PyTorch takes seconds to import
        return False
    import torch

    return bool(torch.cuda.is_available())


def names() -> list[str]:
    """The names of all models of the family."""
    return [MODEL]


def block_of(layer: str | None) -> int:
    """The number of the block that a layer names; raises SpaceError for another name."""
    names = {f"block {n}": n for n in range(len(lite0.BLOCKS))}
    if layer not in names:
        wrong = f"{layer} is not a layer of {MODEL}" if layer else f"{MODEL} needs a layer: add --layer"
        raise SpaceError(f"{wrong}; it has block 0 to block {len(names) - 1}.")
    return names[layer]
