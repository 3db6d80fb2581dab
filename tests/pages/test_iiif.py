"""IIIF manifests in Mirador, the viewer that museums use: it comes from npm, where that can be reached."""

import functools
import http.server
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from coinstore.images.examine import examine_images
from coinstore.records.coin import Coin
from coinstore.records.exports.about import About
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.load import load

MIRADOR = "mirador@3.4.3"
PAGE = """<!doctype html><div id="m" style="position: absolute; inset: 0"></div>
<script src="mirador.min.js"></script><script>
Mirador.viewer({id: "m", windows: [{manifestId: location.origin + "/out/1.json", view: "gallery"}]})</script>"""


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_said: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with Mirador in it, and the address where it is served."""
    npm = shutil.which("npm")
    packed = npm and subprocess.run([npm, "pack", MIRADOR], cwd=tmp_path, capture_output=True, timeout=120)
    if not packed or packed.returncode:
        pytest.skip("no npm, or it cannot be reached: Mirador is not there")
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as archive:
        script = archive.extractfile("package/dist/mirador.min.js")
        assert script
        (tmp_path / "mirador.min.js").write_bytes(script.read())
    (tmp_path / "index.html").write_text(PAGE)
    server = http.server.ThreadingHTTPServer(
        ("localhost", 0), functools.partial(Files, directory=str(tmp_path))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield tmp_path, f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


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
    page.goto(f"{address}/index.html")
    for text in ("Denarius, Rome, 44 to 42 BC. 1", "Obverse", "Reverse"):
        expect(page.get_by_text(text).first).to_be_attached(timeout=60_000)
    for name in ("a.png", "r.png"):
        drawn = f"() => [...document.images].some(i => i.src.endsWith('/{name}') && i.naturalWidth === 400)"
        page.wait_for_function(drawn, timeout=60_000)
    page.close()
    assert {f"200 {address}/a.png", f"200 {address}/r.png"} <= set(asked)
