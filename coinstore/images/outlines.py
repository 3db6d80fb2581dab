"""Outlines for photographs that were examined before, where they are missing or may be better now."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import PictureError
from ..parallel import merge
from ..sandbox import Sandbox
from .examine import count_workers
from .faces import seen
from .look import look
from .outline import FINDER

BATCH = 64
KEPT = ("side_id", "sha256", "outline", "reason")


@dataclass(frozen=True, slots=True)
class Outlined:
    """One committed batch: sides looked at, how many got another outline, and how many could not be read.

    A photograph that cannot be read now, that has changed since it was ingested, or that no longer shows
    both faces where it should, keeps what it has.
    """

    done: int
    changed: int
    unread: int


def lacking_outlines(engine: Engine, below: float = 0.0) -> int:
    """How many sides have no outline, or one of an earlier version or with a certainty below `below`."""
    count: int = call.run(engine, "job.lacking_outlines", below=below, finder=FINDER)
    return count


def find_outlines(engine: Engine, below: float = 0.0) -> Generator[Outlined, None, None]:
    """Finds the outlines that are lacking, yielding after each committed batch; a person's outline stays.

    The photographs are read again, in sandboxes. Killed, it loses a batch for each worker; run again, it
    goes on. Vectors that were made by another outline are dropped: embedding makes them again.
    """
    workers = count_workers()
    sandboxes = [Sandbox(look) for _ in range(workers)]
    return merge(
        *(
            _find(engine, box, {"below": below, "worker": n, "workers": workers})
            for n, box in enumerate(sandboxes)
        )
    )


def find_again(engine: Engine, side_id: int) -> None:
    """Finds the outline of one side again; it replaces what a person said.

    Raises PictureError if the photograph cannot be read as it was ingested.
    """
    with closing(Sandbox(look)) as sandbox, translated(), engine.connect() as connection:
        claimed = call.rows(connection, "job.forget_correction", side=side_id)
        if _look_again(connection, sandbox, claimed).unread:
            location = claimed[0]["location"]
            raise PictureError(f"{location} cannot be read as it was ingested; ingest its source again.")
        connection.commit()


def _find(engine: Engine, sandbox: Sandbox, asked: dict[str, Any]) -> Generator[Outlined, None, None]:
    after = 0
    with closing(sandbox), translated(), engine.connect() as connection:
        while claimed := _claim(connection, after, asked):
            after = claimed[-1]["side_id"]
            outlined = _look_again(connection, sandbox, claimed)
            connection.commit()
            yield outlined


def _claim(connection: Connection, after: int, asked: dict[str, Any]) -> Sequence[Any]:
    return call.rows(connection, "job.claim_outlines", after=after, at_most=BATCH, finder=FINDER, **asked)


def _look_again(connection: Connection, sandbox: Sandbox, claimed: Sequence[Any]) -> Outlined:
    found = [
        one
        for claim, one in zip(claimed, seen(sandbox, claimed), strict=True)
        if one.get("sha256") == claim["sha256"]
    ]
    coins = [one.pop("coin") for one in found]
    batch = [{name: one[name] for name in KEPT if name in one} for one in found]
    changed = call.value(connection, "job.store_outlines", batch=json.dumps(batch), coins=coins)
    return Outlined(len(claimed), changed, len(claimed) - len(found))
