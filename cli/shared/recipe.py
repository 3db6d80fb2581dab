"""The options of `space add`: the fields of a recipe that differ from a model's defaults."""

from __future__ import annotations

from typing import Any

import click

from .options import FACE

PRECISION = click.Choice(["half", "single"])
PICTURES = (
    click.option("--colour", type=click.Choice(["rgb", "grey"]), help="Use pictures in colour or in grey."),
    click.option(
        "--fit", type=click.Choice(["pad", "squash", "crop", "coin"]), help="How a picture becomes a square."
    ),
    click.option(
        "--ground",
        type=click.Choice(["keep", "mask"]),
        help="With --fit coin: mask makes the ground mid-grey.",
    ),
    click.option(
        "--tone",
        type=click.Choice(["keep", "normalise"]),
        help="With --fit coin: normalise gives each coin the same brightness and contrast.",
    ),
    click.option("--side-px", type=click.IntRange(32, 2048), help="The side of that square in pixels."),
)
GRID = (
    click.option("--layer", help="A layer of the network, for example layer3 or blocks.8."),
    click.option("--grid", metavar="RxC", help="With --layer: the cells that are kept, for example 5x5."),
    click.option(
        "--cells",
        type=click.Choice(["normalised", "plain"]),
        help="With --layer: normalised gives each cell the same weight.",
    ),
    click.option(
        "--margin",
        type=click.IntRange(0, 32),
        help="With --layer: rings of cells to leave out around the grid.",
    ),
    click.option("--channels", type=click.IntRange(1), help="With --layer: keep fewer numbers of each cell."),
)
VECTORS = (
    click.option("--precision", type=PRECISION, help="Bits of the stored numbers: 16 (half) or 32 (single)."),
    click.option("--face", type=FACE, help="Embed only this face."),
)
SENTENCES = (
    click.option(
        "--template",
        "templates",
        multiple=True,
        help="For sentences: thesis, fields, or your own with [field]s and {optional clauses}, tried in turn",
    ),
    click.option("--culture", help="For sentences: a word for all coins, for example Celtic."),
    click.option(
        "--placeholder", "placeholders", multiple=True, help="For sentences: a value that means nothing."
    ),
)


def recipe_options(command: Any) -> Any:
    """All of them, in this order."""
    for option in reversed((*PICTURES, *GRID, *VECTORS, *SENTENCES)):
        command = option(command)
    return command
