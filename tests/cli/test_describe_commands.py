"""coinstore describe and coinstore dies from the command line."""

import json
from pathlib import Path

import pytest
from stores import Once

from coinstore.synthetic import Mintage, write_collection


@pytest.fixture
def loaded(coinstore, once: Once) -> Path:
    """Sixty drawn coins with records; the folder with their table and photographs."""

    def fill(folder: Path) -> Path:
        list(write_collection(folder, 60, Mintage(seed=0, types=2, dies=4)))
        coinstore("ingest", str(folder / "records.csv"), "--images", str(folder / "images"))
        return folder

    return once(fill)


def test_describe(coinstore, loaded: Path) -> None:
    said = coinstore("describe").stdout
    for part in (
        "60 coins",
        "Lakeside Museum",
        "Missing, %",
        "How even the classes are",
        "within their type",
    ):
        assert part in said, part
    page, plots = loaded / "report.html", loaded / "plots"
    done = coinstore(
        "describe",
        "--where",
        "collection = 'Sammlung Nord'",
        "--json",
        "-o",
        str(page),
        "-o",
        str(plots),
    )
    found = json.loads(done.stdout)
    assert found["coins"] == 20 and found["where"] == "collection = 'Sammlung Nord'"
    assert {row["collection"] for row in found["missing"]} == {"Sammlung Nord"}
    assert found["fingerprints"]["photographs"] == found["fingerprints"]["fingerprints"]
    assert (
        page.stat().st_size > 100_000
        and (plots / "measures.svg").exists()
        and (plots / "missing.png").exists()
    )
    assert f"Wrote {page}" in done.stderr


def test_describe_refuses_in_one_sentence(coinstore, loaded: Path) -> None:
    for arguments, words in (
        (("--where", "weight_g >"), "condition"),
        (("--where", "mint = 'Nowhere'"), "another --where"),
        (("--space", "nothing"), "there is no space nothing"),
        (("-o", str(loaded / "nowhere" / "a.html")), "no folder"),
        (("-o", str(loaded / "a.pdf")), "a report is written as .html"),
        (("-o", str(loaded / "records.csv" / "x")), "choose another folder"),
    ):
        error = coinstore("describe", *arguments, code=1).stderr
        assert words in error and error.count("\n") == 1, error


def test_dies(coinstore, loaded: Path) -> None:
    said = coinstore("dies")
    assert "Carter 1983" in said.stdout and "Esty 2011" in said.stdout
    rows = json.loads(coinstore("dies", "--by", "type", "--json").stdout)
    assert {row["face"] for row in rows} == {"obverse", "reverse"} and len({row["type"] for row in rows}) >= 2
    [study] = {row["study"] for row in rows}
    assert json.loads(coinstore("dies", "--study", study, "--json").stdout)
    links = json.loads(coinstore("dies", "table", "--json").stdout)
    assert sum(row["coins"] for row in links) == 58  # two are uniface
    assert "there is no study X; there are:" in coinstore("dies", "--study", "X", code=1).stderr


def test_an_empty_store(coinstore) -> None:
    assert "coinstore ingest" in coinstore("describe", code=1).stderr
    assert "no coin has a die yet" in coinstore("dies", code=1).stderr


@pytest.mark.parametrize("command", ["describe", "dies"])
def test_help_has_examples(coinstore, command: str) -> None:
    said = coinstore(command, "--help").stdout
    assert f"coinstore {command} --" in said
