"""coinstore embed: the vectors that spaces lack."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

import coinstore

from .shared import logs, options
from .shared.commands import Command
from .shared.output import notice, slow_build
from .shared.progress import reporting

if TYPE_CHECKING:
    from coinstore.spaces.defaults import Measured
    from coinstore.spaces.derive import Settled
    from coinstore.spaces.fill import Filled, Filling, Idle
    from coinstore.store import Store


def device(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """Checks the name of a device; whether the machine has it shows when it is used."""
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise click.BadParameter(f"{name!r} is not a device: auto, cpu, cuda or cuda:1")
    return name


@click.command(cls=Command)
@click.argument("names", metavar="SPACE...", nargs=-1)
@click.option(
    "--batch-size", type=click.IntRange(1, 1024), help="Sides per batch.  [default: found by trying, or 64]"
)
@options.limit("Stop after this many sides of a space.")
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes that share the work."
)
@click.option(
    "--device", default="auto", show_default=True, callback=device, help="auto, cpu, cuda or cuda:1."
)
@click.option(
    "--processes",
    type=click.IntRange(0, 256),
    help="Processes that read photographs while the model runs.  [default: one per core on CUDA, else one]",
)
@click.option("--retry", is_flag=True, help="Try the sides again that failed before.")
@click.option(
    "--watch", "watch_s", type=click.IntRange(1), metavar="N", help="Look for new sides every N seconds."
)
def embed(names: tuple[str, ...], **plan: Any) -> None:
    """Fill each SPACE with the vectors it lacks; without one, `eye` and its debiased derivative.

    The command can be stopped at any time; run it again, and it goes on. A photograph that several spaces
    lack is read once. Fused, blended and derived spaces are made from the spaces before them.

    \b
    coinstore embed
    coinstore embed eye --workers 2
    coinstore embed resnet50 clip_image clip_text fused --device cuda
    """
    from coinstore.spaces.claims import Plan
    from coinstore.spaces.defaults import Measured, Postponed, fill
    from coinstore.spaces.derive import Settled
    from coinstore.spaces.fill import Filled, Filling, Idle
    from coinstore.spaces.index import Indexing

    with (
        coinstore.open() as store,
        reporting() as report,
        closing(fill(store.engine, names, Plan(**plan), report)) as steps,
    ):
        for step in logs.followed("embed", steps):
            match step:
                case Idle():
                    _tell_idle(step)
                case Settled():
                    _tell_settled(step)
                case Filling():
                    _tell_filling(step)
                    _tell_outlines(store, step)
                case Indexing():
                    if step.lacks_memory:
                        notice(slow_build(step.space, step.needs_mb, step.may_mb))
                case Filled():
                    _tell_filled(step)
                case Measured():
                    _tell_measured(step)
                case Postponed():
                    notice(f"{step.space}: {step.why}")


def _tell_measured(measured: Measured) -> None:
    again = "was derived again" if measured.again else "is derived"
    notice(
        f"{measured.space} {again}, without the style of each collection: {measured.axes} axes, measured on"
        f" {measured.sides:,} sides."
    )


def _tell_idle(idle: Idle) -> None:
    space, parts = idle.space, " ".join(idle.empty_parts)
    if parts:
        notice(f"{space} is made of {parts}, which has no vectors yet; run: coinstore embed {parts} {space}")
    elif not idle.has_sides:
        notice(f"There are no sides yet that {space} can hold; load coins first: coinstore ingest")
    elif not idle.lacking:
        notice(f"{space} is up to date.")
    for part, sides in () if parts else idle.lacking.items():
        notice(
            f"{space} has all that {part} has, but {sides:,} sides have no vector in {part} yet;"
            f" run: coinstore embed {part} {space}"
        )
    _tell_late(space, idle.late)


def _tell_settled(settled: Settled) -> None:
    said = f"{settled.space}: {settled.collection} came later"
    if settled.taken_from:
        notice(f"{said} with fewer than five sides; the nearest mean is used, of {settled.taken_from}.")
    else:
        notice(f"{said} or has doubled; the mean of its {settled.sides:,} sides was measured.")


def _tell_filling(filling: Filling) -> None:
    for space in filling.unindexed:
        notice(f"Dropping the index of {space}; rebuilding it afterwards is faster.")
    if filling.device:
        notice(f"{', '.join(filling.pending)}: on {filling.device}.")


def _tell_outlines(store: Store, filling: Filling) -> None:
    """Says that photographs of an earlier version lack the outlines that a space uses."""
    from coinstore.spaces.catalogue import known

    uses = [space for space in filling.pending if known(store.engine, space).recipe.get("fit") == "coin"]
    if uses and (lacking := store.outlines.lacking()):
        notice(
            f"{lacking:,} sides were ingested by an earlier version and lack an outline of this one;"
            " find them with: coinstore outline --retry"
        )


def _tell_filled(filled: Filled) -> None:
    space, rate = filled.space, filled.done / filled.elapsed_s
    if filled.is_indexed:
        notice(f"{space} is now too large for exact search: an index was built.")
    notice(
        f"{space}: {filled.done:,} sides in {filled.elapsed_s:.1f} s ({rate:.0f}/s),"
        f" {filled.faults:,} faults; reading {filled.read_s:.1f} s, embedding {filled.embed_s:.1f} s,"
        f" writing {filled.write_s:.1f} s."
    )
    if filled.faults:
        notice(f"Why: coinstore faults. To try those sides again: coinstore embed {space} --retry")
    if filled.left:
        notice(
            f"{filled.left:,} sides of {space} are still pending: claimed by other workers, or just ingested."
        )
    _tell_late(space, filled.late)


def _tell_late(space: str, late: dict[str, int]) -> None:
    """Says which collections a space that removes each collection's mean has no mean of."""
    if late:
        notice(
            f"{space}: {sum(late.values()):,} sides of {', '.join(late)} came after its means were measured."
            " They were centred by the mean of all sides and are not as comparable as the others."
            " Derive the space again, under another name: coinstore space derive"
        )
