"""EfficientNet-Lite0 in NumPy: pixels in, the map of any of its blocks out.

EfficientNet: Tan and Le 2019, doi:10.48550/arXiv.1905.11946. The variants "Lite" (2020) have ReLU6, and no
squeeze-and-excitation. Weights have the names of efficientnet_lite_pytorch. Batch normalisations are folded
into the convolutions before them. Padding is SAME of TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
EPSILON = 1e-3  # of its batch normalisations
STEM_KERNEL, STEM_STRIDE, STEM_CHANNELS = 3, 2, 32


class Shape(NamedTuple):
    """A block: the side of its kernel, its stride, how much it widens its input, and its channels."""

    kernel: int
    stride: int
    widening: int
    channels: int


BLOCKS = tuple(
    Shape(kernel, stride if first == 0 else 1, widening, channels)
    for kernel, stride, widening, channels, repeats in (
        (3, 1, 1, 16, 1),
        (3, 2, 6, 24, 2),
        (5, 2, 6, 40, 2),
        (3, 2, 6, 80, 3),
        (5, 1, 6, 112, 3),
        (5, 2, 6, 192, 4),
        (3, 1, 6, 320, 1),
    )
    for first in range(repeats)
)


class Folded(NamedTuple):
    """A convolution with its batch normalisation: weight `(out, in, k, k)` and bias `(out,)`."""

    weight: Floats
    bias: Floats


def fold(state: Mapping[str, NDArray[Any]], convolution: str, norm: str) -> Folded:
    """The convolution and the batch normalisation of these names as one convolution."""
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + EPSILON)
    weight = state[f"{convolution}.weight"] * scale[:, None, None, None]
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return Folded(weight.astype(np.float32), bias.astype(np.float32))


class FoldedBlock(NamedTuple):
    """The convolutions of one block; the first block does not widen its input."""

    shape: Shape
    widen: Folded | None
    depth: Folded
    project: Folded

    @property
    def is_residual(self) -> bool:
        """Whether its input is added to its result."""
        shape, widen = self.shape, self.widen
        return widen is not None and shape.stride == 1 and widen.weight.shape[1] == shape.channels


def fold_network(state: Mapping[str, NDArray[Any]], last: int) -> tuple[Folded, list[FoldedBlock]]:
    """The stem and the blocks 0 to `last`."""
    blocks = []
    for n, shape in enumerate(BLOCKS[: last + 1]):
        at = f"_blocks.{n}."
        widen = fold(state, f"{at}_expand_conv", f"{at}_bn0") if shape.widening > 1 else None
        depth = fold(state, f"{at}_depthwise_conv", f"{at}_bn1")
        project = fold(state, f"{at}_project_conv", f"{at}_bn2")
        blocks.append(FoldedBlock(shape, widen, depth, project))
    return fold(state, "_conv_stem", "_bn0"), blocks


def random_state(seed: int) -> dict[str, Floats]:
    """Random weights: normal, by the inputs of each number (He et al. 2015, doi:10.1109/ICCV.2015.123)."""
    rng, state = np.random.default_rng(seed), dict[str, Floats]()

    def add(convolution: str, norm: str, shape: tuple[int, int, int, int]) -> None:
        spread = math.sqrt(2 / math.prod(shape[1:]))
        state[f"{convolution}.weight"] = spread * rng.standard_normal(shape, np.float32)
        for part, value in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
            state[f"{norm}.{part}"] = np.full(shape[0], value, np.float32)

    add("_conv_stem", "_bn0", (STEM_CHANNELS, 3, STEM_KERNEL, STEM_KERNEL))
    channels = STEM_CHANNELS
    for n, shape in enumerate(BLOCKS):
        at, wide = f"_blocks.{n}.", channels * shape.widening
        if shape.widening > 1:
            add(f"{at}_expand_conv", f"{at}_bn0", (wide, channels, 1, 1))
        add(f"{at}_depthwise_conv", f"{at}_bn1", (wide, 1, shape.kernel, shape.kernel))
        add(f"{at}_project_conv", f"{at}_bn2", (shape.channels, wide, 1, 1))
        channels = shape.channels
    return state


def same_padding(side: int, kernel: int, stride: int) -> tuple[int, int, int]:
    """The side of the result, and how many zeros are before and after."""
    result = -(-side // stride)
    zeros = max((result - 1) * stride + kernel - side, 0)
    return result, zeros // 2, zeros - zeros // 2


class Lite0:
    """The network up to the block `last`, for pictures of `side_px`. It works on one picture at a time.

    It keeps the padded input of each block, so it is not for several threads at once.
    """

    def __init__(self, state: Mapping[str, NDArray[Any]], last: int, side_px: int) -> None:
        stem, blocks = fold_network(state, last)
        self._stem = _Stem(stem, side_px)
        self._blocks = []
        side = self._stem.result
        for block in blocks:
            self._blocks.append(_Block(block, side))
            side = self._blocks[-1].result

    def map_of(self, pixels: Floats) -> Floats:
        """The map `(h, w, c)` of the last block, of normalised pixels `(side_px, side_px, 3)`."""
        values = self._stem(pixels)
        for block in self._blocks:
            values = block(values)
        return values


class _Stem:
    """The first convolution, as one product of matrices."""

    def __init__(self, folded: Folded, side: int) -> None:
        self.result, self._before, self._after = same_padding(side, STEM_KERNEL, STEM_STRIDE)
        self._weight = folded.weight.transpose(2, 3, 1, 0).reshape(-1, folded.bias.size)
        self._bias = folded.bias

    def __call__(self, pixels: Floats) -> Floats:
        ends = (self._before, self._after)
        windows = _windows(np.pad(pixels, (ends, ends, (0, 0))), STEM_KERNEL, STEM_STRIDE, self.result)
        values = windows.reshape(self.result, self.result, -1) @ self._weight
        return _relu6(values, self._bias)


class _Block:
    """Widens the channels, mixes each with its surroundings, and projects to fewer channels."""

    def __init__(self, folded: FoldedBlock, side: int) -> None:
        kernel, stride = folded.shape.kernel, folded.shape.stride
        self._stride = stride
        self.result, before, after = same_padding(side, kernel, stride)
        self._widen = folded.widen and (_matrix(folded.widen), folded.widen.bias)
        self._project = (_matrix(folded.project), folded.project.bias)
        self._bias = folded.depth.bias
        self._is_residual = folded.is_residual
        channels = self._bias.size
        self._padded = np.zeros((before + side + after, before + side + after, channels), np.float32)
        self._inner = self._padded[before : before + side, before : before + side]
        self._run = math.gcd(self.result, 8) if stride == 1 else 1
        weight = np.ascontiguousarray(folded.depth.weight[:, 0].transpose(1, 2, 0))
        self._depth = np.tile(weight, (1, 1, self._run))

    def __call__(self, values: Floats) -> Floats:
        if self._widen:
            matrix, bias = self._widen
            _relu6(np.matmul(values, matrix, out=self._inner), bias)
        else:
            self._inner[:] = values
        matrix, bias = self._project
        projected = _relu6(self._mixed(), self._bias) @ matrix
        projected += bias
        if self._is_residual:
            projected += values
        return projected

    def _mixed(self) -> Floats:
        """The depthwise convolution; einsum multiplies and adds in one pass, without copying windows."""
        windows = _windows(self._padded, len(self._depth), self._stride, self.result, self._run)
        mixed: Floats = np.einsum("hrijc,ijc->hrc", windows, self._depth)
        return mixed.reshape(self.result, self.result, -1)


def _windows(padded: Floats, kernel: int, stride: int, result: int, run: int = 1) -> Floats:
    """The windows `(result, result / run, kernel, kernel, run * c)` of a padded map, as a view.

    A run is neighbours of one row together: with a stride of 1 they are neighbours in memory too, and
    longer loops are faster.
    """
    row, column, number = padded.strides
    shape = (result, result // run, kernel, kernel, run * padded.shape[2])
    steps = (stride * row, stride * run * column, row, column, number)
    return np.lib.stride_tricks.as_strided(padded, shape, steps, writeable=False)


def _matrix(folded: Folded) -> Floats:
    """A convolution of 1 x 1 as a matrix `(in, out)`."""
    return np.ascontiguousarray(folded.weight[:, :, 0, 0].T)


def _relu6(values: Floats, bias: Floats) -> Floats:
    values += bias
    return np.clip(values, 0, 6, out=values)
