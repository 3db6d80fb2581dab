"""coinstore match: along a graph, a file, all with all, two coins; and the list of what was found."""

import csv
import io
import json
import sys
from pathlib import Path
from unittest import mock

import pytest
from PIL import Image
from sqlalchemy import Engine, text
from stores import Once

from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection
from coinstore_cli.match import _rate

COINS = 6


@pytest.fixture
def folder(store: Engine, once: Once, monkeypatch: pytest.MonkeyPatch) -> Path:
    def fill(folder: Path) -> str:
        list(write_collection(folder, COINS, Mintage(seed=4, types=2, dies=1)))
        shop = Store(store)
        shop.ingest(str(folder / "records.csv"), images=str(folder / "images"))
        shop.embed("hog")
        return str(folder)

    return Path(once(fill))


@pytest.fixture
def run(coinstore, folder: Path):
    """As `coinstore`, with the features in the folder of the coins."""
    return lambda *words, code=0: coinstore("match", *words, code=code, COINSTORE_HOME=str(folder))


def sentence(done) -> str:
    return done.stderr.strip().splitlines()[-1]


def test_along_a_graph_and_again(run, store: Engine) -> None:
    assert "the store has no graph whose edges can be compared; build one first" in sentence(run(code=1))
    Store(store).graphs.build("hog", k=2)
    first = run()
    assert "Matching the only graph, hog_obverse." in first.stderr
    assert "pairs are to be compared" in first.stderr and "The probability was fitted on " in first.stderr
    assert first.stdout == ""
    again = run("hog_obverse", "--workers", "2").stderr
    assert "pairs are matched." in again and "/s)" not in again
    Store(store).graphs.build("hog", "other", k=1)
    assert "name the one to match: hog_obverse, other" in sentence(run(code=1))
    assert "there is no graph nothing; there is: hog_obverse, other" in sentence(run("nothing", code=1))


def test_all_with_all_and_the_list(run) -> None:
    assert "No pair of coins has a probability of 0.5 or more" in run("list").stderr
    some = run("--all", "--face", "obverse", "--limit", "4").stderr
    assert "15 of 15 pairs are to be compared." in some and "11 pairs are still due" in some
    rest = run("--all", "--face", "obverse").stderr
    assert "11 of 15 pairs" in rest and "11 pairs in " in rest and "still due" not in rest
    rows = json.loads(run("list", "--min-certainty", "0", "--json").stdout)
    assert len(rows) == 15
    assert [row["probability"] for row in rows] == sorted((row["probability"] for row in rows), reverse=True)
    assert rows[0]["type"] == rows[0]["neighbour_type"] and rows[0]["probability"] > 0.5
    found = run("list", "--min-certainty", "0.9")
    assert found.stdout.splitlines()[0].split()[:3] == ["probability", "face", "collection"]
    assert "fitted on" in found.stderr and not {"1.00", "0.00"} & set(found.stdout.split())
    lines = list(
        csv.DictReader(io.StringIO(run("list", "--csv", "--where", "collection = 'Lakeside Museum'").stdout))
    )
    assert {line["neighbour_collection"] for line in lines} <= {"Lakeside Museum"}
    assert (
        "15 of 15"
        not in run("--all", "--face", "obverse", "--where", "collection = 'Lakeside Museum'").stderr
    )
    assert "where" in sentence(run("list", "--where", "mint =", code=1))


def test_two_coins(run) -> None:
    found = json.loads(run("LM 0001", "LM 0004", "--json").stdout)
    assert [row["face"] for row in found] == ["obverse", "reverse"]
    assert all(0 <= row["probability"] <= 1 for row in found)
    shown = run("LM 0001", "LM 0004", "--face", "reverse")
    assert len(shown.stdout.splitlines()) == 2 and "fitted on" in shown.stderr
    assert "are the same coin; give two coins" in sentence(run("LM 0001", "1", code=1))
    assert "no coin is named 'nothing'" in sentence(run("LM 0001", "nothing", code=1))


def test_a_coin_upside_down_is_found_with_any_turn_and_the_way_there_is_told(
    run, store: Engine, folder: Path, tmp_path: Path
) -> None:
    with Image.open(folder / "images" / "LM0004_obv.jpg") as upright:
        upright.transpose(Image.Transpose.ROTATE_180).save(tmp_path / "down.jpg", quality=95)
    (tmp_path / "records.csv").write_text("collection,inventory_number,obverse_image\nX,down,down.jpg\n")
    Store(store).ingest(str(tmp_path / "records.csv"), images=str(tmp_path))
    assert "details agree, but not upright; try it with --any-turn." in run("LM 0004", "down").stderr
    [row] = json.loads(run("LM 0004", "down", "--any-turn", "--json").stdout)
    assert row["probability"] > 0.99
    again = run("LM 0004", "down", "--json")
    assert json.loads(again.stdout) == [row], "what was found is not lost"
    assert "--any-turn" not in again.stderr
    run("show", "down", "LM 0001", "--any-turn", "-o", str(tmp_path / "pair.png"))
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("coin,neighbour\nLM 0004,down\n")
    assert "matched" in run("--pairs", str(pairs)).stderr


