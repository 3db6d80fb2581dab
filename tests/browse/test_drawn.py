"""Networks, maps and contact sheets in the frame of the pages: made once, with the rights of the reader."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode
from urllib.request import urlopen

import pytest
from browsing import hide, until
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import Engine, text

from coinstore.browse.kept import Busy
from coinstore.browse.made import MOST, MOST_WAITING, Made, Making
from coinstore.db import call
from coinstore.errors import NotFound
from coinstore.pages.explore.steps import Done, Expected, Step


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which nothing may go wrong."""
    found, faults = browser.new_page(viewport={"width": 1280, "height": 900}), []
    found.on("pageerror", lambda error: faults.append(str(error)))
    yield found
    found.close()
    assert faults == []


def ready(page: Page) -> Any:
    """What is in the frame, once it is drawn."""
    inside = page.frame_locator("iframe.drawn")
    inside.locator("html[data-drawn]").wait_for(state="attached")
    return inside


def test_a_coin_leads_to_its_place_and_back(drawn: Engine, serve: Callable[..., str], page: Page) -> None:
    address = serve(drawn)
    page.goto(f"{address}/coins/5")
    name = page.inner_text("h1")
    page.get_by_role("link", name="the network net").click()
    inside = ready(page)
    assert inside.locator("#card-name").inner_text() == name
    inside.locator("#card ol button").first.click()
    other = inside.locator("#card-name").inner_text()
    assert other != name
    page.wait_for_function(
        "number => decodeURIComponent(location.hash).replaceAll('+', ' ').includes(number)", arg=other
    )
    page.reload()
    assert ready(page).locator("#card-name").inner_text() == other, "the address says what is shown"
    page.frame_locator("iframe.drawn").get_by_role("link", name="All that is known").click()
    page.wait_for_url("**/coins/*")
    assert page.inner_text("h1") == other
    page.goto(f"{address}/maps")
    page.get_by_role("link", name="plane").click()
    ready(page)
    page.get_by_role("button", name="Update").click()
    ready(page)


def test_a_frame_has_no_rights_of_our_pages(drawn: Engine, serve: Callable[..., str], page: Page) -> None:
    address = serve(drawn)
    page.goto(f"{address}/networks/net")
    ready(page)
    policy = urlopen(f"{address}/networks/net/page").headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts ") and "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    assert page.frames[1].evaluate("origin") == "null"
    with pytest.raises(Exception, match="cookie"):
        page.frames[1].evaluate("document.cookie")
    asked = "fetch('/coins').then(() => 'read', () => 'refused')"
    assert page.frames[1].evaluate(asked) == "refused"
    page.evaluate("postMessage({ fragment: '#coin=x' }, '*')")  # not from the frame
    page.frames[1].evaluate("parent.postMessage({ fragment: '/coins' }, '*')")
    page.frames[1].evaluate("parent.postMessage({ fragment: '#a=1' }, '*')")
    page.wait_for_url("**/networks/net#a=1")


def test_who_sees_fewer_coins_sees_another_page(drawn: Engine, serve: Callable[..., str]) -> None:
    with drawn.begin() as c:
        hide(c, "Sammlung Nord", "anna")
    anna, anyone = serve(drawn, login="anna"), serve(drawn)
    paths = ("/networks/net", "/maps/plane", "/sheet?random=9")
    for path in paths:
        assert "Sammlung Nord" in made(anna, path) and "Sammlung Nord" not in made(anyone, path)
    with drawn.begin() as c:
        c.execute(text("delete from core.private_grant"))
    for path in paths:
        assert "Sammlung Nord" not in made(anna, path), "what was made before is not shown any more"


