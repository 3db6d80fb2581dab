"""The link chart of a die study: every die and link is drawn, no text of a record runs; checked in a browser."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser
from sqlalchemy import Engine
from stores import Once

from coinstore.dies.links import components
from coinstore.errors import NotFound, SettingsError
from coinstore.pages.dies.html import html_of
from coinstore.pages.dies.layout import drawing
from coinstore.pages.dies.png import WIDTH_PX, _head
from coinstore.pages.dies.study import study_page
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection

EVIL = "<script>alert(1)</script>"
COINS = 40


@pytest.fixture
def shop(store: Engine, once: Once) -> Store:
    """A mintage with photographs, and a coin without one whose dies have a script for a name."""

    def fill(folder: Path) -> None:
        list(write_collection(folder, COINS, Mintage(seed=3, types=1, dies=8)))
        made = Store(store)
        made.ingest(str(folder / "records.csv"), images=str(folder / "images"))
        sides = {"obverse": {"die": EVIL}, "reverse": {"die": "R"}}
        coins = [Coin(str(n), {}, EVIL, f"{EVIL}{n}", sides=sides) for n in range(2)]
        alone = Coin("9", {}, "M", "9", sides={"obverse": {"die": "alone"}, "reverse": {"die": "as well"}})
        list(
            load(
                store,
                "/evil",
                [*coins, alone, Coin("8", {}, "M", "8", sides={"obverse": {"die": "uniface"}})],
            )
        )

    once(fill)
    return Store(store)


def drawn_study(shop: Store) -> str:
    return next(row["study"] for row in shop.dies.list() if row["study"] != "/evil")


def test_every_die_and_link_is_drawn(shop: Store) -> None:
    page = study_page(shop.engine, drawn_study(shop))
    links = shop.sql("select count(*) as n from api.die_combinations where study <> '/evil'")[0]["n"]
    text = html_of(page)
    drawn = sum(part.coins for part in page.components)
    assert drawn + len(page.singles) == sum(row["coins"] for row in page.combinations)
    assert len(re.findall("<line ", text)) + len(page.singles) == links == len(page.combinations)
    assert len(re.findall("<image ", text)) == sum(part.dies for part in page.components) == len(page.dies)
    assert all(die.picture.jpeg for die in page.dies.values())
    assert [row["face"] for row in page.figures] == ["obverse", "reverse"]


def test_each_number_is_on_its_own_line_and_nothing_is_in_its_way() -> None:
    rows = [
        {"obverse_die_id": o, "reverse_die_id": 10 + r, "coins": 2 + (o + r) % 3}
        for o in range(4) for r in range(4) if (o, r) != (1, 2)
    ]  # fmt: skip
    [part] = components(rows)
    lines = drawing(part).lines
    places = np.array([line.label for line in lines])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert apart[~np.eye(len(lines), dtype=bool)].min() > 18, "a number is 18 pixels wide"
    for n, one in enumerate(lines):
        for m, other in enumerate(lines):
            start, end = np.array(other.start), np.array(other.end)
            along, off = (end - start) / np.linalg.norm(end - start), places[n] - start
            distance = abs(along[0] * off[1] - along[1] * off[0])
            assert distance < 1e-6 if n == m else distance > 9, (one, other)


def test_what_is_not_linked_is_named(shop: Store) -> None:
    page = study_page(shop.engine, "/evil")
    assert page.singles == ["alone–as well (M/9)"] and page.unlinked == ["uniface (M/8)"]
    [part] = page.components
    assert part.coins == 2 and [die.picture.jpeg for die in page.dies.values()] == [None, None]


def test_a_browser_shows_it_and_no_text_runs(shop: Store, tmp_path: Path, browser: Browser) -> None:
    said: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    for study in ("/evil", drawn_study(shop)):
        path = tmp_path / "chart.html"
        shop.dies.chart(study, path)
        page.goto(path.as_uri())
        assert page.evaluate("document.scripts.length") == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        assert page.locator("h1").inner_text() == f"Die study {Path(study).name}"
        assert page.locator(".path").inner_text() == study
    assert page.evaluate("getComputedStyle(document.querySelector('svg line')).stroke") != "none"
    # A photograph is where the chart has it: not the colour of the paper.
    box = page.locator("svg image").first.bounding_box()
    page.screenshot(path=tmp_path / "shot.png", clip=box)
    pixels = np.asarray(Image.open(tmp_path / "shot.png").convert("RGB"), int)
    middle = pixels[len(pixels) // 3 : -len(pixels) // 3, len(pixels) // 3 : -len(pixels) // 3]
    assert (middle < 240).any(axis=2).mean() > 0.9
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert said == []
    page.close()


def test_the_picture_for_print_has_the_same_content(shop: Store, tmp_path: Path) -> None:
    shop.dies.chart(drawn_study(shop), tmp_path / "chart.png", tmp_path / "chart.html")
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.width >= 2480 and picture.height > 900 and round(picture.info["dpi"][0]) == 300
        pixels = np.asarray(picture.convert("RGB"), int)
    inside = pixels[:, 90:-90]
    assert (pixels[:, :80] == 255).all() and (inside != 255).any(), "the margin is white"
    assert (tmp_path / "chart.html").stat().st_size > 10_000


def test_the_picture_says_what_it_does_not_show(shop: Store) -> None:
    page = replace(study_page(shop.engine, drawn_study(shop)), singles=["a"], unlinked=["b", "c"])
    said = " ".join(line for _, line, _ in _head(page, WIDTH_PX))
    assert "Not drawn: combinations of one coin (1) and dies without a link (2); the HTML page lists" in said


def test_a_chart_shows_what_fits(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinstore.pages.dies.study.MOST_DIES", 3)
    page = study_page(shop.engine, drawn_study(shop))
    assert len(page.components) == 1, "one is drawn whatever its size"
    everything = sum(
        row["obverse_dies"] + row["reverse_dies"] for row in shop.dies.list() if row["study"] != "/evil"
    )
    assert page.components[0].dies + page.left_out <= everything


def test_refusals(shop: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a link chart is written as"):
        shop.dies.chart("/evil", tmp_path / "chart.pdf")
    with pytest.raises(SettingsError, match="no folder"):
        shop.dies.chart("/evil", tmp_path / "nowhere" / "chart.html")
    with pytest.raises(NotFound, match="there is no study x"):
        shop.dies.chart("x", tmp_path / "chart.html")
    list(load(shop.engine, "/single", [Coin("1", {}, "M", "1", sides={"obverse": {"die": "A"}})]))
    with pytest.raises(NotFound, match="no coin of /single has dies of both faces"):
        shop.dies.chart("/single", tmp_path / "chart.html")
