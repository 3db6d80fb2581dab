"""coinstore finetune: a network learns a label; a new space, and a classifier with figures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.sources.outputs import PLOT, check_path

from .classify import GROUPS, draw, report, tell
from .shared import options
from .shared.commands import Command, Key, config
from .shared.options import FACE
from .shared.output import notice
from .shared.progress import bar

if TYPE_CHECKING:
    from coinstore.classify.run import Classified, Fold

KEYS = {
    "epochs": Key(click.IntRange(1), 30, "Passes over the coins, at most."),
    "patience": Key(click.IntRange(1), 5, "Stop after this many epochs without a lower loss."),
    "batch_size": Key(click.IntRange(1), 64, "Photographs in a batch."),
    "contrast": Key(click.FloatRange(0), 1.0, "Weight of the contrastive loss; 0: only cross-entropy."),
    "temperature": Key(click.FloatRange(0.01, 10), 0.1, "Of the contrastive loss."),
    "learning_rate": Key(
        click.FloatRange(0, min_open=True), 3e-4, "The step of the optimiser, in the blocks."
    ),
}


@click.command(cls=Command)
@click.argument("label")
@click.option("--name", required=True, help="The name of the new space.")
@click.option(
    "--model",
    default="resnet50",
    show_default=True,
    help="A preset, a space, or timm:NAME, torchvision:NAME.",
)
@click.option("--weights", help="Name of weights, or random:SEED for a trial.  [default: those of the model]")
@options.face("The face to learn from.", type=FACE)
@click.option(
    "--group", type=GROUPS, default="collection", show_default=True, help="What is held out as a whole."
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:1.")
@options.min_certainty("Abstain below this certainty.", default=0.8, show_default=True)
@options.limit("At most this many coins to learn from.", least=2, default=50_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@config(KEYS)
@click.option("--evaluate", is_flag=True, help="Store the space and its figures; propose nothing.")
@options.output("Confusion matrix as FILE.png or .svg.")
@options.as_json
def finetune(label: str, output: Path | None, as_json: bool, **given: Any) -> None:
    """Train the last blocks of a network and a new head to predict LABEL; store both as the space NAME.

    Vectors of one value are drawn together, in batches that are balanced between collections. Whole
    collections (or findspots) are held out for the figures, others stop the training early. No photograph
    is mirrored. The space has then seen LABEL: figures about LABEL are refused for it, except of coins
    that it was not learnt from (coinstore evaluate --unseen).

    \b
    coinstore finetune portrait --name portraits
    coinstore finetune portrait --model eye --name eye_portraits
    coinstore embed portraits
    coinstore finetune portrait --model resnet18 --weights random:0 --name trial --evaluate
    """
    from coinstore.classify.run import ClassifierTrial
    from coinstore.errors import SpaceError

    try:
        from coinstore.classify.tuned import FinetuneRequest, finetune_space
        from coinstore.models.tuning import Tuning
    except ModuleNotFoundError:
        raise SpaceError("this needs PyTorch: pip install 'coinstore[models]'") from None

    if output:
        check_path(output, PLOT, "plot")
    tuning = Tuning(**given["config"], seed=given["seed"], device=given["device"])
    wanted = FinetuneRequest(
        label, *(given[name] for name in ("name", "model", "weights", "face", "group", "limit"))
    )
    trial = ClassifierTrial(min_certainty=given["min_certainty"], proposes=not given["evaluate"])
    with coinstore.open() as store:
        steps = finetune_space(store.engine, wanted, tuning, trial)
        fold, epochs, done = _follow(f"Fine-tuning {wanted.name}", tuning.epochs, steps)
        report(store, done, [fold], as_json)
        if output:
            draw(store, done, output)
    tell(done, label, trial)
    notice(f"{epochs} epochs; held out: {', '.join(fold.groups)}.")
    notice(f"Fill the space: coinstore embed {wanted.name}")


def _follow(title: str, most_epochs: int, steps: Iterable[Any]) -> tuple[Fold, int, Classified]:
    """Runs a fine-tuning to its end: the groups that were held out, the epochs, the classifier."""
    from coinstore.classify.run import Classified, Fold

    epochs = 0
    with bar(title, most_epochs) as progress:
        for step in steps:
            match step:
                case Classified():
                    done = step
                case Fold():
                    fold = step
                case _:
                    epochs += 1
                    progress.advance(1)
    return fold, epochs, done
