"""Worker processes of the embedding job: any number, each with a connection of its own."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from . import vectors
from .db.engine import connect
from .errors import SpaceError

POLL_S = 0.5  # how often a silent worker is looked after


def run_workers(
    engine: Engine,
    space: str,
    plan: vectors.Plan = vectors.Plan(),  # noqa: B008 - it is frozen
    workers: int = 1,
) -> Iterator[vectors.Embedded]:
    """Embeds with so many processes, yielding each committed batch.

    Raises SpaceError when a worker died; what it had committed stays, the rest is still to do.
    """
    if workers == 1:
        yield from vectors.embed_sides(engine, space, plan)
        return
    url = engine.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")  # a fork would share this process's connections
    results: Any = context.Queue()
    limits = [
        None if plan.limit is None else plan.limit // workers + (n < plan.limit % workers) for n in range(workers)
    ]
    processes = [
        context.Process(target=_work, args=(url, space, replace(plan, limit=limit), results), daemon=True)
        for limit in limits
        if limit != 0
    ]
    for process in processes:
        process.start()
    try:
        yield from _collect(processes, results)
    finally:
        for process in processes:
            process.terminate()


def _shares(plan: vectors.Plan, workers: int) -> list[vectors.Plan]:
    """The plan of each worker: the limit is shared among them."""
    if plan.limit is None:
        return [plan] * workers
    return [replace(plan, limit=plan.limit // workers + (n < plan.limit % workers)) for n in range(workers)]


def _work(url: str, space: str, plan: vectors.Plan, results: Any) -> None:
    engine = connect(url)
    try:
        for batch in vectors.embed_sides(engine, space, plan):
            results.put(batch)
        results.put(None)
    except Exception as error:  # handed to the parent, which raises it
        results.put(str(error))
    finally:
        engine.dispose()


def _collect(processes: list[Any], results: Any) -> Iterator[vectors.Embedded]:
    running = len(processes)
    while running:
        try:
            result = results.get(timeout=POLL_S)
        except queue.Empty:
            if any(process.exitcode not in (None, 0) for process in processes):
                raise SpaceError("a worker was killed; what it committed is kept. Run the command again.") from None
            continue
        if result is None:
            running -= 1
        elif isinstance(result, str):
            raise SpaceError(f"a worker stopped: {result}")
        else:
            yield result
