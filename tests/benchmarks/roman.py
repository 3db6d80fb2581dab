"""Figures of the Roman coins: how well spaces find what belongs together, and how well portraits are classified.

python tests/benchmarks/roman.py [FOLDER]     another FOLDER of coins has records.csv and images

It builds a store of the coins and prints the tables as Markdown, with the time of an answer with and without
re-ranking.
"""

import sys
from functools import partial

from scratch import bounded, end, median_s, on_real_coins
from sqlalchemy import Engine

from coinstore.classify.examples import ClassifierRequest
from coinstore.classify.models import ClassifierRecipe
from coinstore.classify.run import ClassifierTrial, classify_coins
from coinstore.db import call
from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.search.similar import Question, similar
from coinstore.spaces.catalogue import ensure_space
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.fill import settle
from coinstore.spaces.workers import run_workers

SPACES = ["hog", "eye"]
# Each label with the faces by which it is asked.
ASKED = {"portrait": ["obverse", "both"], "denomination": ["obverse", "both"], "description": ["reverse"]}
# What P@1 across museums has to reach: by label, space, face, and whether it is re-ranked.
LEAST = {
    ("portrait", "eye_debiased", "obverse", False): 0.52,
    ("portrait", "eye_debiased", "obverse", True): 0.57,
    ("denomination", "eye_debiased", "both", False): 0.48,
    ("description", "eye_debiased", "reverse", False): 0.38,
}
FIGURES = {"nn_agreement": "P@1", "map": "mAP", "r_precision": "R-precision"}
SETTINGS = {"all": "all others", "other collections": "other museums"}


def fill(store: Engine) -> None:
    for space in SPACES:
        ensure_space(store, space)
        embed(store, space)
        derive_space(store, f"{space}_debiased", Derivation(space, centre="collection", whiten=True))
        embed(store, f"{space}_debiased")


def embed(store: Engine, space: str) -> None:
    list(run_workers(store, space))
    settle(store, space)


def cell(row: dict) -> str:
    return f"{row['value']:.3f} ({row['low']:.3f}–{row['high']:.3f})"


def main(folder: str | None = None) -> None:
    on_real_coins(print_all, folder)
    end()


def print_all(store: Engine) -> None:
    fill(store)
    best = f"{SPACES[-1]}_debiased"
    every = [name for space in SPACES for name in (space, f"{space}_debiased")]
    print_head()
    for label, faces in ASKED.items():
        rows = measured(store, EvaluationRequest(every, [label], faces))
        again = measured(store, EvaluationRequest([best], [label], faces, rerank=True))
        print_label(rows + [row for row in again if row["reranked"]])
    print_seconds(store, best)
    print_classifiers(store)


def measured(store: Engine, request: EvaluationRequest) -> list:
    *_, done = evaluate_spaces(store, request)
    return list(done.figures)


def print_head() -> None:
    heads = [f"{name}, {said}" for name in FIGURES.values() for said in SETTINGS.values()]
    print("| label | space | face | " + " | ".join(heads) + " |")
    print("|" + "---|" * (3 + len(heads)))


def print_label(rows: list) -> None:
    at = {(r["evaluation_id"], r["figure"], r["setting"]): r for r in rows}
    ones = {r["evaluation_id"]: r for r in rows}
    keys = [(figure, setting) for figure in FIGURES for setting in SETTINGS]
    for number, one in ones.items():
        space = one["space"] + ", re-ranked" * one["reranked"]
        cells = [cell(at[number, *key]) for key in keys]
        least = LEAST.get((one["label"], one["space"], one["face"], one["reranked"]))
        if least is not None:
            key = ("nn_agreement", "other collections")
            what = f"{one['label']} across museums by {space}, {one['face']}"
            cells[keys.index(key)] += f", {bounded(what, at[number, *key]['value'], least)}"
        print(f"| {one['label']} | {space} | {one['face']} | " + " | ".join(cells) + " |")
    first = next(iter(ones))
    chances = [f"{at[first, *key]['chance']:.3f}" for key in keys]
    print(f"| {ones[first]['label']} | by chance | | " + " | ".join(chances) + " |", flush=True)


def print_seconds(store: Engine, space: str) -> None:
    """The time of an answer, plain and re-ranked, among all and among other museums."""
    coin = call.look(store, "api.coins")[0]
    other = f"collection <> '{coin['collection']}'"
    print("\n| answer | plain | re-ranked |\n|---|---|---|")
    for said, where in (("among all", "true"), ("among other museums", other)):
        questions = [Question(space=space, where=where, rerank=rerank) for rerank in (False, True)]
        cells = [median_s(partial(similar, store, coin["coin_id"], question)) for question in questions]
        print(f"| {said} | " + " | ".join(f"{1000 * seconds:.0f} ms" for seconds in cells) + " |", flush=True)


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
    main(*sys.argv[1:2])
