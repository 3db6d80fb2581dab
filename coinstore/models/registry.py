"""The registry: specs by the name of a preset or a model, and the family that implements a spec."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import Any, overload

from ..errors import SpaceError
from . import grid
from . import weights as files
from .presets import PRESETS
from .sentence import PLACEHOLDERS, TEMPLATES
from .spec import Embedder, PictureEmbedder, PictureSpec, Spec, TextEmbedder, TextSpec

FAMILIES = {
    "lite": "lite_models",
    "torchvision": "torchvision_models",
    "timm": "timm_models",
    "open_clip": "open_clip_models",
    "open_clip_text": "open_clip_texts",
}
READERS = ("open_clip_text",)  # the families for sentences; the others are for pictures
OF_PICTURES = frozenset(
    {"side_px", "resize_px", "decode_px", "fit", "colour", "interpolation", "precision", "face"}
    | {"ground", "tone", *grid.OPTIONS}
)
OF_SENTENCES = frozenset({"templates", "culture", "placeholders", "precision", "face"})


def preset(name: str, weights: str | None = None, **changes: Any) -> Spec:
    """The spec of a preset; raises SpaceError for an unknown one."""
    if name not in PRESETS:
        raise SpaceError(f"there is no preset {name}; known are: {', '.join(PRESETS)}.")
    known = PRESETS[name]
    return make_spec(known.model, weights or known.weights, **(known.differs | changes))


def make_spec(model: str, weights: str | None, **changes: Any) -> Spec:
    """The spec of `hog`, or of `FAMILY:NAME` for a family of FAMILIES (`open_clip:ARCH:PRETRAINED`).

    `weights` is the name of a file of weights, or `random:SEED`. `changes` are fields of PictureSpec that
    differ from what the weights were trained with, or fields of TextSpec (OF_PICTURES, OF_SENTENCES). The
    default sentences are TEMPLATES["fields"], without a culture. With a `layer`, a vector is the map of that
    layer as a `grid` of `cells` (`normalised` or `plain`) without the outer `margin` of cells. Raises
    SpaceError for an unknown model or layer, missing weights, or an option that the model does not have.
    """
    if model == "hog":
        from .hog import hog_spec

        if weights is not None:
            raise SpaceError("hog has no weights.")
        return hog_spec(**changes)
    name, _, which = model.partition(":")
    _refuse_unknown(name)  # first, because loading the libraries takes seconds
    if weights is None:
        raise SpaceError(f"{model} needs weights: add --weights NAME; the names: coinstore weights list")
    _refuse_useless(model, changes)
    seed = _seed(weights)
    spec: dict[str, Any] = {
        "family": name,
        "options": {"model": which, "weights": weights, "seed": seed},
        "trained": seed is None,
        "weights_sha256": None if seed is not None else files.find(weights).sha256,
    }
    if name in READERS:
        spec |= _family(name).look_up(which) | {
            "templates": TEMPLATES["fields"],
            "placeholders": PLACEHOLDERS,
        }
        return TextSpec(**(spec | changes))
    return _of_pictures(spec, changes)


def _of_pictures(spec: dict[str, Any], changes: dict[str, Any]) -> PictureSpec:
    cells, changes = grid.split_options(changes)
    needed = _family(spec["family"]).look_up(
        spec["options"]["model"], cells.get("layer"), changes.get("side_px")
    )
    options = spec["options"] | {"mean": needed["mean"], "std": needed["std"]} | cells
    dims = grid.Grid.of(options).dims(needed["map"], cells["layer"]) if cells else needed["dims"]
    return PictureSpec(**(spec | {"options": options, "dims": dims} | _fitted(needed, changes) | changes))


@overload
def embedder(spec: PictureSpec, device: str = "auto") -> PictureEmbedder: ...
@overload
def embedder(spec: TextSpec, device: str = "auto") -> TextEmbedder: ...
@overload
def embedder(spec: Spec, device: str = "auto") -> Embedder: ...
def embedder(spec: Spec, device: str = "auto") -> Embedder:
    """The embedder for a spec; raises SpaceError when it cannot be used here."""
    if isinstance(spec, PictureSpec) and spec.family == "hog":
        from .hog import HogEmbedder

        return HogEmbedder(spec)
    made: Embedder = _family(spec.family).load(spec, device)
    return made


def device_named(families: Collection[str], device: str) -> str | None:
    """Where the networks of these families run, in words; None if none of them has a network.

    Raises SpaceError when the device cannot be used.
    """
    networks = set(families) - {"hog"}
    if not networks:
        return None
    if networks == {"lite"} and not _family("lite").uses_torch(device):
        return "cpu (NumPy)"
    try:
        from . import network
    except ModuleNotFoundError:
        return "cpu"
    return network.device_named(device)


def device_of(model: Embedder) -> str:
    """The type of device that a model runs on: cpu or cuda."""
    return str(getattr(model, "device", "cpu")).partition(":")[0]


def best_batch(model: Embedder) -> int:
    """The size of a batch with the highest rate, found by trying."""
    from . import network

    assert isinstance(model, network.NetworkEmbedder), "only networks run on CUDA"
    return network.best_batch(model)


def model_names() -> list[str]:
    """The names of all models; needs the libraries of the families."""
    return ["hog", *(f"{family}:{name}" for family in FAMILIES for name in _family(family).names())]


def has_networks() -> bool:
    """Whether the libraries of networks are installed, without importing them."""
    return find_spec("torch") is not None and find_spec("timm") is not None


def search_models(text: str) -> Iterator[dict[str, Any]]:
    """The models whose names contain a text: dimensions, side of the picture and licence, as far as known."""
    yield from _family("timm").search(text)
    for name in model_names():
        if text.lower() in name.lower() and not name.startswith("timm:"):
            yield {"model": name}


def _fitted(wants: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The pictures that the weights were trained with, as fields of PictureSpec."""
    fitted = {"fit": "crop", "colour": "rgb"} | {
        name: wants[name] for name in ("side_px", "resize_px", "interpolation")
    }
    if changes.get("fit") == "coin":
        fitted["resize_px"] = None  # the coin fills the square; there is no margin to crop
    elif "side_px" in changes:  # the cropped margin grows in proportion
        fitted["resize_px"] = round(wants["resize_px"] * changes["side_px"] / wants["side_px"])
    return fitted


def _refuse_useless(model: str, changes: dict[str, Any]) -> None:
    reads = model.partition(":")[0] in READERS
    kind, takes = ("sentences", OF_SENTENCES) if reads else ("pictures", OF_PICTURES)
    useless = changes.keys() - takes
    if useless:
        raise SpaceError(
            f"{model} is for {kind} and has no option {', '.join(sorted(useless))};"
            f" it has {', '.join(sorted(takes))}."
        )


def _refuse_unknown(name: str) -> None:
    if name not in FAMILIES:
        raise SpaceError(
            f"there is no family {name}; a model is hog, {', '.join(f'{f}:NAME' for f in FAMILIES)}."
        )


def _family(name: str) -> ModuleType:
    _refuse_unknown(name)
    try:
        return importlib.import_module(f".{FAMILIES[name]}", __package__)
    except ModuleNotFoundError:
        raise SpaceError("this needs PyTorch: pip install 'coinstore[models]'") from None


def _seed(weights: str) -> int | None:
    kind, _, seed = weights.partition(":")
    if kind != "random":
        return None
    if not seed.isdigit():
        raise SpaceError(f"{weights!r} is not a seed; a seed looks like random:0.")
    return int(seed)
