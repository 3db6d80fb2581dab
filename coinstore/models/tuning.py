"""Fine-tuning: the last block of a network and a new head learn to tell coins apart, on GPU or CPU.

Early stopping by the loss of coins that are not learned from (Prechelt 1998, doi:10.1007/3-540-49430-8_3).
A coin is never mirrored: what looks left would look right, and a legend would run backwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from .network import choose_device
from .spec import PictureSpec
from .tuned import Tuned

Codes = NDArray[np.int64]
Pixels = Callable[[Codes], NDArray[np.uint8]]
"""Prepared pictures `(n, h, w[, 3])` of n places."""

TURN_DEG, SCALE, SHIFT, TONE, BLURRED = 12.0, 0.1, 0.05, 0.2, 0.25


@dataclass(frozen=True, slots=True)
class Tuning:
    """How it is trained: at most `epochs`, ended after `patience` without a lower loss of the coins that stop it."""

    epochs: int = 30
    patience: int = 5
    batch_size: int = 32
    learning_rate: float = 1e-3
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch: the mean loss while learning, loss and accuracy of the coins that stop it, seconds."""

    number: int
    training_loss: float
    stopping_loss: float
    stopping_accuracy: float
    is_best: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Task:
    """What is learned: `codes` `(n,)` of all pictures; which places are learned from, and which stop it."""

    pixels: Pixels
    codes: Codes
    learned: Codes
    stopping: Codes
    values: int


class Tuner:
    """A network in training on its device."""

    def __init__(self, network: Tuned, spec: PictureSpec, tuning: Tuning) -> None:
        self.device = choose_device(tuning.device)
        # Its normalisation stays as the weights were trained: a batch of few coins says little of all.
        self.network = network.eval().to(self.device)
        self.tuning = tuning
        self._mean, self._std = (
            torch.tensor(spec.options[name], device=self.device).view(1, 3, 1, 1) for name in ("mean", "std")
        )

    def train(self, task: Task) -> Generator[Epoch, None, None]:
        """Yields after each epoch; at the end the network is the best one. On a CPU the seed decides every bit."""
        random = torch.Generator().manual_seed(self.tuning.seed)
        weights = _weights(task).to(self.device)
        parts = [part for part in self.network.parameters() if part.requires_grad]
        optimiser = torch.optim.AdamW(parts, self.tuning.learning_rate, weight_decay=1e-2)
        best, best_loss, best_number = self.network.body(), float("inf"), 0
        for number in range(1, self.tuning.epochs + 1):
            start = perf_counter()
            training_loss = self._learn(task, weights, optimiser, random)
            scores = self.scores(task.pixels, task.stopping)
            truth = torch.from_numpy(task.codes[task.stopping])
            loss = float(functional.cross_entropy(torch.from_numpy(scores), truth, weights.cpu()))
            if is_best := loss < best_loss:
                best, best_loss, best_number = self.network.body(), loss, number
            accuracy = float((scores.argmax(axis=1) == truth.numpy()).mean())
            yield Epoch(number, training_loss, loss, accuracy, is_best, perf_counter() - start)
            if number - best_number >= self.tuning.patience or not math.isfinite(training_loss):
                break
        self.network.restore(best)

    def scores(self, pixels: Pixels, places: Codes) -> NDArray[np.float32]:
        """Scores `(n, values)` of the pictures of n places, as they are."""
        found = [np.zeros((0, self.network.head.out_features), np.float32)]
        for start in range(0, len(places), self.tuning.batch_size):
            some = places[start : start + self.tuning.batch_size]
            with torch.inference_mode(), self._mixed():
                found.append(self.network(self._input(pixels(some))).float().cpu().numpy())
        return np.concatenate(found)

    def _learn(
        self, task: Task, weights: torch.Tensor, optimiser: torch.optim.Optimizer, random: torch.Generator
    ) -> float:
        total = 0.0
        for places in _batches(task.learned, self.tuning.batch_size, random):
            pixels = self._input(task.pixels(places), random)
            truth = torch.from_numpy(task.codes[places]).to(self.device)
            with self._mixed():
                loss = functional.cross_entropy(self.network(pixels).float(), truth, weights)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += loss.item() * len(places)
        return total / len(task.learned)

    def _mixed(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")

    def _input(self, pixels: NDArray[np.uint8], random: torch.Generator | None = None) -> torch.Tensor:
        bytes_ = torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device)
        bytes_ = bytes_.unsqueeze(1).expand(-1, 3, -1, -1) if bytes_.ndim == 3 else bytes_.permute(0, 3, 1, 2)
        floats = bytes_.float().div(255)
        floats = floats if random is None else varied(floats, random)
        normal: torch.Tensor = (floats - self._mean) / self._std
        return normal


def varied(pixels: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Pictures `(n, 3, h, w)`, 0 to 1, as another photographer might have taken them.

    Turned by up to 12 degrees, a tenth larger or smaller, shifted by up to 5%, brighter or darker, with
    more contrast or less, a quarter of them a little out of focus; never mirrored.
    """
    n = len(pixels)

    def drawn(spread: float) -> torch.Tensor:
        return ((torch.rand(n, generator=random) * 2 - 1) * spread).to(pixels.device)

    turn, scale = drawn(TURN_DEG) * math.pi / 180, 1 + drawn(SCALE)
    rows = (
        [scale * turn.cos(), -scale * turn.sin(), drawn(2 * SHIFT)],
        [scale * turn.sin(), scale * turn.cos(), drawn(2 * SHIFT)],
    )
    moves = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
    grid = functional.affine_grid(moves, list(pixels.shape), align_corners=False)
    moved = functional.grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    blurred = functional.avg_pool2d(functional.pad(moved, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    soft = (torch.rand(n, generator=random) < BLURRED).to(pixels.device).view(-1, 1, 1, 1)
    moved = torch.where(soft, blurred, moved)
    middle = moved.mean(dim=(1, 2, 3), keepdim=True)
    contrast, brightness = 1 + drawn(TONE).view(-1, 1, 1, 1), drawn(TONE / 2).view(-1, 1, 1, 1)
    return ((moved - middle) * contrast + middle + brightness).clamp(0, 1)


def _weights(task: Task) -> torch.Tensor:
    """By the root of how rare a value is, of mean 1 over the coins: rare ones count for more, yet none for all."""
    counts = np.bincount(task.codes[task.learned], minlength=task.values)
    weight = np.where(counts > 0, 1 / np.sqrt(np.maximum(counts, 1)), 0)
    return torch.from_numpy((weight * counts.sum() / (weight * counts).sum()).astype(np.float32))


def _batches(places: Codes, size: int, random: torch.Generator) -> Iterator[Codes]:
    order = torch.randperm(len(places), generator=random).numpy()
    yield from np.array_split(places[order], -(-len(places) // size))
