"""What learning a label is worth on the Roman coins: portraits, asked by coins and by museums not learnt from.

This measures no speed: it builds a store of the real coins and prints the table as Markdown.
"""

from roman import cell
from scratch import real_data, scratch_store
from sqlalchemy import Engine

from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.ingest import ingest
from coinstore.records.reader import Reading
from coinstore.spaces.catalogue import ensure_space
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.fill import settle
from coinstore.spaces.learn import Learnt, Lesson, learn_space
from coinstore.spaces.workers import run_workers

LABEL, SOURCE = "portrait", "eye_debiased"
HALF = "md5(inventory_number) < '8'"
BLENDS = {"half": (1, 1), "half_alone": (0, 1)}


def fill(store: Engine, reading: Reading) -> None:
    list(ingest(store, [reading]))
    ensure_space(store, "eye")
    embed(store, "eye")
    derive_space(store, SOURCE, Derivation("eye", centre="collection", whiten=256))
    embed(store, SOURCE)
    for name, blend in BLENDS.items():
        learn_space(store, name, Lesson(LABEL, SOURCE, where=HALF, blend=blend))
        embed(store, name)


def embed(store: Engine, space: str) -> None:
    list(run_workers(store, space))
    settle(store, space)


def main() -> None:
    data = real_data()
    if data is None:
        print("the real coins are not next to the project: nothing to measure")
        return
    with scratch_store() as store:
        fill(store, Reading(str(data / "roman/records.csv"), images=str(data / "roman/images")))
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
        print(f"| {space} | " + " | ".join(cell(rows[space, where]) for where in wheres) + " |")
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
        print(f"| {said} | {agreement.value:.3f} ({agreement.low:.3f}–{agreement.high:.3f}) |")
    print(f"| by chance | {first.agreement.chance:.3f} |")
    print(
        f"\n{first.values} values, {first.coins:,} coins of {first.collections} museums, learnt in {first.seconds:.1f} s."
    )


if __name__ == "__main__":
    main()
