"""coinstore evaluate on drawn coins whose dies and types are known."""

import json
from pathlib import Path

import pytest
from stores import Once

from coinstore.synthetic import Mintage, write_collection

FIGURES = {"nn_agreement", "precision_at_k", "recall_at_k", "map", "r_precision"}


@pytest.fixture
def drawn(coinstore, once: Once) -> None:
    """Drawn coins with vectors in two spaces."""

    def fill(folder: Path) -> None:
        list(write_collection(folder, 72, Mintage(seed=1, types=4, dies=2)))
        coinstore("ingest", str(folder / "records.csv"), "--images", str(folder / "images"))
        coinstore("embed", "hog")
        coinstore("space", "derive", "hog_debiased", "--from", "hog", "--centre", "--by", "collection")
        coinstore("embed", "hog_debiased")

    once(fill)


def test_spaces_side_by_side(coinstore, drawn: None, tmp_path: Path) -> None:
    report, plot = tmp_path / "report.html", tmp_path / "plot.svg"
    done = coinstore(
        "evaluate",
        "hog",
        "hog_debiased",
        "--label",
        "die",
        "--label",
        "type",
        "--face",
        "obverse",
        "--face",
        "both",
        "-o",
        str(report),
        "-o",
        str(plot),
    )
    assert "die: " in done.stdout and "by chance" in done.stdout and "hog_debiased by both" in done.stdout
    for label in ("die", "type"):  # one plot each
        assert plot.with_stem(f"plot-{label}").read_text("utf-8").startswith("<?xml")
    assert report.read_text("utf-8").startswith("<!DOCTYPE html>")

    found = json.loads(coinstore("evaluate", "hog", "hog_debiased", "--label", "die", "--json").stdout)
    for space in ("hog", "hog_debiased"):  # same-die agreement, for every space
        for setting in ("all", "other collections"):
            here = [r for r in found["figures"] if (r["space"], r["setting"]) == (space, setting)]
            assert {r["figure"] for r in here} >= FIGURES
    assert found["differences"][0]["other_space"] == "hog"


def test_groups_failures_and_reranked_figures(coinstore, drawn: None, tmp_path: Path) -> None:
    asked = ["evaluate", "hog", "--label", "type", "--rerank"]
    sheet = tmp_path / "worst.html"
    done = coinstore(*asked, "--by", "collection", "--by", "value", "--failures", str(sheet))
    for words in ("P@1, all", "P@1, across", "hog re-ranked", "Lakeside Museum", "queries, across"):
        assert words in done.stdout, words
    sheets = sorted(tmp_path.glob("worst-*.html"))
    assert [path.name for path in sheets] == [
        "worst-type-hog-obverse-reranked.html",
        "worst-type-hog-obverse.html",
    ]
    page = sheets[1].read_text("utf-8")
    assert "the first that agrees is in place" in page and "data:image/jpeg" in page and "<script" not in page
    found = json.loads(coinstore(*asked, "--json").stdout)
    assert {row["reranked"] for row in found["figures"]} == {False, True}
    assert {row["grouped_by"] for row in found["groups"]} == {"value", "collection"}
    assert "failures" not in found


def test_the_default_space_is_measured_and_named(coinstore, drawn: None) -> None:
    done = coinstore("evaluate", "--label", "type", "--json")
    [space] = {row["space"] for row in json.loads(done.stdout)["figures"]}
    assert f"Measured in {space}." in done.stderr
    assert f"Compared in {space}." in coinstore("similar", "1").stderr


def test_each_figure_is_shown_once_under_one_name(coinstore, drawn: None) -> None:
    shown = coinstore("evaluate", "hog", "--label", "type").stdout
    heads = [line.split() for line in shown.splitlines() if line.startswith("space")]
    named = [word.rstrip(",") for head in heads for word in head]
    for figure in ("P@1", "mAP", "R-precision"):  # among all, and across
        assert named.count(figure) == 2, heads
    assert (named.count("precision@10"), named.count("recall@10")) == (1, 2)  # one is of the store's search
    assert "nearest agrees" not in shown


def test_no_failure_is_said_and_has_no_sheet(coinstore, drawn: None, tmp_path: Path) -> None:
    sheet = tmp_path / "worst.html"
    here = "collection = 'Lakeside Museum'"  # no coin of another collection can differ
    done = coinstore("evaluate", "hog", "--label", "type", "--where", here, "--failures", str(sheet))
    assert "hog by obverse does not fail in type, so no sheet of it is written." in done.stderr
    assert not sheet.exists()


def test_wrong_usage_is_one_sentence_before_the_work(coinstore, drawn: None, tmp_path: Path) -> None:
    for arguments, code, words in (
        (["hog"], 2, "--label"),
        (["hog", "--label", "nonsense"], 1, "no label nonsense"),
        (["nothing", "--label", "type"], 1, "no space nothing"),
        (["hog", "--label", "die:elsewhere"], 1, "no study of dies"),
        (["hog", "--label", "type", "--where", "weight_g >"], 1, "--where cannot be used"),
        (["hog", "--label", "type", "--where", "weight_g > 900"], 1, "nothing to measure"),
        (["hog", "--label", "type", "-o", str(tmp_path / "a.txt")], 1, "a report is written as .html"),
        (["hog", "--label", "type", "-o", str(tmp_path / "no/a.png")], 1, "no folder"),
        (["hog", "--label", "weight_g"], 1, "is a measure"),
    ):
        assert words in coinstore("evaluate", *arguments, code=code).stderr, arguments


def test_a_leak_is_refused_and_marked(coinstore, drawn: None) -> None:
    pytest.importorskip("open_clip", reason="open_clip is not installed")
    coinstore("space", "add", "clip_text", "--weights", "random:0")
    coinstore("embed", "clip_text", "--limit", "40")
    assert "--allow-leak" in coinstore("evaluate", "clip_text", "--label", "denomination", code=1).stderr
    done = coinstore("evaluate", "clip_text", "--label", "denomination", "--allow-leak")
    assert "LEAKED" in done.stdout and "UNTRAINED" in done.stdout
