"""The photographs on the page of a coin: outlines, a viewer to zoom in, and sentences where a file is gone."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import Engine, text

from coinstore.db import call


def opened(browser: Browser, address: str, **options: object) -> tuple[Page, list[str]]:
    page, faults = browser.new_page(**options), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(address)
    return page, faults


def test_a_photograph_is_zoomed_with_the_keyboard_only(browser: Browser, address: str) -> None:
    page, faults = opened(browser, f"{address}/coins/5", reduced_motion="reduce")
    page.get_by_role("link", name=re.compile("Full photograph of the reverse")).focus()
    with page.expect_response("**/iiif/3/**/default.jpg") as tile:
        page.keyboard.press("Enter")
    assert tile.value.ok
    page.wait_for_selector("dialog[data-shown=reverse]")
    assert page.evaluate("location.hash") == "#photograph-reverse"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Photograph of the reverse"
    outline = page.locator("dialog .outline")
    assert outline.count() == 0
    page.get_by_label("Outline", exact=True).press("Space")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert [(one["id"], [n["html"] for n in one["nodes"]]) for one in found.response["violations"]] == []
    before = outline.bounding_box()["width"]
    page.get_by_role("button", name="Zoom in").press("Enter")
    page.wait_for_function(
        "was => document.querySelector('dialog .outline').getBoundingClientRect().width > was * 1.4",
        arg=before,
    )
    page.get_by_role("button", name="Show all").press("Enter")
    page.wait_for_function(
        "was => Math.abs(document.querySelector('dialog .outline').getBoundingClientRect().width - was) < 2",
        arg=before,
    )
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    page.wait_for_function("() => !location.hash && document.activeElement.className === 'zoom'")
    page.close()
    assert faults == []


def test_a_part_that_does_not_come_at_once_comes_later(browser: Browser, address: str) -> None:
    page, refused = browser.new_page(), list[str]()

    def refuse(route: Route) -> None:
        if len(refused) < 2:  # the part, and the question why it did not come
            refused.append(route.request.url)
            route.fulfill(status=503, json={"error": "Many photographs are being read."})
        else:
            route.continue_()

    page.route("**/iiif/3/**/default.jpg", refuse)
    page.goto(f"{address}/coins/5")
    page.get_by_role("link", name=re.compile("Full photograph of the reverse")).click()
    alert = page.locator("dialog [role=alert]")
    expect(alert).to_have_text("Many photographs are being read.")
    expect(alert).to_be_hidden(timeout=20_000)
    page.close()


def test_without_javascript_the_full_photograph_is_a_picture(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{address}/coins/5")
    expect(page.locator(".photograph .outline").first).to_be_hidden()
    page.get_by_label("Show the outline of the coin").check()
    expect(page.locator(".photograph .outline").first).to_be_visible()
    page.get_by_role("link", name=re.compile("Full photograph of the obverse")).click()
    page.wait_for_url("**/iiif/3/*/full/max/0/default.jpg")
    page.close()


def test_a_photograph_that_is_gone_is_a_sentence(
    browser: Browser, demo: Engine, serve: Callable[..., str], tmp_path: Path
) -> None:
    coin = call.query(
        demo, "select coin_id from api.images where sha256 is not null group by 1 having count(*) = 2 limit 1"
    )[1][0]["coin_id"]
    address = serve(demo)
    with demo.begin() as c:
        for face, there in (
            ("reverse", str(tmp_path / "nothing.jpg")),
            ("obverse", f"{address}/nothing.jpg"),
        ):
            c.execute(text("update core.side set image_location = :there where coin_id = :coin and face = :face"),
                      {"there": there, "coin": coin, "face": face})  # fmt: skip
    page, _ = opened(browser, f"{address}/coins/{coin}")
    expect(
        page.get_by_text("The file of the photograph is not where it was when it was ingested.")
    ).to_be_visible()
    # Nothing is known of a file on a network until it is asked for.
    page.get_by_role("link", name=re.compile("Full photograph of the obverse")).click()
    expect(page.get_by_role("alert")).to_contain_text("The file of the photograph is not where it was")
    page.close()


def test_no_picture_is_broken(browser: Browser, demo: Engine, address: str) -> None:
    lacking = call.query(
        demo, "select coin_id from api.images where sha256 is not null group by 1 having count(*) = 1"
    )[1]
    assert lacking
    for path in ("/coins", "/coins/1", *(f"/coins/{row['coin_id']}" for row in lacking[:2])):
        with urlopen(address + path) as answer:
            sources = set(re.findall(r'<img src="([^"]+)"', answer.read().decode()))
        assert sources
        for source in sources:
            assert urlopen(address + source).status == 200
