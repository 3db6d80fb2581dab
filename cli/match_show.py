"""coinstore match show: why two coins may be of one die, as a page, a picture or data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.sources.outputs import SHEET, check_path

from .shared import options
from .shared.commands import Command
from .shared.output import notice, print_json


@click.command(cls=Command)
@click.argument("coin")
@click.argument("neighbour")
@click.option("--face", type=options.FACE, help="Only this face.  [default: each that both coins have]")
@click.option("--any-turn", is_flag=True, help="The coins may lie any way, as with match --any-turn.")
@options.output("FILE.html or .png. May be repeated.  [default: match.html, without --json]", multiple=True)
@options.as_json
def show(coin: str, neighbour: str, output: tuple[Path, ...], as_json: bool, **how: Any) -> None:
    """Show why two coins may be of one die.

    The page has both photographs in one position, the matched points, an overlay with a slider, both reliefs
    upon each other, and the sectors that agree. JSON has the figures, points and sectors. The coins are
    compared now, and nothing is stored.

    \b
    coinstore match show "LM 0001" "LM 0004"
    coinstore match show "LM 0001" "LM 0004" --face obverse -o pair.html -o pair.png
    coinstore match show "LM 0001" "LM 0004" --json
    """
    from coinstore.pages.pairs.write import write_pair

    paths = list(dict.fromkeys(output)) or [Path("match.html")] * (not as_json)
    for path in paths:
        check_path(path, SHEET, "page")
    with coinstore.open() as store:
        found = store.matches.explain(coin, neighbour, **how)
    for reason in found.reasons:
        notice(reason)
    if as_json:
        print_json({"pairs": [one.to_dict() for one in found.pairs], "reasons": found.reasons})
    for path in paths:
        write_pair(found, path)
        click.echo(path)
