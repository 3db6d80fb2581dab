"""The family `timm`: the networks of PyTorch Image Models, among them DINOv2, DINOv3, SigLIP 2 and ConvNeXt.

Wightman 2019, doi:10.5281/zenodo.4414861. Licences differ by model: `coinstore model list --search`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import timm
import torch
from rapidfuzz import process
from timm.data import resolve_data_config
from torch import nn

from ..errors import SpaceError
from .layers import LayerMap
from .network import NetworkEmbedder, dims_of, seeded, with_weights
from .spec import PictureSpec

SHOWN = 5  # names of models in an error


def look_up(model: str, layer: str | None = None, side_px: int | None = None) -> dict[str, Any]:
    """Dimensions or the map of a model, and the pictures that its weights were trained with."""
    network = build(model, 0, side_px)
    wants = resolve_data_config(pretrained_cfg=_config(model))
    native_px = wants["input_size"][1]
    used_px = side_px or native_px
    return {
        **(
            {"dims": dims_of(network, used_px)}
            if layer is None
            else {"map": LayerMap(network, layer).shape(used_px)}
        ),
        "side_px": native_px,
        "resize_px": int(native_px / wants["crop_pct"]),
        "interpolation": "bicubic" if wants["interpolation"] == "bicubic" else "bilinear",
        "mean": list(wants["mean"]),
        "std": list(wants["std"]),
    }


def load(spec: PictureSpec, device: str) -> NetworkEmbedder:
    """The embedder of a spec; raises SpaceError when its weights are missing or belong to another network."""
    network = with_weights(spec, partial(build, side_px=spec.side_px), fitted)
    layer = spec.options.get("layer")
    return NetworkEmbedder(spec, network if layer is None else LayerMap(network, layer), device)


def names() -> list[str]:
    """The names of all models that have weights somewhere."""
    found: list[str] = timm.list_pretrained()
    return found


def search(text: str) -> Iterator[dict[str, Any]]:
    """The models with weights whose names contain a text: dimensions, side of the picture, licence."""
    for name in names():
        if text.lower() in name.lower():
            config = _config(name)
            yield {
                "model": f"timm:{name}",
                "dims": _features(config["architecture"]),
                "side_px": config["input_size"][1],
                "licence": config.get("license"),
            }


@cache
def _features(architecture: str) -> int:
    with torch.device("meta"):  # shapes without numbers: nothing is computed
        return int(timm.create_model(architecture, pretrained=False, num_classes=0).num_features)


def build(model: str, seed: int, side_px: int | None = None) -> nn.Module:
    """The network of this name without its classifier, with random weights from the seed.

    A network for pictures of one size is made for `side_px`. Raises SpaceError for an unknown name.
    """
    config = _config(model)
    size: dict[str, Any] = {"img_size": side_px} if side_px and config.get("fixed_input_size") else {}
    network: nn.Module = seeded(
        seed, lambda: timm.create_model(model, pretrained=False, num_classes=0, **size)
    )
    return network


def _config(model: str) -> dict[str, Any]:
    known = _known()
    if model not in known:
        near = ", ".join(name for name, *_ in process.extract(model, known, limit=SHOWN))
        raise SpaceError(f"timm has no model {model}; the nearest names are: {near}.")
    config = timm.get_pretrained_cfg(model)
    return config.to_dict() if config else {}


@cache
def _known() -> frozenset[str]:
    return frozenset({*timm.list_models(), *names()})


def fitted(state: dict[str, Any], network: Any) -> dict[str, Any]:
    """Published weights as the network takes them: positions for its size, and no classifier."""
    renamed = getattr(sys.modules[type(network).__module__], "checkpoint_filter_fn", None)
    state = renamed(state, network) if renamed else state
    heads = network.pretrained_cfg.get("classifier") or ()
    heads = (heads,) if isinstance(heads, str) else tuple(heads)
    return {name: part for name, part in state.items() if not name.startswith(tuple(f"{h}." for h in heads))}
