"""coinstore sheet: coins with their look-alikes, to look at and to print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.errors import NotFound
from coinstore.sources.outputs import SHEET, check_path

from .shared import options
from .shared.commands import Command
from .shared.output import notice

if TYPE_CHECKING:
    from coinstore.store import Store


@click.command(cls=Command)
@click.argument("coins", nargs=-1, metavar="[COIN]...")
@click.option("--space", help="The space to compare in.  [default: eye_debiased once it is filled]")
@click.option("--compare", metavar="SPACE,SPACE", help="Show several spaces below each other.")
@options.face()
@options.k(most=100)
@options.farthest("Also show the least similar coins.")
@options.outlines()
@click.option("--matches", is_flag=True, help="Turn look-alikes of one die to fit, with the probability.")
@options.where("api.sides (of api.coins with --face both)")
@click.option("--limit", type=click.IntRange(1, 200), metavar="N", help="Instead of COINs: N random coins.")
@click.option("--seed", type=int, help="With --limit: another seed draws other coins.  [default: 0]")
@options.output(
    "FILE.html or .png. May be repeated.", multiple=True, default=["sheet.html"], show_default=True
)
def sheet(
    coins: tuple[str, ...], limit: int | None, seed: int | None, output: tuple[Path, ...], **given: Any
) -> None:
    """Make a contact sheet: each COIN with its look-alikes in order, as one HTML file or as PNG.

    COIN is collection/inventory_number, an unambiguous part of it, or an id. The condition applies to the
    look-alikes, and to the random coins. A PNG is as wide as A4; a longer sheet continues in sheet-2.png.

    \b
    coinstore sheet "LM 0001"
    coinstore sheet "LM 0001" --face both --farthest -o sheet.html -o sheet.png
    coinstore sheet --limit 20 --seed 3 -k 5
    coinstore sheet "LM 0001" --compare hog,resnet50
    coinstore sheet "LM 0001" --matches
    """
    from coinstore.pages.sheets import make as sheets

    if bool(coins) == (limit is not None):
        raise click.UsageError("Give either COIN, or --limit N.")
    if seed is not None and limit is None:
        raise click.UsageError("--seed needs --limit N.")
    where, least = given.pop("where").strip() or "true", given.pop("farthest")
    spaces = _spaces(given.pop("space"), given.pop("compare"))
    asked = sheets.Asked(spaces, where=where, least=least, **given)
    paths = list(dict.fromkeys(output))
    for path in paths:
        check_path(path, SHEET, "sheet")
    with coinstore.open() as store:
        if asked.outlines and not spaces:
            _refuse_unfilled(store)
        made = sheets.make_sheet(store.engine, coins or sheets.Drawn(limit, seed or 0), asked)
    for text in made.warnings:
        notice(text)
    for path in paths:
        for written in sheets.write_sheet(made, path):
            click.echo(written)


def _refuse_unfilled(store: Store) -> None:
    try:
        _ = store.spaces.default
    except NotFound as error:
        raise NotFound(f"{error}. Without look-alikes: coinstore outline list -o outlines.png") from None


def _spaces(space: str | None, compare: str | None) -> tuple[str, ...]:
    if compare is None:
        return (space,) if space else ()
    if space is not None:
        raise click.UsageError("Give either --space or --compare.")
    names = tuple(dict.fromkeys(name.strip() for name in compare.split(",") if name.strip()))
    if len(names) < 2:
        raise click.UsageError("--compare takes two spaces or more, as in --compare hog,resnet50.")
    return names
