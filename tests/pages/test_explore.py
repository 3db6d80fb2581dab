"""The interactive pages: with the keyboard only, on a narrow screen, and with the colours they start with."""

import io
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from browsing import Open, rest, until
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.pages.explore.network import write_network


@pytest.fixture
def page(joined: Engine, tmp_path: Path, opened: Open) -> Page:
    write_network(joined, "tiny_obverse", tmp_path / "network.html")
    return opened(tmp_path / "network.html")


def not_analysed(store: Engine, folder: Path, opened: Open) -> Page:
    list(build_graph(store, "plain", GraphRequest("tiny", k=3)))
    write_network(store, "plain", folder / "plain.html")
    return opened(folder / "plain.html")


def test_the_open_list_of_coins_moves_nothing(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    rest(page)
    where = """(() => { const panel = document.getElementById("controls"), { x, y } = document.querySelector(".colours").getBoundingClientRect();
        return [x, y, panel.scrollLeft, panel.scrollTop, panel.scrollWidth - panel.clientWidth, document.documentElement.scrollWidth]; })()"""
    before = page.evaluate(where)
    page.fill("#search", "0")
    for _ in range(11):
        page.keyboard.press("ArrowDown")
        assert page.evaluate(where) == before
    assert page.locator("#options li[aria-selected=true]").inner_text().startswith("A0")
    box, chosen = (
        page.locator("#options").bounding_box(),
        page.locator("#options [aria-selected=true]").bounding_box(),
    )
    assert box["y"] <= chosen["y"] and chosen["y"] + chosen["height"] <= box["y"] + box["height"] + 1
    page.set_viewport_size({"width": 1280, "height": 420})

    def end_px() -> float:
        box = page.locator("#options").bounding_box()
        return box["y"] + box["height"]

    assert until(lambda: end_px() <= 420), f"the list ends at {end_px()} of 420 pixels"


def test_arrow_keys_go_from_coin_to_coin(page: Page) -> None:
    page.focus("#stage")
    page.keyboard.press("ArrowRight")
    coin = page.evaluate("Drawing.state.cursor")
    assert coin >= 0
    for key, axis, sign in (
        ("ArrowRight", "x", 1),
        ("ArrowUp", "y", -1),
        ("ArrowLeft", "x", -1),
        ("ArrowDown", "y", 1),
    ):
        before = page.evaluate("Drawing.where(Drawing.state.cursor)")
        number = page.evaluate("Drawing.state.cursor")
        page.keyboard.press(key)
        rest(page)
        if page.evaluate("Drawing.state.cursor") != number:  # at the edge there is no coin further on
            was, now = before, page.evaluate("Drawing.where(Drawing.state.cursor)")
            assert sign * (now[axis] - was[axis]) > 0
    said = page.inner_text("#chosen")
    name = page.evaluate("Data.name(Drawing.state.cursor)")
    assert name in said and "Enter opens its card" in said
    assert page.get_attribute("#chosen", "aria-live") == "polite"
    page.keyboard.press("Enter")
    assert name.endswith(page.inner_text("#card-name"))
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "stage", "the focus returns to where it was"


def test_every_coin_is_reached_and_the_focus_is_seen(page: Page) -> None:
    reached = page.evaluate("""() => {
        const found = new Set([0]), waiting = [0];
        while (waiting.length) for (const step of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
            const next = Drawing.next(waiting[0], step);
            if (!found.has(next)) { found.add(next); waiting.push(next); }
            if (step[1] === -1) waiting.shift();
        }
        return found.size;
    }""")
    assert reached == page.evaluate("Data.n")
    page.focus("#stage")
    page.keyboard.press("ArrowRight")
    assert until(lambda: blue(page) > 60), "a blue ring is around the coin"
    page.focus("#search")
    assert until(lambda: blue(page) == 0)


def blue(page: Page) -> int:
    """How many pixels around the coin chosen by the keyboard have the colour of the focus."""
    place, box = page.evaluate("Drawing.where(Drawing.state.cursor)"), page.locator("#canvas").bounding_box()
    x, y = box["x"] + place["x"], box["y"] + place["y"]
    shot = page.screenshot(clip={"x": x - 50, "y": y - 50, "width": 100, "height": 100})
    found = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), int)
    return int((np.abs(found - (11, 79, 138)).max(axis=2) < 8).sum())


