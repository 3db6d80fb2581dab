"""Networks as they are fine-tuned: vectors that gradients can flow through, and the blocks before the end."""

from __future__ import annotations

from functools import partial

from torch import nn

from ..errors import SpaceError
from .grid import Grid
from .gridded import Gridded
from .layers import LayerMap
from .network import with_weights
from .spec import PictureSpec

MOST = 0.7  # blocks with a larger share of the parameters are nearly the whole network
MOST_BLOCKS = 3


def trunk_of(spec: PictureSpec) -> nn.Module:
    """The network of a spec, giving features or vectors `(n, dims)`; raises SpaceError as `load` does."""
    maps = _network_of(spec)
    return Gridded(maps, Grid.of(spec.options)) if "grid" in spec.options else maps


def _network_of(spec: PictureSpec) -> nn.Module:
    family = spec.options.get("base", spec.family)  # of a fine-tuned space, what it began with
    if family == "lite":
        from . import lite0_torch, lite_models

        return lite0_torch.Lite0(lite_models.state_of(spec), lite_models.block_of(spec.options["layer"]))
    if family == "timm":
        from . import timm_models

        build = partial(timm_models.build, side_px=spec.side_px)
        network: nn.Module = with_weights(spec, build, timm_models.fitted)
    else:
        from . import torchvision_models

        network = with_weights(spec, torchvision_models.build)
        if "layer" not in spec.options:
            return torchvision_models.headless(network, spec.options["model"])
    return LayerMap(network, spec.options["layer"]) if "layer" in spec.options else network


def last_blocks(trunk: nn.Module, count: int | None = None) -> list[nn.Module]:
    """The last `count` blocks of a network that its vectors depend on, in their order.

    None: up to MOST_BLOCKS that have together at most MOST of the parameters. Raises SpaceError when even
    the last one has more.
    """
    maps = trunk.maps if isinstance(trunk, Gridded) else trunk
    root = maps.network if isinstance(maps, LayerMap) else maps
    parts = _blocks(root)
    if isinstance(maps, LayerMap):
        inside = [n for n, (name, _) in enumerate(parts) if _is_in(name, maps.layer)]
        parts = parts[: max(inside, default=-1) + 1]
    sizes = [sum(p.numel() for p in block.parameters()) for _, block in parts]
    if not parts or sizes[-1] > MOST * sum(sizes):
        raise SpaceError(
            "this network has no last block to train by itself; choose a ResNet, a VGG or a ConvNeXt, or an"
            " earlier layer."
        )
    if count is None:
        fitting = [n for n in range(1, MOST_BLOCKS + 1) if sum(sizes[-n:]) <= MOST * sum(sizes)]
        count = max(fitting)
    return [block for _, block in parts[-count:]]


def _is_in(block: str, layer: str) -> bool:
    return block == layer or block.startswith(f"{layer}.") or layer.startswith(f"{block}.")


def _blocks(network: nn.Module, prefix: str = "") -> list[tuple[str, nn.Module]]:
    """The parts of a network with parameters, by name; sequences of parts are taken apart."""
    found: list[tuple[str, nn.Module]] = []
    for name, part in network.named_children():
        if type(part) is nn.Sequential:
            found += _blocks(part, f"{prefix}{name}.")
        elif any(True for _ in part.parameters()):
            found.append((f"{prefix}{name}", part))
    return found
