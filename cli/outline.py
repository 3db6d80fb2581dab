"""coinstore outline: where each coin is in its photograph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.sources.outputs import check_path

from .shared import options
from .shared.commands import Group
from .shared.options import listing
from .shared.output import SHORT_SHA256, notice, print_rows
from .shared.progress import reporting

if TYPE_CHECKING:
    from coinstore.store import Face

SHOWN = [
    "face",
    "x_px",
    "y_px",
    "radius_px",
    "certainty",
    "method",
    "said_by",
    "width_px",
    "height_px",
    "sha256",
]


class Point(click.ParamType):
    """X,Y in pixels."""

    name = "X,Y"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[float, float]:
        try:
            x, y = map(float, str(value).split(","))
        except ValueError:
            self.fail(f"{value} is not X,Y in pixels, as in 512,480.", param, context)
        return x, y


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "--retry", is_flag=True, help="Find the outlines that are missing, or that an older method found."
)
@options.min_certainty("With --retry: also find those again whose certainty is below this.")
@click.pass_context
def outline(context: click.Context, retry: bool, min_certainty: float | None) -> None:
    """Where each coin is in its photograph: found when the photograph is ingested, and corrected by you.

    A correction is kept as long as the photograph is the same.

    \b
    coinstore outline show "LM 0001"
    coinstore outline --retry
    """
    if context.invoked_subcommand:
        if retry or min_certainty is not None:
            raise click.UsageError("Give either --retry or a command.")
    elif retry:
        _find(min_certainty or 0.0)
    elif min_certainty is not None:
        raise click.UsageError("--min-certainty needs --retry.")
    else:
        click.echo(context.get_help())


def _find(below: float) -> None:
    with coinstore.open() as store, reporting() as report:
        [done] = store.outlines.find(below=below, progress=report)
    if not done["sides"]:
        click.echo("Every photograph has its outline; nothing to do.")
        return
    click.echo(f"{done['changed']:,} of {done['sides']:,} sides have another outline.")
    if done["unread"]:
        notice(f"{done['unread']:,} could not be read as they were ingested; ingest their sources again.")
    if done["changed"]:
        notice("Spaces that use outlines lack these sides now; fill them with: coinstore embed")


@outline.command()
@click.argument("coin")
@click.option("--face", type=options.FACE, help="Only this face.")
@options.output("Also draw the photographs with their outlines.", metavar="FILE.png")
@listing
def show(coin: str, face: Face | None, output: Path | None, form: str) -> None:
    """Show where a COIN is in its photographs.

    Lengths are in pixels, from the upper left corner. The photograph has its SHA-256: its first digits in the
    table. JSON and CSV also hold the edge: its distance from the middle in 96 directions, per mille of the
    radius.

    \b
    coinstore outline show "LM 0001"
    coinstore outline show "LM 0001" --face reverse -o reverse.png
    """
    if output:
        check_path(output, (".png",), "picture")
    with coinstore.open() as store:
        found = store.outlines.show(coin, face)
        if output:
            store.outlines.draw(coin, output, face)
    digits = SHORT_SHA256 if form == "table" else None
    rows = [dict(row) | {"sha256": row["sha256"][:digits]} for row in found]
    print_rows(rows, SHOWN, form, columns=[*SHOWN, "edge", "location"])
    if output:
        notice(f"Wrote {output}.")


@outline.command("set")
@click.argument("coin")
@click.option("--face", type=options.FACE, required=True, help="The face.")
@click.option("--centre", type=Point(), metavar="X,Y", help="The middle of the coin, in pixels.")
@click.option("--radius", type=float, metavar="R", help="Its radius, in pixels.")
@click.option("--whole", is_flag=True, help="Instead: the coin fills the picture.")
@click.option("--automatic", is_flag=True, help="Instead: take back what was said, and find the coin again.")
@click.option(
    "--of",
    default="",
    metavar="SHA256",
    help="The photograph that you saw, as `outline show` prints it; another one is refused.",
)
@options.person()
def set_outline(coin: str, face: Face, of: str, whole: bool, automatic: bool, **given: Any) -> None:
    """Say where a COIN is in its photograph.

    coinstore keeps this instead of what it finds, as long as the photograph is the same. When another one
    takes its place, the coin is found again, and `coinstore faults` says so.

    \b
    coinstore outline set "LM 0001" --face obverse --centre 512,480 --radius 430
    coinstore outline set "LM 0001" --face reverse --whole --as "A. Curator"
    coinstore outline set "LM 0001" --face obverse --automatic
    """
    centre, radius = given["centre"], given["radius"]
    ways = [centre is not None or radius is not None, whole, automatic]
    if sum(ways) != 1 or (centre is None) != (radius is None):
        raise click.UsageError("Give either --centre X,Y and --radius R, or --whole, or --automatic.")
    if automatic and of:
        raise click.UsageError("--automatic looks at the photograph itself, without --of.")
    with coinstore.open() as store:
        if automatic:
            store.outlines.reset(coin, face)
        else:
            circle = None if whole else (*centre, radius)
            store.outlines.set(coin, face, person=given["person"], circle=circle, of=of)
    notice(f"Updated the outline of the {face}. Spaces that use it are filled with: coinstore embed")


@outline.command("list")
@options.where()
@options.limit("Rows in the table and in the picture.", default=40, show_default=True)
@options.output("Also draw them on small photographs, to look for mistakes.", metavar="FILE.png")
@listing
def list_outlines(where: str, limit: int, output: Path | None, form: str) -> None:
    """List the outlines, the least certain first.

    \b
    coinstore outline list
    coinstore outline list --limit 200 -o outlines.png
    coinstore outline list --where "collection = 'Lindenau'" --limit 10
    """
    if output:
        check_path(output, (".png",), "picture")
    with coinstore.open() as store:
        found = store.outlines.list(where, limit if form == "table" else None)
        if output and found:
            store.outlines.draw_list(output, where, limit)
    print_rows(
        [dict(row) for row in found],
        list(found.columns),
        form,
        empty="No outline meets the condition."
        if where.strip() not in ("", "true")
        else "No photograph has an outline yet; load some with: coinstore ingest",
    )
    if output and found:
        notice(f"Wrote {output}.")
