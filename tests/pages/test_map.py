"""The map page in a real browser: points at their stored places, with the card and colours of the network."""

import re
from pathlib import Path

import numpy as np
import pytest
from browsing import Open, rest, until
from drawn_coins import EVIL, K, N, coin, compared, photographed
from sqlalchemy import Engine, text

from coinstore.errors import NotFound
from coinstore.pages.explore.map import write_map
from coinstore.records.load import load


def lay_out(store: Engine, face: str = "obverse", n: int = N) -> np.ndarray:
    """A map `plane` with all coins at random places; the last one was added later."""
    places = np.random.default_rng(0).normal(size=(n, 2)) * (10, 5)
    with store.begin() as c:
        c.execute(
            text("""insert into core.map (name, space_id, face, method, parameters, seed, library, seconds)
                    select 'plane', space_id, :face, 'tsne', '{}', 7, 'openTSNE 1.0', 1 from core.space"""),
            {"face": face},
        )
        for coin, (x, y) in enumerate(places.tolist(), 1):
            c.execute(
                text("insert into core.map_point select map_id, :coin, :x, :y, :added from core.map"),
                {"coin": coin, "x": x, "y": y, "added": coin == N},
            )
    return places


def test_a_map_has_the_card_and_the_colours_of_the_network(
    joined: Engine, tmp_path: Path, opened: Open
) -> None:
    places = lay_out(joined)
    written = write_map(joined, "plane", tmp_path / "map.html")
    assert (written.coins, written.edges, written.photographs) == (N, N * K, 2 * N - 2)
    page = opened(written.path)
    head = page.inner_text("header")
    for said in (
        "plane",
        "t-SNE",
        "openTSNE 1.0",
        "seed 7",
        "space tiny",
        f"{N} coins",
        "graph tiny_obverse",
        "axes do not",
    ):
        assert said in head, said
    assert page.input_value("#colour") == "type"
    assert not page.is_checked("#edges"), "on a map the points matter most"
    shown = np.array([list(page.evaluate(f"Drawing.where({coin})").values()) for coin in range(N)])
    for axis, sign in ((0, 1), (1, -1)):
        assert np.corrcoef(shown[:, axis], places[:, axis])[0, 1] * sign > 0.9999
    page.fill("#search", "A047")
    page.press("#search", "Enter")
    assert "placed later" in page.inner_text("#card dl")
    page.locator("#card ol button").nth(2).click()
    assert page.locator("#card ol button").count() == K
    page.check("#edges")
    assert re.match(r"\d+ of \d+ pairs drawn", page.inner_text("#count"))
    page.select_option("#colour", "collection")
    assert page.locator("#legend li").count() == 2
    page.fill("#search", EVIL)
    page.press("#search", "Enter")
    assert page.inner_text("#card-name") == EVIL


def test_a_map_without_a_graph_shows_coins_alone(coins: Engine, tmp_path: Path, opened: Open) -> None:
    lay_out(coins, "reverse")
    page = opened(
        write_map(coins, "plane", tmp_path / "map.html").path, "#by=rank&at=3&coin=Sammlung+Größe+%2F+A010"
    )
    assert page.inner_text("#card-name") == "A010"
    assert "no graph" in page.inner_text("#card")
    assert page.locator("#slider").count() == 0


def test_an_unknown_map_names_those_there_are(coins: Engine, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="none yet"):
        write_map(coins, "plane", tmp_path / "map.html")
    lay_out(coins)
    with pytest.raises(NotFound, match="plane"):
        write_map(coins, "plain", tmp_path / "map.html")


def test_photographs_take_the_place_of_dots(store: Engine, tmp_path: Path, opened: Open) -> None:
    many = 620
    list(load(store, "/coins", [coin(n) for n in range(many)]))
    with store.begin() as c:
        photographed(c)
        compared(c)
    lay_out(store, n=many)
    page = opened(write_map(store, "plane", tmp_path / "map.html").path)
    assert page.evaluate("Drawing.radius()") >= 9
    faces = page.evaluate("Drawing.faces()")
    assert 100 < len(faces) <= 500, "more coins are seen than photographs are drawn: one of each square"
    drawn = """() => { const from = document.querySelector("#canvas canvas.sigma-faces"), ratio = from.width / from.clientWidth;
        const to = Object.assign(document.createElement("canvas"), { width: from.width, height: from.height }).getContext("2d");
        to.drawImage(from, 0, 0);
        const pixels = to.getImageData(0, 0, from.width, from.height).data;
        return Drawing.faces().filter((coin) => { const at = Drawing.where(coin);
            return pixels[4 * (Math.round(at.y * ratio) * from.width + Math.round(at.x * ratio)) + 3] > 0; }).length; }"""
    assert until(lambda: page.evaluate(drawn) > 0.95 * len(faces)), "they are photographs, not rings"
    page.evaluate("Drawing.pan(0.002, 0)")
    rest(page)
    assert len(set(page.evaluate("Drawing.faces()")) & set(faces)) > 0.95 * len(faces), "a move changes few"
    for _ in range(4):
        page.click("#nearer")
        rest(page)
    shown = page.evaluate("Drawing.faces()")
    assert 0 < len(shown) <= 500
