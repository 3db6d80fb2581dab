"""Makes the pictures of the README from drawn coins: python .github/pictures/make.py [FOLDER]

Runs the commands of coinstore in a temporary store and takes screenshots in headless Chromium.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Playwright, sync_playwright

from coinstore.browse.serve import serving
from coinstore.browse.site import Site
from coinstore.db import call, engine
from coinstore.settings import Settings

WIDTH_PX, COLOURS = 1280, 128
GRAPH = "look_alikes"


def main(folder: Path) -> None:
    """Writes sheet.png, network.png and browse.png into the folder."""
    home = Path(tempfile.mkdtemp(prefix="coinstore-pictures-"))
    try:
        coinstore(home, "demo")
        [sheet] = home.glob("demo/*/look-alikes.html")
        network = home / "network.html"
        build = (
            "build",
            "eye_debiased",
            "--name",
            GRAPH,
            "--face",
            "both",
            "-k",
            "5",
            "--across-collections",
        )
        for arguments in (build, ("analyse", GRAPH), ("page", GRAPH, "-o", str(network))):
            coinstore(home, "graph", *arguments)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            write(screenshot(browser, sheet.as_uri(), 700), folder / "sheet.png")
            write(screenshot(browser, f"{network.as_uri()}#colour=type", 800), folder / "network.png")
            write(browsed(browser, home), folder / "browse.png")
            browser.close()
    finally:
        coinstore(home, "db", "down")
        shutil.rmtree(home, ignore_errors=True)


def coinstore(home: Path, *arguments: str) -> None:
    """Runs a command in a store of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "COINSTORE_DATABASE_URL"}
    program = [sys.executable, "-c", "from coinstore_cli.main import main; main()"]
    subprocess.run(
        [*program, *arguments],
        env=environment | {"COINSTORE_HOME": str(home)},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def launch(playwright: Playwright) -> Browser:
    """Chromium that draws WebGL in software."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    flags = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"]
    return playwright.chromium.launch(executable_path=path, args=flags)


def screenshot(browser: Browser, url: str, height_px: int) -> bytes:
    """The upper part of a page, once it is drawn."""
    page = browser.new_page(viewport={"width": WIDTH_PX, "height": height_px}, reduced_motion="reduce")
    page.goto(url)
    if "network" in url:
        page.wait_for_selector("html[data-drawn]", state="attached")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)  # photographs are drawn frame by frame
    return page.screenshot()


def browsed(browser: Browser, home: Path) -> bytes:
    """The grid of coins in `coinstore browse`."""
    with engine.opened(engine.address(Settings(home))) as store:
        call.run(store, "job.fill_texts")
        with serving(Site(store)) as served:
            return screenshot(browser, f"{served.address}/coins?material=Silver&weight_to=4.2", 800)


def write(png: bytes, path: Path) -> None:
    """Writes a picture with few colours: small enough for a repository."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
