"""Presets: models with their weights and options, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .sentence import TEMPLATES


@dataclass(frozen=True, slots=True)
class Preset:
    """A model, its weights and dimensions, and the options that differ from the model's defaults."""

    model: str
    weights: str | None
    dims: int
    differs: dict[str, Any] = field(default_factory=dict)


# The tokens of a middle block as a grid of 16 x 16 places; 384 channels would be too many for 5 x 5 cells.
_TOKENS = {
    "fit": "coin",
    "ground": "mask",
    "layer": "blocks.8",
    "grid": [5, 5],
    "margin": 1,
    "channels": 160,
}
PRESETS = {
    "hog": Preset("hog", None, 1764),
    "hog_coin": Preset("hog", None, 1764, {"fit": "coin", "ground": "mask", "tone": "normalise"}),
    # Where things are on the coin: a middle layer, kept as a grid.
    "eye": Preset(
        "lite:efficientnet_lite0",
        "efficientnet_lite0",
        2800,
        {
            "fit": "coin",
            "colour": "grey",
            "ground": "mask",
            "tone": "normalise",
            "resize_px": 256,
            "layer": "block 8",
            "grid": [5, 5],
            "margin": 1,
        },
    ),
    "resnet18": Preset("torchvision:resnet18", "resnet18", 512),
    "resnet50": Preset("torchvision:resnet50", "resnet50", 2048),
    "resnet50_thesis": Preset("torchvision:resnet50", "resnet50_v1", 2048, {"fit": "squash"}),
    "resnet50_thesis_grey": Preset(
        "torchvision:resnet50", "resnet50_v1", 2048, {"fit": "squash", "colour": "grey"}
    ),
    "vgg16": Preset("torchvision:vgg16", "vgg16", 512),
    "dinov2": Preset(
        "timm:vit_small_patch14_dinov2.lvd142m", "dinov2_small", 4000, _TOKENS | {"side_px": 224}
    ),
    "dinov3": Preset("timm:vit_small_patch16_dinov3.lvd1689m", "dinov3_small", 4000, _TOKENS),
    "clip_image": Preset("open_clip:ViT-B-32-quickgelu:openai", "clip_vit_b_32", 512),
    # CLIP, trained further on photographs of coins.
    "coin_clip": Preset("open_clip:ViT-B-32-quickgelu:openai", "coin_clip", 512, {"fit": "coin"}),
    "clip_text": Preset("open_clip_text:ViT-B-32-quickgelu:openai", "clip_vit_b_32", 512),
    "clip_text_thesis": Preset(
        "open_clip_text:ViT-B-32-quickgelu:openai",
        "clip_vit_b_32",
        512,
        {"templates": TEMPLATES["thesis"], "culture": "Celtic"},
    ),
}
