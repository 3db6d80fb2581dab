"""What learning a label is worth on the Roman coins: portraits, asked by coins and by museums not learnt from.

python tests/benchmarks/learn.py [FOLDER]     another FOLDER of coins has records.csv and images

It builds a store of the coins and prints the tables as Markdown.
"""

import sys

from roman import cell, embed
from scratch import bounded, end, on_real_coins
from sqlalchemy import Engine

from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.spaces.catalogue import ensure_space
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.learn import Learnt, Lesson, learn_space

LABEL, SOURCE = "portrait", "eye_debiased"
HALF = "md5(inventory_number) < '8'"
LEAST_BY_COINS, LEAST_BY_MUSEUMS = 0.66, 0.60  # of the blends 1:1
BLENDS = {"half": (1, 1), "half_alone": (0, 1)}


def fill(store: Engine) -> None:
    ensure_space(store, "eye")
    embed(store, "eye")
    derive_space(store, SOURCE, Derivation("eye", centre="collection", whiten=256))
    embed(store, SOURCE)
    for name, blend in BLENDS.items():
        learn_space(store, name, Lesson(LABEL, SOURCE, where=HALF, blend=blend))
        embed(store, name)


def main(folder: str | None = None) -> None:
    on_real_coins(print_all, folder)
    end()


def print_all(store: Engine) -> None:
    fill(store)
    print_halves(store)
    print_museums(store)


def print_halves(store: Engine) -> None:
    """Learnt on half of the coins; the others ask all, and only each other."""
    print("| learnt on half of the coins, the others ask | answers: all coins | answers: the others |")
    print("|---|---|---|")
    spaces = [SOURCE, *BLENDS]
    rows = {}
    for where in ("true", f"not ({HALF})"):
        *_, done = evaluate_spaces(store, EvaluationRequest(spaces, [LABEL], unseen=True, where=where))
        for row in done.figures:
            if (row["figure"], row["setting"]) == ("nn_agreement", "other collections"):
                rows[row["space"], where] = row
    wheres = list(dict.fromkeys(where for _, where in rows))
    for space in spaces:
        cells = [cell(rows[space, where]) for where in wheres]
        if space == "half":
            values = [rows[space, where]["value"] for where in wheres]
            cells = [
                f"{said}, {bounded('learnt on half of the coins, blended, the others', value, LEAST_BY_COINS)}"
                for said, value in zip(cells, values, strict=True)
            ]
        print(f"| {space} | " + " | ".join(cells) + " |")
    print("| by chance | " + " | ".join(f"{rows[SOURCE, where]['chance']:.3f}" for where in wheres) + " |")


def print_museums(store: Engine) -> None:
    """Each museum is held out in turn with all its coins, which then ask the others."""
    lessons = {"blend 1:1": (1, 1), "blend 2:1": (2, 1), "blend 1:2": (1, 2), "alone": (0, 1)}
    found: dict[str, Learnt] = {
        said: learn_space(store, f"museums_{n}", Lesson(LABEL, SOURCE, blend=blend))
        for n, (said, blend) in enumerate(lessons.items())
    }
    first = next(iter(found.values()))
    print("\n| museums that were not learnt from ask | same portrait in another museum |\n|---|---|")
    shown = {SOURCE: first.source_agreement} | {said: learnt.agreement for said, learnt in found.items()}
    for said, agreement in shown.items():
        assert agreement is not None
        bound = ""
        if said == "blend 1:1":
            bound = f", {bounded('museums that were not learnt from', agreement.value, LEAST_BY_MUSEUMS)}"
        print(f"| {said} | {agreement.value:.3f} ({agreement.low:.3f}–{agreement.high:.3f}){bound} |")
    print(f"| by chance | {first.agreement.chance:.3f} |")
    print(
        f"\n{first.values} values, {first.coins:,} coins of {first.collections} museums, learnt in {first.seconds:.1f} s."
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
