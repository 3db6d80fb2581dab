"""The network page in a real browser: search, card, slider, colours, keyboard, address; no record's text is run."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from browsing import Open, is_redrawn, rest, seen, until
from drawn_coins import EVIL, GREEK, K, N
from PIL import Image
from playwright.sync_api import Page, expect
from skimage.color import rgb2lab
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.errors import NotFound, SettingsError
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.pages.explore.layout import lay_out
from coinstore.pages.explore.network import write_network
from coinstore.pages.explore.shell import as_json, asset


@pytest.fixture
def page(joined: Engine, tmp_path: Path, opened: Open) -> Page:
    write_network(joined, "tiny_obverse", tmp_path / "network.html")
    return opened(tmp_path / "network.html")


def find(page: Page, number: str) -> None:
    page.fill("#search", number)
    page.press("#search", "Enter")
    rest(page)


def edges(store: Engine) -> list[dict]:
    with store.begin() as c:
        return [dict(row) for row in call.rows(c, "part.edges_of_graph", graph="tiny_obverse")]


def at(page: Page, coin: int) -> tuple[float, float]:
    box, place = page.locator("#canvas").bounding_box(), page.evaluate(f"Drawing.where({coin})")
    return box["x"] + place["x"], box["y"] + place["y"]


def test_a_coin_is_found_and_its_card_read(page: Page, joined: Engine) -> None:
    page.fill("#search", "a01")
    assert page.locator("#options li").count() == 10
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#search", "aria-activedescendant") == "option-1"
    page.keyboard.press("Enter")
    card = page.locator("#card").inner_text()
    for said in (
        "A011",
        "Münzkabinett",
        "Type 2",
        "bronze",
        "Rome",
        "AD 66 to 71",
        "4.6 g",
        "6 h",
        "obverse of 11: Büste",
        "CAESAR 11",
    ):
        assert said in card, said
    assert page.locator("#card .faces img").count() == 2
    assert page.evaluate(
        "[...document.querySelectorAll('#card img')].every((image) => image.naturalWidth > 50)"
    )
    coin = call.read(joined, "api.find_coins", name="A011")[0]["coin_id"]
    own = [row for row in edges(joined) if row["coin_id"] == coin]
    shown = page.locator("#card ol .score").all_inner_texts()
    assert len(shown) == K
    for row, score in zip(own, shown, strict=True):
        decimals = 3 if 99.9 < row["percentile"] < 100 else 1
        assert (
            f"similarity {1 - row['distance']:.4f} · percentile {row['percentile']:.{decimals}f}"
            in score.replace("\N{MINUS SIGN}", "-")
        )
        assert ("mutual" in score) == row["mutual"]
    assert page.evaluate("document.activeElement.id") == "card-name"
    page.keyboard.press("Escape")
    assert page.is_hidden("#card")
    assert page.evaluate("document.activeElement.id") == "search"


def test_a_click_opens_the_card_and_neighbours_are_links(page: Page) -> None:
    page.mouse.click(*at(page, 11))
    assert page.inner_text("#card-name") == "A011"
    name = page.locator("#card ol b").first.inner_text()
    page.locator("#card ol button").first.click()
    assert name.endswith(page.inner_text("#card-name"))
    page.click("#card .close")
    assert page.is_hidden("#card")


def test_search_forgives_case_and_accents(page: Page) -> None:
    page.fill("#search", "grosse / a00")
    assert "no coin" in page.inner_text("#found")
    page.fill("#search", "munzkabinett / a00")
    assert page.locator("#options li").count() == 4
    page.fill("#search", "nothing like it")
    assert page.inner_text("#found") == "no coin has this number"


def test_the_slider_redraws_edges_at_once(page: Page, joined: Engine) -> None:
    rank = {(row["coin_id"], row["neighbour_id"]): row["rank"] for row in edges(joined)}
    pairs = {tuple(sorted(pair)): (rank.get(pair, 99), rank.get(pair[::-1], 99)) for pair in rank}

    def count() -> int:
        return int(page.inner_text("#count").split()[0].replace(",", ""))

    assert count() == sum(max(both) <= 3 for both in pairs.values())
    before = seen(page)
    page.locator("#slider").evaluate(
        "(slider) => { slider.value = 6; slider.dispatchEvent(new Event('input')); }"
    )
    assert count() == sum(max(both) <= K for both in pairs.values())
    assert is_redrawn(page, before)
    page.uncheck("#mutual")
    assert count() == len(pairs)
    page.focus("#slider")
    page.keyboard.press("Home")
    assert count() == sum(min(both) <= 1 for both in pairs.values())
    assert page.inner_text("#at") == f"rank 1 of {K} or nearer"

    page.check("input[value=similarity]")
    page.focus("#slider")
    page.keyboard.press("Home")
    assert count() == len(pairs)
    page.locator("#slider").evaluate(
        "(slider) => { slider.value = 400; slider.dispatchEvent(new Event('input')); }"
    )
    least = float(re.search(r"similarity (\S+) or more, percentile \d+\.\d", page.inner_text("#at"))[1])
    similar = {
        tuple(sorted((row["coin_id"], row["neighbour_id"]))): 1 - row["distance"] for row in edges(joined)
    }
    assert abs(count() - sum(value >= least for value in similar.values())) <= 1
    page.uncheck("#edges")
    assert page.inner_text("#count") == "edges are not drawn"


def test_colours_and_legend_say_how_many(page: Page) -> None:
    assert page.input_value("#colour") == "community"
    for field, wanted in {
        "type": {"Type 0": 16, "Type 1": 15, "Type 2": 16, "not known": 1},
        "mint": {"Rome": N - 1, GREEK: 1},
    }.items():
        before = seen(page)
        page.select_option("#colour", field)
        rows = page.locator("#legend li").all()
        found = {row.locator(".value").inner_text(): int(row.locator(".count").inner_text()) for row in rows}
        assert found == wanted
        assert is_redrawn(page, before)
    page.select_option("#colour", "date")
    assert page.locator("#legend .value").first.inner_text() == "42 BC to AD 37"
    assert sum(int(one) for one in page.locator("#legend .count").all_inner_texts()) == N
    before = seen(page)
    page.locator("#legend button").nth(1).click()
    assert page.locator("#legend button[aria-pressed=true]").count() == 1
    assert is_redrawn(page, before)
    page.locator("#legend button").nth(1).click()
    assert page.locator("#legend button[aria-pressed=true]").count() == 0


def test_photographs_appear_when_near_enough(page: Page) -> None:
    find(page, "A011")
    x, y = at(page, 11)
    box = page.locator("#canvas").bounding_box()

    def is_photograph() -> bool:
        red, green, blue = seen(page)[int(y - box["y"]), int(x - box["x"])]
        return abs(green - 80) < 12 and red > green and blue < 200

    assert until(is_photograph), "the middle of the coin shows its photograph"


def test_the_fragment_keeps_the_view(page: Page, tmp_path: Path, opened: Open) -> None:
    page.select_option("#colour", "material")
    page.locator("#legend button").first.click()
    page.check("input[value=similarity]")
    page.uncheck("#mutual")
    find(page, EVIL)
    expect(page).to_have_url(re.compile("coin="))  # it is written a moment later
    other = opened(tmp_path / "network.html", page.evaluate("location.hash"))
    for ask in (
        "location.hash",
        "document.getElementById('at').textContent",
        "document.getElementById('count').textContent",
        "document.getElementById('legend').innerHTML",
        "document.getElementById('card-name').textContent",
    ):
        assert other.evaluate(ask) == page.evaluate(ask), ask
    strange = opened(
        tmp_path / "network.html", "#colour=<script>&by=x&at=1e9&camera=a,b,c&coin=%00&only=__proto__"
    )
    assert strange.input_value("#colour") == "community"


def test_what_records_say_is_shown_and_never_run(page: Page, tmp_path: Path) -> None:
    find(page, EVIL)
    assert page.inner_text("#card-name") == EVIL
    assert GREEK in page.inner_text("#card")
    assert page.locator("figcaption q").first.inner_text() == EVIL
    find(page, EVIL[:7])
    assert EVIL in page.inner_text("#options") or page.inner_text("#card-name") == EVIL
    source = (tmp_path / "network.html").read_text("utf-8")
    assert EVIL not in source
    assert "/secret" not in source, "paths of folders are not shown"
    assert not re.search(r"(?:src|href)=.https?:", source)
    assert page.evaluate("document.querySelectorAll('script:not([type])').length") == 1


def test_no_json_ends_its_element() -> None:
    data = {"text": "</script><!--&\u2028\u2029]]> ä Ω"}
    written = as_json(data)
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == data
    for name in (
        "explore_data.js",
        "explore_colours.js",
        "explore_drawing.js",
        "explore_card.js",
        "explore.js",
    ):
        assert not re.search(r"</script|<!--|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", asset(name)), (
            name
        )
    assert not re.search(r"(?i)</script|<!--", asset("vendor", "sigma.js"))


def test_keyboard_reaches_every_control(page: Page) -> None:
    find(page, "A011")
    controls = "button, input:not([type=radio]), input[type=radio]:checked, select, summary, [tabindex='0']"
    wanted = page.evaluate(
        f'[...document.querySelectorAll("{controls}")].filter((one) => one.offsetParent).length'
    )
    page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        if page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert (
        len(reached - {page.evaluate("[...document.querySelectorAll('*')].indexOf(document.body)")}) >= wanted
    )
    page.focus("#stage")
    before = page.evaluate("Drawing.camera()")
    for key in ("Shift+ArrowLeft", "+", "Shift+ArrowUp"):
        page.keyboard.press(key)
    rest(page)
    after = page.evaluate("Drawing.camera()")
    assert after["x"] < before["x"] and after["ratio"] < before["ratio"] and after["y"] > before["y"]
    page.keyboard.press("0")
    rest(page)
    assert page.evaluate("Drawing.camera().ratio") == 1


def test_text_contrast_passes_wcag_aa(page: Page) -> None:
    find(page, "A011")
    found = page.evaluate("""() => {
        const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
        const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
        return [...document.body.querySelectorAll("*")].filter((e) => e.offsetParent && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
            .map((e) => { const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e)); return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.textContent.slice(0, 40)]; });
    }""")
    assert len(found) > 60
    assert min(found)[0] >= 4.5, min(found)


# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, complete protanopia and deuteranopia, linear RGB.
BLIND = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


@pytest.mark.parametrize("kind", BLIND)
def test_colours_differ_for_the_colour_blind(kind: str) -> None:
    source = asset("explore_colours.js")
    for name in ("NAMES", "STEPS"):
        listed = re.findall(r"#(\w{6})", re.search(rf"\b{name} = \[(.*?)\]", source, re.DOTALL)[1])
        rgb = np.array([[int(one[i : i + 2], 16) / 255 for i in (0, 2, 4)] for one in listed])
        linear = (
            np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ np.array(BLIND[kind]).T
        )
        linear = linear.clip(0, 1)
        lab = rgb2lab(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))
        apart = np.linalg.norm(lab[:, None] - lab, axis=-1)[np.triu_indices(len(lab), 1)]
        assert apart.min() > 7, (name, apart.min())


def test_dragging_moves_a_coin_and_no_other(page: Page) -> None:
    (x, y), other = at(page, 11), at(page, 12)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()
    rest(page)
    assert np.allclose(at(page, 11), (x + 60, y + 40), atol=3)
    assert np.allclose(at(page, 12), other, atol=1)
    assert page.is_hidden("#card"), "a drag is not a click"


def test_without_webgl_a_sentence_and_the_cards_remain(joined: Engine, tmp_path: Path, opened: Open) -> None:
    write_network(joined, "tiny_obverse", tmp_path / "n.html")
    no_gl = "const real = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return /webgl/.test(kind) ? null : real.call(this, kind, ...more); };"
    page = opened(tmp_path / "n.html", script=no_gl)
    assert "no WebGL" in page.inner_text("#nothing")
    find(page, "A011")
    assert page.locator("#card ol button").count() == K
    page.select_option("#colour", "type")
    page.check("input[value=similarity]")


def test_print_shows_the_drawing_and_the_card(page: Page) -> None:
    find(page, "A011")
    assert len(page.pdf(prefer_css_page_size=True)) > 20_000
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("document.getElementById('still').naturalWidth > 300")
    still = np.asarray(Image.open(io.BytesIO(page.locator("#still").screenshot())).convert("RGB"), int)
    assert (still.max(axis=2) - still.min(axis=2) > 40).sum() > 200, "coins are in their colours"
    assert page.is_hidden("#search")
    assert page.is_visible("#card dl")


def test_what_must_not_be_overlooked_is_said(joined: Engine, tmp_path: Path, opened: Open) -> None:
    with joined.begin() as c:
        c.execute(text("update core.space set trained = false, sees = '{mint}'"))
    list(
        build_graph(
            joined,
            "few",
            GraphRequest("tiny", "both", k=2, where="mint = 'Rome'", across_collections=True, exact=False),
        )
    )
    page = opened(write_network(joined, "few", tmp_path / "few.html").path)
    head = page.inner_text("header")
    for said in (
        "Untrained",
        "was made with the mint of each coin",
        "not exact: the index found",
        "in other collections",
        "mint = 'Rome'",
        "by both faces",
        "random pairs that are farther apart",
        f"{N - 1} coins",
    ):
        assert said in head, said
    assert "community" not in page.locator("#colour option").all_inner_texts(), (
        "a graph that was not analysed"
    )
    find(page, "A011")
    assert "both faces" in page.inner_text("#card ol")


def test_a_page_that_cannot_be_written_says_why(joined: Engine, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="tiny_obverse"):
        write_network(joined, "none_such", tmp_path / "n.html")
    with pytest.raises(SettingsError, match="no folder"):
        write_network(joined, "tiny_obverse", tmp_path / "nowhere" / "n.html")
    with pytest.raises(SettingsError, match=r"a page is written as .html, .htm; name it n.html"):
        write_network(joined, "tiny_obverse", tmp_path / "n.png")


def test_a_layout_is_the_same_each_time_and_leaves_room() -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(4), 50)
    ends = np.array(
        [(a, b) for a in range(200) for b in rng.choice(np.flatnonzero(groups == groups[a]), 5) if a != b]
    )
    distances = rng.uniform(0.1, 1, len(ends))
    found = lay_out(206, ends, distances, seed=3)  # the last six have no edges
    assert (found == lay_out(206, ends, distances, seed=3)).all()
    apart = np.linalg.norm(found[:, None] - found, axis=-1) + 9 * np.eye(206)
    assert apart.min() > 0.7
    same = groups[:, None] == groups
    assert np.median(apart[:200, :200][same]) < np.median(apart[:200, :200][~same]), (
        "similar coins are near each other"
    )
    assert np.ptp(found, axis=0).max() < 60, "nothing flies away"
    assert lay_out(1, np.zeros((0, 2), int), np.zeros(0)).shape == (1, 2)
