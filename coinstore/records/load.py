"""Loading: the coins of a source into the store, one batch in one transaction.

The rules (what is new, changed or refused, whose photograph it is) are SQL, in
migrations/always/10_records/load.sql.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import SourceError
from ..sources import files
from .coin import Coin

BATCH = 500
FIRST = 50  # the first batch is small: as soon as it is stored, the images stage can start
PHOTOGRAPHS = 5000  # locations in one query
UNNAMED = 100  # at most this many photographs without a record get a fault each


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of one committed batch, in coins; `faults` counts values that could not be loaded."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    faults: int = 0

    @property
    def coins(self) -> int:
        return self.new + self.changed + self.unchanged + self.refused

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.refused + other.refused,
            self.faults + other.faults,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """How sources are loaded.

    `dry_run`: everything is done and counted, then rolled back at the end. `retry`: all photographs that
    could not be used are to be examined again, not only those on a network whose pause is over. `runs`: gets
    the number of each run when it begins.
    """

    dry_run: bool = False
    retry: bool = False
    runs: list[int] = field(default_factory=list)


def load(
    engine: Engine,
    source: str,
    coins: Iterable[Coin],
    *,
    photographs: Iterable[str] = (),
    plan: Plan | None = None,
) -> Iterator[Loaded]:
    """Stores the coins of one source, yielding after each committed batch.

    A source is known by its name, which is its location without secrets. A record that has not changed
    since the last time is left as it is. When a source cannot be read to its end, SourceError is raised
    after everything before that point is stored. A source that cannot be read at all keeps what it
    brought before, and its faults. Locations in `photographs` that no record names become faults.
    """
    plan = plan or Plan()
    batches = _batches(coins)
    first = list(islice(batches, 1))  # read before the source is registered
    with translated(), engine.connect() as connection:
        source_id, run = _begin(connection, source, plan)
        stopped: SourceError | None = None
        try:
            for batch in chain(first, batches):
                given = {"source_id": source_id, "batch": _json(batch)}
                loaded = Loaded(**call.rows(connection, "job.load_records", **given)[0])
                _note(connection, run, loaded)
                _commit(connection, plan)
                yield loaded
        except SourceError as error:
            stopped = error
        # After an error the records that were not read may name the photographs.
        faults = _finish(connection, source_id, () if stopped else photographs)
        _note(connection, run, Loaded(faults=faults), is_ended=stopped is None)
        connection.rollback() if plan.dry_run else connection.commit()
        yield Loaded(faults=faults)
    if stopped:
        raise stopped


def _begin(connection: Connection, source: str, plan: Plan) -> tuple[int, int]:
    """The keys of the source and of this run."""
    source_id = call.value(connection, "job.begin_source", location=source)
    run = call.value(connection, "job.begin_ingest", source_id=source_id)
    if not plan.dry_run:
        call.value(connection, "job.retry_images", source=source, every=plan.retry)
    _commit(connection, plan)
    plan.runs.append(run)
    return source_id, run


def _commit(connection: Connection, plan: Plan) -> None:
    if not plan.dry_run:
        connection.commit()


def _note(connection: Connection, run: int, loaded: Loaded, *, is_ended: bool = False) -> None:
    call.value(connection, "job.note_ingest", run=run, **asdict(loaded), is_ended=is_ended)


def _finish(connection: Connection, source_id: int, photographs: Iterable[str]) -> int:
    """Checks what needs all records to be stored; returns the change in the number of faults."""
    faults: int = -call.value(connection, "job.regain_photographs", source_id=source_id)
    stream, noted, others, last = iter(photographs), 0, 0, ""
    while some := list(islice(stream, PHOTOGRAPHS)):
        given = {"source_id": source_id, "locations": some, "at_most": UNNAMED - noted}
        found = call.rows(connection, "job.note_unnamed", **given)[0]
        noted, others, last = noted + found["noted"], others + found["others"], some[-1]
    if others:
        place = last.rpartition("/")[0]
        call.value(connection, "job.note_others", source_id=source_id, place=place, others=others)
    return faults + noted + bool(others)


def _batches(coins: Iterable[Coin]) -> Iterator[list[Coin]]:
    """The coins in batches; when the source breaks off, its error comes after the last coins."""
    batch: list[Coin] = []
    size = min(FIRST, BATCH)
    try:
        for coin in coins:
            batch.append(coin)
            if len(batch) == size:
                yield batch
                batch, size = [], min(2 * size, BATCH)
    except SourceError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _json(batch: Iterable[Coin]) -> str:
    return json.dumps([_payload(coin) for coin in batch], ensure_ascii=False, default=str)


def _payload(coin: Coin) -> dict[str, Any]:
    return {
        "place": coin.place,
        "raw": coin.raw,
        "collection": coin.collection,
        "inventory_number": coin.inventory_number,
        "fields": dict(coin.fields),
        "sides": {face: _side(said) for face, said in coin.sides.items()},
        "types": None if coin.types is None else [asdict(claim) for claim in coin.types],
        "faults": [asdict(fault) for fault in coin.faults],
        "refusal": coin.refusal,
    }


def _side(said: Any) -> dict[str, str | None]:
    """A side as SQL takes it; the stamp of the photograph's file is there to notice a replaced file."""
    side = {name: text for name, text in said.items() if name != "image"}
    if "image" in said:
        image = said["image"]
        side |= {"image_location": image, "image_stamp": _stamp(image) if image else None}
    return side


def _stamp(image: str) -> str:
    try:
        return files.stamp(image) or "missing"
    except SourceError:  # the images stage says why
        return "unreachable"
