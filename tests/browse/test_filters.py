"""Filters in a browser: they can be reached everywhere, seen, and dropped; private coins stay out of them."""

from collections.abc import Callable, Iterator

import pytest
from browsing import hide
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import Engine, text

from coinstore.db import call


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A wide page."""
    made = browser.new_page(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


def test_filters_are_reached_in_browsers_that_cannot_open_them_by_style(
    browser: Browser, page: Page, address: str
) -> None:
    usual = browser.new_page(viewport={"width": 1280, "height": 900})
    usual.goto(f"{address}/coins")
    assert usual.get_by_label("Order").is_visible()
    assert not usual.get_by_text("Filter by date, weight and names").is_visible()
    usual.close()

    def older(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("::details-content", "::not-known"))

    page.route("**/browse.css", older)
    page.goto(f"{address}/coins")
    assert not page.get_by_label("Order").is_visible()
    page.get_by_text("Filter by date, weight and names").click()
    assert page.get_by_label("Order").is_visible()


def test_filters_of_look_alikes_are_chosen_kept_and_dropped(demo: Engine, address: str, page: Page) -> None:
    [coin] = call.query(
        demo, "select c.* from api.coins c where mint is not null and type is not null and exists "
              "(select from api.coins o where o.mint = c.mint and o.coin_id <> c.coin_id) limit 1")[1]  # fmt: skip
    page.goto(f"{address}/coins/{coin['coin_id']}?weight_to=30&material=~&provenance=1&face=obverse")
    chips = page.get_by_role("list", name="Chosen").get_by_role("link")
    assert chips.all_inner_texts() == ["no material ×", "at most 30 g ×"]
    chips.first.click()
    page.wait_for_url("**/coins/*weight_to=30*")
    page.get_by_label("Mint").select_option(coin["mint"])
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**mint=*")
    assert chips.all_inner_texts() == [f"{coin['mint']} ×", "at most 30 g ×"]
    assert page.get_by_label("Face").input_value() == "obverse" and "provenance=1" in page.url
    where = page.locator("section[aria-labelledby=alike] details.sql pre").text_content()
    assert f"mint in (''{coin['mint']}'')" in where and "weight_g <= 30" in where
    chips.first.click()
    page.wait_for_url(lambda url: "mint=" not in url)
    assert page.get_by_label("Mint").input_value() == "" and chips.count() == 1


def test_a_long_name_makes_no_page_wider(demo: Engine, address: str, page: Page) -> None:
    with demo.begin() as c:
        c.execute(text("update core.coin set mint = repeat('Colonia ', 12) where coin_id = 5"))
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{address}/coins/5")
    assert page.get_by_label("Mint").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_logins_walk_through_private_collections(
    demo: Engine, serve: Callable[..., str], page: Page
) -> None:
    with demo.begin() as c:
        hide(c, "Sammlung Nord", "anna")
    anna, anyone = serve(demo, login="anna"), serve(demo)
    page.goto(f"{anna}/coins")
    page.locator(".facet").get_by_role("link", name="Sammlung Nord").click()
    page.locator(".grid a").first.click()
    page.wait_for_url("**/coins/*")
    path, number = page.url.removeprefix(anna), page.inner_text("h1")
    assert page.locator(".photographs img").evaluate_all("all => all.some((one) => one.naturalWidth > 0)")
    assert page.goto(anyone + path).status == 404
    page.get_by_role("link", name="Coins", exact=True).click()
    assert page.locator(".facet").get_by_role("link", name="Sammlung Nord").count() == 0
    page.get_by_label("Words").fill(number)
    page.keyboard.press("Enter")
    page.wait_for_url("**words=*")
    assert page.get_by_role("heading", level=1).inner_text() == "0 coins"
