"""Loading: the coins of a source into the store, one batch in one transaction.

The rules (what is new, changed or refused, whose photograph it is) are SQL, in
migrations/always/10_records/load.sql.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain, islice
from threading import get_ident

from sqlalchemy import Connection, Engine

from .. import parallel
from ..db import call, copy
from ..db.engine import interrupt
from ..db.translate import translated
from ..errors import SourceError
from .batches import HEADS, RECORDS, Batch, batches
from .coin import Coin
from .record_files import unread

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
    after everything before that point is stored, and after its rest counts as one refused record. A source
    that cannot be read at all keeps what it brought before, and its faults. Locations in `photographs` that
    no record names become faults.
    """
    plan = plan or Plan()
    given = batches(coins)
    first = list(islice(given, 1))  # read before the source is registered
    with translated(), engine.connect() as connection:
        source_id, run = _begin(connection, source, plan)
        store = partial(_store, connection, source_id, run, plan)
        stopped: SourceError | None = None
        try:
            # The next batch is read while the server stores this one.
            yield from parallel.one_ahead(
                store, chain(first, given), partial(interrupt, engine, {get_ident()})
            )
        except SourceError as error:
            stopped = error
        if stopped:
            yield from map(store, batches([unread(source, stopped)]))
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


def _store(connection: Connection, source_id: int, run: int, plan: Plan, batch: Batch) -> Loaded:
    """Stores one batch in a transaction of its own."""
    copy.copy_rows(connection, "pg_temp.incoming_head", HEADS, batch.heads)
    asked = call.value(connection, "job.take_batch", source_id=source_id)
    copy.copy_rows(connection, "pg_temp.incoming_record", RECORDS, batch.asked_for(asked))
    loaded = Loaded(**call.rows(connection, "job.load_records", source_id=source_id)[0])
    _note(connection, run, loaded)
    if plan.dry_run:
        call.value(connection, "job.forget_batch")
    _commit(connection, plan)
    return loaded


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
