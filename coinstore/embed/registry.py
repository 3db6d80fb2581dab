"""The registry: specs by the name of a preset or a model, and the family that carries out a spec."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .. import weights as files
from ..errors import SpaceError
from .spec import Embedder, Spec

FAMILIES = {"torchvision": "torchvision_models", "open_clip": "open_clip_models"}


@dataclass(frozen=True, slots=True)
class Preset:
    """A model, the weights it needs, its dimensions, and what differs from how those weights want their pictures."""

    model: str
    weights: str | None
    dims: int
    differs: dict[str, Any] = field(default_factory=dict)


PRESETS = {
    "hog": Preset("hog", None, 1764),
    "resnet18": Preset("torchvision:resnet18", "resnet18", 512),
    "resnet50": Preset("torchvision:resnet50", "resnet50", 2048),
    "resnet50_thesis": Preset("torchvision:resnet50", "resnet50_v1", 2048, {"fit": "squash"}),
    "vgg16": Preset("torchvision:vgg16", "vgg16", 512),
    "clip_image": Preset("open_clip:ViT-B-32-quickgelu:openai", "clip_vit_b_32", 512),
}


def preset(name: str, weights: str | None = None, **changes: Any) -> Spec:
    """The spec that a name stands for from the start; raises SpaceError for an unknown one."""
    if name not in PRESETS:
        raise SpaceError(f"there is no preset {name}; known are: {', '.join(PRESETS)}.")
    known = PRESETS[name]
    return make_spec(known.model, weights or known.weights, **(known.differs | changes))


def make_spec(model: str, weights: str | None, **changes: Any) -> Spec:
    """The spec of `hog`, `torchvision:NAME` or `open_clip:ARCH:PRETRAINED`.

    `weights` is the name of a file of weights, or `random:SEED`; `changes` are fields of Spec that
    differ from how the weights want their pictures. Raises SpaceError: unknown model, weights that
    are not here.
    """
    if model == "hog":
        from .hog import HOG

        if weights is not None or changes:
            raise SpaceError("hog has no weights and one recipe; leave the options out.")
        return HOG
    name, _, which = model.partition(":")
    if weights is None:
        raise SpaceError(f"{model} needs weights: --weights NAME, of those of: coinstore weights list")
    seed = _seed(weights)
    sha256 = None if seed is not None else files.find(weights).sha256
    wants = _family(name).describe(which)
    options = {"model": which, "weights": weights, "seed": seed, "mean": wants["mean"], "std": wants["std"]}
    spec: dict[str, Any] = {
        "family": name,
        "fit": "crop",
        "colour": "rgb",
        "options": options,
        "trained": seed is None,
        "weights_sha256": sha256,
    } | {part: wants[part] for part in ("dims", "side_px", "resize_px", "interpolation")}
    if "side_px" in changes:  # the margin that is cropped grows with it
        spec["resize_px"] = round(wants["resize_px"] * changes["side_px"] / wants["side_px"])
    return Spec(**(spec | changes))


def embedder(spec: Spec, device: str = "auto") -> Embedder:
    """The embedder for a spec; raises SpaceError when this program cannot carry it out."""
    if spec.family == "hog":
        from .hog import HogEmbedder

        return HogEmbedder(spec)
    made: Embedder = _family(spec.family).load(spec, device)
    return made


def model_names() -> list[str]:
    """Every model that can be named; needs the libraries of the families."""
    return ["hog", *(f"{family}:{name}" for family in FAMILIES for name in _family(family).names())]


def _family(name: str) -> ModuleType:
    if name not in FAMILIES:
        raise SpaceError(f"there is no family {name}; a model is hog, {', '.join(f'{f}:NAME' for f in FAMILIES)}.")
    try:
        return importlib.import_module(f".{FAMILIES[name]}", __package__)
    except ModuleNotFoundError:
        raise SpaceError("this needs PyTorch: pip install 'coinstore[models]'") from None


def _seed(weights: str) -> int | None:
    kind, _, seed = weights.partition(":")
    if kind != "random":
        return None
    if not seed.isdigit():
        raise SpaceError(f"{weights!r} is no seed; give random:0, say.")
    return int(seed)
