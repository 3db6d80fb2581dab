"""coinstore classify: values proposed for coins that lack one, by a model whose figures can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.classify.run import Classified, ClassifierTrial, Fold, classify_coins
from coinstore.db import call
from coinstore.sources.outputs import PLOT, check_path

from .shared.output import FACES, notice, print_json, print_table
from .shared.progress import bar

CLASSES = ["value", "coins", "unlearnable", "precision", "recall", "f1"]
SHOWN = 30


@click.command()
@click.argument("label")
@click.option(
    "--space", "spaces", multiple=True, required=True, metavar="SPACE", help="Several: beside each other."
)
@click.option("--model", type=click.Choice(["knn", "linear"]), default="knn", show_default=True)
@click.option(
    "--face", type=FACES, default="obverse", show_default=True, help="One face, or the coin by both."
)
@click.option(
    "--group",
    type=click.Choice(["collection", "findspot"]),
    default="collection",
    show_default=True,
    help="What is held out whole.",
)
@click.option(
    "--folds", type=click.IntRange(2, 100), default=5, show_default=True, help="At most; fewer groups, fewer."
)
@click.option(
    "--least",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="Abstain below this certainty.",
)
@click.option(
    "-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="knn: neighbours that vote."
)
@click.option(
    "--strength",
    "strengths",
    multiple=True,
    type=click.FloatRange(0, min_open=True),
    default=(1, 10, 100),
    show_default=True,
    help="linear: 1 / L2 penalty; of several the best in inner groups.",
)
@click.option("--unbalanced", is_flag=True, help="linear: each coin weighs the same; else each value.")
@click.option(
    "--most", type=click.IntRange(2), default=50_000, show_default=True, help="Coins to learn from."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--evaluate", is_flag=True, help="Measure only; propose nothing.")
@click.option("--allow-leak", is_flag=True, help="Take spaces that have seen LABEL; all is marked.")
@click.option("--plot", type=click.Path(path_type=Path), help="Confusion matrix as PNG or SVG.")
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def classify(label: str, plot: Path | None, as_json: bool, **options: Any) -> None:
    """Propose a LABEL for coins that lack one, and measure how often that is right.

    LABEL is type, denomination, material, mint, authority or portrait; other columns of api.coins, die
    and die:STUDY are measured only. Figures are of whole collections (or findspots) that were held out.
    Proposals are kept beside what people and sources say; see: coinstore proposals list

    \b
    coinstore classify portrait --space hog_debiased --face coin
    coinstore classify mint --space hog --space clip_image --model linear --group findspot --evaluate
    coinstore classify portrait --space hog_debiased --plot portrait.png --json
    """
    from coinstore.classify.examples import ClassifierRequest
    from coinstore.classify.models import ClassifierRecipe

    if plot:
        check_path(plot, PLOT, "plot")
    subject = ClassifierRequest(
        label,
        tuple(dict.fromkeys(options["spaces"])),
        *(options[name] for name in ("face", "group", "most", "allow_leak")),
    )
    recipe = ClassifierRecipe(
        options["model"],
        options["k"],
        tuple(options["strengths"]),
        balanced=not options["unbalanced"],
        seed=options["seed"],
    )
    trial = ClassifierTrial(options["folds"], options["least"], not options["evaluate"])
    with coinstore.open() as store:
        folds, done = follow(label, trial.folds, classify_coins(store.engine, subject, recipe, trial))
        report(store, done, folds, as_json)
        if plot:
            draw(store, done, plot)
    tell(done, label, trial)


def follow(title: str, folds: int, steps: Iterator[Any]) -> tuple[list[Fold], Classified]:
    """Runs a classification to its end, with a bar."""
    seen: list[Fold] = []
    with bar(f"Classifying {title}", folds) as progress:
        for step in steps:
            if isinstance(step, Classified):
                return seen, step
            seen.append(step)
            progress.advance(1)
    raise AssertionError("a classification ends with its classifier")


def report(store: coinstore.Store, done: Classified, folds: list[Fold], as_json: bool) -> None:
    """Prints the figures, and those of each value."""
    classes = call.read(store.engine, "part.figures_of_classes", classifier=done.classifier_id)
    if as_json:
        confusions = call.read(store.engine, "part.confusion_of", classifier=done.classifier_id)
        print_json(
            asdict(done)
            | {"folds": [asdict(fold) for fold in folds], "classes": classes, "confusions": confusions}
        )
        return
    found = done.figures
    print_table(
        [
            {
                "": "accuracy",
                "classifier": f"{found['accuracy']:.3f} ({found['accuracy_low']:.3f} to {found['accuracy_high']:.3f})",
                "majority": f"{found['majority_accuracy']:.3f} ({found['majority_value']})",
            },
            {
                "": "macro F1",
                "classifier": f"{found['macro_f1']:.3f}",
                "majority": f"{found['majority_macro_f1']:.3f}",
            },
        ],
        ["", "classifier", "majority"],
    )
    print_table(classes[:SHOWN], CLASSES)
    if len(classes) > SHOWN:
        notice(f"{len(classes) - SHOWN} values more: --json, or api.class_figures.")


def draw(store: coinstore.Store, done: Classified, plot: Path) -> None:
    """Writes the confusion matrix as a picture."""
    from coinstore.pages.plots.confusion import write_confusion

    write_confusion(store.engine, done.classifier_id, plot)
    notice(f"Confusion matrix: {plot}")


def tell(done: Classified, label: str, trial: ClassifierTrial) -> None:
    """What must be known beside the figures, for people."""
    found = done.figures
    notice(
        f"Classifier {done.classifier_id}: {found['coins']:,} coins of {found['groups']} groups with "
        f"{found['values']} values (as hard to guess as {found['effective_values']:.1f} equally frequent ones)."
    )
    if found["unlearnable"]:
        notice(
            f"{found['unlearnable']:,} coins have a value that no other group has: they count as wrong; without "
            f"them accuracy is {_said(found['accuracy_learnable'])}."
        )
    for count, why in (
        (found["without_group"], "a known group, which were learned from and not measured"),
        (found["without_vector"], "a vector in each space and face, which were left out"),
    ):
        if count:
            notice(f"Labelled coins without {why}: {count:,}.")
    notice(
        f"Certainty is off by {found['ece']:.3f} on average (before calibration {found['ece_raw']:.3f}), Brier "
        f"{found['brier']:.3f} ({found['brier_raw']:.3f}). At {found['least']:g} or above: {found['coverage']:.1%} of "
        f"the coins, of which {_said(found['accuracy_covered'])} right."
    )
    if found["accuracy"] <= found["majority_accuracy"]:
        notice("It is NOT better than always saying the most frequent value.")
    if done.leaked:
        notice(f"LEAKED: a space has seen {label}, or may have; every figure and proposal measures that.")
    if not done.trained:
        notice("UNTRAINED: a space has weights drawn at random.")
    _tell_proposals(done, label, trial)


def _tell_proposals(done: Classified, label: str, trial: ClassifierTrial) -> None:
    if not trial.proposes:
        return
    if not done.proposable:
        notice(f"Nothing is proposed: a {label} is no field that accepting could fill.")
        return
    notice(
        f"{done.proposed:,} proposed; {done.abstained:,} coins are below {trial.least:g} and left as they are; "
        f"{done.lacking_without_vector:,} that lack a {label} have no vector."
    )
    if done.decided:
        notice(f"{done.decided:,} were rejected before, or have a value by now.")
    if done.proposed:
        notice(f"See them: coinstore proposals list --label {label}")


def _said(share: float | None) -> str:
    return "none" if share is None else f"{share:.3f}"
