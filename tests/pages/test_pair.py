"""The page and the picture of a pair: checked in a browser, by the keyboard, without its program, and with hostile names."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from browsing import until
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, text
from stores import Once

from coinstore.dies.explain import Explained, explain
from coinstore.dies.plan import NamedPair
from coinstore.ingest import ingest
from coinstore.pages.pairs.html import page_of
from coinstore.pages.pairs.png import picture_of
from coinstore.pages.pairs.write import write_pair
from coinstore.pages.sheets.png import WIDTH_PX
from coinstore.records.reader import Reading
from coinstore.synthetic import Mintage, restrike

EVIL = "<script>alert(1)</script>"
SETTLED = "document.querySelector('.second')"


@pytest.fixture
def pair(store: Engine, once: Once) -> Explained:
    """A drawn coin and the same restruck, by the obverse; the reverses are of other dies; a name is a script."""

    def fill(folder: Path) -> list[int]:
        mintage = Mintage(seed=4, types=2, dies=2)
        picture = mintage.picture(1, "obverse")
        pictures = {"1o": picture, "2o": restrike(picture, 3)}
        pictures |= {"1r": mintage.picture(1, "reverse"), "2r": Image.effect_noise((200, 200), 20)}
        for name, one in pictures.items():
            one.save(folder / f"{name}.png")
        lines = ["inventory_number,collection,obverse_image,reverse_image"]
        lines += [
            f"{n},{c},{i}o.png,{i}r.png" for i, n, c in ((1, "A 1", "Größe"), (2, EVIL, "x'\"><img src=y>"))
        ]
        (folder / "records.csv").write_text("\n".join(line.replace('"', '""') for line in lines), "utf-8")
        list(ingest(store, [Reading(str(folder / "records.csv"), images=str(folder))]))
        with store.begin() as c:
            return list(c.execute(text("select coin_id from core.coin order by 1")).scalars())

    return explain(store, NamedPair(*once(fill)))


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.all if tag == name]


def opacity(page: Page) -> float:
    return float(page.evaluate(f"getComputedStyle({SETTLED}).opacity"))


def test_a_page_shows_both_faces_and_says_what_was_found(pair: Explained) -> None:
    obverse, reverse = pair.pairs
    assert obverse.match.transform and not reverse.match.transform
    page = page_of(pair)
    assert (
        "Obverse: probability of one die" in page
        and "Reverse: probability of one die <\N{NO-BREAK SPACE}0.01".replace("<", "&lt;") in page
    )
    assert re.search(r"\d+ of 16 sectors agree", page) and "Nobody has judged this pair yet." in page
    assert "Nothing brings the two sides together" in page
    assert "The probability was fitted on" in page and "does not show that the dies differ" in page
    found = Elements(page)
    assert len(found.named("img")) == 8, "two and two photographs, two in the overlay, sectors and reliefs"
    assert len(found.named("polygon")) == 2 * 16
    assert len(found.named("script")) == 1 and EVIL not in page and "&lt;script&gt;" in page
    policy = next(a["content"] for a in found.named("meta") if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy


def test_the_overlay_fades_wipes_and_blinks_by_keyboard(opened, pair: Explained, tmp_path: Path) -> None:
    path = tmp_path / "pair.html"
    write_pair(pair, path)
    page = opened(path)
    widths = page.evaluate("[...document.images].map(image => image.complete ? image.naturalWidth : 0)")
    assert len(widths) == 8 and min(widths) > 300
    assert opacity(page) == 0.5
    page.locator("[type=range]").focus()
    page.keyboard.press("End")
    assert opacity(page) == 1
    assert page.locator("[type=range]").get_attribute("aria-valuetext") == "100 of 100"
    page.keyboard.press("Home")
    assert opacity(page) == 0
    page.get_by_label("wipe").check()
    clip = f"getComputedStyle({SETTLED}).clipPath"
    assert (opacity(page), page.evaluate(clip)) == (1, "inset(0px 0px 0px 100%)")
    button = page.get_by_role("button", name="Blink")
    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    hidden = page.evaluate(clip)
    for _ in range(2):
        assert until(lambda was=hidden: page.evaluate(clip) != was), "it blinks"
        hidden = page.evaluate(clip)
    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "false"
    for name in ("points", "sectors"):
        marks = page.locator(f".overlay .{'dots' if name == 'points' else name}")
        assert not marks.is_visible()
        page.get_by_label(name, exact=True).check()
        assert marks.is_visible()
    assert page.get_by_role("img", name=re.compile("inner ring from the right, clockwise: ")).count() == 2
    for wide in (1440, 360):
        page.set_viewport_size({"width": wide, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= wide
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_without_its_program_the_page_shows_all_pictures(
    browser: Browser, pair: Explained, tmp_path: Path
) -> None:
    path = tmp_path / "pair.html"
    write_pair(pair, path)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator(".stage img").count() == 8
    assert all(page.locator(".stage img").nth(n).is_visible() for n in range(8))
    assert not page.locator(".controls").is_visible()
    shot = page.locator(".overlay").screenshot()
    context.close()
    assert len(shot) > 10_000


def test_a_pair_that_only_its_relief_brings_together_has_no_points(pair: Explained) -> None:
    one = pair.pairs[0]
    match = replace(one.match, points=one.match.points[:0], inliers=0, residual_px=None)
    alone = Explained((replace(one, match=match),), ())
    page = page_of(alone)
    assert "No single details were matched; the relief as a whole brings the sides together." in page
    assert "equal numbers" not in page and "points</label>" not in page and "<circle" not in page
    assert picture_of(alone).width == WIDTH_PX
    assert alone.pairs[0].to_dict()["points"] == []


def test_a_picture_is_as_wide_as_a4(pair: Explained, tmp_path: Path) -> None:
    told = Explained(pair.pairs, ("The edge cannot be compared.",))
    write_pair(told, tmp_path / "pair.png")
    with Image.open(tmp_path / "pair.png") as page:
        assert page.width == WIDTH_PX and page.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    taller = picture_of(told).height
    assert taller > picture_of(pair).height > picture_of(Explained(pair.pairs[1:], ())).height
    pixels = np.asarray(picture_of(Explained(pair.pairs[:1], ())))
    assert ((pixels == (255, 225, 77)).all(axis=2)).sum() > 1000, "points are drawn"


def test_all_figures_are_plain_values(pair: Explained) -> None:
    said = json.loads(json.dumps([one.to_dict() for one in pair.pairs]))
    assert {len(one["sectors"]) for one in said} == {16, 0}


def test_texts_can_be_read(pair: Explained) -> None:
    """Colours of text on white have a contrast of 4.5 to 1 or more; they are those of the contact sheets."""
    style = [re.findall(r"--(ink|quiet|mark): (#\w{6})", page) for page in (page_of(pair), sheet_style())]
    assert style[0] == style[1] and len(style[0]) == 3


def sheet_style() -> str:
    from coinstore.pages.explore.shell import asset

    return asset("sheet.css")
