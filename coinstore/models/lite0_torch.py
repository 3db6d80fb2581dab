"""EfficientNet-Lite0 in PyTorch: the same numbers as `lite0`, for a GPU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import conv2d, pad, relu6

from . import lite0
from .network import NetworkEmbedder
from .spec import PictureSpec


class Lite0(nn.Module):
    """The network up to the block `last`: pixels `(n, 3, h, w)` in, maps `(n, h, w, c)` out."""

    def __init__(self, state: Mapping[str, NDArray[Any]], last: int) -> None:
        super().__init__()
        stem, blocks = lite0.fold_network(state, last)
        self.stem = _Convolution(stem, lite0.STEM_STRIDE)
        self.blocks = nn.Sequential(*map(_Block, blocks))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        values: torch.Tensor = self.blocks(relu6(self.stem(pixels)))
        return values.permute(0, 2, 3, 1)


class _Convolution(nn.Module):
    """A convolution with the padding SAME of TensorFlow."""

    def __init__(self, folded: lite0.Folded, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.weight, self.bias = (nn.Parameter(torch.tensor(part)) for part in folded)
        self.stride, self.groups = stride, groups

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        sides = (
            lite0.same_padding(side, self.weight.shape[2], self.stride)[1:] for side in values.shape[:1:-1]
        )
        padded = pad(values, [zeros for ends in sides for zeros in ends])
        return conv2d(padded, self.weight, self.bias, self.stride, groups=self.groups)


class _Block(nn.Module):
    def __init__(self, folded: lite0.FoldedBlock) -> None:
        super().__init__()
        self.widen = _Convolution(folded.widen) if folded.widen else None
        self.depth = _Convolution(folded.depth, folded.shape.stride, len(folded.depth.bias))
        self.project = _Convolution(folded.project)
        self.is_residual = folded.is_residual

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        wide = relu6(self.widen(values)) if self.widen else values
        projected: torch.Tensor = self.project(relu6(self.depth(wide)))
        return projected + values if self.is_residual else projected


def embedder(spec: PictureSpec, state: Mapping[str, NDArray[Any]], last: int, device: str) -> NetworkEmbedder:
    """The embedder of a spec, in float32: its vectors are those of NumPy within 1e-4."""
    return NetworkEmbedder(spec, Lite0(state, last), device, half=False)
