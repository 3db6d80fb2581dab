"""Ingestion: the records of a source, and the photographs that they name.

This is the only place that runs two stages together. The stages do not know each other.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Engine

from . import parallel
from .db import call
from .db.engine import interrupt
from .errors import SourceError
from .images.examine import Examined, count_workers, examine_images, retry_images, unexamined
from .images.faces import reason_of, shows_both
from .images.look import look
from .progress import Report, Tally, silent
from .records.batches import stamp_of
from .records.coin import Coin
from .records.load import Loaded, Plan, load
from .records.reader import Reading, photographs, read
from .sandbox import Sandbox
from .sources.locations import shown

LOOKED_AT = 64  # coins of a folder at a time


@dataclass(frozen=True, slots=True)
class RejectedSource:
    """A source that could not be read, or not to its end, and why."""

    location: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know about a source that was read: which sheet it was, for example."""

    location: str
    text: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """How many records of a source are not coins, and what they are: "Geldschein", "a type"."""

    location: str
    what: str
    records: int


@dataclass(frozen=True, slots=True)
class Unused:
    """A column or path that no field takes, and how many coins of a source have it; of a folder, in which
    of its kinds of files."""

    location: str
    kind: str
    column: str
    records: int


@dataclass(frozen=True, slots=True)
class Complete:
    """All records are loaded; `photographs` are still to be examined."""

    photographs: int


Step = Loaded | Examined | RejectedSource | Note | Skipped | Unused | Complete


def ingest(
    engine: Engine, readings: Iterable[Reading], *, dry_run: bool = False, retry: bool = False
) -> Iterator[Step]:
    """Loads the sources and examines their photographs at the same time; yields after each committed batch.

    A source that cannot be read is yielded as RejectedSource, and the others go on. With `dry_run`
    records are loaded, counted and rolled back, and no photograph is examined. With `retry` all photographs
    of the sources that could not be used are examined again (with an empty list, of all sources); without
    it, those on a network whose pause is over. Photographs that another run left are examined, too, but only
    faults of these sources are counted.
    """
    if dry_run:
        return _load(engine, readings, Plan(dry_run=True))
    if retry and readings == []:
        return _retry(engine)
    plan = Plan(retry=retry)
    supplies = [parallel.Supply() for _ in range(count_workers())]
    # Processes are forked now: the caller may start a thread, for a progress bar, before the first step.
    images = examine_images(engine, supplies, plan.runs)
    return parallel.merge(
        _load_all(engine, readings, supplies, plan), images, stop=partial(interrupt, engine)
    )


def _retry(engine: Engine) -> Iterator[Step]:
    yield Complete(retry_images(engine))
    yield from examine_images(engine)


def _load_all(
    engine: Engine, readings: Iterable[Reading], supplies: Sequence[parallel.Supply], plan: Plan
) -> Generator[Step, None, None]:
    try:
        with closing(_load(engine, readings, plan)) as steps:
            for step in steps:
                for supply in supplies:
                    supply.tell_more()
                yield step
    finally:
        for supply in supplies:
            supply.tell_all()
    yield Complete(unexamined(engine))


def _load(engine: Engine, readings: Iterable[Reading], plan: Plan) -> Generator[Step, None, None]:
    with closing(Sandbox(look)) as sandbox:
        for reading in readings:
            try:
                source, coins = reading.source, read(reading)
                if reading.is_of_photographs:
                    coins = _explained(engine, coins, sandbox)
                yield from load(engine, source.name, coins, photographs=photographs(reading), plan=plan)
            except SourceError as error:
                yield RejectedSource(shown(reading.location), str(error))
            yield from (Note(shown(reading.location), text) for text in reading.notes)
            yield from (Skipped(shown(reading.location), *one) for one in sorted(reading.skipped.items()))
            yield from _unused(reading)


def _unused(reading: Reading) -> Iterator[Unused]:
    for kind, columns in (reading.unused or {}).items():
        for column, records in columns.most_common():
            yield Unused(shown(reading.location), kind, column, records)


def _explained(engine: Engine, coins: Iterable[Coin], sandbox: Sandbox) -> Iterator[Coin]:
    """The coins of a folder; a picture whose name shows no face is a coin after all if it shows both.

    A picture that is broken gets that as the reason.
    """
    stream = iter(coins)
    while some := list(islice(stream, LOOKED_AT)):
        images = [one.raw["image"] for one in some if one.refusal and isinstance(one.raw.get("image"), str)]
        known = call.changes(engine, "job.stamps_of_both", locations=images) if images else []
        stamps = {row["location"]: row["stamp"] for row in known}
        unknown = [image for image in images if image not in stamps or stamps[image] != stamp_of(image)]
        looks = dict(zip(unknown, sandbox.each([(image,) for image in unknown]), strict=True))
        yield from (_seen(coin, looks, stamps) for coin in some)


def _seen(coin: Coin, looks: Mapping[str, Any], stamps: Mapping[str, str]) -> Coin:
    image: Any = coin.raw.get("image") if coin.refusal else None
    if image in looks:
        why = reason_of(looks[image], needs_both=coin.as_both is not None)
        if coin.as_both and not why and shows_both(looks[image]):
            return coin.as_both
        return replace(coin, refusal=why or coin.refusal, as_both=None)
    return coin.as_both if coin.as_both and image in stamps else coin


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingestion brought: counts of coins and faults, what was not read or skipped, and notes."""

    new: int
    changed: int
    unchanged: int
    refused: int
    faults: int
    rejected: tuple[RejectedSource, ...]
    notes: tuple[Note, ...]
    skipped: tuple[Skipped, ...] = ()
    unused: tuple[Unused, ...] = ()


def follow(steps: Iterable[Step], report: Report = silent) -> Ingested:
    """Runs an ingestion to its end, reports records and photographs, and returns what it brought."""
    loaded = Loaded()
    rejected: list[RejectedSource] = []
    notes: list[Note] = []
    skipped: list[Skipped] = []
    unused: list[Unused] = []
    records = Tally(report, "Records", "records")
    photographs = Tally(report, "Photographs", "photographs")
    for step in steps:
        match step:
            case Loaded():
                loaded += step
                records.add(step.coins)
            case Examined():
                loaded += Loaded(faults=step.faults)
                photographs.add(step.done)
            case Complete():
                records.expect(0)
                photographs.expect(step.photographs)
            case RejectedSource():
                rejected.append(step)
            case Note():
                notes.append(step)
            case Skipped():
                skipped.append(step)
            case Unused():
                unused.append(step)
    counts = (loaded.new, loaded.changed, loaded.unchanged, loaded.refused, loaded.faults)
    return Ingested(*counts, tuple(rejected), tuple(notes), tuple(skipped), tuple(unused))
