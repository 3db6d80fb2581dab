"""The matching job: pairs of sides are claimed in batches, compared, and stored.

Any number of processes on any number of machines may run it. A worker that is killed loses its batch and
nothing else: what is left to do is a question to the database.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Engine
from threadpoolctl import threadpool_limits

from ..db import call
from ..db.engine import opened
from ..db.translate import translated
from ..matching import Match, Parameters, compare_many
from ..matching.calibrate import figures
from ..matching.opencv import opencv
from ..parallel import in_processes
from ..progress import Report, Tally, silent
from ..sandbox import Sandbox
from .cache import FeatureFiles
from .features import Features, photographed
from .plan import PARAMETERS, PairsAsked, Planned, plan

BATCH = 500  # pairs; they take some seconds, which is what a killed worker loses
TRIMMED = 5  # batches after which the kept features are trimmed: at most 0.5 GB are new until then
STEP = 32  # sides that one is compared with at once


@dataclass(frozen=True, slots=True)
class Matched:
    """One committed batch: pairs that were compared, pairs that could not be, and the seconds of each step.

    `reasons`: why photographs could not be used, by the name of the side; each is told once by a worker.
    """

    pairs: int
    skipped: int
    read_s: float
    compare_s: float
    write_s: float
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class MatchingDone:
    """What a run did in all, as `Matched`; `left`: pairs that are still due, with other workers or new."""

    pairs: int = 0
    skipped: int = 0
    read_s: float = 0.0
    compare_s: float = 0.0
    write_s: float = 0.0
    elapsed_s: float = 0.0
    left: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, batch: Matched) -> None:
        """Adds a committed batch."""
        for name in ("pairs", "skipped", "read_s", "compare_s", "write_s"):
            setattr(self, name, getattr(self, name) + getattr(batch, name))
        self.reasons += [reason for reason in batch.reasons if reason not in self.reasons]


Step = Planned | Matched | MatchingDone


def match(
    engine: Engine,
    asked: PairsAsked,
    *,
    workers: int = 1,
    limit: int | None = None,
    report: Report = silent,
) -> Generator[Step, None, None]:
    """Compares the pairs that lack a current match, yielding what happens; the last step is MatchingDone.

    `limit` stops after this many pairs. Pairs that an earlier run left are compared, too. Raises
    CoinstoreError without OpenCV, what `plan` raises, and StoreError when a worker died.
    """
    opencv()
    planned = plan(engine, asked)
    yield planned
    done, started = MatchingDone(), time.perf_counter()
    count = planned.waiting if limit is None else min(limit, planned.waiting)
    tally = Tally(report, "Matching", "pairs", count)
    if planned.waiting:
        with closing(_run(engine, workers, limit, asked.settings)) as batches:
            for number, batch in enumerate(batches, 1):
                done.add(batch)
                tally.add(batch.pairs + batch.skipped)
                if number % TRIMMED == 0:
                    FeatureFiles(asked.settings).trim()
                yield batch
        FeatureFiles(asked.settings).trim()
    done.elapsed_s = time.perf_counter() - started
    done.left = call.run(engine, "job.matches_due")
    yield done


def match_pair(engine: Engine, asked: PairsAsked) -> Matched | None:
    """Compares the pairs asked for, now and in this process; None where each has a current match.

    Raises what `match` raises.
    """
    opencv()
    if not plan(engine, asked).due:
        return None
    ids = json.dumps([{"coin": p.coin, "neighbour": p.neighbour, "face": p.face} for p in asked.pairs])
    with closing(Worker(asked.settings)) as worker, call.transaction(engine) as connection:
        call.value(connection, "job.hold_records")
        pairs = call.rows(connection, "job.pairs_of_coins", pairs=ids)
        return worker.match(connection, [(row["side_id"], row["other_id"]) for row in pairs])


def _run(
    engine: Engine, workers: int, limit: int | None, settings: Parameters
) -> Generator[Matched, None, None]:
    if workers == 1:
        yield from match_due(engine, limit, settings)
        return
    url = engine.url.render_as_string(hide_password=False)
    shares = [limit and limit // workers + (n < limit % workers) for n in range(workers)]
    yield from in_processes(_work, [(url, workers, share, settings) for share in shares if share != 0])


def _work(url: str, workers: int, limit: int | None, settings: Parameters) -> Iterator[Matched]:
    with opened(url) as engine, threadpool_limits(max(1, (os.cpu_count() or 1) // workers)):
        yield from match_due(engine, limit, settings)


def match_due(
    engine: Engine, limit: int | None = None, settings: Parameters = PARAMETERS
) -> Iterator[Matched]:
    """Compares the pairs that are due and that no other worker has; yields each committed batch."""
    left = limit
    with closing(Worker(settings)) as worker, translated(), engine.connect() as connection:
        while left is None or left > 0:
            # No records are loaded during a batch, so what is read of a side is still true when it is stored.
            call.value(connection, "job.hold_records")
            size = BATCH if left is None else min(BATCH, left)
            pairs = call.rows(connection, "job.claim_matches", at_most=size)
            if not pairs:
                return
            batch = worker.match(connection, [(row["side_id"], row["other_id"]) for row in pairs])
            connection.commit()
            left = None if left is None else left - len(pairs)
            yield batch


class Worker:
    """Compares pairs of sides, and keeps the features of the sides that it has seen."""

    def __init__(self, settings: Parameters) -> None:
        self._settings, self._box = settings, Sandbox(photographed)
        self._features = Features(settings, FeatureFiles(settings), self._box)
        self._told: set[str] = set()

    def close(self) -> None:
        """Ends the sandbox."""
        self._box.close()

    def match(self, connection: Connection, pairs: Sequence[tuple[int, int]]) -> Matched:
        """Compares pairs of sides and stores what was found, in the transaction of the caller."""
        times = [time.perf_counter()]
        found = self._features.of(connection, sorted({side_id for pair in pairs for side_id in pair}))
        times.append(time.perf_counter())
        rows = [row for some in _by_first(pairs) for row in self._compared(some, found)]
        times.append(time.perf_counter())
        # A change of the calibration waits from here on, and not while photographs are read.
        recipe = call.value(connection, "job.match_recipe", parameters=json.dumps(self._settings.recipe()))
        call.value(connection, "job.store_matches", recipe=recipe, batch=json.dumps(rows))
        self._features.forget()
        times.append(time.perf_counter())
        read_s, compare_s, write_s = (after - before for before, after in pairwise(times))
        compared = sum("digest" in row for row in rows)
        return Matched(compared, len(rows) - compared, read_s, compare_s, write_s, self._untold())

    def _compared(self, pairs: Sequence[tuple[int, int]], found: dict[int, Any]) -> Iterator[dict[str, Any]]:
        """The rows of core.match for pairs of one first side; only keys where it cannot be compared."""
        able = [pair for pair in pairs if pair[0] in found and pair[1] in found]
        for side_id, other_id in set(pairs) - set(able):
            yield {"side_id": side_id, "other_id": other_id}
        if not able:
            return
        digest, first = found[able[0][0]]
        matches = compare_many(first, [found[other_id][1] for _, other_id in able], self._settings)
        for (side_id, other_id), one in zip(able, matches, strict=True):
            keys = {"side_id": side_id, "other_id": other_id, "digest": str(digest)}
            yield keys | {"other_digest": str(found[other_id][0])} | written(one)

    def _untold(self) -> tuple[str, ...]:
        reasons = [one for one in self._features.reasons.values() if one not in self._told]
        self._told.update(reasons)
        return tuple(reasons)


def _by_first(pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """The pairs in runs of one first side, each of at most STEP pairs."""
    runs: dict[int, list[tuple[int, int]]] = {}
    for pair in pairs:
        runs.setdefault(pair[0], []).append(pair)
    return [run[begin : begin + STEP] for run in runs.values() for begin in range(0, len(run), STEP)]


def written(match: Match) -> dict[str, Any]:
    """A match as core.match has it; the database adds the probability."""
    names = ("agreeing", "inliers", "possible", "coverage", "residual_px", "opencv_version")
    row: dict[str, Any] = {name: getattr(match, name) for name in names}
    found = figures(match)
    row["figures"] = None if found is None else found.tolist()
    if match.transform is not None:
        row["transform"] = [number for line in match.transform for number in line]
    if match.dense is not None:
        row |= {
            name: getattr(match.dense, name) for name in ("whole", "common", "sectors", "offsets_px", "peaks")
        }
    return row
