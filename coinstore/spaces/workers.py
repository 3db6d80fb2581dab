"""Worker processes of the embedding job: any number, each with a connection of its own."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from ..db.engine import connect
from ..errors import SpaceError
from .claims import PLAN, Embedded, Plan
from .embed import embed_sides

POLL_S = 0.5  # how often a silent worker is looked after


def run_workers(
    engine: Engine, spaces: str | Sequence[str], plan: Plan = PLAN
) -> Generator[Embedded, None, None]:
    """Embeds with `plan.workers` processes, yielding each committed batch.

    Raises SpaceError when a worker died; what it committed is kept, the rest is still pending.
    """
    if plan.workers == 1:
        yield from embed_sides(engine, spaces, plan)
        return
    url = engine.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")  # a fork would share this process's connections
    results: Any = context.Queue()
    processes = [
        context.Process(target=_work, args=(url, spaces, share, results))
        for share in _shares(plan)
        if share.limit != 0
    ]
    for process in processes:
        process.start()
    try:
        yield from _collect(processes, results)
        for process in processes:
            process.join()
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()


def _shares(plan: Plan) -> list[Plan]:
    """The plan of each worker; the limit is split between them."""
    workers = plan.workers
    if plan.limit is None:
        return [plan] * workers
    return [replace(plan, limit=plan.limit // workers + (n < plan.limit % workers)) for n in range(workers)]


def _work(url: str, spaces: str | Sequence[str], plan: Plan, results: Any) -> None:
    # Otherwise PyTorch uses every core in every worker.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // plan.workers)))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends the processes of this worker, too
    engine = connect(url)
    try:
        for batch in embed_sides(engine, spaces, plan):
            results.put(batch)
        results.put(None)
    except Exception as error:  # handed to the parent, which raises it
        results.put(str(error))
    finally:
        engine.dispose()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends by itself now


def _collect(processes: list[Any], results: Any) -> Iterator[Embedded]:
    running = len(processes)
    while running:
        try:
            result = results.get(timeout=POLL_S)
        except queue.Empty:
            if any(process.exitcode not in (None, 0) for process in processes):
                raise SpaceError(
                    "a worker was killed; what it committed is kept. Run the command again."
                ) from None
            continue
        if result is None:
            running -= 1
        elif isinstance(result, str):
            raise SpaceError(f"a worker stopped: {result}")
        else:
            yield result
