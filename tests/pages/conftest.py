"""A real browser, and a small store of coins that have been photographed, compared, joined and laid out."""

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.graph.analyse import analyse_graph
from coinstore.graph.build import GraphRequest, build_graph
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load

N, K, DIMS = 48, 6, 8
EVIL = "<script>alert(1)</script>"
GREEK = "ΒΑΣΙΛΕΩΣ ᾿Αλεξάνδρου"
Open = Callable[..., Page]


def chromium() -> str:
    """The system's Chromium; a test that needs one is skipped where there is none."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((one for one in found if one), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium that draws WebGL in software."""
    path = chromium()
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=path, args=["--use-angle=swiftshader", "--enable-unsafe-swiftshader", *as_root]
        )
        yield made
        made.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a page from disk and waits until it is drawn; no error, no message and no request may come of it."""
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
        page.wait_for_timeout(300)
        return page

    yield open_page
    context.close()
    assert faults == []


def coin(n: int) -> Coin:
    """Coins of three types; the fifth says a script, German and Greek."""
    kind = n % 3
    legend = EVIL if n == 5 else f"CAESAR {n}"
    return Coin(
        place=str(n),
        raw={},
        collection="Münzkabinett" if n % 2 else "Sammlung Größe",
        inventory_number=EVIL if n == 5 else f"A{n:03}",
        fields={
            "mint": GREEK if n == 5 else "Rome",
            "material": ("gold", "silver", "bronze")[kind],
            "weight_g": 3.5 + n / 10,
            "year_from": -44 + 10 * n,
            "year_to": -39 + 10 * n,
            "die_axis_h": 6,
        },
        sides={
            face: {"legend": legend, "description": f"{face} of {n}: Büste"}
            for face in ("obverse", "reverse")
        },
        types=() if n == 7 else (TypeClaim(label=f"Type {kind}"),),
    )


def photograph(n: int) -> bytes:
    """A disc on white, of a tone of its own."""
    picture = Image.new("RGB", (120, 110), "white")
    ImageDraw.Draw(picture).ellipse((5, 2, 114, 108), fill=(90 + n % 100, 80, 40 + n % 150))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def photographed(connection: Connection) -> None:
    """Gives each side but those of the coin A007 a photograph of its own."""
    sides = (
        connection.execute(text("select side_id from api.sides where inventory_number <> 'A007' order by 1"))
        .scalars()
        .all()
    )
    for side in sides:
        data = photograph(side)
        connection.execute(
            text("insert into core.image values (:sha, :size, 120, 110, 'JPEG', :data)"),
            {"sha": hashlib.sha256(data + bytes([side % 256])).digest(), "size": len(data), "data": data},
        )
        connection.execute(
            text(
                "update core.side set sha256 = :sha, image_location = :at, image_examined = true where side_id = :side"
            ),
            {
                "sha": hashlib.sha256(data + bytes([side % 256])).digest(),
                "at": f"/secret/{side}.jpg",
                "side": side,
            },
        )


def compared(connection: Connection, trained: bool = True) -> None:
    """A space `tiny` in which coins of a type lie near each other."""
    call.value(
        connection,
        "job.add_space",
        name="tiny",
        recipe=f'{{"trained": {str(trained).lower()}}}',
        dims=DIMS,
        precision="single",
    )
    rows = connection.execute(text("select side_id, coin_id from core.side order by 1")).all()
    rng = np.random.default_rng(0)
    middle = rng.normal(size=(3, DIMS))
    vectors = np.array([middle[row.coin_id % 3] for row in rows]) + rng.normal(
        scale=0.5, size=(len(rows), DIMS)
    )
    copy_vectors(connection, "tiny", "single", [row.side_id for row in rows], vectors.astype(np.float32))
    call.value(connection, "job.settle_space", space="tiny")


@pytest.fixture
def coins(store: Engine) -> Engine:
    """Coins with photographs and vectors."""
    list(load(store, "/coins", [coin(n) for n in range(N)]))
    with store.begin() as connection:
        photographed(connection)
        compared(connection)
    return store


@pytest.fixture
def joined(coins: Engine) -> Engine:
    """The coins in a graph `tiny_obverse`, with communities."""
    list(build_graph(coins, "tiny_obverse", GraphRequest("tiny", k=K)))
    list(analyse_graph(coins, "tiny_obverse", algorithms=("leiden",)))
    return coins
