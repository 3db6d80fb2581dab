"""Checking a store: what is wrong, where, how often, and the command that fixes it."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..errors import CoinstoreError, NotFound
from ..images.examine import examine_images
from ..sources import files
from ..sources.locations import shown

BATCH = 500
GONE = "photograph whose file is gone"
TOUCHED = "photograph whose file was touched since: size or time differ"
CHANGED = "photograph whose file shows something else than was ingested"
UNREADABLE = "photograph whose file cannot be read now"


@dataclass(frozen=True, slots=True)
class Checking:
    """A part of the database is checked now: what it is, and how many parts are left with it."""

    what: str
    left: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How many more photographs, or parts of the database, were checked."""

    count: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, where, how many, and the command that fixes it."""

    what: str
    place: str
    found: int
    fix: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """What was fixed, and how many."""

    what: str
    fixed: int


def check_database(engine: Engine) -> Iterator[Checking | Checked | Finding]:
    """Looks at indexes, spaces, graphs and maps, each in its own transaction."""
    with engine.connect() as connection:
        parts = call.rows(connection, "job.to_check")
        for done, part in enumerate(parts):
            yield Checking(f"{part['kind']} {part['name']}".strip(), len(parts) - done)
            for row in call.rows(connection, "job.check_one", kind=part["kind"], name=part["name"]):
                yield Finding(**row)
            connection.rollback()
            yield Checked(1)


def check_files(engine: Engine, *, whole: bool = False) -> Iterator[Checked | Finding]:
    """Looks for the file of each photograph; with `whole` reads it all, and compares its SHA-256.

    Without `whole`, it reports files whose size or time has changed.
    """
    found: Counter[tuple[str, str, str]] = Counter()
    for some in _photographs(engine):
        for side in some:
            if what := _compare(side, whole=whole):
                found[what, shown(side["source"] or "a source"), _fix_for(what, side)] += 1
        yield Checked(len(some))
    for (what, place, fix), count in sorted(found.items()):
        yield Finding(what, place, count, fix)


def fix(engine: Engine, *, whole: bool = False) -> Iterator[Fixed]:
    """Fixes what can be fixed here: deletes what is unused or wrong, so that embedding makes it again.

    With `whole`, it first examines files that changed; their vectors are deleted, and embedding makes them
    again. Of files that were only touched, it stores the current size and time.
    """
    if whole:
        yield from _examine_again(engine)
    for row in call.changes(engine, "job.fix"):
        if row["fixed"]:
            yield Fixed(**row)


def _examine_again(engine: Engine) -> Iterator[Fixed]:
    changed = touched = 0
    for some in _photographs(engine):
        again: list[int] = []
        stamps: dict[int, str] = {}
        for side in some:
            # Before the file is read: the next check notices what happens to the file from here on.
            stamp = _stamp_now(side)
            what = _compare(side, whole=True)
            if what == CHANGED:
                again.append(side["side_id"])
            if what in (None, CHANGED) and stamp and stamp != side["stamp"]:
                stamps[side["side_id"]] = stamp
        with call.transaction(engine) as connection:
            call.value(connection, "job.renew_stamps", sides=list(stamps), stamps=list(stamps.values()))
            call.value(connection, "job.examine_again", sides=again)
        changed += len(again)
        touched += len(stamps.keys() - set(again))
    for _ in examine_images(engine):
        pass
    if changed:
        yield Fixed("photographs that were examined again", changed)
    if touched:
        yield Fixed("files that were only touched", touched)


def _stamp_now(side: Mapping[str, Any]) -> str | None:
    with suppress(CoinstoreError):
        return files.stamp(side["location"])
    return None


def _photographs(engine: Engine) -> Iterator[list[Mapping[str, Any]]]:
    after = 0
    while some := call.changes(engine, "job.photographs", after=after, at_most=BATCH):
        yield some
        after = some[-1]["side_id"]


def _compare(side: Mapping[str, Any], *, whole: bool) -> str | None:
    """What is wrong with the file of one photograph; None if nothing is."""
    try:
        if whole:
            sha256 = hashlib.sha256(files.read(side["location"])).hexdigest()
            return None if sha256 == side["sha256"] else CHANGED
        stamp = files.stamp(side["location"])
    except NotFound:
        return GONE
    except CoinstoreError:
        return UNREADABLE
    if stamp is None:
        return GONE
    return TOUCHED if side["stamp"] and stamp != side["stamp"] else None


def _fix_for(what: str, side: Mapping[str, Any]) -> str:
    source = shlex.quote(shown(side["source"])) if side["source"] else "SOURCE"
    if what == CHANGED:
        return "coinstore check --files --fix; coinstore embed SPACE"
    if what == TOUCHED:
        return f"coinstore check --files, to see whether they differ; coinstore ingest {source}"
    return f"put the file back, or give its new place: coinstore ingest {source} --images FOLDER"


def findings(engine: Engine, *, files: bool) -> list[Finding]:
    """What is wrong in the store; with `files` each photograph is read."""
    steps = [*check_database(engine), *check_files(engine, whole=files)]
    return [step for step in steps if isinstance(step, Finding)]
