"""Contact sheets: the coins that were asked for, in order; no text of a record runs; checked in a browser."""

import base64
import io
import re
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import Engine, text
from stores import Once

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SettingsError
from coinstore.images.examine import examine_images
from coinstore.ingest import ingest
from coinstore.pages.sheets.drawing import Letters
from coinstore.pages.sheets.html import html_of
from coinstore.pages.sheets.make import Asked, Drawn, make_sheet, write_sheet
from coinstore.pages.sheets.parts import Sheet
from coinstore.pages.sheets.png import PAGE_PX, WIDTH_PX, pages_of
from coinstore.pages.words import metadata, nearness, plain
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.records.reader import Reading
from coinstore.records.values.years import in_words
from coinstore.search import similar as neighbours
from coinstore.search.similar import Question
from coinstore.spaces import embed, fill
from coinstore.spaces.catalogue import ensure_space
from coinstore.synthetic.mintage import Mintage
from coinstore.synthetic.records import write_collection

COINS = 24
EVIL = "<script>alert(1)</script>"
GREEK = "ΒΑΣΙΛΕΩΣ ᾿Αλεξάνδρου – Größe ſz"


class Read(HTMLParser):
    """What a page contains: its elements with their attributes, and the text inside each class."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("img", "meta", "br"):
            self._inside.append(dict(attrs).get("class") or tag)

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        for name in set(self._inside):
            self.texts.setdefault(name, []).append(data)

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.fixture
def folder(store: Engine, once: Once) -> Path:
    """The folder of drawn coins in hog: one is uniface, and all texts of one are hostile or Greek."""

    def draw(folder: Path) -> Path:
        list(write_collection(folder, COINS, Mintage(seed=0)))
        list(ingest(store, [Reading(str(folder / "records.csv"), images=str(folder / "images"))]))
        photograph = folder / "<evil>.png"
        Image.linear_gradient("L").save(photograph)
        sides = {"obverse": {"image": str(photograph), "legend": GREEK}, "reverse": {"legend": EVIL}}
        fields = {
            "mint": "Köln & “Trier”",
            "denomination": EVIL,
            "year_from": -44,
            "year_to": 14,
            "weight_g": 3.5,
        }
        evil = Coin("1", {}, EVIL, "x'\"><img src=y>\u202e", fields=fields, sides=sides)
        list(load(store, "/evil", [evil]))
        list(examine_images(store))
        ensure_space(store, "hog")
        list(embed.embed_sides(store, ["hog"]))
        fill.settle(store, "hog")
        return folder

    return once(draw)


@pytest.fixture
def filled(store: Engine, folder: Path) -> Engine:
    return store


@pytest.fixture
def trial(filled: Engine) -> Engine:
    """A second space, with random vectors."""
    with filled.begin() as c:
        call.value(c, "job.add_space", name="trial", recipe='{"trained": false}', dims=8)
        sides = list(
            c.execute(text("select side_id from core.side where sha256 is not null order by 1")).scalars()
        )
        copy_vectors(
            c, "trial", "half", sides, np.random.default_rng(0).normal(size=(len(sides), 8)).astype("f4")
        )
        call.value(c, "job.settle_space", space="trial")
    return filled


def numbers(sheet: Sheet, strip: int = 0) -> list[str]:
    return [tile.coin.inventory_number for tile in sheet.blocks[0].strips[strip].tiles]


def similar(store: Engine, name: str, question: Question) -> list[str]:
    found = neighbours.similar(store, neighbours.find_coin(store, name), question)
    return [plain(row.inventory_number) for row in found]


def test_a_sheet_shows_the_coins_of_similar_in_their_order(filled: Engine) -> None:
    for face in ("obverse", "reverse", "both"):
        sheet = make_sheet(filled, ["LM 0001"], Asked(face=face, k=7, least=True))
        most, least = sheet.blocks[0].strips
        assert (most.kind, least.kind) == ("most", "least")
        assert numbers(sheet, 0) == similar(filled, "LM 0001", Question(face=face, space="hog", k=7))
        assert numbers(sheet, 1) == similar(
            filled, "LM 0001", Question(face=face, space="hog", k=7, farthest=True)
        )
        page = Read(html_of(sheet))
        assert [int("".join(page.texts["rank"]).split("place ")[n]) for n in range(1, 8)] == list(range(1, 8))
        assert len([1 for attributes in page.tags("li") if attributes["class"] == "tile"]) == 14
        shown = [part for part in page.texts["h4"] if part.strip()]
        assert shown[0 : 2 * 7 : 2] == numbers(sheet, 0)


def test_the_compared_face_stands_first_and_is_marked(filled: Engine) -> None:
    sheet = make_sheet(filled, ["LM 0001"], Asked(face="reverse", k=5))
    assert all(tile.coin.pictures[0].face == "reverse" for tile in sheet.blocks[0].strips[0].tiles)
    page = html_of(sheet)
    assert page.count('<figure class="face compared">') == 6
    assert page.count('<figure class="face">') == 6
    assert "reverse, compared" in page


def test_each_answer_has_scores_and_a_line_of_metadata(filled: Engine) -> None:
    [best] = neighbours.similar(filled, neighbours.find_coin(filled, "LM 0001"), Question(space="hog", k=1))
    page = html_of(make_sheet(filled, ["LM 0001"], Asked(k=1)))
    assert f"{best.similarity:.4f}" in page
    assert f"nearer than {best.percentile:.1f}% of random pairs" in page
    assert metadata(best) in page.replace("&#39;", "'")
    assert str(best.type) in page


def test_a_record_named_script_is_shown_and_never_run(filled: Engine) -> None:
    sheet = make_sheet(filled, [f"{EVIL}/"], Asked(k=3, where="collection <> '</title><script>'"))
    page = html_of(sheet)
    read = Read(page)
    assert not read.tags("script") and page.count("<script") == 0
    assert all(set(attributes) <= {"src", "alt"} for attributes in read.tags("img"))
    assert all(
        str(attributes["src"]).startswith("data:image/jpeg;base64,") for attributes in read.tags("img")
    )
    assert EVIL in "".join(read.texts["about"])
    assert GREEK in "".join(read.texts["about"])
    assert "44 BC to AD 14" in "".join(read.texts["about"]).replace("\xa0", " ")
    assert "\u202e" not in page
    policy = next(a["content"] for a in read.tags("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'") and "script-src" not in policy and "unsafe" not in policy


def test_what_is_not_there_is_said(filled: Engine) -> None:
    sheet = make_sheet(filled, [f"{EVIL}/"], Asked(k=COINS + 5))
    assert "no photograph of the reverse" in html_of(sheet)
    tiles = sheet.blocks[0].strips[0].tiles
    uniface = [tile for tile in tiles if not tile.coin.pictures[1].has_side]
    assert len(tiles) == COINS and uniface
    absent = Read(html_of(sheet)).texts["absent"]
    assert absent.count("no reverse") == len(uniface)


def test_the_face_that_a_coin_lacks_is_not_called_compared(filled: Engine) -> None:
    with filled.begin() as c:
        coin = (
            c.execute(
                text(
                    "select coin_id from api.sides group by 1 having count(*) = 1 and min(face) = 'obverse' order by 1"
                )
            )
            .scalars()
            .first()
        )
    sheet = make_sheet(filled, [str(coin)], Asked(face="both", k=3))
    page = html_of(sheet)
    assert "obverse, compared" in page and "reverse, compared" not in page
    assert ("reverse", "there is none") in sheet.blocks[0].coin.legends
    assert "reverse there is none" in " ".join("".join(Read(page).texts["about"]).split())
    pages_of(sheet)


def test_no_sheet_is_made_where_nothing_passes(filled: Engine) -> None:
    with pytest.raises(NotFound, match="no other coin passes the condition"):
        make_sheet(filled, [f"{EVIL}/"], Asked(where="mint = 'nowhere'"))


def test_random_coins_come_by_their_seed_and_pass_the_condition(filled: Engine) -> None:
    def chosen(seed: int, where: str = "true", face: str = "obverse") -> list[int]:
        sheet = make_sheet(filled, Drawn(5, seed), Asked(k=2, where=where, face=face))
        return [block.coin.coin_id for block in sheet.blocks]

    assert chosen(1) == chosen(1) != chosen(2)
    assert len(set(chosen(1))) == len(chosen(3, face="both")) == 5
    sheet = make_sheet(filled, Drawn(50, 1), Asked(k=2, where="collection = 'Sammlung Nord'"))
    assert {block.coin.collection for block in sheet.blocks} == {"Sammlung Nord"}
    assert 1 < len(sheet.blocks) < COINS
    assert ("Chosen", "50 at random, seed 1, among coins that pass the condition") in sheet.facts
    with pytest.raises(NotFound, match="no coin passes the condition"):
        make_sheet(filled, Drawn(5), Asked(where="mint = 'Atlantis'"))


def test_two_spaces_stand_below_each_other_and_name_common_coins(trial: Engine) -> None:
    sheet = make_sheet(trial, ["LM 0001"], Asked(spaces=("hog", "trial"), k=12), made_on=date(2026, 1, 2))
    hog, other = sheet.blocks[0].strips
    assert numbers(sheet, 1) == similar(trial, "LM 0001", Question(space="trial", k=12))
    places = {tile.coin.coin_id: tile.rank for tile in other.tiles}
    for tile in hog.tiles:
        assert tile.also == ((f"trial {places[tile.coin.coin_id]}",) if tile.coin.coin_id in places else ())
    page = html_of(sheet)
    lists = [attributes["start"] for attributes in Read(page).tags("ol")]
    assert lists == ["1", "1", "6", "6", "11", "11"]
    assert page.count("◆ also trial") == page.count("◆ also hog") > 0
    assert "the weights of trial are random" in page and "(untrained)" in page
    assert "Most similar in trial (untrained)" in html_of(
        make_sheet(trial, ["LM 0001"], Asked(("trial",), k=1))
    )
    assert ("Made", "2026-01-02 by coinstore 0.1.0") in sheet.facts


def test_a_coin_that_one_space_lacks_is_said_in_its_place(trial: Engine) -> None:
    with trial.begin() as c:
        one = neighbours.find_coin(trial, "LM 0001")
        c.execute(
            text(
                "delete from core.embedding_trial t using core.side s"
                " where s.side_id = t.side_id and s.coin_id = :coin"
            ),
            {"coin": one},
        )
    sheet = make_sheet(trial, ["LM 0001"], Asked(spaces=("hog", "trial"), k=3))
    assert len(sheet.blocks[0].strips[0].tiles) == 3
    assert "LM 0001 has no" in sheet.blocks[0].strips[1].note
    assert "LM 0001 has no" in html_of(sheet)
    with pytest.raises(NotFound, match="LM 0001 has no"):
        make_sheet(trial, ["LM 0001"], Asked(spaces=("trial",)))


def test_an_unknown_coin_or_space_is_said_as_everywhere(filled: Engine) -> None:
    with pytest.raises(NotFound, match="no coin is named 'Atlantis'"):
        make_sheet(filled, ["Atlantis"], Asked())
    with pytest.raises(NotFound, match="there is no space nowhere"):
        make_sheet(filled, ["LM 0001"], Asked(spaces=("nowhere",)))


def test_photographs_are_shown_and_thumbnails_stand_in_for_them(filled: Engine, folder: Path) -> None:
    def width(sheet: Sheet) -> int:
        with Image.open(io.BytesIO(sheet.blocks[0].coin.pictures[0].jpeg or b"")) as picture:
            return picture.width

    sheet = make_sheet(filled, ["LM 0001"], Asked(k=2))
    assert not sheet.warnings
    with Image.open(folder / "images" / "LM0001_obv.jpg") as photograph:
        assert width(sheet) == photograph.width > 160
    (folder / "images" / "LM0001_obv.jpg").unlink()
    Image.new("RGB", (300, 300)).save(
        folder / "images" / "LM0001_rev.jpg"
    )  # no longer the compared photograph
    sheet = make_sheet(filled, ["LM 0001"], Asked(k=2))
    assert "2 faces are shown as thumbnails" in sheet.warnings[0]
    assert all(picture.is_thumbnail for picture in sheet.blocks[0].coin.pictures)
    assert width(sheet) <= 160
    assert html_of(sheet).count("(thumbnail)") == 2


def test_a_png_is_as_wide_as_a4_and_breaks_between_coins(filled: Engine, tmp_path: Path) -> None:
    sheet = make_sheet(filled, ["LM 0001"], Asked(k=5))
    [path] = write_sheet(sheet, tmp_path / "one.png")
    with Image.open(path) as page:
        assert page.width == WIDTH_PX and page.height < PAGE_PX
        assert page.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert len(page.convert("L").resize((60, 60)).getcolors() or []) > 20
    sheet = make_sheet(filled, Drawn(6, 0), Asked(k=10, least=True))
    paths = write_sheet(sheet, tmp_path / "many.png")
    assert [path.name for path in paths[:3]] == ["many.png", "many-2.png", "many-3.png"]
    for path in paths:
        with Image.open(path) as page:
            assert page.width == WIDTH_PX and page.height <= PAGE_PX


def test_a_png_shows_any_text_and_cuts_what_is_long(filled: Engine) -> None:
    sheet = make_sheet(filled, [f"{EVIL}/"], Asked(k=COINS, face="both"))
    long = replace(sheet, title="Ω" * 3000, facts=(("Condition", "x " * 5000),))
    assert {page.width for page in pages_of(long)} == {WIDTH_PX}
    letters = Letters(30)
    assert letters.cut("Münze", 1000) == "Münze"
    cut = letters.cut("Βασιλέως " * 100, 500)
    assert cut.endswith("…") and letters.width(cut) <= 500
    lines = letters.wrapped("eine Münze aus Köln " * 30, 600, at_most=3)
    assert len(lines) == 3 and lines[-1].endswith("…") and all(letters.width(line) <= 600 for line in lines)
    assert letters.wrapped("", 600) == []


def test_words() -> None:
    assert in_words(-44, -44) == "44 BC"
    assert in_words(-44, -42) == "44 to 42 BC"
    assert in_words(-27, 14) == "27 BC to AD 14"
    assert in_words(117, 138) == "AD 117 to 138"
    assert (
        in_words(64, None) == "from AD 64"
        and in_words(None, -1) == "until 1 BC"
        and in_words(None, None) is None
    )
    assert nearness(97.24) == "nearer than 97.2% of random pairs"
    assert nearness(0.2, "least") == "farther than 99.8% of random pairs"
    assert nearness(None) == ""
    assert plain(" a\n\u202eb\x00 c ") == "a b c"


def test_another_suffix_or_folder_is_refused(filled: Engine, tmp_path: Path) -> None:
    sheet = make_sheet(filled, ["LM 0001"], Asked(k=1))
    with pytest.raises(SettingsError, match=r"a sheet is written as .*; name it a\.html"):
        write_sheet(sheet, tmp_path / "a.pdf")
    with pytest.raises(SettingsError, match="there is no folder"):
        write_sheet(sheet, tmp_path / "nowhere" / "a.html")


def test_the_command(trial: Engine, coinstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = partial(coinstore, "sheet")
    assert run("LM 0001", "-k", "2").stdout == "sheet.html\n"
    done = run(
        "--limit",
        "2",
        "--seed",
        "5",
        "--compare",
        "hog,trial",
        "-k",
        "3",
        "-o",
        "a.html",
        "-o",
        "a.png",
    )
    assert done.stdout.splitlines()[:2] == ["a.html", "a.png"]
    assert "the weights of trial are random" in done.stderr
    assert "seed 5" in (tmp_path / "a.html").read_text("utf-8")
    assert "no coin is named" in run("Atlantis", code=1).stderr
    assert "Give either COIN" in run(code=2).stderr
    assert "Give either COIN" in run("LM 0001", "--limit", "3", code=2).stderr
    assert "--seed needs" in run("LM 0001", "--seed", "3", code=2).stderr
    assert "two spaces or more" in run("LM 0001", "--compare", "hog", code=2).stderr
    assert (
        "either --space or --compare"
        in run("LM 0001", "--compare", "hog,trial", "--space", "hog", code=2).stderr
    )
    assert "a sheet is written as" in run("LM 0001", "-o", "a.txt", code=1).stderr


def test_a_reader_may_make_a_sheet(filled: Engine) -> None:
    """Everything that a sheet reads is in schema api."""
    with filled.begin() as c:
        c.execute(text("set local role coinstore_reader"))
        ids = [row["coin_id"] for row in call.rows(c, "part.random_coins", space="hog", face="both", n=3)]
        assert [row["coin_id"] for row in call.rows(c, "part.coins_by_id", coins=ids[::-1])] == ids[::-1]
        assert call.rows(c, "part.faces_of_coins", coins=ids)


def test_a_browser_shows_every_picture_and_says_nothing(browser, trial: Engine, tmp_path: Path) -> None:
    sheet = make_sheet(
        trial, ["LM 0001", f"{EVIL}/"], Asked(spaces=("hog", "trial"), k=6, least=True, face="both")
    )
    [path] = write_sheet(sheet, tmp_path / "sheet.html")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:")) else said.append(request.url),
    )
    page.goto(path.as_uri())
    widths = page.evaluate("[...document.images].map(image => image.complete ? image.naturalWidth : 0)")
    assert len(widths) > 40 and min(widths) > 0
    assert page.evaluate("document.scripts.length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.tile .faces')).display") == "grid"
    )  # the style sheet is applied
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert said == []
    page.close()


def test_print_is_legible(filled: Engine) -> None:
    """Colours of text on white have a contrast of 4.5 to 1 or more, by the formula of WCAG 2."""
    style = (Path(sys.modules["coinstore.pages"].__path__[0]) / "assets" / "sheet.css").read_text("utf-8")
    colours = re.findall(r"--(?:ink|quiet|mark): (#\w{6})", style)
    assert len(colours) == 3 and all(_contrast(colour, "#ffffff") >= 4.5 for colour in colours)
    assert _contrast("#3d2a00", "#fff4d6") >= 4.5
    page = html_of(make_sheet(filled, ["LM 0001"], Asked(k=1)))
    pictures = [base64.b64decode(str(a["src"]).split(",")[1]) for a in Read(page).tags("img")]
    assert all(data.startswith(b"\xff\xd8") for data in pictures)


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)