def made(address: str, path: str) -> str:
    """The page of one file at an address, once it is there."""
    until(lambda: "<iframe" in urlopen(address + path).read().decode())
    at = path.replace("?", "/page?") if "?" in path else f"{path}/page"
    return urlopen(address + at).read().decode()


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/networks/none", 404, "There is no network of this name."),
        ("/maps/%3Cscript%3E", 404, "There is no map of this name."),
        ("/networks/net/page/x", 404, "There is no such page."),
        ("/sheet?coins=no+such+coin", 400, "no such coin"),
        ("/sheet?coins=" + "%0A".join(map(str, range(60))), 400, "at most 50 coins"),
        ("/sheet?random=9&space=none", 400, "none"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(
    drawn: Engine, serve: Callable[..., str], path: str, status: int, said: str
) -> None:
    address = serve(drawn)

    def refused() -> HTTPError | None:
        try:
            urlopen(address + path)
        except HTTPError as error:
            return error
        return None

    found = until(refused)
    assert found.code == status and said in found.read().decode()


@pytest.mark.parametrize("coins", ["no such coin", "1,abc,99999"])
def test_a_sheet_that_fails_says_so_once(
    drawn: Engine, serve: Callable[..., str], page: Page, coins: str
) -> None:
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.goto(f"{serve(drawn)}/sheet?coins={quote_plus(coins)}")
    expect(page.get_by_role("alert")).to_contain_text("coin")
    expect(page.get_by_label("Coins, one per line")).to_have_value(coins)
    page.wait_for_timeout(3000)  # it would load again and again
    assert len(loads) <= 2 and page.locator("noscript meta").count() == 0


def test_a_saved_drawing_has_no_dead_links(
    drawn: Engine, serve: Callable[..., str], page: Page, tmp_path: Path
) -> None:
    (saved := tmp_path / "net.html").write_text(made(serve(drawn), "/networks/net"))
    row = call.read(drawn, "part.page_coins", coins=[5])[0]
    name = f"{row['collection']} / {row['inventory_number']}"
    page.goto(f"{saved.as_uri()}#{urlencode({'coin': name})}")
    page.locator("html[data-drawn]").wait_for(state="attached")
    assert page.locator("#card-name").inner_text() == row["inventory_number"]
    assert page.get_by_role("link", name="All that is known").count() == 0


def test_waiting_outlasts_lost_connections_and_reads_only_how_far_it_is(
    drawn: Engine, serve: Callable[..., str], page: Page
) -> None:
    address, lost, asked = serve(drawn), iter((True, True)), list[str]()

    def fetched(route: Route) -> None:
        asked.append(route.request.url)
        if next(lost, False):
            route.abort()
        else:
            route.continue_()

    page.route(
        "**/*", lambda route: fetched(route) if route.request.resource_type == "fetch" else route.continue_()
    )
    page.goto(f"{address}/networks/net")
    ready(page)
    assert next(lost, False) is False, "it asked again"
    assert all(url.startswith(f"{address}/made/") for url in asked)


def test_a_sheet_runs_nothing(drawn: Engine, serve: Callable[..., str]) -> None:
    address = serve(drawn)
    sheet = made(address, "/sheet?coins=5&k=3&face=both")
    assert "<script" not in sheet and sheet.count("data:image/jpeg") >= 8
    policy = urlopen(f"{address}/sheet/page?coins=5&k=3&face=both").headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups;")


def test_other_random_coins_come_with_another_seed(drawn: Engine, serve: Callable[..., str]) -> None:
    address = serve(drawn)
    form = urlopen(f"{address}/sheet").read().decode()
    assert 'name="seed"' in form and "The same number and seed give the same random coins" in form
    sheets = [made(address, f"/sheet?random=3&k=1&seed={seed}") for seed in (1, 2, 1)]
    assert sheets[0] == sheets[2] != sheets[1]


def test_what_is_made_without_steps_is_not_waiting_for_others() -> None:
    pages, go = Made(), Event()

    def make(_path: Path) -> Iterator[Step]:
        go.wait()
        yield from ()

    making = pages.ask("sheet", make)
    assert until(lambda: making.stage == "reading the coins") and not making.is_over
    assert pages.named(making.name) is making and pages.named("") is None
    go.set()
    pages.close()


def test_pages_are_made_one_after_the_other_and_kept() -> None:
    pages, go = Made(), Event()

    def slow(path: Path) -> Iterator[Step]:
        yield Expected("records", 4)
        yield Done("records", 1)
        go.wait()
        path.write_text("made")
        yield Done("records", 3)

    def wrong(_path: Path) -> Iterator[Step]:
        yield from ()
        raise NotFound("there is nothing")

    def broken(_path: Path) -> Iterator[Step]:
        yield from ()
        raise ZeroDivisionError

    first = pages.ask("a", slow)
    assert until(lambda: (first.done, first.expected, first.stage) == (1, 4, "records"))
    assert pages.ask("a", slow) is first and not first.is_over
    others = [pages.ask(n, wrong) for n in range(MOST_WAITING - 1)]
    with pytest.raises(Busy):
        pages.ask("one more", slow)
    go.set()
    assert until(lambda: first.is_ready) and first.path.read_text() == "made"
    assert until(lambda: others[-1].why_not) == "there is nothing"
    assert pages.ask(0, slow) is others[0] and pages.ask(0, slow) is not others[0], "it is tried again"
    assert until(lambda: pages.ask("broken", broken).why_not).startswith("the page could not be made")
    pages.drop("a")
    assert not first.path.exists() and pages.ask("a", slow) is not first
    for n in range(100, 100 + MOST + 5):
        assert until(pages.ask(n, slow).path.exists)
    kept: list[Making] = [*pages._kept.values()]
    assert len(kept) == MOST == len(list(kept[0].path.parent.glob("*.html")))
    pages.close()
    assert not kept[0].path.parent.exists()


KILLED = """
from coinstore.browse.made import Made
made = Made()
making = made.ask("a", lambda path: [path.write_text("made")] and [])
while not making.is_ready:
    pass
print(making.path.parent, flush=True)
input()
"""


def test_what_a_killed_server_made_goes_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    started = [
        subprocess.Popen(
            [sys.executable, "-c", KILLED], env=os.environ | {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    folders = [Path(one.stdout.readline().strip()) for one in started]
    (others := tmp_path / "coinstore-pages-of-others").mkdir()
    (tmp_path / "coinstore-pages-link").symlink_to(tmp_path)
    started[0].kill()
    started[0].wait()
    assert all((folder / "1.html").exists() for folder in folders)
    pages = Made()
    assert not folders[0].exists() and (folders[1] / "1.html").exists() and others.exists()
    pages.close()
    started[1].communicate("\n")
    started[0].communicate()


def test_networks_and_maps_are_listed_without_javascript(
    drawn: Engine, serve: Callable[..., str], browser: Browser
) -> None:
    address, page = serve(drawn), browser.new_page(java_script_enabled=False)
    made(address, "/networks/net")
    for kind, name in (("networks", "net"), ("maps", "plane")):
        page.goto(f"{address}/{kind}")
        row = page.get_by_role("row").filter(has_text=name).inner_text()
        assert "eye" in row and "40" in row
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("link", name="all coins").wait_for()  # also while the page is being made
        assert not page.locator("iframe").is_visible(), "an empty frame says nothing"
    page.get_by_role("link", name="all coins").click()
    assert page.locator("h1").inner_text() == "40 coins"
    page.close()
