"""Figures of the Roman coins: how well spaces find what belongs together, and how well portraits are classified.

This measures no speed: it builds a store of the real coins and prints the table as Markdown.
"""

from scratch import real_data, scratch_store
from sqlalchemy import Engine

from coinstore.classify.examples import ClassifierRequest
from coinstore.classify.models import ClassifierRecipe
from coinstore.classify.run import ClassifierTrial, classify_coins
from coinstore.db import call
from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.ingest import ingest
from coinstore.records.reader import Reading
from coinstore.spaces.catalogue import ensure_space
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.fill import settle
from coinstore.spaces.workers import run_workers

SPACES, FACES, LABELS = ["hog", "hog_debiased"], ["obverse", "both"], ["portrait", "denomination"]
FIGURES = {"nn_agreement": "nearest agrees", "map": "mAP"}


def fill(store: Engine, reading: Reading) -> None:
    list(ingest(store, [reading]))
    ensure_space(store, "hog")
    embed(store, "hog")
    derive_space(store, "hog_debiased", Derivation("hog", centre="collection", whiten=256))
    embed(store, "hog_debiased")


def embed(store: Engine, space: str) -> None:
    list(run_workers(store, space))
    settle(store, space)


def cell(row: dict) -> str:
    return f"{row['value']:.3f} ({row['low']:.3f}–{row['high']:.3f})"


def main() -> None:
    data = real_data()
    if data is None:
        print("the real coins are not next to the project: nothing to measure")
        return
    with scratch_store() as store:
        fill(store, Reading(str(data / "roman/records.csv"), images=str(data / "roman/images")))
        *_, done = evaluate_spaces(store, EvaluationRequest(SPACES, LABELS, FACES))
        rows = call.read(store, "part.evaluation_figures", run=done.run)
        print_table(rows)
        print_classifiers(store)


def print_table(rows: list) -> None:
    settings = {"all": "all others", "other collections": "other museums"}
    heads = [f"{name}, {said}" for name in FIGURES.values() for said in settings.values()]
    print("| label | space | face | " + " | ".join(heads) + " |")
    print("|" + "---|" * (3 + len(heads)))
    at = {(r["label"], r["space"], r["face"], r["figure"], r["setting"]): r for r in rows}
    for label in LABELS:
        for space in SPACES:
            for face in FACES:
                cells = [
                    cell(at[label, space, face, figure, setting])
                    for figure in FIGURES
                    for setting in settings
                ]
                print(
                    f"| {label} | {space} | {'both' if face == 'coin' else face} | "
                    + " | ".join(cells)
                    + " |"
                )
        chances = [at[label, "hog", "obverse", figure, s]["chance"] for figure in FIGURES for s in settings]
        print(f"| {label} | by chance | | " + " | ".join(f"{chance:.3f}" for chance in chances) + " |")


def print_classifiers(store: Engine) -> None:
    """Accuracy of portraits where whole museums are held out."""
    print(
        "\n| | accuracy (95%) | macro F1 | error of the certainty, before and after calibration |\n|---|---|---|---|"
    )
    subject = ClassifierRequest("portrait", ("hog_debiased",), "both")
    for model, name in (("knn", "nearest neighbours"), ("linear", "linear")):
        *_, done = classify_coins(store, subject, ClassifierRecipe(model), ClassifierTrial(proposes=False))
        found = done.figures
        if model == "knn":
            print(
                f"| majority ({found['majority_value']}) | {found['majority_accuracy']:.3f} | {found['majority_macro_f1']:.3f} | |"
            )
        print(
            f"| {name} | {found['accuracy']:.3f} ({found['accuracy_low']:.3f}–{found['accuracy_high']:.3f})"
            f" | {found['macro_f1']:.3f} | {found['ece_raw']:.3f}, {found['ece']:.3f} |"
        )


if __name__ == "__main__":
    main()
