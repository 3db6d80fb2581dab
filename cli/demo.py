"""coinstore demo: draws coins, loads and embeds them, and shows which look alike."""

from __future__ import annotations

from pathlib import Path

import click

import coinstore

from .shared.commands import Command
from .shared.output import print_table
from .shared.progress import bar, reporting

AXES = 32  # of the derived space; with fewer sides than that, fewer
SPACE = "hog_debiased"


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
        _fill(store, folder)
        found = store.similar(name, space=SPACE, face="both", k=5, where=where)
        [sheet] = store.sheet(
            name, folder / "look-alikes.html", spaces=(SPACE,), face="both", k=5, where=where
        )
    click.echo(f"Which coins of other collections look like {name} ({first.type})?\n")
    print_table(found.to_dicts(), list(found.columns))
    click.echo(_next_steps(home, folder, sheet, first.collection, first.inventory_number))


def _fill(store: coinstore.Store, folder: Path) -> None:
    """Loads and embeds the coins in `hog`, and derives a space with less of each museum's style."""
    with reporting() as progress:
        store.ingest(str(folder / "records.csv"), images=str(folder / "images"), progress=progress)
        store.embed("hog", progress=progress)
        if SPACE not in {row["space"] for row in store.spaces.list()}:
            sides = next(row["embedded"] for row in store.spaces.list() if row["space"] == "hog")
            store.spaces.derive(SPACE, "hog", centre="collection", whiten=min(AXES, sides - 1))
        store.embed(SPACE, progress=progress)


def _next_steps(home: Path, folder: Path, sheet: Path, collection: str, number: str) -> str:
    return f"""
percentile 99 means: of 100 random pairs of coins, 99 are less similar than this pair.
Pictures of these coins: open {sheet}

The same rows in SQL (paste into: coinstore db psql):

    select collection, inventory_number, type, weight_g, similarity, percentile
    from   api.similar_coins_{SPACE}(api.coin('{collection}', '{number}'))
    where  collection <> '{collection}'
    order  by distance
    limit  5;

The store is in {home}, the drawn coins are in {folder}.
Try next:  coinstore similar "{number}" --space hog     (in hog, without {SPACE}, the museum's style wins)
           coinstore graph build {SPACE} --face both --across-collections
           coinstore ingest YOUR.csv --images YOUR_PHOTOGRAPHS
           coinstore db down                            (stops the server)
"""
