"""coinstore similar: which other coins look like this one?"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import click

import coinstore
from coinstore import neighbours
from coinstore.spaces import known

from .output import notice, print_csv, print_json, print_table, refuse_two_forms

SHOWN = [
    "collection", "inventory_number", "type", "denomination", "mint", "weight_g",
    "compared", "similarity", "percentile",
]  # fmt: skip


@click.command()
@click.argument("coin", required=False)
@click.option(
    "--face",
    type=click.Choice(["obverse", "reverse", "both"]),
    default="obverse",
    show_default=True,
)
@click.option("--space", default="hog", show_default=True, help="The embedding space to compare in.")
@click.option("-k", "k", type=click.IntRange(1, 1_000_000), default=10, show_default=True, help="How many.")
@click.option("--least", is_flag=True, help="The least similar instead.")
@click.option("--where", default="true", help="SQL over the columns of api.sides (api.coins for both faces).")
@click.option("--image", help="A photograph that is not in the store, instead of COIN.")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
def similar(coin: str | None, image: str | None, as_json: bool, as_csv: bool, **asked: Any) -> None:
    """Show the coins that look most like COIN, nearest first.

    COIN is collection/inventory_number, an unambiguous part of it, or an id.

    \b
    coinstore similar "Lakeside Museum/LM 0001" -k 5
    coinstore similar "LM 0001" --face both --where "weight_g between 3 and 4 and mint = 'Rome'"
    coinstore similar --image photo.jpg --face reverse --json
    """
    refuse_two_forms(as_json, as_csv)
    if (coin is None) == (image is None):
        raise click.UsageError("Give either COIN or --image FILE.")
    if image is not None and asked["face"] == "both":
        raise click.UsageError("One photograph shows one face: give --face obverse or --face reverse.")
    question = neighbours.Question(**asked)
    with coinstore.open() as store:
        if image is not None:
            found = neighbours.similar_to_picture(store.engine, image, question)
        else:
            assert coin is not None
            found = store.similar(coin, question)
        trained = known(store.engine, question.space).trained
    _print([asdict(row) for row in found], as_json, as_csv, trained)
    if not found and question.where != "true":
        notice("No coin passes the condition.")
    elif not found:
        notice(f"{question.space} holds nothing to compare with; run: coinstore embed {question.space}")


def _print(rows: list[dict[str, Any]], as_json: bool, as_csv: bool, trained: bool) -> None:
    if not trained:
        notice("The weights of this space were drawn at random: nearness means nothing in it.")
    if as_json:
        print_json([row | {"trained": trained} for row in rows])
    elif as_csv:
        print_csv(rows, [field.name for field in fields(neighbours.LookAlike)])
    elif rows:
        print_table(rows, SHOWN)
