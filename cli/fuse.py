"""coinstore fuse: spaces that join others, by a network that is fitted here, or only by weights."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

import coinstore

from .shared.commands import Group, Key, config
from .shared.output import notice, print_json, weighed
from .shared.progress import bar

KEYS = {
    "balance": Key(click.FloatRange(0, 1), 0.7, "The share of the image, 0 to 1."),
    "dims": Key(click.IntRange(2, 2000), 128, "Dimensions of the new space."),
    "epochs": Key(click.IntRange(1), 100, "Passes over the sides, at most."),
    "patience": Key(click.IntRange(1), 10, "Stop after this many epochs without a lower loss."),
    "negatives": Key(click.IntRange(1), 4, "pairs: non-matching pairs for each matching one."),
}


@click.group(cls=Group)
def fuse() -> None:
    """Join spaces: images with texts by a network (fit), or any spaces by weights (blend).

    \b
    coinstore fuse blend looks --space clip_image:0.7 --space hog:0.3
    """


@fuse.command()
@click.argument("name")
@click.option("--image", required=True, help="The space of pictures.")
@click.option("--text", required=True, help="The space of sentences.")
@click.option(
    "--objective",
    type=click.Choice(["pairs", "contrastive"]),
    default="pairs",
    show_default=True,
    help="What is brought together: image and text of a side, or the sides of one label.",
)
@click.option("--label", help="The field for the contrastive objective: type, denomination, mint …")
@click.option("--hold-out", multiple=True, metavar="COLLECTION", help="Learn nothing from this collection.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@config(KEYS)
@click.option("--json", "as_json", is_flag=True, help="Print the losses of each epoch as a JSON array.")
def fit(name: str, as_json: bool, config: dict[str, Any], **given: Any) -> None:
    """Fit the space NAME, which joins images and texts.

    It learns from the sides that have vectors now. A side without a text is placed by its image only. The
    network is stored in the database, so that any machine can embed later sides. A label that it learnt
    from is marked: a figure about that label would measure a leak.

    \b
    coinstore fuse fit fused --image clip_image --text clip_text
    coinstore fuse fit by_type --image clip_image --text clip_text --objective contrastive --label type
    coinstore embed fused
    """
    from coinstore.models.fusion import Fitting
    from coinstore.spaces.fuse import Joint, fit_space

    joint = Joint(*(given[part] for part in ("image", "text", "label", "hold_out")))
    if (joint.label is not None) != (given["objective"] == "contrastive"):
        raise click.UsageError("--label and --objective contrastive need each other.")
    fitting = Fitting(given["objective"], given["seed"], **config)
    history = []
    with coinstore.open() as store, bar(f"Fitting {name}", fitting.epochs) as progress:
        for epoch in fit_space(store.engine, name, joint, fitting):
            history.append(epoch)
            progress.advance(1)
    best = next(epoch for epoch in reversed(history) if epoch.is_best)
    if as_json:
        print_json([asdict(epoch) for epoch in history])
    notice(
        f"{len(history)} epochs; the best is {best.number}: held-out loss {best.held_out_loss:.4f}"
        f" (first {history[0].held_out_loss:.4f}). Fill it with: coinstore embed {name}"
    )


@fuse.command()
@click.argument("name")
@click.option("--space", "spaces", multiple=True, required=True, metavar="SPACE:WEIGHT", help="Two or more.")
def blend(name: str, spaces: tuple[str, ...]) -> None:
    """Make the space NAME from the weighted vectors of others.

    The vectors are concatenated; nothing is learned.

    \b
    coinstore fuse blend looks --space clip_image:0.7 --space hog:0.3
    coinstore embed looks
    """
    from coinstore.spaces.fuse import blend_space

    with coinstore.open() as store:
        blend_space(store.engine, name, weighed(spaces))
    notice(f"Fill it with: coinstore embed {name}")
