"""The family `open_clip`: the image half of contrastive language-image models.

CLIP: Radford et al. 2021, doi:10.48550/arXiv.2103.00020. OpenCLIP: Ilharco et al. 2021,
doi:10.5281/zenodo.5143773.
"""

from __future__ import annotations

import logging
from typing import Any

import open_clip
from torch import nn

from ..errors import SpaceError
from .hub_clip import renamed
from .layers import LayerMap
from .network import NetworkEmbedder, dims_of, seeded, with_weights
from .spec import PictureSpec


def look_up(model: str, layer: str | None = None, side_px: int | None = None) -> dict[str, Any]:
    """Dimensions or the map of `ARCH:PRETRAINED`, and the pictures it was trained with.

    Raises SpaceError for an unknown model or layer.
    """
    arch, pretrained = named(model)
    network = build(model, 0)
    wants = open_clip.get_model_preprocess_cfg(network) | open_clip.get_pretrained_cfg(arch, pretrained)
    native_px = wants["size"][0] if isinstance(wants["size"], (tuple, list)) else wants["size"]
    if layer is None:
        found: dict[str, Any] = {"dims": dims_of(network.visual, native_px)}
    else:
        found = {"map": LayerMap(network.visual, layer).shape(side_px or native_px)}
    return found | {
        "side_px": native_px,
        "resize_px": native_px,
        "interpolation": wants["interpolation"],
        "mean": list(wants["mean"]),
        "std": list(wants["std"]),
    }


def load(spec: PictureSpec, device: str) -> NetworkEmbedder:
    """The embedder of a spec; raises SpaceError when its weights are missing or belong to another network."""
    network, layer = with_weights(spec, build, renamed).visual, spec.options.get("layer")
    return NetworkEmbedder(spec, network if layer is None else LayerMap(network, layer), device)


def names() -> list[str]:
    """All `ARCH:PRETRAINED` of open_clip."""
    return [f"{arch}:{pretrained}" for arch, pretrained in open_clip.list_pretrained()]


def named(model: str) -> tuple[str, str]:
    """The two parts of `ARCH:PRETRAINED`; raises SpaceError when open_clip has no such model."""
    arch, _, pretrained = model.partition(":")
    if (arch, pretrained) not in open_clip.list_pretrained():
        raise SpaceError(f"open_clip has no {model}; a model is ARCH:PRETRAINED, see: coinstore models --all")
    return arch, pretrained


def build(model: str, seed: int) -> Any:
    """Both halves of a model, with random weights from the seed."""
    arch, _, pretrained = model.partition(":")
    quick_gelu = bool(open_clip.get_pretrained_cfg(arch, pretrained).get("quick_gelu"))
    logging.getLogger().addFilter(_is_not_about_random_weights)
    try:
        network: nn.Module = seeded(seed, lambda: open_clip.create_model(arch, force_quick_gelu=quick_gelu))
    finally:
        logging.getLogger().removeFilter(_is_not_about_random_weights)
    return network


def _is_not_about_random_weights(record: logging.LogRecord) -> bool:
    return "initialized randomly" not in record.getMessage()  # the real weights are loaded later
