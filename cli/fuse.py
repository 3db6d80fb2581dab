"""coinstore fuse: spaces that join others, by a network that is fitted here, or by weights alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

import coinstore
from coinstore.models.fusion import Fitting
from coinstore.spaces import fuse as fusing

from .shared.output import notice, print_json, weighed
from .shared.progress import bar

FITTING = Fitting()


@click.group()
def fuse() -> None:
    """Join spaces: images with texts by a network (fit), or any spaces by weights (blend)."""


@fuse.command()
@click.argument("name")
@click.option("--image", required=True, help="Space of pictures.")
@click.option("--text", required=True, help="Space of sentences.")
@click.option(
    "--objective",
    type=click.Choice(["pairs", "contrastive"]),
    default=FITTING.objective,
    show_default=True,
    help="Two views of a side match, or the sides of one label.",
)
@click.option(
    "--label", help="Field that the contrastive objective brings together: type, denomination, mint …"
)
@click.option("--hold-out", multiple=True, metavar="COLLECTION", help="Learn nothing of these collections.")
@click.option(
    "--balance",
    type=click.FloatRange(0, 1),
    default=FITTING.balance,
    show_default=True,
    help="Image's share.",
)
@click.option("--epochs", type=click.IntRange(1), default=FITTING.epochs, show_default=True, help="At most.")
@click.option("--patience", type=click.IntRange(1), default=FITTING.patience, show_default=True)
@click.option("--negatives", type=click.IntRange(1), default=FITTING.negatives, show_default=True)
@click.option("--dims", type=click.IntRange(2, 2000), default=FITTING.dims, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=FITTING.seed, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The losses of each epoch, as an array.")
def fit(name: str, as_json: bool, **options: Any) -> None:
    """Fit the space NAME, which joins an image space and a text space, on the sides that have vectors now.

    A side without a text lies in it by its image alone. The network is kept in the store, so that
    any machine can embed later sides. A label that it learnt from is marked: a figure about that
    label would measure a leak.

    \b
    coinstore fuse fit fused --image clip_image --text clip_text --seed 0
    coinstore fuse fit by_type --image clip_image --text clip_text --objective contrastive --label type
    coinstore embed fused
    """
    joint = fusing.Joint(*(options.pop(part) for part in ("image", "text", "label", "hold_out")))
    if (joint.label is not None) != (options["objective"] == "contrastive"):
        raise click.UsageError("--label goes with --objective contrastive, and that needs one.")
    fitting = Fitting(**options)
    history = []
    with coinstore.open() as store, bar(f"Fitting {name}", fitting.epochs) as progress:
        for epoch in fusing.fit_space(store.engine, name, joint, fitting):
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
    """Make the space NAME of the vectors of others beside each other, weighed; nothing is learned.

    \b
    coinstore fuse blend looks --space clip_image:0.7 --space hog:0.3
    coinstore embed looks
    """
    with coinstore.open() as store:
        fusing.blend_space(store.engine, name, weighed(spaces))
    notice(f"Fill it with: coinstore embed {name}")
