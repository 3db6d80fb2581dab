"""classify, proposals and finetune from the command line."""

import csv
import json
from pathlib import Path

import pytest
from stores import Once

from coinstore.synthetic import Mintage, write_collection


@pytest.fixture
def drawn(coinstore, once: Once) -> None:
    """Sixty drawn coins with vectors in hog; every fifth has no denomination in its record."""

    def fill(folder: Path) -> None:
        list(write_collection(folder, 60, Mintage(seed=0)))
        table = folder / "records.csv"
        with table.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        for n, row in enumerate(rows):
            row["denomination"] = row["denomination"] if n % 5 else ""
        with table.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        coinstore("ingest", str(table), "--images", str(folder / "images"))
        coinstore("embed", "hog")

    once(fill)


def test_from_figures_to_decisions(coinstore, drawn: None, tmp_path: Path) -> None:
    said = coinstore(
        "classify", "denomination", "--space", "hog", "--min-certainty", "0", "-o", str(tmp_path / "c.png")
    )
    assert "accuracy" in said.stdout and "majority" in said.stdout and "precision" in said.stdout
    assert "Certainty is off by" in said.stderr and (tmp_path / "c.png").stat().st_size > 10_000
    (tmp_path / "linear.toml").write_text("strengths = [10]\n")
    found = json.loads(
        coinstore(
            "classify",
            "denomination",
            "--space",
            "hog",
            "--min-certainty",
            "0",
            "--face",
            "both",
            "--model",
            "linear",
            "--config",
            str(tmp_path / "linear.toml"),
            "-o",
            str(tmp_path / "c.svg"),
            "--json",
        ).stdout
    )
    right = sum(cell["coins"] for cell in found["confusions"] if cell["truth"] == cell["predicted"])
    assert (
        sum(cell["coins"] for cell in found["confusions"]) == found["figures"]["coins"] == 46
    )  # two are uniface
    assert found["figures"]["accuracy"] == pytest.approx(right / 46)
    assert sum(row["coins"] for row in found["classes"]) == 46 and len(found["folds"]) == 3
    assert "took coins of held-out groups for" in (tmp_path / "c.svg").read_text("utf-8")
    rows = json.loads(
        coinstore("proposals", "list", "--label", "denomination", "--state", "proposed", "--json").stdout
    )
    assert len(rows) == 24  # twelve coins, two classifiers
    first = str(rows[0]["proposal_id"])
    assert (
        "1 accepted by A. Curator"
        in coinstore("proposals", "accept", first, "--as", "A. Curator", "--note", "gesehen: ΔΡ").stderr
    )
    assert "1 were accepted before" in coinstore("proposals", "accept", first, "--as", "A. Curator").stderr
    listed = list(
        csv.DictReader(coinstore("proposals", "list", "--state", "accepted", "--csv").stdout.splitlines())
    )
    assert [(row["proposal_id"], row["decided_by"], row["note"]) for row in listed] == [
        (first, "A. Curator", "gesehen: ΔΡ")
    ]
    heavy = ["--min-certainty", "0", "--label", "denomination", "--where", "weight_g > 5", "--as", "A"]
    done = json.loads(coinstore("proposals", "accept", *heavy, "--json").stdout)
    wanted, given = accepted_by_hand(rows, rows[0], lambda row: row["weight_g"] and row["weight_g"] > 5)
    assert (done["accepted"], done["occupied"]) == wanted and 0 < done["accepted"] < 23
    of_coins = json.loads(coinstore("proposals", "list", "--state", "accepted", "--json").stdout)
    assert {row["coin_id"]: row["denomination"] for row in of_coins} == given
    back = json.loads(coinstore("proposals", "reject", first, "--as", "B", "--yes", "--json").stdout)
    assert back["rejected"] == 1
    classifiers = json.loads(coinstore("proposals", "classifiers", "--json").stdout)
    assert {row["model"] for row in classifiers} == {"knn", "linear"}
    assert "majority_accuracy" in coinstore("proposals", "classifiers").stdout
    assert "proposal_id" in coinstore("proposals", "list").stdout


def accepted_by_hand(rows: list[dict], first: dict, chosen) -> tuple[tuple[int, int], dict[int, str]]:
    """How many of the chosen proposals are accepted after the first, how many contradict one before them, and
    the value of each coin afterwards."""
    given, accepted, occupied = {first["coin_id"]: first["value"]}, 0, 0
    for row in sorted(rows, key=lambda row: (-row["certainty"], row["proposal_id"])):
        if row != first and chosen(row):
            if given.setdefault(row["coin_id"], row["value"]) == row["value"]:
                accepted += 1
            else:
                occupied += 1
    return (accepted, occupied), given


