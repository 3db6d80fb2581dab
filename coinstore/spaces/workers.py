"""Worker processes that fill spaces; each has its own connections."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Engine

from ..db.engine import opened
from ..parallel import in_processes
from .claims import PLAN, Embedded, Plan
from .embed import embed_sides


def run_workers(
    engine: Engine, spaces: str | Sequence[str], plan: Plan = PLAN
) -> Generator[Embedded, None, None]:
    """Embeds with `plan.workers` processes, yielding each committed batch.

    Raises what `embed_sides` raises, and StoreError when a worker died; what it committed is kept.
    """
    if plan.workers == 1:
        yield from embed_sides(engine, spaces, plan)
        return
    url = engine.url.render_as_string(hide_password=False)
    yield from in_processes(_work, [(url, spaces, share) for share in _shares(plan) if share.limit != 0])


def _shares(plan: Plan) -> list[Plan]:
    """The plan of each worker; the limit is split between them."""
    workers = plan.workers
    if plan.limit is None:
        return [plan] * workers
    return [replace(plan, limit=plan.limit // workers + (n < plan.limit % workers)) for n in range(workers)]


def _work(url: str, spaces: str | Sequence[str], plan: Plan) -> Iterator[Embedded]:
    # Otherwise PyTorch uses every core in every worker.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // plan.workers)))
    with opened(url) as engine:
        yield from embed_sides(engine, spaces, plan)
