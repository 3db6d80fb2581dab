"""Each page can be read and used by everyone: WCAG 2.1 AA as axe-core sees it, narrow and wide, light and dark."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, Page
from sqlalchemy import Engine

from coinstore.browse.people import People, Sessions, add_person

PAGES = [
    "/coins?mint=Aurelia",
    "/coins?words=nothing+has+this",
    "/coins/5?others=1",
    "/coins/99999",
    "/programs",
    "/networks",
    "/maps",
    "/sheet",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


VIEWS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


def is_for_everyone(page: Page, views: list[tuple[int, Any]] = VIEWS, inside: Frame | None = None) -> None:
    """Checks a page, or what is in its frame, narrow and wide, light and dark."""
    seen = inside or page
    for width, scheme in views:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(seen, options=RULES).response["violations"]
        assert [(one["id"], [n["html"] for n in one["nodes"]]) for one in found] == [], (width, scheme)
        assert seen.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            "it is wider than the screen"
        )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page(reduced_motion="reduce")
    yield made
    made.close()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_keeps_anyone_out(page: Page, address: str, path: str) -> None:
    page.goto(address + path)
    is_for_everyone(page)


@pytest.mark.parametrize("path", ["/networks/net", "/maps/plane"])
def test_what_is_drawn_keeps_no_one_out(
    page: Page, drawn: Engine, serve: Callable[..., str], path: str
) -> None:
    page.goto(serve(drawn) + path)
    page.frame_locator("iframe.drawn").locator("html[data-drawn]").wait_for(state="attached")
    is_for_everyone(page, VIEWS[::3])
    is_for_everyone(page, VIEWS[::3], page.frames[1])


def test_a_sheet_keeps_no_one_out(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}/sheet?coins=5&k=3&face=both")
    page.locator("iframe.drawn").wait_for()
    is_for_everyone(page)
    # In its frame nothing runs, not even axe.
    (tmp_path / "sheet.html").write_bytes(urlopen(f"{address}/sheet/page?coins=5&k=3&face=both").read())
    page.goto((tmp_path / "sheet.html").as_uri())
    is_for_everyone(page)


def test_signing_in_keeps_no_one_out(
    page: Page, demo: Engine, serve: Callable[..., str], tmp_path: Path
) -> None:
    add_person(tmp_path / "people.txt", "anna", "a long password")
    address = serve(demo, sessions=Sessions(People(tmp_path / "people.txt")))
    page.goto(address)
    assert page.url.startswith(f"{address}/login")
    is_for_everyone(page)
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    is_for_everyone(page)


def test_coins_are_found_with_the_keyboard_only(page: Page, address: str) -> None:
    page.goto(f"{address}/coins")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "words"
    page.keyboard.type("drachm aurel")
    page.keyboard.press("Enter")
    page.wait_for_url("**/coins?words=drachm+aurel")
    page.locator(".grid a").first.focus()
    number = page.locator(".grid .number").first.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/coins/*")
    assert page.locator("h1").inner_text() == number


def test_sliders_choose_a_span(page: Page, address: str) -> None:
    page.goto(f"{address}/coins?mint=Aurelia")
    slider = page.get_by_label("Weight from")
    most = float(slider.get_attribute("max"))
    slider.focus()
    page.keyboard.press("End")
    assert page.url.endswith("mint=Aurelia"), "nothing is sent before someone says so"
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/coins?mint=Aurelia&weight_from=*")
    chosen = page.locator("input[name=weight_from]").input_value()
    assert abs(float(chosen) - most) < 0.02
    assert page.get_by_label(f"Drop at least {float(chosen):g} g").count() == 1