def test_mistakes_are_one_sentence(coinstore, drawn: None) -> None:
    assert "there is no label colour" in coinstore("classify", "colour", "--space", "hog", code=1).stderr
    assert "there is no space nothing" in coinstore("classify", "mint", "--space", "nothing", code=1).stderr
    assert "--space" in coinstore("classify", "mint", code=2).stderr
    assert (
        "a plot is written as .png, .svg"
        in coinstore("classify", "mint", "--space", "hog", "-o", "c.pdf", code=1).stderr
    )
    assert "coinstore classify LABEL" in coinstore("proposals", "list").stderr
    assert "there is no proposal 7" in coinstore("proposals", "accept", "7", "--as", "A", code=1).stderr
    assert "--min-certainty" in coinstore("proposals", "accept", "--as", "A", code=2).stderr
    assert (
        "need --min-certainty"
        in coinstore("proposals", "accept", "7", "--label", "mint", "--as", "A", code=2).stderr
    )
    assert "--as" in coinstore("proposals", "reject", "7", code=2).stderr
    assert "--where" in coinstore("proposals", "list", "--where", "weight_g >", code=1).stderr
    assert "Give either" in coinstore("proposals", "list", "--json", "--csv", code=2).stderr
    coinstore("space", "derive", "bare", "--from", "hog", "--centre")
    assert "coinstore embed bare" in coinstore("classify", "mint", "--space", "bare", code=1).stderr


def test_finetune(coinstore, drawn: None, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    coinstore(
        "space", "add", "base", "--model", "torchvision:resnet18", "--weights", "random:0", "--side-px", "64"
    )
    short = tmp_path / "short.toml"
    short.write_text("epochs = 1\n")
    done = coinstore(
        "finetune",
        "denomination",
        "--model",
        "base",
        "--name",
        "own",
        "--config",
        str(short),
        "--device",
        "cpu",
    )
    assert "UNTRAINED" in done.stderr and "coinstore embed own" in done.stderr and "1 epochs" in done.stderr
    coinstore("embed", "own")
    assert "has seen denomination" in coinstore("classify", "denomination", "--space", "own", code=1).stderr
    leaked = coinstore("classify", "denomination", "--space", "own", "--allow-leak", "--evaluate")
    assert "LEAKED" in leaked.stderr
    assert "there is a space own already" in coinstore("finetune", "mint", "--name", "own", code=1).stderr


def test_a_label_is_learnt_in_the_store(coinstore, drawn: None) -> None:
    coinstore("space", "derive", "debiased", "--from", "hog", "--centre", "--whiten", "32")
    coinstore("embed", "debiased")
    words = ("learn", "denomination", "--space", "debiased", "--name", "values", "--where", "coin_id % 2 = 0")
    said = coinstore(*words)
    assert (
        "values: denomination learnt from 2" in said.stdout and "The nearest coin of another" in said.stdout
    )
    assert "coinstore embed values" in said.stderr and "changed" not in said.stderr
    again = coinstore(*words, "--json")
    assert "nothing was changed" in again.stderr
    found = json.loads(again.stdout)
    assert found["blend"] == [1, 1] and found["dims"] == 32 and 0 < found["agreement"]["value"] <= 1
    coinstore("embed", "values")
    shown = coinstore("evaluate", "debiased", "values", "--label", "denomination", "--unseen")
    assert "that a space was learnt from are answers only" in shown.stdout and "LEAKED" not in shown.stdout
    assert (
        "has seen denomination" in coinstore("evaluate", "values", "--label", "denomination", code=1).stderr
    )
    marked = coinstore("evaluate", "values", "--label", "denomination", "--allow-leak").stdout
    assert "values LEAKED" in marked
    space = {row["space"]: row for row in json.loads(coinstore("spaces", "--json").stdout)}["values"]
    assert (space["made_of"], space["sees"]) == (["debiased"], ["denomination"])
    for wrong in (("--blend", "x"), ("--blend", "1:0"), ("--shrinkage", "2")):
        assert coinstore(*words[:-2], *wrong, code=2 if wrong[1] != "1:0" else 1).stderr
