"""Objectives of a fusion: views of sides, and the two losses that decide which views match.

Each side has up to three views: whole, image only, text only (the missing one enters as zeros, its mean).
The network learns that the views of a side are near each other; so a side that has only one of the two
finds its place (modality dropout: Neverova et al. 2016, doi:10.1109/TPAMI.2015.2461544).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ..errors import SpaceError
from .fusion import Fitting

Rows = NDArray[np.int64]
Random = np.random.Generator

WHOLE, IMAGE, TEXT = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The input of the network for each side, and the number of its sentence (or label), -1 for none."""

    entering: torch.Tensor
    image_dims: int
    both: NDArray[np.bool_]
    codes: Rows

    def views(self, rows: Rows, kinds: Rows) -> torch.Tensor:
        """The input of these views; a side with only one modality has only the whole view."""
        entering = self.entering[torch.from_numpy(rows)]
        kinds = np.where(self.both[rows], kinds, WHOLE)
        entering[torch.from_numpy(kinds == IMAGE), self.image_dims :] = 0
        entering[torch.from_numpy(kinds == TEXT), : self.image_dims] = 0
        return entering


class Pairs:
    """A view of one modality matches the whole view of the same side; views of two sentences do not match.

    The loss is the cosine embedding loss, after the contrastive loss of Hadsell et al. 2006
    (doi:10.1109/CVPR.2006.100). Image only and text only are not paired with each other: that would pull
    all sides of one sentence into one point. The balance decides which of the two is drawn.

    Measured on 1,000 synthetic sides of 30 sentences, two series of three fits: the share of cases in
    which the image of a side is nearer to its own whole view than to that of another side of the same
    sentence. With such pairs it is 0.53 and 0.56, without 0.58 and 0.72. At a balance of 0.8 it is 0.62 and
    0.75 if the balance acts only on the input, 0.91 and 1.00 if it also acts here. The cost: two sides of
    one sentence are nearer than two of different ones in 0.99 and 0.94 of the cases instead of 1.00.
    """

    def __init__(self, sides: Sides, rows: Rows, fitting: Fitting, name: str) -> None:
        self.sides, self.fitting = sides, fitting
        self.rows = rows[sides.both[rows]]
        self.pool = rows[np.argsort(sides.codes[rows], kind="stable")]
        self.pool_codes = sides.codes[self.pool]
        if not len(self.rows):
            raise SpaceError(f"none of the {name} has image and text, so there are no matching pairs.")
        if self.pool_codes[0] == self.pool_codes[-1]:
            raise SpaceError(f"the {name} all have the same sentence, so there are no non-matching pairs.")

    def loss(self, network: torch.nn.Module, rows: Rows, random: Random) -> torch.Tensor:
        """The mean over one matching pair and `negatives` non-matching ones for each of the rows."""
        count, negatives = len(rows), self.fitting.negatives
        others = self.others(np.tile(rows, negatives), random)
        alone = self._alone(count, random)
        kinds = np.where(random.random(len(others)) < 1 / 3, WHOLE, self._alone(len(others), random))
        views = [(rows, alone), (rows, np.full(count, WHOLE)), (others, kinds)]
        joined = network(torch.cat([self.sides.views(*view) for view in views]))
        matching = torch.cat([torch.ones(count), -torch.ones(len(others))])
        anchors = joined[:count].repeat(1 + negatives, 1)
        return functional.cosine_embedding_loss(anchors, joined[count:], matching, self.fitting.margin)

    def others(self, rows: Rows, random: Random) -> Rows:
        """For each row a side with another sentence, drawn uniformly."""
        first, behind = (
            np.searchsorted(self.pool_codes, self.sides.codes[rows], side) for side in ("left", "right")
        )
        own = behind - first
        drawn = random.integers(0, len(self.pool) - own)
        return self.pool[np.where(drawn < first, drawn, drawn + own)]

    def _alone(self, count: int, random: Random) -> Rows:
        return np.where(random.random(count) < self.fitting.balance, IMAGE, TEXT)


class Contrast:
    """All views of all sides of one label match (Khosla et al. 2020, doi:10.48550/arXiv.2004.11362)."""

    def __init__(self, sides: Sides, rows: Rows, fitting: Fitting, name: str) -> None:
        self.sides, self.fitting, self.rows = sides, fitting, rows
        self.kinds = (WHOLE, IMAGE, TEXT) if 0 < fitting.balance < 1 else (WHOLE,)
        labels = len(np.unique(sides.codes[rows]))
        if labels < 2:
            raise SpaceError(f"the {name} have fewer than two labels, so there is nothing to distinguish.")
        if labels == len(rows) and (len(self.kinds) == 1 or not sides.both[rows].any()):
            raise SpaceError(f"no two of the {name} have the same label, so there is nothing that matches.")

    def loss(self, network: torch.nn.Module, rows: Rows, random: Random) -> torch.Tensor:
        """The mean over all views of the rows, which are compared only with each other."""
        seen = [rows if kind == WHOLE else rows[self.sides.both[rows]] for kind in self.kinds]
        views = [
            self.sides.views(part, np.full(len(part), kind))
            for part, kind in zip(seen, self.kinds, strict=True)
        ]
        joined = functional.normalize(network(torch.cat(views)))
        codes = torch.from_numpy(self.sides.codes[np.concatenate(seen)])
        return supervised_contrastive(joined, codes, self.fitting.temperature)


def supervised_contrastive(joined: torch.Tensor, codes: torch.Tensor, temperature: float) -> torch.Tensor:
    """L_out of Khosla et al. 2020 for unit vectors `(n, d)` with labels `(n,)`, as a mean over n.

    doi:10.48550/arXiv.2004.11362. A vector whose label no other has is left out of the mean; when all are
    left out, the loss is 0.
    """
    itself = torch.eye(len(joined), dtype=torch.bool, device=joined.device)
    likeness = (joined @ joined.T / temperature).masked_fill(itself, -1e9)
    log_share = likeness - likeness.logsumexp(dim=1, keepdim=True)
    matching = (codes[:, None] == codes[None, :]) & ~itself
    count = matching.sum(dim=1)
    each = -log_share.masked_fill(~matching, 0).sum(dim=1) / count.clamp(min=1)
    return each.sum() / (count > 0).sum().clamp(min=1)
