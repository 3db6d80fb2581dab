"""Fused spaces: a network that joins an image space and a text space, fitted here and stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import read_vectors
from ..db.translate import translated
from ..errors import NotFound, SpaceError
from ..models.fusion import Fitting, Fusion
from ..records.labels import value_of
from .catalogue import known, refuse_taken
from .claims import Embedded, Plan, Target, Watch, batches, store

if TYPE_CHECKING:
    from ..models.fusion_fit import FusionEpoch, FusionExamples

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Joint:
    """What is joined: an image space and a text space, and what else the network learns from.

    `label` is a field of the coins; the contrastive objective brings equal values together. Nothing is
    learned from the collections in `hold_out`. At most `most` sides are used, chosen by `fitting.seed`.
    """

    image: str
    text: str
    label: str | None = None
    hold_out: tuple[str, ...] = ()
    most: int = 50_000


def fit_space(
    engine: Engine, name: str, joint: Joint, fitting: Fitting
) -> Generator[FusionEpoch, None, None]:
    """Fits the network, yields after each epoch, and makes the space from the best epoch.

    Raises SpaceError: the name is taken, a space has no vectors, too little to learn from; NotFound
    for an unknown space or field. Killed, it leaves nothing behind.
    """
    try:
        from ..models.fusion_fit import fit  # imports PyTorch, which only fitting needs
    except ModuleNotFoundError:
        raise SpaceError("this needs PyTorch: pip install 'coinstore[models]'") from None
    refuse_taken(engine, name)
    sides = _sides(engine, joint, fitting)
    examples = _examples(engine, joint, sides)
    history: list[FusionEpoch] = []
    learning = fit(examples, fitting)
    while True:
        try:
            history.append(next(learning))
        except StopIteration as end:
            network: Fusion = end.value
            break
        yield history[-1]
    body = network.to_bytes()
    _add(engine, name, _recipe(joint, fitting, sides, body), body, history)


def blend_space(engine: Engine, name: str, weights: dict[str, float]) -> None:
    """Makes a space of the concatenated, weighted unit vectors of several spaces; nothing is learned.

    The similarity of two sides is the weighted mean of their similarities in the parts. Raises
    SpaceError: a weight that is not above 0, too many dimensions; NotFound for an unknown space.
    """
    if len(weights) < 2 or min(weights.values()) <= 0:
        raise SpaceError("a blend needs two or more spaces, each with a weight above 0.")
    total = sum(weights.values())
    parts = [{"space": space, "weight": weight / total} for space, weight in weights.items()]
    dims = sum(known(engine, space).dims for space in weights)
    recipe = json.dumps({"family": "blended", "parts": parts})
    call.run(
        engine,
        "job.add_space_of",
        name=name,
        recipe=recipe,
        dims=dims,
        precision="half",
        parts=json.dumps(parts),
    )


def fuse_sides(engine: Engine, target: Target, plan: Plan) -> Iterator[Embedded]:
    """Makes the vectors that a fused space lacks; yields after each committed batch. Needs no PyTorch."""
    network = network_of(engine, target.space)
    # Finding what is ready costs more than fusing it, so batches are larger than those of pictures.
    with closing(batches(engine, target, replace(plan, batch_size=plan.batch_size or BATCH))) as taken:
        for connection, claimed in taken:
            watch, ids = Watch(), [side["side_id"] for side in claimed]
            image, text = (
                _vectors(connection, "job.part_vectors", (target.space, n), ids, len(part.mean))
                for n, part in enumerate((network.image, network.text), 1)
            )
            read_s, vectors, embed_s = watch.seconds(), network.embed(image, text), watch.seconds()
            faults = store(connection, target, ids, vectors, {})
            connection.commit()
            yield Embedded(target.space, len(ids), faults, read_s, embed_s, watch.seconds())


def network_of(engine: Engine, space: str) -> Fusion:
    """The network that was fitted for a space."""
    return Fusion.from_bytes(bytes(call.run(engine, "job.network", space=space)))


def _sides(engine: Engine, joint: Joint, fitting: Fitting) -> list[Any]:
    with translated(), engine.begin() as connection:
        sides = call.rows(
            connection,
            "job.sides_to_learn",
            image=joint.image,
            sentences=joint.text,
            label=joint.label,
            at_most=joint.most,
            seed=fitting.seed,
        )
    if not sides:
        raise SpaceError(
            f"neither {joint.image} nor {joint.text} has vectors yet;"
            f" run: coinstore embed {joint.image} {joint.text}"
        )
    if unknown := set(joint.hold_out) - {side["collection"] for side in sides}:
        raise NotFound(f"the collection {min(unknown)!r} has no side to learn from.")
    return sides


def _examples(engine: Engine, joint: Joint, sides: Sequence[Any]) -> FusionExamples:
    from ..models.fusion_fit import FusionExamples

    ids = [side["side_id"] for side in sides]
    with translated(), engine.begin() as connection:
        image, text = (
            _vectors(connection, "job.vectors_of", (part,), ids, known(engine, part).dims)
            for part in (joint.image, joint.text)
        )
    labels = [value_of(joint.label or "", side["label_value"] or "") for side in sides]
    held_out = np.array([side["collection"] in joint.hold_out for side in sides], dtype=bool)
    return FusionExamples(
        image=image,
        text=text,
        sentences=[side["sentence"] for side in sides],
        labels=labels if joint.label else None,
        held_out=held_out if joint.hold_out else None,
    )


def _vectors(
    connection: Connection, function: str, of: Sequence[Any], side_ids: Sequence[int], dims: int
) -> NDArray[np.float32]:
    """Vectors `(n, dims)` of n sides; NaN for a side without a vector."""
    rows = np.full((len(side_ids), dims), np.nan, np.float32)
    place = {side_id: n for n, side_id in enumerate(side_ids)}
    for keys, block in read_vectors(connection, function, (*of, list(side_ids))):
        rows[[place[key] for key in keys]] = block
    return rows


def _recipe(joint: Joint, fitting: Fitting, sides: Sequence[Any], network: bytes) -> dict[str, Any]:
    learnt = hashlib.sha256(json.dumps([side["fingerprint"] for side in sides]).encode()).hexdigest()
    return {
        "family": "fused",
        **asdict(joint),
        "fitting": asdict(fitting),
        "learnt": [joint.label] if joint.label else [],
        "sides": len(sides),
        "sides_sha256": learnt,
        "network_sha256": hashlib.sha256(network).hexdigest(),
    }


def _add(
    engine: Engine, name: str, recipe: dict[str, Any], network: bytes, history: Sequence[FusionEpoch]
) -> None:
    parts = [{"space": recipe["image"]}, {"space": recipe["text"]}]
    losses = json.dumps([asdict(epoch) for epoch in history])
    with translated(), engine.begin() as connection:
        call.value(
            connection,
            "job.add_space_of",
            name=name,
            recipe=json.dumps(recipe),
            dims=recipe["fitting"]["dims"],
            precision="single",  # its similarities may differ in the fifth decimal
            parts=json.dumps(parts),
        )
        call.value(connection, "job.store_network", space=name, body=network, history=losses)
