"""Stored matches on contact sheets and as a list of pictures: coins are turned to fit, and a ring says where they agree."""

import io
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser
from sqlalchemy import Engine, text
from stores import Once

from coinstore.db import call
from coinstore.dies.sectors import sectors_of
from coinstore.errors import SettingsError
from coinstore.pages.pairs import cards as listed
from coinstore.pages.pairs.cards import cards
from coinstore.pages.pairs.ring import BANDS, COIN, ringed
from coinstore.pages.pairs.stored import Photographs, put_upon
from coinstore.pages.pairs.write import write_matches
from coinstore.pages.sheets.html import html_of
from coinstore.pages.sheets.make import Asked, make_sheet
from coinstore.pages.sheets.parts import Sheet, Tile
from coinstore.pages.sheets.png import PAGE_PX, WIDTH_PX, key_lines, pages_of
from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection

COINS = 10
BLUE, ORANGE = (8, 81, 156), (230, 97, 1)


@pytest.fixture
def folder(store: Engine, once: Once, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of drawn coins whose obverses are all compared."""
    monkeypatch.setenv("COINSTORE_HOME", str(tmp_path))

    def fill(folder: Path) -> str:
        list(write_collection(folder, COINS, Mintage(seed=4, types=1, dies=2)))
        shop = Store(store)
        shop.ingest(str(folder / "records.csv"), images=str(folder / "images"))
        shop.embed("hog")
        shop.matches.match(faces=["obverse"])
        return str(folder)

    return Path(once(fill))


@pytest.fixture
def best(store: Engine, folder: Path) -> dict:
    """The most probable match."""
    return Store(store).matches.list(limit=1)[0]


def sheet_of(store: Engine, coin: int, **asked) -> Sheet:
    return make_sheet(store, [str(coin)], Asked(("hog",), matches=True, k=COINS, **asked))


def tile_of(sheet: Sheet, coin: int) -> Tile:
    return next(tile for tile in sheet.blocks[0].strips[0].tiles if tile.coin.coin_id == coin)


def test_look_alikes_have_their_match_and_are_turned_to_fit(store: Engine, best: dict) -> None:
    for coin, other in ((best["coin_id"], best["neighbour_id"]), (best["neighbour_id"], best["coin_id"])):
        sheet = sheet_of(store, coin)
        tile = tile_of(sheet, other)
        assert tile.matches == (f"obverse, one die: {'> 0.99'.replace(' ', chr(160))}",) or (
            tile.matches == (f"obverse, one die: {best['probability']:.2f}",)
        )
        assert [picture.is_put for picture in tile.coin.pictures] == [True, False]
        page = html_of(sheet)
        assert "obverse ↻<" in page and "A coin in a ring (↻) is turned to fit" in page
        assert "Probability of one die" in page and "fitted on" in page
        assert {page.width for page in pages_of(sheet)} == {WIDTH_PX}
    plain = make_sheet(store, [str(best["coin_id"])], Asked(("hog",), k=COINS))
    assert "A coin in a ring" not in html_of(plain) and not tile_of(plain, best["neighbour_id"]).matches


def test_the_key_of_a_sheet_for_print_is_whole(store: Engine, best: dict) -> None:
    sheet = sheet_of(store, best["coin_id"])
    assert " ".join(key_lines(sheet)) == sheet.key and sheet.key.endswith("and not the ring.")


def test_pairs_that_were_not_compared_and_verdicts_are_told(store: Engine, best: dict) -> None:
    coin, other = best["coin_id"], best["neighbour_id"]
    call.run(
        store, "job.store_verdict", coin=coin, neighbour=other, face="obverse", verdict="same die",
        said_by="A. Curator", note=None,
    )  # fmt: skip
    said = tile_of(sheet_of(store, coin, face="both"), other).matches
    assert said[0].endswith(", judged same die") and said[1:] in ((), ("reverse, one die: not compared",))
    with store.begin() as c:
        c.execute(text("delete from core.match"))
    tile = tile_of(sheet_of(store, coin), other)
    assert tile.matches == ("obverse, one die: not compared",)
    assert not any(picture.is_put for picture in tile.coin.pictures)


def test_a_coin_is_put_upon_the_other_in_both_directions(store: Engine, best: dict) -> None:
    photographs = Photographs(store, [best["coin_id"], best["neighbour_id"]])
    middle = np.s_[60:180, 60:180]
    for coin in (best["coin_id"], best["neighbour_id"]):
        here = photographs.square(coin, "obverse", 240)
        put = put_upon(best, coin, photographs, 240)
        grey = [np.asarray(one.convert("L"), float)[middle].ravel() for one in (here, put.picture)]
        assert np.corrcoef(*grey)[0, 1] > 0.3
        assert put.ringed.size == (240, 240)


def test_a_coin_without_a_stored_outline_is_drawn_where_it_was_matched(store: Engine, best: dict) -> None:
    coin = best["coin_id"]
    before = put_upon(best, coin, Photographs(store, [coin, best["neighbour_id"]]), 240).picture
    with store.begin() as c:
        c.execute(text("delete from core.outline"))
    photographs = Photographs(store, [coin, best["neighbour_id"]])
    assert photographs.square(coin, "obverse", 240) is not None
    after = put_upon(best, coin, photographs, 240).picture
    grey = [np.asarray(one.convert("L"), float)[60:180, 60:180].ravel() for one in (before, after)]
    assert np.corrcoef(*grey)[0, 1] > 0.8


def test_a_ring_says_which_sectors_agree() -> None:
    coin = Image.new("RGB", (240, 240), (90, 90, 90))
    sectors = sectors_of([0.9, None, 0.1, *[None] * 5, 0.1, *[None] * 7])

    def at(picture: Image.Image, ring: str, sector: int, turn: float = 0.0) -> tuple[int, ...]:
        angle = 2 * np.pi * (sector + 0.5) / 8 + turn
        reach = 120 * sum(BANDS[ring]) / 2
        return picture.getpixel((round(119.5 + reach * np.cos(angle)), round(119.5 + reach * np.sin(angle))))

    drawn = ringed(coin, sectors)
    assert at(drawn, "inner", 0) == BLUE and at(drawn, "inner", 1) == (255, 255, 255)
    red, green, blue = at(drawn, "inner", 2)
    assert red > green > blue, "orange, and thinner"
    assert at(ringed(coin, sectors, np.pi / 4), "inner", 0, np.pi / 4) == BLUE
    unlikely = ringed(coin, sectors, is_likely=False)
    colours = np.unique(np.asarray(unlikely).reshape(-1, 3), axis=0)
    assert (colours == colours[:, :1]).all(), "grey"
    assert at(unlikely, "inner", 0) == (110, 110, 110) and at(unlikely, "inner", 1) == (255, 255, 255)
    count = [(np.asarray(drawn) == colour).all(axis=2).sum() for colour in (BLUE, ORANGE)]
    assert count[0] > 2 * count[1]
    assert drawn.getpixel((120, 120)) == (90, 90, 90) and drawn.getpixel((2, 2)) == (255, 255, 255)
    assert drawn.getpixel((round(120 * (1 - COIN)) + 3, 120)) == (90, 90, 90)


def test_the_list_shows_each_pair_in_one_position(
    browser: Browser, store: Engine, folder: Path, tmp_path: Path
) -> None:
    rows = Store(store).matches.list()
    apart = sum(row["transform"] is None for row in rows)
    with store.begin() as c:
        evil = "<script>alert(1)</script>"
        c.execute(text("update core.coin set inventory_number = :n where coin_id = 1"), {"n": evil})
    rows = Store(store).matches.list()
    page, picture = tmp_path / "list.html", tmp_path / "list.png"
    written = write_matches(store, rows, [page, picture])
    assert written[:3] == [page, picture, tmp_path / "list-2.png"]
    for path in written[1:]:
        with Image.open(path) as one:
            assert one.width == WIDTH_PX and one.height <= PAGE_PX
    shown, said = browser.new_page(), []
    shown.on("console", lambda message: said.append(message.text))
    shown.goto(page.as_uri())
    widths = shown.evaluate("[...document.images].map(image => image.complete ? image.naturalWidth : 0)")
    assert len(widths) == 3 * len(rows) - apart and min(widths) > 0
    assert shown.evaluate("document.scripts.length") == 0 and shown.locator("li").count() == len(rows)
    assert shown.get_by_text("<script>alert(1)</script>").count() > 0
    for wide in (1280, 360):
        shown.set_viewport_size({"width": wide, "height": 800})
        assert shown.evaluate("document.documentElement.scrollWidth") <= wide
    shown.close()
    assert said == []


def test_a_photograph_that_is_gone_is_said_and_too_many_pairs_are_refused(
    store: Engine, folder: Path, best: dict, tmp_path: Path
) -> None:
    names = [
        f"{best[key].replace(' ', '')}_obv.jpg" for key in ("inventory_number", "neighbour_inventory_number")
    ]
    (folder / "images" / names[1]).write_bytes(b"changed")
    [card] = cards(store, [best])
    assert [picture is None for picture in card.pictures] == [False, True, True]
    write_matches(store, [best], [tmp_path / "one.html", tmp_path / "one.png"])
    page = (tmp_path / "one.html").read_text("utf-8")
    assert "The most probable pair of one die" in page and page.count("the photograph cannot be used") == 1
    tile = tile_of(sheet_of(store, best["coin_id"]), best["neighbour_id"])
    assert tile.coin.pictures[0].is_thumbnail and not tile.coin.pictures[0].is_put
    with mock.patch.object(listed, "MOST", 0), pytest.raises(SettingsError, match="up to 0 pairs; 1 are too"):
        cards(store, [best])


def test_a_store_writes_them(store: Engine, best: dict, tmp_path: Path) -> None:
    shop = Store(store)
    assert shop.matches.draw_list(tmp_path / "list.html", 0.5, limit=1) == [tmp_path / "list.html"]
    shop.matches.show(str(best["coin_id"]), str(best["neighbour_id"]), tmp_path / "pair.html", "obverse")
    assert "of one die?" in (tmp_path / "pair.html").read_text("utf-8")


def test_the_commands(coinstore, folder: Path, best: dict, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = {"COINSTORE_HOME": str(tmp_path)}
    listed = coinstore("match", "list", "--limit", "3", "-o", "a.html", "-o", "a.png", **home)
    assert "Wrote a.html." in listed.stderr and "Wrote a.png." in listed.stderr
    assert "a page is written as" in coinstore("match", "list", "-o", "a.txt", code=1, **home).stderr
    number = best["inventory_number"]
    done = coinstore("sheet", number, "--space", "hog", "--matches", "-k", "3", "-o", "s.html", **home)
    assert done.stdout == "s.html\n"
    assert ", one die: " in (tmp_path / "s.html").read_text("utf-8")
    with Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())) as page:
        assert page.width == WIDTH_PX
