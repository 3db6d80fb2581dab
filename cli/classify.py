"""coinstore classify: values proposed for coins that lack one, by a model whose figures can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.sources.outputs import PLOT, check_path

from .shared import options
from .shared.commands import Command, Key, config
from .shared.output import notice, print_json, print_table
from .shared.progress import bar

if TYPE_CHECKING:
    from coinstore.classify.run import Classified, ClassifierTrial, Fold

CLASSES = ["value", "coins", "unlearnable", "precision", "recall", "f1"]
SHOWN = 30
GROUPS = click.Choice(["collection", "findspot"])
KEYS = {
    "folds": Key(
        click.IntRange(2, 100), 5, "Groups of collections or findspots that are held out in turn, at most."
    ),
    "strengths": Key(
        click.FloatRange(0, min_open=True),
        (1.0, 10.0, 100.0),
        "linear: 1 / L2 penalty; the best one in inner groups is used.",
    ),
    "balanced": Key(click.BOOL, True, "linear: each value has the same weight; false: each coin."),
}


@click.command(cls=Command)
@click.argument("label")
@click.option(
    "--space", "spaces", multiple=True, required=True, metavar="SPACE", help="May be repeated: concatenated."
)
@click.option("--model", type=click.Choice(["knn", "linear"]), default="knn", show_default=True)
@options.face("One face, or both concatenated.")
@click.option(
    "--group", type=GROUPS, default="collection", show_default=True, help="What is held out as a whole."
)
@options.min_certainty("Abstain below this certainty.", default=0.8, show_default=True)
@options.k("knn: how many neighbours vote.")
@options.limit("At most this many coins to learn from.", least=2, default=50_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@config(KEYS)
@click.option("--evaluate", is_flag=True, help="Only measure; propose nothing.")
@click.option("--allow-leak", is_flag=True, help="Allow spaces that have seen LABEL; everything is marked.")
@options.output("Confusion matrix as FILE.png or .svg.")
@options.as_json
def classify(label: str, output: Path | None, as_json: bool, **given: Any) -> None:
    """Propose a LABEL for coins that lack one, and measure how often that is right.

    LABEL is type, denomination, material, mint, authority or portrait. Other columns of api.coins, die and
    die:STUDY are only measured. Figures are measured on whole collections (or findspots) that were held out.
    Proposals are kept separate from what people and sources say; see: coinstore proposals list

    \b
    coinstore classify portrait --space hog_debiased
    coinstore classify portrait --space hog_debiased --face both --min-certainty 0.9
    coinstore classify mint --space hog --space clip_image --model linear --group findspot --evaluate
    coinstore classify portrait --space hog_debiased -o portrait.png --json
    """
    from coinstore.classify.examples import ClassifierRequest
    from coinstore.classify.models import ClassifierRecipe
    from coinstore.classify.run import ClassifierTrial, classify_coins

    if output:
        check_path(output, PLOT, "plot")
    spaces = tuple(dict.fromkeys(given["spaces"]))
    more = given["config"]
    subject = ClassifierRequest(
        label, spaces, given["face"], given["group"], given["limit"], given["allow_leak"]
    )
    recipe = ClassifierRecipe(
        given["model"], given["k"], more["strengths"], balanced=more["balanced"], seed=given["seed"]
    )
    trial = ClassifierTrial(more["folds"], given["min_certainty"], not given["evaluate"])
    with coinstore.open() as store:
        folds, done = _follow(label, trial.folds, classify_coins(store.engine, subject, recipe, trial))
        report(store, done, folds, as_json)
        if output:
            draw(store, done, output)
    tell(done, label, trial)


def _follow(title: str, folds: int, steps: Iterator[Any]) -> tuple[list[Fold], Classified]:
    """Runs a classification to its end, with a bar."""
    from coinstore.classify.run import Classified

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
    from coinstore.db import call

    classes = call.read(store.engine, "part.figures_of_classes", classifier=done.classifier_id)
    if as_json:
        confusions = call.read(store.engine, "part.confusion_of", classifier=done.classifier_id)
        print_json(
            asdict(done)
            | {"folds": [asdict(fold) for fold in folds], "classes": classes, "confusions": confusions}
        )
        return
    found = done.figures
    interval = f"({found['accuracy_low']:.3f} to {found['accuracy_high']:.3f})"
    accuracy = {
        "": "accuracy",
        "classifier": f"{found['accuracy']:.3f} {interval}",
        "majority": f"{found['majority_accuracy']:.3f} ({found['majority_value']})",
    }
    macro_f1 = {
        "": "macro F1",
        "classifier": f"{found['macro_f1']:.3f}",
        "majority": f"{found['majority_macro_f1']:.3f}",
    }
    print_table([accuracy, macro_f1], list(accuracy))
    _print_agreement(found)
    print_table(classes[:SHOWN], CLASSES)
    if len(classes) > SHOWN:
        notice(f"{len(classes) - SHOWN} more values: add --json, or see api.class_figures.")


def _print_agreement(figures: dict[str, Any]) -> None:
    """What fine-tuning changed in the vectors of the groups that were held out."""
    rows = [
        {
            "nearest of another group agrees": said,
            "share": f"{found['value']:.3f}",
            "95%": f"{found['low']:.3f} to {found['high']:.3f}",
            "chance": f"{found['chance']:.3f}",
            "queries": found["queries"],
        }
        for said, key in (("before", "agreement_before"), ("after", "agreement"))
        if (found := figures.get(key))
    ]
    if rows:
        print_table(rows, list(rows[0]))


def draw(store: coinstore.Store, done: Classified, path: Path) -> None:
    """Writes the confusion matrix as a picture."""
    from coinstore.pages.plots.confusion import write_confusion

    write_confusion(store.engine, done.classifier_id, path)
    notice(f"Confusion matrix: {path}")


def tell(done: Classified, label: str, trial: ClassifierTrial) -> None:
    """Says what people must know to read the figures."""
    found = done.figures
    notice(
        f"Classifier {done.classifier_id}: {found['coins']:,} coins of {found['groups']} groups"
        f" with {found['values']} values"
        f" (as hard to guess as {found['effective_values']:.1f} equally frequent ones)."
    )
    if found["unlearnable"]:
        notice(
            f"{found['unlearnable']:,} coins have a value that no other group has: they count as wrong;"
            f" without them accuracy is {_figure(found['accuracy_learnable'])}."
        )
    for count, why in (
        (found["without_group"], "a known group (used for learning, not measured)"),
        (found["without_vector"], "a vector in each space and face (left out)"),
    ):
        if count:
            notice(f"Labelled coins without {why}: {count:,}.")
    notice(
        f"Certainty is off by {found['ece']:.3f} on average (before calibration {found['ece_raw']:.3f}),"
        f" Brier {found['brier']:.3f} ({found['brier_raw']:.3f})."
        f" At {found['least']:g} or above: {found['coverage']:.1%} of the coins,"
        f" of which {_figure(found['accuracy_covered'])} right."
    )
    if found["accuracy"] <= found["majority_accuracy"]:
        notice("This is NOT better than always guessing the most frequent value.")
    if done.leaked:
        notice(f"LEAKED: a space has seen {label}, or may have; this affects every figure and proposal.")
    if not done.trained:
        notice("UNTRAINED: a space has random weights.")
    _tell_proposals(done, label, trial)


def _tell_proposals(done: Classified, label: str, trial: ClassifierTrial) -> None:
    if not trial.proposes:
        return
    if not done.proposable:
        notice(f"Nothing is proposed: {label} is not a field that accepting could fill.")
        return
    notice(
        f"{done.proposed:,} proposed;"
        f" {done.abstained:,} coins are below {trial.min_certainty:g} and stay as they are;"
        f" {done.lacking_without_vector:,} that lack a {label} have no vector."
    )
    if done.decided:
        notice(f"{done.decided:,} were rejected before, or now have a value.")
    if done.proposed:
        notice(f"See them: coinstore proposals list --label {label}")


def _figure(share: float | None) -> str:
    return "none" if share is None else f"{share:.3f}"
