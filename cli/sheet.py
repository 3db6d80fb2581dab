"""coinstore sheet: coins with their look-alikes, to be looked at and printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.pages.sheets import make as sheets
from coinstore.sources.outputs import SHEET, check_path

from .shared.output import notice


@click.command()
@click.argument("coins", nargs=-1, metavar="[COIN]...")
@click.option("--space", help="The embedding space to compare in.  [default: hog]")
@click.option("--compare", metavar="SPACE,SPACE", help="Several spaces below each other.")
@click.option(
    "--face",
    type=click.Choice(["obverse", "reverse", "both"]),
    default="obverse",
    show_default=True,
)
@click.option(
    "-k", "k", type=click.IntRange(1, 100), default=10, show_default=True, help="How many look-alikes."
)
@click.option("--least", is_flag=True, help="The least similar, too.")
@click.option("--where", default="true", help="SQL over the columns of api.sides (api.coins for both faces).")
@click.option(
    "--random", "count", type=click.IntRange(1, 200), metavar="N", help="N coins drawn at random instead."
)
@click.option("--seed", type=int, help="With --random: another seed draws other coins.  [default: 0]")
@click.option(
    "--out",
    "outs",
    multiple=True,
    default=["sheet.html"],
    show_default=True,
    metavar="FILE",
    help="A .html or .png; may be given several times.",
)
def sheet(
    coins: tuple[str, ...], count: int | None, seed: int | None, outs: tuple[str, ...], **options: Any
) -> None:
    """Make a contact sheet: each COIN with its look-alikes in order, as one HTML file or as PNG.

    COIN is collection/inventory_number, an unambiguous part of it, or an id. A condition counts for
    the look-alikes, and for the coins that are drawn at random. A PNG is as wide as A4; one that would be
    higher goes on in sheet-2.png.

    \b
    coinstore sheet "LM 0001" "LM 0004"
    coinstore sheet "LM 0001" --face both --least --out sheet.html --out sheet.png
    coinstore sheet --random 20 --seed 3 -k 5
    coinstore sheet "LM 0001" --compare hog,resnet50
    """
    if bool(coins) == (count is not None):
        raise click.UsageError("Give either COIN, or --random N.")
    if seed is not None and count is None:
        raise click.UsageError("--seed goes with --random N.")
    asked = sheets.Asked(
        _spaces(options.pop("space"), options.pop("compare")),
        **options | {"where": options["where"].strip() or "true"},
    )
    paths = [Path(out) for out in dict.fromkeys(outs)]
    for path in paths:
        check_path(path, SHEET, "sheet")
    with coinstore.open() as store:
        made = sheets.make_sheet(store.engine, sheets.Drawn(count, seed or 0) if count else coins, asked)
    for text in made.warnings:
        notice(text)
    for path in paths:
        for written in sheets.write_sheet(made, path):
            click.echo(written)


def _spaces(space: str | None, compare: str | None) -> tuple[str, ...]:
    if compare is None:
        return (space or "hog",)
    if space is not None:
        raise click.UsageError("Give either --space or --compare.")
    names = tuple(dict.fromkeys(name.strip() for name in compare.split(",") if name.strip()))
    if len(names) < 2:
        raise click.UsageError("--compare takes two spaces or more, as in --compare hog,resnet50.")
    return names
