"""The family `torchvision`: any of its classification networks, without the classifier.

ResNet: He et al. 2016, doi:10.1109/CVPR.2016.90. VGG: Simonyan and Zisserman 2015,
doi:10.48550/arXiv.1409.1556.
"""

from __future__ import annotations

from typing import Any

import torchvision
from torch import nn

from ..errors import SpaceError
from .layers import LayerMap
from .network import NetworkEmbedder, dims_of, seeded, with_weights
from .spec import PictureSpec

SELF_INITIALISED = ("googlenet", "inception_v3")  # they warn unless this is explicit


def look_up(model: str, layer: str | None = None, side_px: int | None = None) -> dict[str, Any]:
    """Dimensions or the map of a model, and the pictures that its weights were trained with.

    Raises SpaceError for an unknown model or layer.
    """
    try:
        presets = torchvision.models.get_model_weights(model).DEFAULT.transforms()
    except ValueError:
        raise SpaceError(f"torchvision has no model {model}; see: coinstore models --all") from None
    native_px, network = presets.crop_size[0], build(model, 0)
    if layer is None:
        found: dict[str, Any] = {"dims": dims_of(headless(network, model), native_px)}
    else:
        found = {"map": LayerMap(network, layer).shape(side_px or native_px)}
    return found | {
        "side_px": native_px,
        "resize_px": presets.resize_size[0],
        "interpolation": presets.interpolation.value,
        "mean": presets.mean,
        "std": presets.std,
    }


def load(spec: PictureSpec, device: str) -> NetworkEmbedder:
    """The embedder of a spec; raises SpaceError when its weights are missing or belong to another network."""
    network, layer = with_weights(spec, build), spec.options.get("layer")
    used = headless(network, spec.options["model"]) if layer is None else LayerMap(network, layer)
    return NetworkEmbedder(spec, used, device)


def names() -> list[str]:
    """The names of all classification models of torchvision with weights."""
    return [
        name for name in torchvision.models.list_models(module=torchvision.models) if "quantized" not in name
    ]


def build(model: str, seed: int) -> nn.Module:
    """The network of this name, with random weights from the seed."""
    more = {"init_weights": True} if model in SELF_INITIALISED else {}
    network: nn.Module = seeded(seed, lambda: torchvision.models.get_model(model, weights=None, **more))
    return network


def headless(network: nn.Module, model: str) -> nn.Module:
    """The network without its classifier: pixels in, features out; raises SpaceError when it has none."""
    if isinstance(network, torchvision.models.VGG):  # its pooled features, without the layers after them
        return nn.Sequential(network.features, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    linear = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise SpaceError(f"torchvision:{model} has no linear classifier to remove; choose another network.")
    parent, _, last = linear[-1].rpartition(".")
    setattr(network.get_submodule(parent), last, nn.Identity())
    return network
