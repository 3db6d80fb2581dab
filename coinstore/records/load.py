"""Loading: coins of a source into the store, a batch a transaction.

The rules (what is new, changed, refused, whose photograph it is) are SQL: migrations/always/10_records/load.sql.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import SourceError
from ..sources import files
from .coin import Coin

BATCH = 500
FIRST = 50  # photographs can be looked at as soon as the first batch is there
PHOTOGRAPHS = 5000  # locations that are looked for at a time
UNNAMED = 100  # photographs that no record names are told one by one; a folder may serve many tables


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one committed batch brought, in coins; `faults` counts values that could not be taken."""

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


def load(
    engine: Engine,
    location: str,
    coins: Iterable[Coin],
    *,
    photographs: Iterable[str] = (),
    dry_run: bool = False,
) -> Iterator[Loaded]:
    """Stores the coins of one source, yielding after each committed batch.

    A source is known by its location: a record that reads as it did the last time is left alone.
    Where a source cannot be read further, SourceError comes after what was read; one that cannot be
    read at all leaves what it brought before, its faults too. Of the locations in `photographs` those
    that no record names become faults. With `dry_run` everything is done and counted, then rolled back
    at the end.
    """
    batches = _batches(coins)
    first = next(batches, ())
    with translated(), engine.connect() as connection:
        source_id = call.value(connection, "job.begin_source", location=location)
        run = call.value(connection, "job.begin_ingest", source_id=source_id)
        if not dry_run:
            connection.commit()
        stopped: SourceError | None = None
        try:
            for batch in chain([first] if first else [], batches):
                loaded = Loaded(
                    **call.rows(connection, "job.load_records", source_id=source_id, batch=_json(batch))[0]
                )
                _note(connection, run, loaded)
                if not dry_run:
                    connection.commit()
                yield loaded
        except SourceError as error:
            stopped = error
        faults = _end(connection, source_id, () if stopped else photographs)  # some record may yet name them
        _note(connection, run, Loaded(faults=faults), is_ended=stopped is None)
        connection.rollback() if dry_run else connection.commit()
        yield Loaded(faults=faults)
        if stopped:
            raise stopped


def _note(connection: Connection, run: int, loaded: Loaded, *, is_ended: bool = False) -> None:
    call.value(connection, "job.note_ingest", run=run, **asdict(loaded), is_ended=is_ended)


def _end(connection: Connection, source_id: int, photographs: Iterable[str]) -> int:
    """Judges what could not be judged before all records were there; how many faults more (or fewer) there are."""
    faults: int = -call.value(connection, "job.regain_photographs", source_id=source_id)
    stream, noted, others, last = iter(photographs), 0, 0, ""
    while some := list(islice(stream, PHOTOGRAPHS)):
        found = call.rows(
            connection, "job.note_unnamed", source_id=source_id, locations=some, at_most=UNNAMED - noted
        )[0]
        noted, others, last = noted + found["noted"], others + found["others"], some[-1]
    if others:
        call.value(
            connection, "job.note_others", source_id=source_id, place=last.rpartition("/")[0], others=others
        )
    return faults + noted + bool(others)


def _batches(coins: Iterable[Coin]) -> Iterator[list[Coin]]:
    """The coins in batches; those before a place where the source cannot be read further come before its error."""
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
        "types": None
        if coin.types is None
        else [
            {"catalogue": t.catalogue, "number": t.number, "label": t.label, "uri": t.uri} for t in coin.types
        ],
        "faults": [{"column": f.column, "text": f.text, "reason": f.reason} for f in coin.faults],
        "refusal": coin.refusal,
    }


def _side(said: Any) -> dict[str, str | None]:
    """A side as SQL takes it: the photograph with the stamp of its file, to notice a replaced one."""
    side = {name: text for name, text in said.items() if name != "image"}
    if "image" in said:
        image = said["image"]
        side |= {
            "image_location": image,
            "image_stamp": _stamp(image) if image else None,
        }
    return side


def _stamp(image: str) -> str:
    try:
        return files.stamp(image) or "missing"
    except SourceError:  # the images stage says why
        return "missing"
