"""Fine-tuning: the last blocks of a network and a new head learn to distinguish coins, on GPU or CPU.

The loss is the cross-entropy of the head and the supervised contrastive loss (Khosla et al. 2020,
doi:10.48550/arXiv.2004.11362). As there, the vectors are projected for the latter, and the projection is not
kept. It begins as the vectors minus their mean on their half whitened axes, as a derived space has them.
Batches are balanced between groups, such as museums: a coin is drawn by the inverse root of the size of its
group, so that no large museum sets the style.

Training stops early by the loss of coins that are not learned from (Prechelt 1998,
doi:10.1007/3-540-49430-8_3). The optimiser is AdamW (Loshchilov and Hutter 2019,
doi:10.48550/arXiv.1711.05101). A coin is never mirrored: a head to the left would face right, and a legend
would run backwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from .fusion_losses import supervised_contrastive
from .network import choose_device
from .spec import PictureSpec
from .tuned import Tuned

Codes = NDArray[np.int64]
Pixels = Callable[[Codes], NDArray[np.uint8]]
"""Prepared pictures `(n, h, w[, 3])` of n places."""

AXES, SAMPLE, SPREAD = 256, 2000, 0.1  # of the projection, and what it is measured on
NEW_PARTS = 3  # head and projection begin from nothing, so they learn this many times as fast
TURN_DEG, SCALE, SHIFT, TONE, BLURRED = 12.0, 0.1, 0.05, 0.2, 0.25


@dataclass(frozen=True, slots=True)
class Tuning:
    """How it is trained: at most `epochs`; it stops after `patience` epochs without a lower stopping loss.

    `learning_rate` is that of the network's own blocks. `contrast` weighs the contrastive loss against the
    cross-entropy, 0: only the latter.
    """

    epochs: int = 30
    patience: int = 5
    batch_size: int = 64
    learning_rate: float = 3e-4
    contrast: float = 1.0
    temperature: float = 0.1
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class TuningEpoch:
    """One epoch: mean loss while learning, loss and accuracy of the stopping coins, seconds."""

    number: int
    training_loss: float
    stopping_loss: float
    stopping_accuracy: float
    is_best: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class TuningTask:
    """What is learned: `codes` and `groups` `(n,)` of all pictures, the places to learn from, and those that
    stop it."""

    pixels: Pixels
    codes: Codes
    groups: Codes
    learned: Codes
    stopping: Codes
    values: int


class Tuner:
    """A network during training, on its device."""

    def __init__(self, network: Tuned, spec: PictureSpec, tuning: Tuning) -> None:
        self.device = choose_device(tuning.device)
        # Batch normalisation keeps its statistics: small batches of coins are not representative.
        self.network = network.eval().to(self.device)
        self.tuning = tuning
        self._projection: torch.nn.Module = torch.nn.Identity()
        self._mean, self._std = (
            torch.tensor(spec.options[name], device=self.device).view(1, 3, 1, 1) for name in ("mean", "std")
        )

    def train(self, task: TuningTask) -> Generator[TuningEpoch, None, None]:
        """Yields after each epoch; ends with the best network. On a CPU the seed decides every bit."""
        random = torch.Generator().manual_seed(self.tuning.seed)
        weights = _weights(task).to(self.device)
        if self.tuning.contrast:
            self._projection = self._first_projection(task, random)
        optimiser = self._optimiser()
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
            yield TuningEpoch(number, training_loss, loss, accuracy, is_best, perf_counter() - start)
            if number - best_number >= self.tuning.patience or not math.isfinite(training_loss):
                break
        self.network.restore(best)

    def scores(self, pixels: Pixels, places: Codes) -> NDArray[np.float32]:
        """Scores `(n, values)` of the pictures of n places, without variation."""
        found = [np.zeros((0, self.network.head.out_features), np.float32)]
        for start in range(0, len(places), self.tuning.batch_size):
            some = places[start : start + self.tuning.batch_size]
            with torch.inference_mode(), self._mixed():
                found.append(self.network(self._input(pixels(some))).float().cpu().numpy())
        return np.concatenate(found)

    def vectors(self, pixels: Pixels, places: Codes) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)` of the pictures of n places, as the space will have them."""
        found = []
        for start in range(0, len(places), self.tuning.batch_size):
            some = places[start : start + self.tuning.batch_size]
            with torch.inference_mode(), self._mixed():
                found.append(self.network.trunk(self._input(pixels(some))).float())
        return functional.normalize(torch.cat(found)).cpu().numpy()

    def _learn(
        self,
        task: TuningTask,
        weights: torch.Tensor,
        optimiser: torch.optim.Optimizer,
        random: torch.Generator,
    ) -> float:
        total = 0.0
        for places in _batches(task, self.tuning.batch_size, random):
            pixels = self._input(task.pixels(places), random)
            truth = torch.from_numpy(task.codes[places]).to(self.device)
            with self._mixed():
                features = self.network.trunk(pixels)
                loss = functional.cross_entropy(self.network.head(features).float(), truth, weights)
            if self.tuning.contrast:
                joined = functional.normalize(self._projection(functional.normalize(features.float())))
                alike = supervised_contrastive(joined, truth, self.tuning.temperature)
                loss = loss + self.tuning.contrast * alike
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += loss.item() * len(places)
        return total / len(task.learned)

    def _optimiser(self) -> torch.optim.Optimizer:
        rate, network = self.tuning.learning_rate, self.network
        new = [*network.head.parameters(), *self._projection.parameters()]
        parts: list[dict[str, Any]] = [{"params": [*network.block.parameters()]}]
        parts.append({"params": new, "lr": NEW_PARTS * rate})
        return torch.optim.AdamW(parts, rate, weight_decay=1e-2)

    def _first_projection(self, task: TuningTask, random: torch.Generator) -> torch.nn.Linear:
        """The half whitened axes of what is left of vectors without the means of their groups."""
        drawn = torch.randperm(len(task.learned), generator=random)[:SAMPLE].numpy()
        some = task.learned[drawn]
        rows = torch.from_numpy(self.vectors(task.pixels, some))
        owner = functional.one_hot(torch.from_numpy(task.groups[some])).float()
        means = (owner.T @ rows) / owner.sum(dim=0).clamp(min=1)[:, None]
        _, lengths, axes = torch.linalg.svd(rows - owner @ means, full_matrices=False)
        count = max(1, min(AXES, int((lengths > 1e-4 * lengths[0]).sum())))
        layer = torch.nn.Linear(rows.shape[1], count)
        with torch.no_grad():
            weight = axes[:count] / lengths[:count, None].clamp(min=1e-9).sqrt()
            layer.weight.copy_(weight * SPREAD / weight.std())
            layer.bias.copy_(-layer.weight @ rows.mean(dim=0))
        return layer.to(self.device)

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
    """Pictures `(n, 3, h, w)`, 0 to 1, varied as if another photographer had taken them.

    Turned by up to 12 degrees, up to a tenth larger or smaller, shifted by up to 5%, brighter or darker,
    with more or less contrast, a quarter of them slightly out of focus; never mirrored.
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


def _weights(task: TuningTask) -> torch.Tensor:
    """Weights by the inverse root of frequency, with mean 1 over the coins: rare values count more."""
    counts = np.bincount(task.codes[task.learned], minlength=task.values)
    weight = np.where(counts > 0, 1 / np.sqrt(np.maximum(counts, 1)), 0)
    return torch.from_numpy((weight * counts.sum() / (weight * counts).sum()).astype(np.float32))


def _batches(task: TuningTask, size: int, random: torch.Generator) -> Iterator[Codes]:
    """As many places as there are to learn from, drawn with replacement, balanced between groups."""
    groups = task.groups[task.learned]
    weight = torch.from_numpy(1 / np.sqrt(np.bincount(groups)[groups]))
    count = len(groups)
    drawn = torch.multinomial(weight, count, replacement=True, generator=random).numpy()
    yield from np.array_split(task.learned[drawn], -(-count // size))
