"""coinstore outline: show, correct, list and find again."""

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import Engine, text
from stores import Once
from test_killed import kill_after

from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

COINS = 40


@pytest.fixture
def ingested(coinstore, once: Once) -> None:
    """Drawn coins with their photographs."""

    def fill(folder: Path) -> None:
        list(write_collection(folder, COINS, Mintage(seed=2)))
        coinstore("ingest", str(folder / "records.csv"), "--images", str(folder / "images"))

    once(fill)


def rows(store: Engine) -> list:
    with store.begin() as c:
        return c.execute(text("select * from api.outlines order by side_id")).all()


def test_a_person_corrects_an_outline(coinstore, ingested, store: Engine, tmp_path: Path) -> None:
    [obverse, _] = json.loads(coinstore("outline", "show", "LM 0001", "--json").stdout)
    assert obverse["said_by"] is None and len(obverse["edge"]) == 96
    coinstore(
        *("outline", "set", "LM 0001", "--face", "obverse", "--centre", "60,70", "--radius", "40"),
        *("--as", "A. Curator"),
    )
    drawn = tmp_path / "obverse.png"
    told = coinstore("outline", "show", "LM 0001", "--face", "obverse", "-o", str(drawn), "--csv")
    [row] = csv.DictReader(io.StringIO(told.stdout))
    assert (row["x_px"], row["y_px"], row["radius_px"], row["said_by"]) == (
        "60.0",
        "70.0",
        "40.0",
        "A. Curator",
    )
    with Image.open(drawn) as picture:
        assert picture.size == (obverse["width_px"], obverse["height_px"])
    listed = json.loads(
        coinstore("outline", "list", "--where", "inventory_number = 'LM 0001'", "--json").stdout
    )
    assert {one["said_by"] for one in listed} == {None, "A. Curator"}
    none = coinstore("outline", "list", "--where", "weight_g > 1000000")
    assert "No outline meets the condition." in none.stdout + none.stderr
    coinstore("outline", "--retry", "--min-certainty", "1")
    [row] = json.loads(coinstore("outline", "show", "LM 0001", "--face", "obverse", "--json").stdout)
    assert row["radius_px"] == 40
    shown = coinstore("outline", "show", "LM 0001", "--face", "obverse").stdout
    assert row["sha256"][:8] in shown and row["sha256"][:9] not in shown
    coinstore("outline", "set", "LM 0001", "--face", "obverse", "--automatic")
    again = json.loads(coinstore("outline", "show", "LM 0001", "--face", "obverse", "--json").stdout)
    assert again == [obverse]


def test_embed_says_which_outlines_are_of_an_earlier_version(coinstore, ingested, store: Engine) -> None:
    with store.begin() as c:
        c.execute(text("delete from core.outline where side_id % 2 = 0"))
        [lacking] = c.execute(
            text("select count(*) from core.side where sha256 is not null and side_id % 2 = 0")
        ).one()
    told = coinstore("embed", "hog", "--limit", "1").stderr
    assert "outline" not in told
    told = coinstore("embed", "hog_coin", "--limit", "1").stderr
    assert f"{lacking} sides were ingested by an earlier version" in told
    coinstore("outline", "--retry")
    assert "outline" not in coinstore("embed", "hog_coin", "--limit", "1").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["set", "LM 0001", "--face", "obverse"],
            2,
            "Give either --centre X,Y and --radius R, or --whole, or --automatic.",
        ),
        (["set", "LM 0001", "--face", "obverse", "--whole", "--automatic"], 2, "Give either"),
        (["set", "LM 0001", "--face", "obverse", "--automatic", "--of", "1"], 2, "without --of"),
        (
            ["set", "LM 0001", "--face", "obverse", "--whole", "--of", "0000"],
            1,
            "now, and not 0000; look at it again",
        ),
        (["set", "LM 0001", "--face", "obverse", "--centre", "1,2"], 2, "Give either"),
        (
            ["set", "LM 0001", "--face", "obverse", "--centre", "1", "--radius", "2"],
            2,
            "is not X,Y in pixels",
        ),
        (["set", "LM 0001", "--face", "obverse", "--centre", "9999,2", "--radius", "2"], 1, "is outside"),
        (["set", "LM 0001", "--face", "obverse", "--centre", "9,9", "--radius", "0"], 1, "more than 0"),
        (
            ["set", "LM 0001", "--face", "obverse", "--centre", "9,9", "--radius", "99999"],
            1,
            "is larger than",
        ),
        (["show", "nothing"], 1, "no coin is named"),
        (["--min-certainty", "0.5"], 2, "needs --retry"),
    ],
)
def test_what_cannot_be_is_refused(
    coinstore, ingested, store: Engine, arguments: list[str], code: int, said: str
) -> None:
    before = rows(store)
    assert said in coinstore("outline", *arguments, code=code).stderr
    assert rows(store) == before


