"""coinstore finetune: a network learns a label; a new space, and a classifier with its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.classify.run import Classified, ClassifierTrial, Fold
from coinstore.errors import SpaceError
from coinstore.sources.outputs import PLOT, check_path

from .classify import draw, report, tell
from .shared.output import FACE, notice
from .shared.progress import bar


@click.command()
@click.argument("label")
@click.option("--name", required=True, help="Of the new space.")
@click.option(
    "--model", default="resnet50", show_default=True, help="Preset, space or network of torchvision."
)
@click.option("--weights", help="Name of weights; else those of the model. random:SEED to try things out.")
@click.option("--face", type=FACE, default="obverse", show_default=True)
@click.option(
    "--group", type=click.Choice(["collection", "findspot"]), default="collection", show_default=True
)
@click.option("--epochs", type=click.IntRange(1), default=30, show_default=True, help="At most.")
@click.option(
    "--patience", type=click.IntRange(1), default=5, show_default=True, help="Epochs without a lower loss."
)
@click.option("--batch-size", type=click.IntRange(1), default=32, show_default=True)
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), default=1e-3, show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:1.")
@click.option(
    "--least", type=click.FloatRange(0, 1), default=0.8, show_default=True, help="Abstain below it."
)
@click.option(
    "--most", type=click.IntRange(2), default=50_000, show_default=True, help="Coins to learn from."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--evaluate", is_flag=True, help="Keep the space and its figures; propose nothing.")
@click.option("--plot", type=click.Path(path_type=Path), help="Confusion matrix as PNG or SVG.")
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def finetune(label: str, plot: Path | None, as_json: bool, **options: Any) -> None:
    """Train the last block of a network, and a new head, to tell LABEL; keep both as the space NAME.

    Whole collections (or findspots) are held out for the figures, others stop the training early. No
    photograph is mirrored. The space has then seen LABEL, and figures about it are refused for LABEL.

    \b
    coinstore finetune portrait --model resnet50 --name portraits
    coinstore embed portraits
    coinstore finetune portrait --model resnet18 --weights random:0 --name trial --epochs 2 --evaluate
    """
    try:
        from coinstore.classify.tuned import FinetuneRequest, finetune_space
        from coinstore.models.tuning import Tuning
    except ModuleNotFoundError:
        raise SpaceError("this needs PyTorch: pip install 'coinstore[models]'") from None

    if plot:
        check_path(plot, PLOT, "plot")
    of = ("epochs", "patience", "batch_size", "learning_rate", "seed", "device")
    tuning = Tuning(**{name: options[name] for name in of})
    wanted = FinetuneRequest(
        label, *(options[name] for name in ("name", "model", "weights", "face", "group", "most"))
    )
    trial = ClassifierTrial(least=options["least"], proposes=not options["evaluate"])
    folds, epochs = [], 0
    with coinstore.open() as store:
        with bar(f"Fine-tuning {wanted.name}", tuning.epochs) as progress:
            for step in finetune_space(store.engine, wanted, tuning, trial):
                match step:
                    case Classified():
                        done = step
                    case Fold():
                        folds.append(step)
                    case _:
                        epochs += 1
                        progress.advance(1)
        report(store, done, folds, as_json)
        if plot:
            draw(store, done, plot)
    tell(done, label, trial)
    notice(
        f"{epochs} epochs; held out: {', '.join(folds[0].groups)}. Fill the space: coinstore embed {wanted.name}"
    )
