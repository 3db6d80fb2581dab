"""coinstore demo: coins drawn on the spot, loaded, embedded, and asked for a look-alike."""

from __future__ import annotations

from pathlib import Path

import click

import coinstore
from coinstore.ingest import ingest
from coinstore.records.reader import Reading
from coinstore.settings import from_environment
from coinstore.spaces.fill import fill_spaces
from coinstore.synthetic import Mintage, write_collection

from .ingest import follow
from .shared.output import notice, print_table
from .shared.progress import bar, reporting
from .similar import SHOWN


@click.command()
@click.option(
    "--coins",
    type=click.IntRange(10),
    default=120,
    show_default=True,
    help="How many coins to draw.",
)
@click.option("--seed", type=int, default=0, show_default=True)
def demo(coins: int, seed: int) -> None:
    """Draw coins, load them, embed them, and ask which look alike. Nothing is downloaded."""
    home = from_environment().home
    folder = home / "demo" / f"coins-{coins}-seed-{seed}"
    mintage = Mintage(seed=seed)
    with bar("Striking coins", coins) as progress:
        for _ in write_collection(folder, coins, mintage):
            progress.advance(1)
    first = mintage.coin(0)
    with coinstore.open() as store:
        _fill(store, folder)
        name = f"{first.collection}/{first.inventory_number}"
        where = f"collection <> '{first.collection}' and weight_g is not null"
        answer = store.similar(name, k=5, where=where)
    click.echo(f"Which coins of other collections look like {name} ({first.type})?\n")
    print_table([_row(row) for row in answer], SHOWN)
    click.echo(_how_to_go_on(home, folder, first.collection, first.inventory_number))


def _row(row: coinstore.LookAlike) -> dict[str, object]:
    return {name: getattr(row, name) for name in SHOWN}


def _fill(store: coinstore.Store, folder: Path) -> None:
    follow(ingest(store.engine, [Reading(str(folder / "records.csv"), images=str(folder / "images"))]))
    with reporting() as report:
        list(fill_spaces(store.engine, ["hog"], report=report))
    notice(f"Drawn into {folder}")


def _how_to_go_on(home: Path, folder: Path, collection: str, number: str) -> str:
    return f"""
The same in SQL (paste it into: coinstore db psql):

    select collection, inventory_number, type, weight_g, similarity, percentile
    from   api.similar_hog(api.coin('{collection}', '{number}'), 'obverse')
    where  collection <> '{collection}' and weight_g is not null
    order  by distance
    limit  5;

The store lives in {home}; the coins were drawn into {folder}.
Go on with: coinstore similar "{number}" --face both, coinstore faults, coinstore spaces,
coinstore ingest YOUR.csv --images YOUR_PHOTOGRAPHS. Stop the server: coinstore db down.
"""