def test_an_answer_says_what_was_taken_for_the_coin(coinstore, ingested, tmp_path: Path) -> None:
    coinstore("embed", "hog_coin")
    three, both = tmp_path / "three.png", tmp_path / "both.png"
    for file, count in ((three, 3), (both, 2)):
        picture = Image.new("RGB", (300 * count, 260), "white")
        for n in range(count):
            noise = Image.effect_noise((180, 180), 60 + 9 * n).convert("RGB")
            mask = Image.new("L", noise.size)
            ImageDraw.Draw(mask).ellipse((0, 0, 179, 179), 255)
            picture.paste(noise, (300 * n + 60, 40), mask)
        picture.save(file)
    asked = ("similar", "--space", "hog_coin", "-k", "2", "--json", "--image")
    told = coinstore(*asked, str(three))
    said = f"{three}: the photograph shows 3 discs, and not one coin or its two faces. The whole picture was"
    assert told.stderr.count(said) == 1
    assert [row["note"].startswith(said) for row in json.loads(told.stdout)] == [True, True]
    told = coinstore(*asked, str(both), "--face", "both")
    assert {row["compared"] for row in json.loads(told.stdout)} == {"both"}
    assert told.stderr.count("the left one was taken as the obverse") == 1
    refused = coinstore(*asked, str(three), "--face", "both", code=1).stderr
    assert "3 discs" in refused and "give face=" in refused
    [row, *_] = json.loads(coinstore("similar", "LM 0001", "--space", "hog_coin", "--json").stdout)
    (tmp_path / "tray").mkdir()
    Image.effect_noise((300, 260), 9).save(tmp_path / "tray/N1_obv.png")
    coinstore("ingest", str(tmp_path / "tray"), "--collection", "Tray")
    coinstore("embed", "hog_coin")
    told = coinstore("similar", "LM 0001", "--space", "hog_coin", "-k", "100").stderr
    assert told.count("No coin was found in these photographs") == 1 and "Tray N1 (obverse)" in told
    assert row["note"] is None


def test_outlines_are_drawn_before_there_are_vectors(
    coinstore, ingested, store: Engine, tmp_path: Path
) -> None:
    drawn = tmp_path / "outlines.png"
    told = coinstore("outline", "list", "--limit", "12", "-o", str(drawn))
    with Image.open(drawn) as picture:
        assert picture.width > 10 * 160 and picture.height > 2 * 160
        reds = sum(count for count, (r, g, b) in picture.getcolors(1 << 24) if r > 200 and max(g, b) < 80)
    assert reds > 1000 and f"Wrote {drawn}." in told.stderr
    refused = coinstore("outline", "list", "--limit", "2001", "-o", str(drawn), code=1).stderr
    assert "a picture shows up to 2,000 outlines" in refused
    refused = coinstore("sheet", "--limit", "3", "--outlines", "-o", str(tmp_path / "s.png"), code=1).stderr
    assert "coinstore embed" in refused and "coinstore outline list -o" in refused


@pytest.mark.process
def test_killed_at_any_moment(coinstore, environment, ingested, store: Engine) -> None:
    before = rows(store)
    assert len(before) >= 2 * (COINS - 5)
    with store.begin() as c:
        c.execute(text("delete from core.outline"))
    for seconds in (1.0, 1.3):
        kill_after(seconds, ["outline", "--retry"], environment)
    coinstore("outline", "--retry")
    assert rows(store) == before
    assert "nothing to do" in coinstore("outline", "--retry").stdout
