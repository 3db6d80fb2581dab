"""The embedding job: sides that a space lacks are claimed, read, embedded and written, a batch a transaction."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from . import files
from .db import call
from .db.copy import copy_vectors
from .db.translate import translated
from .derive import derive_sides
from .embed.registry import embedder
from .embed.spec import PictureEmbedder, PictureSpec, Spec
from .errors import CoinstoreError, PictureError, SpaceError
from .images.picture import decode
from .spaces import known

BATCH = 64  # a batch of hog takes about a second: what a killed worker loses


@dataclass(frozen=True, slots=True)
class Plan:
    """How a space is filled: sides in a batch, after how many to stop, on which device (auto, cpu, cuda, cuda:1)."""

    batch_size: int = BATCH
    limit: int | None = None
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Embedded:
    """One committed batch: sides done, of which faulty, and the seconds spent on each step."""

    done: int
    faults: int
    read_s: float
    embed_s: float
    write_s: float


def pending(engine: Engine, space: str) -> int:
    """How many sides with a photograph have neither a vector nor a fault in the space."""
    count: int = call.run(engine, "job.pending", space=space)
    return count


def embed_sides(engine: Engine, space: str, plan: Plan = Plan()) -> Iterator[Embedded]:
    """Embeds what the space lacks, yielding after each committed batch.

    Any number of processes on any number of machines may do so at once; killed, a worker loses
    its batch and nothing else. Raises NotFound for an unknown space, SpaceError when its weights or
    the device are not here.
    """
    target = known(engine, space)
    if target.family == "derived":
        for made, faults, elapsed_s in derive_sides(engine, space, plan.limit):
            yield Embedded(made, faults, 0.0, elapsed_s, 0.0)
        return
    if target.family == "imported":
        raise SpaceError(f"the vectors of {space} were made elsewhere; bring more: coinstore vectors import {space}")
    spec = Spec.from_recipe(target.recipe)
    if not isinstance(spec, PictureSpec):
        raise SpaceError(f"{space} is of sentences; only photographs can be embedded yet.")
    model = embedder(spec, plan.device)
    after, left = 0, plan.limit
    with translated(), engine.connect() as connection:
        while left is None or left > 0:
            at_most = plan.batch_size if left is None else min(plan.batch_size, left)
            claimed = call.rows(
                connection,
                "job.claim_sides",
                space=space,
                after=after,
                at_most=at_most,
                expected=target.space_id,
            )
            if not claimed:
                return
            after = claimed[-1]["side_id"]
            done = _embed_batch(connection, space, model, claimed)
            connection.commit()
            left = None if left is None else left - done.done
            yield done


def drop_index_for(engine: Engine, space: str, pending: int) -> bool:
    """Before so many sides are embedded: drops the index where building it anew is quicker; True when it did."""
    dropped: bool = call.run(engine, "job.drop_index_for", space=space, pending=pending)
    return dropped


def settle(engine: Engine, space: str) -> bool:
    """After embedding: statistics, percentiles, an index once exact search is slow; True when one was built."""
    built: bool = call.run(engine, "job.settle_space", space=space)
    return built


def _embed_batch(connection: Connection, space: str, model: PictureEmbedder, claimed: Sequence[Any]) -> Embedded:
    started = time.perf_counter()
    prepared, faults = {}, {}
    for side in claimed:
        try:
            prepared[side["side_id"]] = _read(side, model)
        except CoinstoreError as error:
            faults[side["side_id"]] = str(error)
    read = time.perf_counter()
    vectors = model.embed(list(prepared.values()))
    embedded = time.perf_counter()
    good = np.isfinite(vectors.sum(axis=1))
    side_ids = np.array(list(prepared), dtype=int)
    faults |= dict.fromkeys(side_ids[~good].tolist(), "the picture is of one even tone: nothing to compare")
    copy_vectors(connection, space, model.spec.precision, side_ids[good].tolist(), vectors[good])
    for side_id, reason in faults.items():
        call.value(connection, "job.store_fault", space=space, side_id=side_id, reason=reason)
    written = time.perf_counter()
    return Embedded(len(claimed), len(faults), read - started, embedded - read, written - embedded)


def _read(side: Any, model: PictureEmbedder) -> Any:
    """The prepared picture of a side, from the very file that was ingested."""
    data = files.read(side["location"])
    if hashlib.sha256(data).hexdigest() != side["sha256"]:
        raise PictureError("the file has changed since it was ingested; ingest its source again")
    return model.prepare(decode(data, side_px=model.spec.decode_px))
