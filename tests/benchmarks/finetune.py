"""What training a network is worth on the Roman coins: portraits, asked by museums that were not learnt from.

python tests/benchmarks/finetune.py [FOLDER]     another FOLDER of coins has records.csv and images
python tests/benchmarks/finetune.py --turns 3    three networks, each with other museums held out
python tests/benchmarks/finetune.py --epochs 4   a shorter training; also --learning-rate, --batch-size, --contrast

It builds a store of the coins and prints a table as Markdown for each turn; only obverses are compared. A GPU is
used where there is one.
"""

import argparse
from dataclasses import replace
from functools import partial

from roman import cell, embed
from scratch import on_real_coins, timed
from sqlalchemy import Engine

from coinstore.classify.run import ClassifierTrial, Fold
from coinstore.classify.tuned import FinetuneRequest, finetune_space
from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.models.network import device_named
from coinstore.models.registry import preset
from coinstore.models.tuning import Tuning, TuningEpoch
from coinstore.spaces.catalogue import add_space
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.learn import Lesson, learn_space

LABEL, BASE = "portrait", "obverses"


def debias(store: Engine, space: str) -> str:
    """Fills a space and its debiased derivative."""
    embed(store, space)
    derive_space(store, f"{space}_debiased", Derivation(space, centre="collection", whiten=256))
    embed(store, f"{space}_debiased")
    return f"{space}_debiased"


def tune(store: Engine, name: str, model: str, tuning: Tuning) -> Fold:
    """Trains a network; prints its epochs and returns what was held out."""
    for step in finetune_space(
        store, FinetuneRequest(LABEL, name, model), tuning, ClassifierTrial(proposes=False)
    ):
        if isinstance(step, TuningEpoch):
            print(
                f"epoch {step.number}: loss {step.training_loss:.3f}, of the coins that stop it"
                f" {step.stopping_loss:.3f} ({step.stopping_accuracy:.3f} right), {step.seconds:.0f} s",
                flush=True,
            )
        elif isinstance(step, Fold):
            fold = step
    return fold


def print_turn(store: Engine, tuning: Tuning) -> None:
    """One network and one closed form, learnt from the same museums and asked by the others."""
    name, base = f"tuned_{tuning.seed}", f"{BASE}_debiased"
    fold = tune(store, name, BASE, tuning)
    names = ", ".join("'" + museum.replace("'", "''") + "'" for museum in fold.groups)
    learn_space(store, f"learnt_{tuning.seed}", Lesson(LABEL, base, where=f"collection not in ({names})"))
    embed(store, f"learnt_{tuning.seed}")
    spaces = [BASE, base, f"learnt_{tuning.seed}", name, debias(store, name)]
    *_, done = evaluate_spaces(store, EvaluationRequest(spaces, [LABEL], unseen=True))
    print(f"\nheld out: {', '.join(fold.groups)}\n")
    print("| space | P@1, all others | P@1, other museums |\n|---|---|---|")
    at = {(r["space"], r["setting"]): r for r in done.figures if r["figure"] == "nn_agreement"}
    settings = ("all", "other collections")
    for space in spaces:
        print(f"| {space} | " + " | ".join(cell(at[space, setting]) for setting in settings) + " |")
    print("| by chance | " + " | ".join(f"{at[base, s]['chance']:.3f}" for s in settings) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--model", default="eye")
    parser.add_argument("--turns", type=int, default=1)
    own = Tuning()
    for name in ("epochs", "batch_size", "learning_rate", "contrast", "patience"):
        default = getattr(own, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    given = vars(parser.parse_args())
    folder, model, turns = (given.pop(name) for name in ("folder", "model", "turns"))
    print(f"on {device_named('auto')}, {given}", flush=True)

    def print_all(store: Engine) -> None:
        add_space(store, BASE, preset(model, face="obverse"))
        debias(store, BASE)
        for seed in range(turns):
            seconds = timed(partial(print_turn, store, replace(own, **given, seed=seed)))
            print(f"\nturn {seed}: {seconds:.0f} s\n", flush=True)

    on_real_coins(print_all, folder)


if __name__ == "__main__":
    main()
