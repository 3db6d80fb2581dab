"""Writes pictures of the pages, narrow and wide, light and dark: python tests/browse/screens.py FOLDER.

It serves the store that the environment names (COINSTORE_HOME or COINSTORE_DATABASE_URL).
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import coinstore

WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
PAGES = {
    "coins": "/coins",
    "coin": "/coins/{coin}",
    "ask": "/ask",
    "compare": "/compare",
    "review": "/review",
    "names": "/review/names",
    "duplicates": "/review/duplicates",
    "network": "/networks/{network}",
    "map": "/maps/{map}",
    "sheet": "/sheet?coins={coin}&k=5",
    "programs": "/programs",
}


def screens(address: str, folder: Path, names: dict[str, object]) -> list[Path]:
    """Writes the pictures; returns their files."""
    written = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        for width in WIDTHS:
            for scheme in SCHEMES:
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                for name, path in PAGES.items():
                    page.goto(address + path.format_map(names))
                    _wait(page)
                    path = folder / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=path)
                    written.append(path)
                page.close()
        browser.close()
    return written


def _wait(page: Page) -> None:
    """Waits for what is made and drawn."""
    page.wait_for_selector("#waiting", state="detached", timeout=120_000)
    page.wait_for_load_state("networkidle")
    if page.locator("iframe[data-src]").count():
        inside = page.frame_locator("iframe.drawn").locator("html[data-drawn]")
        inside.wait_for(state="attached", timeout=120_000)
        page.wait_for_function(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
        )


def _first(store: coinstore.Store, statement: str) -> object:
    """The one value of the first row; empty where there is none."""
    return next((value for row in store.sql(statement) for value in row.values()), "")


def main(folder: Path) -> None:
    """Serves the store, and prints the files."""
    folder.mkdir(parents=True, exist_ok=True)
    with coinstore.open() as store, store.browse(0, person="Anna Meier") as served:
        names = {
            "coin": _first(store, "select coin_id from api.coins order by coin_id limit 1"),
            "network": _first(store, "select graph from api.graphs order by nodes desc limit 1"),
            "map": _first(store, "select map from api.maps order by points desc limit 1"),
        }
        for path in screens(served.address, folder, names):
            print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screens"))
