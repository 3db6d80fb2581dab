"""coinstore demo: draws coins, loads and embeds them, and shows which look alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import coinstore

from .shared.commands import Command
from .shared.output import print_table
from .shared.progress import bar, reporting

if TYPE_CHECKING:
    from coinstore.synthetic import SyntheticCoin

ASKED = 20  # coins, for the share of good answers


@click.command(cls=Command)
@click.option("--coins", type=click.IntRange(10), default=120, show_default=True, help="Coins to draw.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws other coins.")
def demo(coins: int, seed: int) -> None:
    """Draw coins, load and embed them, and show which look alike.

    Nothing is downloaded. The coins are drawn into COINSTORE_HOME/demo and loaded into the store.

    \b
    coinstore demo
    coinstore demo --coins 500 --seed 1
    """
    from coinstore.settings import from_environment
    from coinstore.synthetic import Mintage, write_collection

    home = from_environment().home
    folder = home / "demo" / f"coins-{coins}-seed-{seed}"
    mintage = Mintage(seed=seed)
    with bar("Drawing coins", coins) as progress:
        for _ in write_collection(folder, coins, mintage):
            progress.advance(1)
    first = mintage.coin(0)
    name = f"{first.collection}/{first.inventory_number}"
    where = f"collection <> '{first.collection}'"
    with coinstore.open() as store:
        with reporting() as progress:
            store.ingest(str(folder / "records.csv"), images=str(folder / "images"), progress=progress)
            store.embed(progress=progress)
        space = store.spaces.default
        found = store.similar(name, face="both", k=5, where=where)
        [sheet] = store.sheet(name, folder / "look-alikes.html", face="both", k=5, where=where)
        asked = min(coins, ASKED)
        good = sum(_is_good(store, mintage.coin(index)) for index in range(asked))
    click.echo(f"Which coins of other collections look like {name} ({first.type})?\n")
    print_table(found.to_dicts(), list(found.columns))
    click.echo(
        f"\nAsked about {asked} coins like this, {good} answers have their type at least four times in five."
    )
    click.echo(_next_steps(home, folder, sheet, space, first))


def _is_good(store: coinstore.Store, coin: SyntheticCoin) -> bool:
    """Whether at least four of the five nearest coins of other collections are of the coin's type."""
    name, where = f"{coin.collection}/{coin.inventory_number}", f"collection <> '{coin.collection}'"
    found = store.similar(name, face="both", k=5, where=where)
    return sum(row.type == coin.type for row in found) >= 4


def _next_steps(home: Path, folder: Path, sheet: Path, space: str, first: SyntheticCoin) -> str:
    collection, number = first.collection, first.inventory_number
    return f"""
percentile 99 means: of 100 random pairs of coins, 99 are less similar than this pair.
Pictures of these coins: open {sheet}

The same rows in SQL (paste into: coinstore db psql):

    select collection, inventory_number, type, weight_g, similarity, percentile
    from   api.similar_coins_{space}(api.coin('{collection}', '{number}'))
    where  collection <> '{collection}'
    order  by distance
    limit  5;

The store is in {home}, the drawn coins are in {folder}.
Try next:  coinstore similar "{number}" --space eye     (the space that it is derived from)
           coinstore graph build --face both --across-collections
           coinstore ingest YOUR.csv --images YOUR_PHOTOGRAPHS
           coinstore db down                            (stops the server)
"""
