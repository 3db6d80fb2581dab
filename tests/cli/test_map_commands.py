"""coinstore map from the command line."""

import csv
import io
import json
from pathlib import Path

import pytest
from stores import Once

from coinstore.maps import layout
from coinstore.synthetic import Mintage, write_collection


@pytest.fixture
def drawn(coinstore, once: Once) -> None:
    """Twenty-four drawn coins with vectors in hog."""

    def fill(folder: Path) -> None:
        list(write_collection(folder, 24, Mintage(seed=0)))
        coinstore("ingest", str(folder / "records.csv"), "--images", str(folder / "images"))
        coinstore("embed", "hog")

    once(fill)


def points(coinstore, name: str) -> dict[int, dict]:
    return {row["coin_id"]: row for row in json.loads(coinstore("map", "points", name, "--json").stdout)}


def test_from_vectors_to_a_map_that_grows(coinstore, drawn: None, tmp_path) -> None:
    pytest.importorskip("openTSNE")
    assert "There are no maps yet" in coinstore("map", "list").stderr
    done = coinstore("map", "build", "hog", "--seed", "5")
    assert done.stdout == ""
    assert "hog_obverse_tsne: 24 of 24 coins in" in done.stderr or "The others lack a vector" in done.stderr
    assert "There are few coins: perplexity is 7.67, not 30." in done.stderr
    coinstore("map", "build", "hog", "--method", "pca", "--face", "both", "--name", "overview")
    listed = {row["map"]: row for row in json.loads(coinstore("map", "list", "--json").stdout)}
    assert set(listed) == {"hog_obverse_tsne", "overview"}
    assert (listed["hog_obverse_tsne"]["seed"], listed["hog_obverse_tsne"]["parameters"]["axes"]) == (5, 23)
    assert (listed["overview"]["face"], listed["overview"]["method"]) == ("both", "pca")
    assert "overview" in coinstore("map", "list").stdout
    before = points(coinstore, "hog_obverse_tsne")
    (tmp_path / "more").mkdir()
    list(write_collection(tmp_path / "more", 30, Mintage(seed=0)))  # the same coins, and six more
    coinstore("ingest", str(tmp_path / "more" / "records.csv"), "--images", str(tmp_path / "more" / "images"))
    coinstore("embed", "hog")
    assert "6 coins placed, now 30;" in coinstore("map", "update", "hog_obverse_tsne").stderr
    after = points(coinstore, "hog_obverse_tsne")
    assert {key: after[key] for key in before} == before
    table = list(csv.DictReader(io.StringIO(coinstore("map", "points", "hog_obverse_tsne", "--csv").stdout)))
    assert len(table) == 30
    assert [float(row["x"]) for row in table] == [row["x"] for row in after.values()]
    coinstore("map", "drop", "overview", "--yes")
    assert "there is no map overview" in coinstore("map", "points", "overview", code=1).stderr


def test_without_an_extra_a_map_is_made_and_says_how(
    coinstore, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(layout.PACKAGES, "tsne", "a-package-that-is-not-here")
    done = coinstore("map", "build", "hog")
    assert "this map is by pca" in done.stderr and "pip install 'coinstore[maps]'" in done.stderr
    assert "hog_obverse_pca: 24 of 24 coins in" in done.stderr
    for asked in (["--method", "tsne"], ["--perplexity", "5"]):
        refused = coinstore("map", "build", "hog", *asked, code=1).stderr
        assert "pip install 'coinstore[maps]'" in refused
    coinstore("map", "build", "hog", "--neighbours", "5", code=2)


def test_a_page_draws_outlines_on_request(coinstore, drawn: None, tmp_path) -> None:
    coinstore("map", "build", "hog", "--method", "pca", "--name", "m")
    coinstore("graph", "build", "hog", "--name", "g")
    for command, name in (("map", "m"), ("graph", "g")):
        pages = []
        for asked in ([], ["--outlines"], ["--outlines"]):
            coinstore(command, "page", name, "-o", str(tmp_path / "page.html"), *asked)
            pages.append((tmp_path / "page.html").read_text("utf-8"))
        assert pages[0] != pages[1] and pages[1] == pages[2]


def test_umap_says_nothing_of_its_own(coinstore, drawn: None) -> None:
    pytest.importorskip("umap")
    done = coinstore("map", "build", "hog", "--method", "umap", "--neighbours", "5")
    assert done.stderr.startswith("hog_obverse_umap: ") and done.stderr.count("\n") == 1


def test_an_untrained_space_is_marked(coinstore, drawn: None, tmp_path) -> None:
    pytest.importorskip("torch")
    coinstore("space", "add", "resnet18", "--weights", "random:0")
    coinstore("embed", "resnet18", "--device", "cpu")
    assert "nearness means nothing" in coinstore("map", "build", "resnet18", "--method", "pca").stderr
    assert "nearness means nothing" in coinstore("map", "points", "resnet18_obverse_pca", "--csv").stderr
    assert json.loads(coinstore("map", "list", "--json").stdout)[0]["trained"] is False


def test_what_cannot_be(coinstore) -> None:
    assert (
        "needs --method tsne"
        in coinstore("map", "build", "hog", "--method", "pca", "--perplexity", "9", code=2).stderr
    )
    assert "there is no space hog" in coinstore("map", "build", "hog", code=1).stderr
    coinstore("space", "add", "hog")
    assert (
        "0 of 0 coins have a vector of the obverse in hog" in coinstore("map", "build", "hog", code=1).stderr
    )
    for arguments in (["update", "m"], ["drop", "m", "--yes"], ["points", "m"]):
        assert "there is no map m" in coinstore("map", *arguments, code=1).stderr
