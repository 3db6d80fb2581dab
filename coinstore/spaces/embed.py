"""Embedding: claims sides that spaces lack, then reads, embeds and writes them, a transaction per batch."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import SpaceError
from ..models import registry
from ..models.registry import best_batch, device_of, embedder
from ..models.spec import PictureEmbedder, PictureSpec, Spec, TextSpec
from .catalogue import Known, known
from .claims import BATCH, PLAN, Embedded, Plan, Target, Watch, batches, claim, store
from .derive import derive_sides
from .finetune import picture_model
from .fuse import fuse_sides
from .prepare import Prepared, Preparer, Refused, preparing

SILENT = "no sentence can be made: none of the fields that the template needs is known"


def stages(engine: Engine, spaces: Sequence[str]) -> list[tuple[str, ...]]:
    """The spaces in the order in which they can be filled: those of pictures together, then one by one."""
    of_pictures = tuple(space for space in spaces if isinstance(_spec(known(engine, space)), PictureSpec))
    others: list[tuple[str, ...]] = [(space,) for space in spaces if space not in of_pictures]
    return [of_pictures, *others] if of_pictures else others


def device_named(engine: Engine, spaces: Sequence[str], plan: Plan) -> str | None:
    """Where the networks of these spaces run, in words; None if no space has a network."""
    specs = [_spec(known(engine, space)) for space in spaces]
    return registry.device_named([spec.family for spec in specs if spec], plan.device)


def embed_sides(engine: Engine, spaces: str | Sequence[str], plan: Plan = PLAN) -> Iterator[Embedded]:
    """Embeds what the spaces lack, yielding for each space after each committed batch.

    A photograph that several spaces lack is read and decoded once. Any number of processes on any
    number of machines may run this at once; a worker that is killed loses its batch and nothing else.
    Raises NotFound for an unknown space, SpaceError when weights or the device are missing.
    """
    names = (spaces,) if isinstance(spaces, str) else tuple(spaces)
    for stage in stages(engine, names):
        found = {space: known(engine, space) for space in stage}
        specs = {space: spec for space in stage if isinstance(spec := _spec(found[space]), PictureSpec)}
        if specs:
            yield from _embed_pictures(engine, found, specs, plan)
        for space in stage if not specs else ():
            yield from _embed_other(engine, _target(space, found[space]), found[space], plan)


def _spec(space: Known) -> Spec | None:
    return None if space.made_of or space.family == "imported" else Spec.from_recipe(space.recipe)


def _target(space: str, found: Known) -> Target:
    if found.family == "fused":
        return Target(space, found.space_id, found.precision, "what it has does not count in this space")
    return Target(space, found.space_id, found.precision)


def _embed_other(engine: Engine, target: Target, found: Known, plan: Plan) -> Iterator[Embedded]:
    spec = _spec(found)
    if isinstance(spec, TextSpec):
        yield from _embed_sentences(engine, target, spec, plan)
    elif found.family == "fused":
        yield from fuse_sides(engine, target, plan)
    elif found.made_of:
        yield from derive_sides(engine, target.space, plan.limit)
    else:
        raise SpaceError(
            f"the vectors of {target.space} were made elsewhere;"
            f" to add some: coinstore vectors import {target.space}"
        )


def _embed_sentences(engine: Engine, target: Target, spec: TextSpec, plan: Plan) -> Iterator[Embedded]:
    model = embedder(spec, plan.device)
    with closing(batches(engine, target, plan)) as taken:
        for connection, claimed in taken:
            watch = Watch()
            sides = call.rows(connection, "job.known_of", sides=[side["side_id"] for side in claimed])
            said = {side["side_id"]: sentence for side in sides if (sentence := spec.say(side))}
            tokens = [model.prepare(sentence.text) for sentence in said.values()]
            read_s, vectors, embed_s = watch.seconds(), model.embed(tokens), watch.seconds()
            silent = {side["side_id"]: SILENT for side in sides if side["side_id"] not in said}
            store(connection, target, list(said), vectors, silent)
            kept = [{"side_id": n, "sentence": s.text, "fields": s.fields} for n, s in said.items()]
            call.value(connection, "job.store_sentences", space=target.space, batch=json.dumps(kept))
            connection.commit()
            yield Embedded(target.space, len(claimed), len(silent), read_s, embed_s, watch.seconds())


def _embed_pictures(
    engine: Engine, found: dict[str, Known], specs: dict[str, PictureSpec], plan: Plan
) -> Iterator[Embedded]:
    models = {space: picture_model(engine, space, spec, plan.device) for space, spec in specs.items()}
    on_cuda = [model for model in models.values() if device_of(model) == "cuda"]
    processes = plan.processes if plan.processes is not None else (os.cpu_count() or 1) * bool(on_cuda)
    size = plan.batch_size or min(map(best_batch, on_cuda), default=BATCH)
    targets = [_target(space, found[space]) for space in specs]
    done: Counter[str] = Counter()
    with preparing(max(processes, 1), specs) as ahead:
        for n, target in enumerate(targets):  # the later targets get the same photographs
            left = None if plan.limit is None else plan.limit - done[target.space]
            # Closed here, where a lost connection can be reported as an error.
            with closing(_ahead(engine, targets[n:], ahead, Plan(size, left))) as begun:
                for batch in begun:
                    for embedded in _finish(batch, targets, models):
                        done[embedded.space] += embedded.done
                        yield embedded


@dataclass(frozen=True, slots=True)
class _Batch:
    """Claimed sides whose photographs are being prepared, and the spaces that lack each."""

    connection: Connection
    lacking: dict[int, list[str]]
    prepared: list[Future[dict[int, Prepared]]]


def _ahead(
    engine: Engine, targets: Sequence[Target], ahead: Preparer, plan: Plan
) -> Generator[_Batch, None, None]:
    """Batches of the sides that the first target lacks; the next batch starts before one is yielded."""
    after, left = 0, plan.limit
    with translated(), engine.connect() as one, engine.connect() as other:
        waiting: _Batch | None = None
        while True:
            size = plan.batch_size or BATCH
            claimed = (
                claim(one, targets[0], after, size if left is None else min(size, left)) if left != 0 else []
            )
            begun = _begin(one, targets, claimed, ahead) if claimed else None
            if waiting:
                yield waiting
            if not begun:
                return
            after = claimed[-1]["side_id"]
            left = None if left is None else left - len(claimed)
            waiting, one, other = begun, other, one


def _begin(
    connection: Connection, targets: Sequence[Target], claimed: Sequence[Any], ahead: Preparer
) -> _Batch:
    lacking = {side["side_id"]: [targets[0].space] for side in claimed}
    for target in targets[1:]:
        same = call.rows(
            connection, "job.claim_same", space=target.space, sides=list(lacking), expected=target.space_id
        )
        for side in same:
            lacking[side["side_id"]].append(target.space)
    return _Batch(connection, lacking, ahead.begin(claimed, lacking))


def _finish(batch: _Batch, targets: Sequence[Target], models: dict[str, PictureEmbedder]) -> list[Embedded]:
    """Embeds and writes one batch for all its spaces, and commits."""
    done, watch = [], Watch()
    prepared = {side_id: one for future in batch.prepared for side_id, one in future.result().items()}
    for target in targets:
        mine = {n: prepared[n][target.space] for n, spaces in batch.lacking.items() if target.space in spaces}
        if not mine:
            continue
        faults = {n: found.reason for n, found in mine.items() if isinstance(found, Refused)}
        pixels = {n: pixels for n, pixels in mine.items() if isinstance(pixels, np.ndarray)}
        read_s, vectors, embed_s = (
            watch.seconds(),
            models[target.space].embed(list(pixels.values())),
            watch.seconds(),
        )
        count = store(batch.connection, target, list(pixels), vectors, faults)
        done.append(Embedded(target.space, len(mine), count, read_s, embed_s, watch.seconds()))
    tries = [{"side_id": n, "again": _is_unreached(one)} for n, one in prepared.items()]
    call.value(batch.connection, "job.note_retries", batch=json.dumps(tries))
    batch.connection.commit()
    return done


def _is_unreached(one: Prepared) -> bool:
    return any(isinstance(found, Refused) and found.again for found in one.values())