def test_a_narrow_screen_has_all_of_it(page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    rest(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    stage = page.locator("#stage").bounding_box()
    assert stage["width"] >= 390 and stage["height"] > 300
    assert page.is_hidden("#search")
    page.click("#panel")
    assert page.get_attribute("#panel", "aria-expanded") == "true"
    page.fill("#search", "A011")
    page.keyboard.press("Enter")
    rest(page)
    assert page.inner_text("#card-name") == "A011"
    assert page.get_attribute("#panel", "aria-expanded") == "false"
    card = page.locator("#card").bounding_box()
    assert card["width"] >= 390 and card["y"] + card["height"] <= 801
    coin = page.evaluate("(() => { const { y } = Drawing.where(Drawing.state.selected); return y; })()")
    assert 0 < coin < page.locator("#canvas").bounding_box()["height"], (
        "the coin stays in view above its card"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "stage", "the search is hidden"


def test_coins_keep_their_size_when_the_view_moves_while_the_card_opens(page: Page) -> None:
    page.set_viewport_size({"width": 700, "height": 420})
    rest(page)
    before = page.evaluate("Drawing.radius()")
    assert before < 20
    page.evaluate("""requestAnimationFrame(() => { Drawing.setCamera({ x: 0.5, y: 0.5, ratio: 0.5 });
        document.getElementById("canvas").style.right = "2px"; })""")
    rest(page)
    assert page.evaluate("Drawing.radius()") == pytest.approx(2 * before, rel=0.05)


def test_the_first_colour_is_one_that_tells_coins_apart(coins: Engine, tmp_path: Path, opened: Open) -> None:
    assert not_analysed(coins, tmp_path, opened).input_value("#colour") == "type"
    with coins.begin() as c:
        c.execute(text("delete from core.coin_type where coin_id > 3"))
    sparse = not_analysed(coins, tmp_path, opened)
    assert sparse.input_value("#colour") == "collection"
    assert opened(tmp_path / "plain.html", "#colour=type").input_value("#colour") == "type"
    with coins.begin() as c:
        c.execute(
            text(
                "update core.coin set collection_id = (select min(collection_id) from core.coin), inventory_number = coin_id::text"
            )
        )
        c.execute(text("update core.coin set denomination = coin_id::text"))
    assert not_analysed(coins, tmp_path, opened).input_value("#colour") == "material", (
        "neither a column with one value nor one with a value for each coin"
    )


def test_classes_of_years_have_no_gaps_and_no_overlaps(page: Page) -> None:
    page.select_option("#colour", "date")
    ends = []
    for label in page.locator("#legend .value").all_inner_texts():
        low, high = re.fullmatch(r"(.+) to (.+)", label).groups()
        is_before = "BC" in label and "AD" not in low
        ends.append(
            [
                -int(re.search(r"\d+", low)[0]) if is_before else int(re.search(r"\d+", low)[0]),
                -int(re.search(r"\d+", high)[0]) if "BC" in high else int(re.search(r"\d+", high)[0]),
            ]
        )
    assert len(ends) == 6
    for (_, high), (low, _) in pairwise(ends):
        assert low == (high + 1 or 1), ends


def test_people_who_disagree_are_both_told(joined: Engine, tmp_path: Path, opened: Open) -> None:
    with joined.begin() as c:
        row = c.execute(
            text("select coin_id, neighbour_id from api.edges where rank = 1 order by 1 limit 1")
        ).one()
        pair = {"coin": row.coin_id, "neighbour": row.neighbour_id, "face": "obverse", "note": None}
        call.value(c, "job.store_verdict", **pair, verdict="same die", said_by="A")
    with joined.begin() as c:
        assert not c.execute(text("select bool_or(conflicting) from api.edges")).scalar_one()
        call.value(c, "job.store_verdict", **pair, verdict="no link", said_by="B")
    with joined.begin() as c:
        found = c.execute(text("select distinct verdict from api.edges where conflicting")).scalars().all()
        assert found == ["no link"], "the newest verdict, marked"
    write_network(joined, "tiny_obverse", tmp_path / "n.html")
    page = opened(tmp_path / "n.html")
    page.fill("#search", page.evaluate("Data.value('inventory_number', 0)"))
    page.keyboard.press("Enter")
    assert (
        page.locator("#card .verdict").first.inner_text()
        == "people disagree; the newest verdict is different"
    )
