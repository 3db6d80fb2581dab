"""Each page can be read and used by everyone: WCAG 2.1 AA as axe-core sees it, narrow and wide, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

PAGES = [
    "/coins?mint=Aurelia",
    "/coins?words=nothing+has+this",
    "/coins/5?others=1",
    "/coins/99999",
    "/programs",
    "/networks",
    "/sheet",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


@pytest.mark.parametrize("path", PAGES)
def test_no_page_keeps_anyone_out(browser: Browser, address: str, path: str) -> None:
    for width, scheme in ((390, "light"), (1280, "dark")):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.goto(address + path)
        found = Axe().run(page, options=RULES)
        assert [(one["id"], [n["html"] for n in one["nodes"]]) for one in found.response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            "the page is wider than the screen"
        )
        page.close()


def test_coins_are_found_with_the_keyboard_only(browser: Browser, address: str) -> None:
    page = browser.new_page()
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
    page.close()


def test_sliders_choose_a_span(browser: Browser, address: str) -> None:
    page = browser.new_page()
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
    page.close()
