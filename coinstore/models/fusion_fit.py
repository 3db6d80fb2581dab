"""Fitting a fusion with PyTorch: examples in, one record for each epoch, the best network out.

The optimiser is Adam (Kingma and Ba 2015, doi:10.48550/arXiv.1412.6980).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import SpaceError
from .fusion import Fitting, Floats, Fusion, Modality, whole_rows
from .fusion_losses import Contrast, Pairs, Random, Rows, Sides
from .network import seeded

FEWEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class FusionExamples:
    """Sides to learn from; row i of each array belongs to side i.

    `image` is `(n, d_image)`, `text` `(n, d_text)`, rows of length 1; a row of NaN means that the side has
    none. Sides with equal `sentences` are never a non-matching pair. A side without text has the sentence
    None and is left out of pairs, because it may show the same as any other. `labels` are for the
    contrastive objective, which leaves out sides without one. `held_out` marks the sides `(n,)` that are
    not learned from but measured, for example whole collections; without it a seeded share is drawn.
    Raises SpaceError when the numbers of rows differ.
    """

    image: Floats
    text: Floats
    sentences: Sequence[str | None]
    labels: Sequence[str | None] | None = None
    held_out: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 2 or self.text.ndim != 2:
            raise SpaceError("the vectors of examples need two axes, with one row for each side.")
        columns = [self.image, self.text, self.sentences, self.labels, self.held_out]
        counts = [len(column) for column in columns if column is not None]
        if len(set(counts)) > 1:
            raise SpaceError(f"the columns of the examples have different numbers of rows: {counts}.")


@dataclass(frozen=True, slots=True)
class FusionEpoch:
    """One pass over the examples: its number from 1, its losses, and whether it is the best so far."""

    number: int
    training_loss: float
    held_out_loss: float
    is_best: bool
    elapsed_s: float


def fit(examples: FusionExamples, fitting: Fitting) -> Generator[FusionEpoch, None, Fusion]:
    """Fits a fusion on the CPU: yields after each epoch, returns the one with the lowest held-out loss.

    The same examples and fitting give the same bits on the same machine; PyTorch's own generator stays as
    it was. Memory grows with the number of examples and with the square of a batch. Raises SpaceError
    before the first epoch when fewer than 10 sides to learn from have image and text, when the sides to
    learn from or the held-out ones have only one sentence (or label), or when the vectors of a modality do
    not differ; and at the end when no held-out loss was a number.
    """
    codes = _codes(examples, fitting)
    has_image, has_text = whole_rows(examples.image), whole_rows(examples.text)
    used = (has_image & (fitting.balance > 0)) | (has_text & (fitting.balance < 1))
    usable = np.flatnonzero(used & (codes >= 0))
    learned, held_out = _parted(usable, examples, fitting)
    both = has_image & has_text
    if both[learned].sum() < FEWEST:
        raise SpaceError(
            f"{both[learned].sum()} sides to learn from have image and text; {FEWEST} are needed."
        )
    image = _modality("image", examples.image[learned[has_image[learned]]], fitting.balance)
    text = _modality("text", examples.text[learned[has_text[learned]]], 1 - fitting.balance)
    entering = np.concatenate([image.entering(examples.image), text.entering(examples.text)], axis=1)
    sides = Sides(torch.from_numpy(entering), examples.image.shape[1], both, codes)
    objective = Pairs if fitting.objective == "pairs" else Contrast
    parts = (
        objective(sides, learned, fitting, "sides to learn from"),
        objective(sides, held_out, fitting, "held-out sides"),
    )
    return _fitted(parts, (image, text), fitting)


def _codes(examples: FusionExamples, fitting: Fitting) -> Rows:
    """The sentence (or label) of each side as a number, which decides about pairs; -1 means none."""
    by, names = (
        ("sentence", examples.sentences) if fitting.objective == "pairs" else ("label", examples.labels)
    )
    if names is None:
        raise SpaceError("the contrastive objective needs labels; add them, or use the objective pairs.")
    index: dict[str, int] = {}
    codes = [-1 if name is None else index.setdefault(name, len(index)) for name in names]
    if len(index) < 2:
        raise SpaceError(
            f"the examples need at least two different {by}s; there is {'one' if index else 'none'}."
        )
    return np.array(codes, np.int64)


def _parted(usable: Rows, examples: FusionExamples, fitting: Fitting) -> tuple[Rows, Rows]:
    if examples.held_out is None:
        drawn = np.random.default_rng([fitting.seed, 2]).permutation(usable)
        count = int(np.ceil(fitting.held_out * len(usable)))
        return np.sort(drawn[count:]), np.sort(drawn[:count])
    kept = np.asarray(examples.held_out, np.bool_)[usable]
    if kept.all() or not kept.any():
        which = "every" if len(kept) and kept.all() else "no"
        raise SpaceError(
            f"{which} usable side is held out; some sides must be held out, and some learned from."
        )
    return usable[~kept], usable[kept]


def _modality(name: str, rows: Floats, share: float) -> Modality:
    """The modality, scaled so that its centred rows have a mean square of `2 * share`."""
    mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = float(np.sqrt(np.square(rows - mean).sum(axis=1).mean()))
    if share > 0 and spread < 1e-3:
        raise SpaceError(
            f"the {name} vectors of the sides to learn from are all alike; there is nothing to learn."
        )
    scale = np.sqrt(2 * share) / spread if share > 0 else 0.0
    return Modality(mean, float(np.float32(scale)))


class Part(Protocol):
    """Sides to learn from or to measure: each batch of `rows` has a loss."""

    rows: Rows

    def loss(self, network: torch.nn.Module, rows: Rows, random: Random) -> torch.Tensor: ...


def _fitted(
    parts: tuple[Part, Part], modalities: tuple[Modality, Modality], fitting: Fitting
) -> Generator[FusionEpoch, None, Fusion]:
    entering = sum(modality.mean.size for modality in modalities)
    network = seeded(fitting.seed, lambda: _network(entering, fitting))
    optimiser = torch.optim.Adam(network.parameters(), fitting.learning_rate)
    random = np.random.default_rng([fitting.seed, 0])
    best, best_number, best_loss = None, 0, float("inf")
    for number in range(1, fitting.epochs + 1):
        start = perf_counter()
        training_loss = _learn(network, parts[0], optimiser, fitting, random)
        held_out_loss = _measure(network, parts[1], fitting)
        is_best = held_out_loss < best_loss
        if is_best:
            best, best_number, best_loss = _layers(network), number, held_out_loss
        yield FusionEpoch(number, training_loss, held_out_loss, is_best, perf_counter() - start)
        if number - best_number >= fitting.patience:
            break
    if best is None:
        raise SpaceError(
            "no epoch had a held-out loss that is a number; try again with a lower learning_rate."
        )
    return Fusion(*modalities, *best)


def _network(entering: int, fitting: Fitting) -> torch.nn.Sequential:
    return torch.nn.Sequential(
        torch.nn.Linear(entering, fitting.hidden),
        torch.nn.ReLU(),
        torch.nn.Linear(fitting.hidden, fitting.dims),
    )


def _layers(network: torch.nn.Module) -> list[Floats]:
    """Weight and bias of each layer, in order, as copies that further fitting does not change."""
    return [parameter.detach().numpy().copy() for parameter in network.parameters()]


def _batches(rows: Rows, fitting: Fitting, random: Random) -> Iterator[Rows]:
    """The rows in random order, in batches of nearly equal size: a small last batch would mean little."""
    count = -(-len(rows) // fitting.batch_size)
    yield from np.array_split(random.permutation(rows), count)


def _learn(
    network: torch.nn.Module, part: Part, optimiser: torch.optim.Optimizer, fitting: Fitting, random: Random
) -> float:
    """One pass that changes the network; returns the mean loss of a side during the pass."""
    total = 0.0
    for rows in _batches(part.rows, fitting, random):
        loss = part.loss(network, rows, random)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total += loss.item() * len(rows)
    return total / len(part.rows)


def _measure(network: torch.nn.Module, part: Part, fitting: Fitting) -> float:
    """The mean loss of a side; the pairs are the same in every epoch, so that epochs can be compared."""
    random = np.random.default_rng([fitting.seed, 1])
    with torch.inference_mode():
        losses = [
            part.loss(network, rows, random).item() * len(rows)
            for rows in _batches(part.rows, fitting, random)
        ]
    return sum(losses) / len(part.rows)
