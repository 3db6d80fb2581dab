"""A small store of coins with photographs, vectors and a graph."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Open, rest
from drawn_coins import K, N, coin, compared, photographed
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from stores import Once

from coinstore.graph.analyse import analyse_graph
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.records.load import load


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a page from disk and waits until it is drawn; it may cause no error, no message and no request."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    faults: list[str] = []

    def open_page(path: Path, fragment: str = "", script: str | None = None) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text))
        page.on("dialog", lambda dialog: faults.append(f"a dialog: {dialog.message}"))
        page.on(
            "request", lambda r: None if r.url.startswith(("data:", path.as_uri())) else faults.append(r.url)
        )
        if script:
            page.add_init_script(script)
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector("html[data-drawn]", state="attached")
        return rest(page)

    yield open_page
    context.close()
    assert faults == []


@pytest.fixture
def coins(store: Engine, once: Once) -> Engine:
    """Coins with photographs and vectors."""
    once(lambda _: fill(store), "coins")
    return store


@pytest.fixture
def joined(store: Engine, once: Once) -> Engine:
    """The coins in a graph `tiny_obverse`, with communities."""

    def join(_folder: Path) -> None:
        fill(store)
        list(build_graph(store, "tiny_obverse", GraphRequest("tiny", k=K)))
        list(analyse_graph(store, "tiny_obverse", algorithms=("leiden",)))

    once(join)
    return store


def fill(store: Engine) -> None:
    list(load(store, "/coins", [coin(n) for n in range(N)]))
    with store.begin() as connection:
        photographed(connection)
        compared(connection)
