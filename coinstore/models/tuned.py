"""The family `finetuned`: a network whose last blocks and head were trained on coins.

The trained part is in the store; the rest is identified by the SHA-256 of its weights. Transfer learning:
Yosinski et al. 2014, doi:10.48550/arXiv.1411.1792.
"""

from __future__ import annotations

import io

import torch
from torch import nn

from ..errors import SpaceError
from .gridded import Gridded
from .network import NetworkEmbedder, dims_of
from .spec import PictureSpec
from .trunks import last_blocks, trunk_of


class Tuned(nn.Module):
    """A network without its classifier, with a new head: one linear layer on its features."""

    def __init__(self, trunk: nn.Module, head: nn.Linear, blocks: int | None = None) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head
        found = last_blocks(trunk, blocks)
        self.blocks = len(found)
        self.block = found[0] if len(found) == 1 else nn.ModuleList(found)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Scores `(n, values)` of pixels `(n, 3, h, w)`."""
        scores: torch.Tensor = self.head(self.trunk(pixels))
        return scores

    def body(self) -> bytes:
        """Last blocks and head as bytes; equal numbers give equal bytes."""
        out = io.BytesIO()
        state = {name: tensor.detach().float().cpu().contiguous() for name, tensor in self._trained().items()}
        torch.save(state, out)
        return out.getvalue()

    def restore(self, body: bytes) -> Tuned:
        """Loads last blocks and head from bytes; raises SpaceError when they belong to another network."""
        state = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
        try:
            self.block.load_state_dict({n[6:]: t for n, t in state.items() if n.startswith("block.")})
            self.head.load_state_dict({n[5:]: t for n, t in state.items() if n.startswith("head.")})
        except RuntimeError:
            raise SpaceError(
                "the stored part of this space belongs to another network; drop the space and tune it again."
            ) from None
        return self

    def _trained(self) -> dict[str, torch.Tensor]:
        block = {f"block.{name}": tensor for name, tensor in self.block.state_dict().items()}
        return block | {f"head.{name}": tensor for name, tensor in self.head.state_dict().items()}


def tuned(spec: PictureSpec, values: int, seed: int, blocks: int | None = None) -> Tuned:
    """The network of a spec with its weights, frozen up to the last blocks, and a new head from the seed."""
    trunk = trunk_of(spec)
    dims = dims_of(trunk, spec.side_px)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = Tuned(trunk, nn.Linear(dims, values), blocks)
    made.requires_grad_(False)
    made.block.requires_grad_(True)
    made.head.requires_grad_(True)
    return made


def load(spec: PictureSpec, body: bytes, device: str) -> NetworkEmbedder:
    """The embedder of a fine-tuned space; raises SpaceError when the original weights are missing."""
    # Spaces of earlier versions have one block.
    network = tuned(spec, len(spec.options["values"]), 0, spec.options.get("blocks", 1)).restore(body)
    trunk = network.trunk
    return NetworkEmbedder(spec, trunk.maps if isinstance(trunk, Gridded) else trunk, device)
