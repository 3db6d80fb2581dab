"""coinstore embed, coinstore spaces: vectors, and the spaces that hold them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import click

import coinstore
from coinstore.db import call
from coinstore.spaces import fill
from coinstore.spaces.catalogue import empty_parts, ensure_space
from coinstore.spaces.claims import Embedded, Plan
from coinstore.spaces.workers import run_workers

from .shared import logs
from .shared.output import notice, print_json, print_table
from .shared.progress import bar

SHOWN = [
    "space",
    "dims",
    "precision",
    "trained",
    "sides",
    "embedded",
    "faults",
    "indexed",
    "recall_at_10",
    "similarity_p01",
    "similarity_mean",
    "similarity_p99",
]


@dataclass(slots=True)
class Total:
    """What was done in one space: sides, of which faulty, and the seconds of each step."""

    done: int = 0
    faults: int = 0
    read_s: float = 0.0
    embed_s: float = 0.0
    write_s: float = 0.0

    def add(self, batch: Embedded) -> None:
        for name in ("done", "faults", "read_s", "embed_s", "write_s"):
            setattr(self, name, getattr(self, name) + getattr(batch, name))


def device(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """The name of a device, if it is one; whether it is here is seen when it is used."""
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise click.BadParameter(f"{name!r} is no device: auto, cpu, cuda or cuda:1")
    return name


@click.command()
@click.argument("names", metavar="SPACE...", nargs=-1, required=True)
@click.option(
    "--batch-size", type=click.IntRange(1, 1024), help="Sides in a batch; else found by trying, or 64."
)
@click.option("--limit", type=click.IntRange(1), help="Stop after so many sides of a space.")
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes to share the work."
)
@click.option(
    "--device", default="auto", show_default=True, callback=device, help="auto, cpu, cuda or cuda:1."
)
@click.option(
    "--processes",
    type=click.IntRange(0, 256),
    help="Processes that read photographs beside the model; else one a core on CUDA, none on a CPU.",
)
@click.option("--retry", is_flag=True, help="Try the sides again that could not be embedded before.")
@click.option(
    "--watch", "watch_s", type=click.IntRange(1), help="Look again every so many seconds, for ever."
)
def embed(names: tuple[str, ...], workers: int, retry: bool, watch_s: int | None, **options: Any) -> None:
    """Fill each SPACE with the vectors it lacks. Killed, it loses nothing; run again, it goes on.

    A photograph that several spaces lack is read once. Fused, blended and derived spaces are made
    of those before them.

    \b
    coinstore embed hog
    coinstore embed hog --workers 2
    coinstore embed resnet50 clip_image clip_text fused --device cuda
    """
    with coinstore.open() as store:
        for space in names:
            ensure_space(store.engine, space)
            if retry:
                call.run(store.engine, "job.retry_faults", space=space)
        while True:
            for stage in fill.stages(store.engine, names):
                _embed_once(store, stage, Plan(**options), workers, is_quiet=watch_s is not None)
            if watch_s is None:
                return
            time.sleep(watch_s)


def _embed_once(
    store: coinstore.Store, names: Sequence[str], plan: Plan, workers: int, *, is_quiet: bool
) -> None:
    left = {space: fill.pending(store.engine, space) for space in names}
    for space in [space for space in names if not left[space] and not is_quiet]:
        if empty := empty_parts(store.engine, space):
            parts = " ".join(empty)
            notice(
                f"{space} is made of {parts}, where there is no vector yet; run: coinstore embed {parts} {space}"
            )
        elif not call.run(store.engine, "job.possible", space=space):
            notice(f"There is no side that {space} could hold yet; load coins first: coinstore ingest")
        else:
            notice(f"Nothing to do: {space} lacks no side.")
            _say_late(store, space)
    names = [space for space in names if left[space]]
    if not names:
        return
    for space in names:
        if fill.drop_index_for(store.engine, space, left[space]):
            notice(f"So much is to be done that the index of {space} is dropped, and built anew at the end.")
    if device := fill.device_named(store.engine, names, plan):
        notice(f"{', '.join(names)}: on {device}.")
    totals, started = {space: Total() for space in names}, time.perf_counter()
    expected = sum(min(left[space], plan.limit or left[space]) for space in names)
    # Closed here, where its error can be told, when the connection is lost.
    with (
        bar(f"Embedding {', '.join(names)}", expected) as progress,
        closing(run_workers(store.engine, names, plan, workers)) as batches,
    ):
        for batch in logs.followed("embed", batches):
            totals[batch.space].add(batch)
            progress.advance(batch.done)
    elapsed_s = time.perf_counter() - started
    for space, total in totals.items():
        _close(store, space, total, elapsed_s, is_whole=plan.limit is None)


def _close(store: coinstore.Store, space: str, total: Total, elapsed_s: float, *, is_whole: bool) -> None:
    """Settles a space, and says what was done in it."""
    if total.done and fill.settle(store.engine, space):
        notice(f"{space} has grown past the size for exact search: an index was built.")
    notice(
        f"{space}: {total.done:,} sides in {elapsed_s:.1f} s ({total.done / elapsed_s:.0f}/s), {total.faults:,} faults;"
        f" reading {total.read_s:.1f} s, embedding {total.embed_s:.1f} s, writing {total.write_s:.1f} s."
    )
    if total.faults:
        notice(f"Why: coinstore faults. To try those sides again: coinstore embed {space} --retry")
    if is_whole and (left := fill.pending(store.engine, space)):
        notice(f"{left:,} sides of {space} are with other workers, or new.")
    _say_late(store, space)


def _say_late(store: coinstore.Store, space: str) -> None:
    """Says of a space that takes each collection's mean out which collections it has no mean of."""
    with store.engine.begin() as connection:
        late = call.rows(connection, "job.late_collections", space=space)
    if late:
        sides, names = sum(row["sides"] for row in late), ", ".join(row["collection"] for row in late)
        notice(
            f"{space}: {sides:,} sides of {names} came after its means were measured, and were centred by the mean of"
            " all: they are not as comparable as the others. Derive it anew, under another name: coinstore space derive"
        )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def spaces(as_json: bool) -> None:
    """List the spaces: recipe, coverage, trained or not, index and its measured recall."""
    with coinstore.open() as store:
        found = [dict(row) for row in call.look(store.engine, "api.spaces")]
    if as_json:
        print_json(found)
        return
    print_table(found, SHOWN)
    for row in found:
        if row["collapsed"]:
            notice(
                f"{row['space']} is collapsed: nearly all pairs are alike above 0.99. Read the percentile."
            )
        if row["sees"]:
            click.echo(f"{row['space']} has seen of the records: {', '.join(row['sees'])}")
        click.echo(f"{row['space']}: {json.dumps({k: v for k, v in row['recipe'].items() if v is not None})}")
