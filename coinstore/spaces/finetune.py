"""Fine-tuned spaces: the pictures for training, and the trained network, stored with its space."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import NotFound, SpaceError
from ..models.presets import PRESETS
from ..models.registry import embedder, make_spec, preset
from ..models.spec import PictureEmbedder, PictureSpec, Spec
from ..sandbox import Sandbox
from .catalogue import known
from .prepare import prepare_in, prepare_photograph, wanted_of

if TYPE_CHECKING:
    from ..models.tuned import Tuned
    from ..models.tuning import TuningEpoch

FAMILY = "finetuned"
TRAINABLE = ("lite", "torchvision", "timm")
BLOCK = 500


@dataclass(frozen=True, slots=True)
class Pictures:
    """Prepared pictures of n sides, in a file so that memory holds one batch; `there` marks usable ones."""

    pixels: NDArray[np.uint8]
    there: NDArray[np.bool_]

    def take(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The pictures at these positions."""
        return np.asarray(self.pixels[places])


def base_spec(engine: Engine, model: str, weights: str | None) -> PictureSpec:
    """The spec of a preset, of a space in the store, or of a model; a name without a family is torchvision's.

    Raises SpaceError if it is not a network that can be trained here, or its weights are missing.
    """
    spec: Spec
    if model in PRESETS:
        spec = preset(model, weights)
    else:
        try:
            found = known(engine, model)
        except NotFound:
            name = model if ":" in model else f"torchvision:{model}"
            spec = make_spec(name, weights or name.partition(":")[2])
        else:
            # A space made of other spaces, or imported, has another kind of recipe.
            spec = Spec.from_recipe(found.recipe) if "options" in found.recipe else preset("hog")
    if not isinstance(spec, PictureSpec) or spec.family not in TRAINABLE:
        raise SpaceError(
            f"{model} is not a network of torchvision, of timm or lite; use, for example, eye, resnet50, or a"
            " space made with one."
        )
    return spec


@contextmanager
def prepared(engine: Engine, sides: Sequence[int], spec: PictureSpec) -> Iterator[Pictures]:
    """The pictures of these sides as the network takes them, in a temporary file until the block ends."""
    shape = (spec.side_px, spec.side_px) + (() if spec.colour == "grey" else (3,))
    with (
        TemporaryDirectory(prefix="coinstore-finetune-") as folder,
        closing(Sandbox(prepare_photograph)) as box,
    ):
        pixels = np.memmap(Path(folder) / "pixels", np.uint8, "w+", shape=(max(len(sides), 1), *shape))
        there = np.zeros(len(sides), bool)
        place = {side: n for n, side in enumerate(sides)}
        for start in range(0, len(sides), BLOCK):
            with translated(), engine.begin() as connection:
                rows = call.rows(connection, "job.locations_of", sides=list(sides[start : start + BLOCK]))
            rows = [row for row in rows if row["sha256"] is not None]
            found = prepare_in(box, [wanted_of(row, {"": spec}) for row in rows])
            for row, picture in zip(rows, found, strict=True):
                if isinstance(picture[""], np.ndarray):
                    pixels[place[row["side_id"]]], there[place[row["side_id"]]] = picture[""], True
        yield Pictures(pixels, there)
        del pixels  # closes the file before the folder is deleted


def tuned_spec(base: PictureSpec, network: Tuned, how: dict[str, Any]) -> tuple[PictureSpec, bytes]:
    """The spec of the space that a trained network makes, and the bytes of the network to store."""
    body = network.body()
    more = how | {
        "base": base.family,
        "blocks": network.blocks,
        "network_sha256": hashlib.sha256(body).hexdigest(),
    }
    return replace(base, family=FAMILY, dims=network.head.in_features, options=base.options | more), body


def add_tuned(
    connection: Connection, name: str, spec: PictureSpec, body: bytes, history: Sequence[TuningEpoch]
) -> None:
    """Adds the space in the caller's transaction; it has seen the label that it was trained on."""
    call.value(
        connection,
        "job.add_space",
        name=name,
        recipe=json.dumps(spec.recipe()),
        dims=spec.dims,
        precision=spec.precision,
        sees=[spec.options["label"].partition(":")[0]],  # the field of die:STUDY is die
    )
    losses = json.dumps([asdict(epoch) for epoch in history])
    call.value(connection, "job.store_network", space=name, body=body, history=losses)


def picture_model(engine: Engine, space: str, spec: PictureSpec, device: str) -> PictureEmbedder:
    """The embedder of a space of pictures; a fine-tuned network is read from the store."""
    if spec.family != FAMILY:
        return embedder(spec, device)
    body = bytes(call.run(engine, "job.network", space=space) or b"")
    if hashlib.sha256(body).hexdigest() != spec.options["network_sha256"]:
        raise SpaceError(
            f"the stored network of {space} is not the one that it was made with;"
            " drop the space and fine-tune again."
        )
    try:
        from ..models import tuned
    except ModuleNotFoundError:
        raise SpaceError("this needs PyTorch: pip install 'coinstore[models]'") from None
    return tuned.load(spec, body, device)
