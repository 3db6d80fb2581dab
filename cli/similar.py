"""coinstore similar: which other coins look like this one?"""

from __future__ import annotations

from typing import Any

import click

import coinstore

from .shared import options
from .shared.commands import Command
from .shared.options import listing
from .shared.output import notice, print_rows, weighed


@click.command(cls=Command)
@click.argument("coin", required=False)
@options.face()
@click.option(
    "--space",
    "spaces",
    multiple=True,
    help="The space to compare in; several with weights are blended, as in --space hog:0.3."
    "  [default: eye_debiased once it is filled]",
)
@click.option(
    "--obverse-weight",
    type=click.FloatRange(0, 1),
    help="With both faces: the share of the obverse.  [default: 0.5]",
)
@options.k("How many look-alikes.", most=1_000_000)
@options.farthest("Show the least similar coins instead.")
@click.option(
    "--rerank",
    is_flag=True,
    help="Order the nearest 100 again, by the coins that they have near them. Compares about 400 coins with"
    " each other, so an answer takes up to a second longer.",
)
@options.where("api.sides (of api.coins with --face both)")
@click.option(
    "--image", help="A photograph that is not in the store, instead of COIN; it may show both faces."
)
@click.option("--reverse", help="With --image: a photograph of its reverse; both faces are compared.")
@click.option("--text", help="What the side shows, in words, instead of COIN; needs a CLIP space.")
@listing
def similar(coin: str | None, form: str, spaces: tuple[str, ...], **given: Any) -> None:
    """Show the coins that look most like COIN, the nearest first.

    COIN is collection/inventory_number, an unambiguous part of it, or an id.

    \b
    coinstore similar "LM 0001"
    coinstore similar "Lakeside Museum/LM 0001" -k 5
    coinstore similar "LM 0001" --face both --where "weight_g between 3 and 4 and mint = 'Rome'"
    coinstore similar "LM 0001" --where "collection <> 'Lakeside Museum'" --rerank
    coinstore similar "LM 0001" --space clip_image:0.7 --space hog:0.3
    coinstore similar --image obverse.jpg --reverse reverse.jpg --json
    coinstore similar --image both.jpg --face both
    coinstore similar --text "radiate head right" --space clip_image
    """
    from coinstore.search.answer import LISTED
    from coinstore.spaces.catalogue import known

    asked = _asked(coin, given)
    where = given["where"] = given["where"].strip() or "true"
    with coinstore.open() as store:
        is_default = not spaces
        spaces = spaces or (store.spaces.default,)
        weights = {spaces[0]: 1.0} if len(spaces) == 1 and ":" not in spaces[0] else weighed(spaces)
        found = store.similar(**asked, **given, space=spaces[0] if spaces[0] in weights else weights)
        trained = all(known(store.engine, space).trained for space in weights)
        coinless = _coinless(store, found.to_dicts())
    _tell(found.notes, spaces[0] if is_default else None, trained=trained, reranked=given["rerank"])
    if coinless:
        notice(f"No coin was found in these photographs, the whole picture counts: {', '.join(coinless)}.")
    empty = "No coin meets the condition."
    if where == "true":
        empty = f"There is nothing to compare with; run: coinstore embed {' '.join(weights)}"
    said = {"trained": trained, "note": " ".join(found.notes) or None}
    rows = [row | said for row in found.to_dicts()]
    print_rows(rows, list(found.columns), form, columns=[*LISTED, *said], empty=empty)


def _coinless(store: coinstore.Store, rows: list[dict[str, Any]]) -> list[str]:
    """The photographs of an answer in which no coin was found."""
    coins = ", ".join(str(row["coin_id"]) for row in rows)
    outlines = store.outlines.list(f"coin_id in ({coins})").to_dicts() if coins else []
    faces = {(row["coin_id"], row["face"]) for row in rows}
    return [
        f"{row['collection']} {row['inventory_number']} ({row['face']})"
        for row in outlines
        if not row["certainty"] and {(row["coin_id"], row["face"]), (row["coin_id"], "both")} & faces
    ]


def _tell(notes: tuple[str, ...], default: str | None, *, trained: bool, reranked: bool) -> None:
    for note in notes:
        notice(note)
    if default:
        notice(f"Compared in {default}.")
    if not trained:
        notice("The weights of this space are random: nearness means nothing in it.")
    if reranked:
        notice(
            "Re-ranked: ordered by the distance `reranked`; similarity and percentile are those of the space."
        )


def _asked(coin: str | None, given: dict[str, Any]) -> dict[str, Any]:
    """What is asked about: a coin, photographs or a text; takes them out of the options and checks these."""
    image, reverse, text = (given.pop(name) for name in ("image", "reverse", "text"))
    if (coin is None) == (image is None and text is None):
        raise click.UsageError("Give either COIN, or --image FILE or --text WORDS.")
    if reverse is not None and (image is None or text is not None):
        raise click.UsageError("--reverse needs --image, and cannot be used with --text.")
    if reverse is not None:
        given["face"] = "both"
    elif text is not None and given["face"] == "both":
        raise click.UsageError("A text describes one face: add --face obverse or --face reverse.")
    if given["obverse_weight"] is None:
        given["obverse_weight"] = 0.5
    elif given["face"] != "both":
        raise click.UsageError("--obverse-weight needs --face both, or --image with --reverse.")
    if coin is not None:
        return {"coin": coin}
    return {"image": {"obverse": image, "reverse": reverse} if reverse else image, "text": text}