def test_a_graph_without_a_pair_and_a_condition_that_no_pair_passes(run, store: Engine) -> None:
    Store(store).graphs.build("hog", "none", k=2)
    with store.begin() as c:
        c.execute(text("delete from core.edge"))
    for words, which in (
        (["--all", "--where", "false"], "that pass --where"),
        (["none"], "in the graph none"),
    ):
        told = run(*words).stderr
        assert f"No pair of coins {which} has photographs of one face; " in told
        assert "ingest" not in told and "match list" not in told


def test_a_low_rate_is_not_zero() -> None:
    assert [_rate(per_s) for per_s in (1234.5, 12.34, 3.456, 0.35)] == ["1,234", "12", "3.5", "0.35"]


def test_pairs_of_a_file(run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text("coin,neighbour,face\nLM 0001,LM 0004,obverse\nLM 0001,SN 0002,\n")
    assert "3 of 3 pairs are to be compared." in run("--pairs", str(file)).stderr
    assert "All 3 pairs are matched." in run("--pairs", str(file)).stderr
    file.write_text("LM 0001,LM 0004\n")
    assert "has no columns coin and neighbour; the columns in its" in sentence(
        run("--pairs", str(file), code=1)
    )
    file.write_text("")
    assert "is empty; its first line names the columns coin, neigh" in sentence(
        run("--pairs", str(file), code=1)
    )
    file.write_text("coin,neighbour\n")
    assert "names no pairs." in sentence(run("--pairs", str(file)))
    file.write_text(
        "\ufeffFace;Verdict;Neighbour;Coin\nBoth;;LM 9;LM 0001\nobverse;;LM 0001;\nedge;;LM 0004;LM 0001\n"
        "OBVERSE;same die;LM 0004;LM 0001\n;;1;LM 0001\n"
    )
    told = run("--pairs", str(file), code=3).stderr
    assert "The 1 pair is matched." in told
    for said in (
        "line 2, column neighbour: no coin is named 'LM 9'",
        "line 3, column coin: there is no name; write the name of a coin.",
        "line 4, column face: 'edge' is not a face; write obverse, reverse, both or nothing.",
        "line 6, column neighbour: this is the coin of the column coin; name two coins.",
    ):
        assert f"{file}, {said}" in told
    file.write_text('coin,neighbour,face\nLM 0001,LM 0004,obverse\nLM 0001\nLM 0001,LM 0004,"obverse\n')
    told = run("--pairs", str(file), code=3).stderr
    assert "The 1 pair is matched." in told
    assert f"{file}, line 3: the row ends before the column neighbour." in told
    assert f"{file}, line 4: this is not CSV (unexpected end of data); look at its quotation marks." in told
    file.unlink()
    run("queue", "-o", str(file))
    assert "pairs are matched." in run("--pairs", str(file)).stderr, "the columns of a queue"
    file.write_bytes(b"coin,neighbour\n\xff")
    assert "is not a text in UTF-8" in sentence(run("--pairs", str(file), code=1))


def test_what_does_not_go_together_is_refused(run) -> None:
    for words in (
        ("a", "--all"),
        ("a", "b", "c"),
        ("a", "--face", "obverse"),
        ("a", "--where", "mint is null"),
        ("a", "--csv"),
    ):
        run(*words, code=2)
    assert "Show" not in run("--help").stdout.splitlines()[0]
    assert "coinstore match list" in run("list", "--help").stdout


def test_without_opencv_one_sentence_says_what_to_install(run) -> None:
    from coinstore.matching.opencv import opencv

    opencv.cache_clear()
    with mock.patch.dict(sys.modules, {"cv2": None}):
        assert sentence(run("--all", code=1)).endswith(
            "matching needs OpenCV: pip install 'coinstore[match]'"
        )
    opencv.cache_clear()


def test_a_face_that_cannot_be_read_does_not_hide_the_other(run, folder: Path) -> None:
    obverse, reverse = (folder / "images" / f"LM0001_{face}.jpg" for face in ("obv", "rev"))
    kept = {file: file.read_bytes() for file in (obverse, reverse)}
    reverse.write_bytes(b"changed")
    try:
        for _ in range(2):  # What is stored is shown again, too.
            found = run("LM 0001", "LM 0004", "--json")
            assert [row["face"] for row in json.loads(found.stdout)] == ["obverse"]
            assert "LM 0001, reverse: " in found.stderr and "has changed since" in found.stderr
        obverse.write_bytes(b"changed")
        told = run("LM 0001", "LM 0004", "--detector", "orb", code=1)
        assert told.stdout == "" and "LM 0001, obverse: " in told.stderr and "reverse: " in told.stderr
    finally:
        for file, content in kept.items():
            file.write_bytes(content)


def test_a_photograph_that_changed_is_told(run, folder: Path) -> None:
    file = sorted((folder / "images").rglob("*"))[0]
    kept = file.read_bytes()
    file.write_bytes(b"changed")
    try:
        told = run("--all").stderr
        assert "the file has changed since it was ingested; ingest its source again." in told
        assert "pairs could not be compared for that reason; the next run tries them again." in told
    finally:
        file.write_bytes(kept)
