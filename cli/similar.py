"""coinstore similar: which other coins look like this one?"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import click

import coinstore
from coinstore.search import similar as neighbours
from coinstore.search.answer import LookAlike
from coinstore.search.queries import Outside
from coinstore.spaces.catalogue import known

from .shared.output import notice, print_csv, print_json, print_table, refuse_two_forms, weighed

SHOWN = [
    "collection",
    "inventory_number",
    "type",
    "denomination",
    "mint",
    "weight_g",
    "compared",
    "similarity",
    "percentile",
]


@click.command()
@click.argument("coin", required=False)
@click.option(
    "--face",
    type=click.Choice(["obverse", "reverse", "both"]),
    default="obverse",
    show_default=True,
)
@click.option(
    "--space",
    "spaces",
    multiple=True,
    default=["hog"],
    help="The embedding space to compare in (hog); several with weights are blended: --space hog:0.3.",
)
@click.option(
    "--obverse-weight", type=click.FloatRange(0, 1), help="With both faces: share of the obverse (0.5)."
)
@click.option("-k", "k", type=click.IntRange(1, 1_000_000), default=10, show_default=True, help="How many.")
@click.option("--least", "farthest", is_flag=True, help="The least similar instead.")
@click.option("--where", default="true", help="SQL over the columns of api.sides (api.coins for both faces).")
@click.option("--image", help="A photograph that is not in the store, instead of COIN.")
@click.option("--reverse", help="With --image: a photograph of its reverse; both faces are compared.")
@click.option("--text", help="What the side shows, in words, instead of COIN; in a CLIP space.")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
def similar(coin: str | None, as_json: bool, as_csv: bool, spaces: tuple[str, ...], **options: Any) -> None:
    """Show the coins that look most like COIN, nearest first.

    COIN is collection/inventory_number, an unambiguous part of it, or an id.

    \b
    coinstore similar "Lakeside Museum/LM 0001" -k 5
    coinstore similar "LM 0001" --face both --where "weight_g between 3 and 4 and mint = 'Rome'"
    coinstore similar "LM 0001" --space clip_image:0.7 --space hog:0.3
    coinstore similar --image obverse.jpg --reverse reverse.jpg --json
    coinstore similar --text "radiate head right" --space clip_image
    """
    refuse_two_forms(as_json, as_csv)
    outside = _outside(coin, options)
    options["where"] = options["where"].strip() or "true"
    if options["obverse_weight"] is None:
        options["obverse_weight"] = 0.5
    elif options["face"] != "both":
        raise click.UsageError("--obverse-weight goes with --face both, or with --image and --reverse.")
    question = neighbours.Question(**options, **_spaces(spaces))
    with coinstore.open() as store:
        if outside:
            found = neighbours.similar_to_outside(store.engine, outside, question)
        else:
            found = neighbours.similar(store.engine, neighbours.find_coin(store.engine, str(coin)), question)
        trained = all(known(store.engine, space).trained for space in question.spaces)
    _print([asdict(row) for row in found], as_json, as_csv, trained)
    if not found and question.where != "true":
        notice("No coin passes the condition.")
    elif not found:
        notice(f"There is nothing to compare with; run: coinstore embed {' '.join(question.spaces)}")


def _outside(coin: str | None, options: dict[str, Any]) -> dict[str, Outside]:
    """What is asked about by face, where it is not a coin of the store; takes it out of the options."""
    image, reverse, text = (options.pop(name) for name in ("image", "reverse", "text"))
    if (coin is None) == (image is None and text is None):
        raise click.UsageError("Give either COIN, or --image FILE or --text WORDS.")
    if reverse is not None and (image is None or text is not None):
        raise click.UsageError("--reverse goes with --image, and without --text.")
    if coin is not None:
        return {}
    if reverse is not None:
        options["face"] = "both"
        return {"obverse": Outside(image=image), "reverse": Outside(image=reverse)}
    if options["face"] == "both":
        raise click.UsageError(
            "One photograph or text is of one face: give --face obverse or --face reverse."
        )
    return {options["face"]: Outside(image, text)}


def _spaces(spaces: tuple[str, ...]) -> dict[str, Any]:
    """One space, or a blend of several, each as NAME:WEIGHT."""
    if len(spaces) == 1 and ":" not in spaces[0]:
        return {"space": spaces[0]}
    return {"blend": weighed(spaces)}


def _print(rows: list[dict[str, Any]], as_json: bool, as_csv: bool, trained: bool) -> None:
    if not trained:
        notice("The weights of this space were drawn at random: nearness means nothing in it.")
    rows = [row | {"trained": trained} for row in rows]
    if as_json:
        print_json(rows)
    elif as_csv:
        print_csv(rows, [*(field.name for field in fields(LookAlike)), "trained"])
    elif rows:
        print_table(rows, SHOWN)
