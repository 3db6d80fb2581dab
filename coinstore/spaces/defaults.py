"""The spaces that are filled where none is named: `eye`, and `eye_debiased` which is derived from it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from ..db import call
from ..db.translate import translated
from ..errors import NotFound
from ..progress import Report, silent
from .catalogue import Known, drop_space, known, switch_spaces
from .claims import PLAN, Plan
from .derive import AXES, Derivation, derive_space
from .fill import Idle, Step, fill_spaces, pending

PLAIN, DEBIASED = "eye", "eye_debiased"
NEXT = "eye_debiased_next"  # while it is measured again
ENOUGH = 50  # sides; axes of fewer say more about these sides than about coins
OUTGROWN = 2  # times as many sides as the axes were measured on


@dataclass(frozen=True, slots=True)
class Measured:
    """`space` was derived, or derived again, with this many axes, measured on this many sides."""

    space: str
    sides: int
    axes: int
    again: bool


@dataclass(frozen=True, slots=True)
class Postponed:
    """Why `space` is not derived, or not again: a sentence."""

    space: str
    why: str


def fill(
    engine: Engine, names: Sequence[str], plan: Plan = PLAN, report: Report = silent
) -> Iterator[Step | Measured | Postponed]:
    """Fills the named spaces, or the default ones where none is named; as `fill_spaces`."""
    return fill_spaces(engine, names, plan, report) if names else fill_default(engine, plan, report)


def fill_default(
    engine: Engine, plan: Plan = PLAN, report: Report = silent
) -> Iterator[Step | Measured | Postponed]:
    """Fills `eye`, derives `eye_debiased` once there are enough sides, and fills it; as `fill_spaces`.

    It is derived again when there are twice as many sides as its axes were measured on, as long as
    nothing was made from it: no graph, no map, no other space.
    """
    once = replace(plan, watch_s=None)
    while True:
        steps = [fill_spaces(engine, (PLAIN,), once, report), _derive(engine, once, report)]
        for step in (step for some in steps for step in some):
            if not (plan.watch_s and isinstance(step, Idle | Postponed)):  # would be said again and again
                yield step
        if plan.watch_s is None:
            return
        time.sleep(plan.watch_s)
        once = replace(once, retry=False)


def _derive(engine: Engine, plan: Plan, report: Report) -> Iterator[Step | Measured | Postponed]:
    """Derives `eye_debiased` if it is missing, fills it, and derives it again if it is outgrown."""
    with _alone(engine) as is_alone:
        if is_alone:
            yield from _derive_first(engine)
    if _known(engine, DEBIASED) is None:
        if not is_alone:
            yield Postponed(DEBIASED, "another process derives it.")
        return
    yield from fill_spaces(engine, (DEBIASED,), plan, report)
    with _alone(engine) as is_alone:
        if is_alone and plan.limit is None and _is_outgrown(engine):
            yield from _derive_again(engine, plan, report)


def _derive_first(engine: Engine) -> Iterator[Measured | Postponed]:
    if _known(engine, DEBIASED) is not None:
        return
    sides = _embedded(engine, PLAIN)
    if sides < ENOUGH:
        yield Postponed(DEBIASED, f"it is derived once {PLAIN} has {ENOUGH} sides; it has {sides:,}.")
    elif pending(engine, PLAIN):  # other workers are at it; the last one derives
        yield Postponed(DEBIASED, f"it is derived once {PLAIN} has all sides.")
    else:
        yield _measured(engine, DEBIASED, sides, again=False)


def _is_outgrown(engine: Engine) -> bool:
    """Whether there are many more sides than were measured; never of a space that a person made."""
    recipe = known(engine, DEBIASED).recipe
    measured = recipe.get("measured_sides", 0)
    axes = min(AXES, measured - 1, known(engine, PLAIN).dims)
    usual = Derivation(PLAIN, "collection", whiten=axes).recipe()
    is_ours = usual == {name: recipe.get(name) for name in usual}
    return is_ours and _embedded(engine, PLAIN) >= OUTGROWN * measured and not pending(engine, PLAIN)


def _derive_again(engine: Engine, plan: Plan, report: Report) -> Iterator[Step | Measured | Postponed]:
    sides = _embedded(engine, PLAIN)
    if built := call.run(engine, "job.built_on", space=DEBIASED):
        yield Postponed(
            DEBIASED,
            f"{', '.join(built)} were made from it, so it keeps its axes, although there are now {sides:,}"
            " sides; derive another space next to it.",
        )
        return
    if _known(engine, NEXT) is not None:  # a run before this one was stopped here
        drop_space(engine, NEXT)
    again = _measured(engine, NEXT, sides, again=True)
    for step in fill_spaces(engine, (NEXT,), plan, report):
        if not isinstance(step, Idle):
            yield step
    switch_spaces(engine, DEBIASED, NEXT)
    yield replace(again, space=DEBIASED)
    drop_space(engine, NEXT)


@contextmanager
def _alone(engine: Engine) -> Iterator[bool]:
    """Whether no other process derives the default space; none begins until this ends."""
    with translated(), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").detach()  # closing it releases the lock
        yield bool(call.value(connection, "job.lock_default"))


def _measured(engine: Engine, name: str, sides: int, *, again: bool) -> Measured:
    made = derive_space(engine, name, Derivation(PLAIN, "collection", whiten=True))
    return Measured(name, sides, made.axes or 0, again)


def _embedded(engine: Engine, space: str) -> int:
    return int(call.run(engine, "job.embedded", name=space))


def _known(engine: Engine, space: str) -> Known | None:
    try:
        return known(engine, space)
    except NotFound:
        return None
