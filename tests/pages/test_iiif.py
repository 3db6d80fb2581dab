"""IIIF manifests in Mirador, the viewer that museums use: it comes from npm, where that can be reached."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mirador
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from coinstore.images.examine import examine_images
from coinstore.records.coin import Coin
from coinstore.records.exports.about import About
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.load import load


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with Mirador in it, and the address where it is served."""
    with mirador.served(tmp_path) as address:
        yield tmp_path, address


def test_mirador_shows_both_sides(store: Engine, browser: Browser, site: tuple[Path, str]) -> None:
    folder, address = site
    for name in ("a", "r"):
        Image.new("RGB", (400, 300), "grey").save(folder / f"{name}.png")
    sides: Any = {
        face: {"image": str(folder / f"{face[0].replace('o', 'a')}.png")} for face in ("obverse", "reverse")
    }
    fields = {"denomination": "Denarius", "mint": "Rome", "year_from": -44, "year_to": -42}
    list(load(store, "/a.csv", [Coin("row 1", {}, "M", "1", fields=fields, sides=sides)]))
    list(examine_images(store))
    about = About(base=f"{address}/out/", collection="M", images=address, image_folder=str(folder))
    export_coins(store, folder / "out", Export("iiif", about=about))
    page = browser.new_page()
    asked: list[str] = []
    page.on("response", lambda response: asked.append(f"{response.status} {response.url}"))
    page.goto(f"{address}/index.html?manifest={address}/out/1.json")
    for text in ("Denarius, Rome, 44 to 42 BC. 1", "Obverse", "Reverse"):
        expect(page.get_by_text(text).first).to_be_attached(timeout=60_000)
    for name in ("a.png", "r.png"):
        drawn = f"() => [...document.images].some(i => i.src.endsWith('/{name}') && i.naturalWidth === 400)"
        page.wait_for_function(drawn, timeout=60_000)
    page.close()
    assert {f"200 {address}/a.png", f"200 {address}/r.png"} <= set(asked)
