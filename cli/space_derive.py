"""coinstore space derive: the vectors of another space with less of the photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

import coinstore

from .shared.commands import Command
from .shared.output import notice
from .shared.recipe import PRECISION

if TYPE_CHECKING:
    from coinstore.spaces.derive import Derived


class _Axes(click.IntRange):
    """A number of axes, or `usual` where the option has no number: as many as are usual."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return True if value == "usual" else super().convert(value, param, ctx)


WHITEN = _Axes(2, 4000)


@click.command(cls=Command)
@click.argument("name")
@click.option("--from", "source", required=True, help="The space to take the vectors from.")
@click.option("--centre", is_flag=True, help="Subtract the mean of all sides.")
@click.option(
    "--by", type=click.Choice(["collection"]), help="With --centre: subtract each collection's own mean."
)
@click.option("--standardise", is_flag=True, help="With --centre: also divide by the standard deviation.")
@click.option(
    "--whiten",
    type=WHITEN,
    is_flag=False,
    flag_value="usual",
    metavar="[D]",
    help="Project onto D principal axes; without D onto 256, or as many as there are.",
)
@click.option(
    "--whitening",
    type=click.Choice(["half", "full"]),
    default="half",
    show_default=True,
    help="Divide each axis by its standard deviation (full) or by the root of it (half).",
)
@click.option("--precision", type=PRECISION, default="half", show_default=True)
def derive(name: str, source: str, centre: bool, by: str | None, **given: Any) -> None:
    """Derive the space NAME from another.

    The new space shows less of a museum's style and more of the coin. What is subtracted is measured now,
    stored, and applied to sides that come later; axes are measured on 100,000 sides at most, drawn by the
    hashes of their photographs. A collection with fewer than five sides has no mean of
    its own: the nearest mean of the others is used for it, and for photographs that are not in the store.
    A collection that comes later gets its own mean at the next embed, once it has five sides. A mean is
    measured again, and the vectors made again, once its collection has twice as many sides.

    \b
    coinstore space derive centred --from hog --centre
    coinstore space derive hog_debiased --from hog --centre --by collection --whiten
    coinstore embed hog_debiased
    """
    from coinstore.spaces.derive import Derivation, derive_space

    if by and not centre:
        raise click.UsageError("--by says whose mean is subtracted: add --centre.")
    if not centre:
        raise click.UsageError(
            "A derived space subtracts a mean: add --centre for that of all sides, or --centre --by"
            " collection for that of each collection."
        )
    derivation = Derivation(source, centre=(by or "all") if centre else None, **given)
    with coinstore.open() as store:
        derived = derive_space(store.engine, name, derivation)
    _tell_derived(name, derivation.whiten, derived)


def _tell_derived(name: str, asked: int | None, derived: Derived) -> None:
    from coinstore.spaces.derive import AXES

    if asked is True and derived.axes != AXES:
        notice(f"{name} has {derived.axes} axes, not {AXES}: the source has no more.")
    for collection, taken_from in derived.borrowed.items():
        whose = f"the nearest, of {taken_from}," if taken_from else "that of all sides"
        notice(f"{collection} has fewer than five sides and so no mean of its own; {whose} is used.")
    notice(f"Fill it with: coinstore embed {name}")
