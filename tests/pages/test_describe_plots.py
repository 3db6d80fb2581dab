"""The page of a collection in a browser: it is legible, and no text of a record is executed."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import Engine

from coinstore.describe.summary import describe_coins
from coinstore.errors import SettingsError
from coinstore.images.fingerprints import add_fingerprints
from coinstore.pages.plots.describe import draw_over_time, layers
from coinstore.pages.reports.describe import plots, write_description, write_plots
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load

Open = Callable[..., Page]
EVIL, GREEK = "<script>alert(1)</script>", "ΒΑΣΙΛΕΩΣ ᾿Αλεξάνδρου"
NAMES = {"missing", "over_time_denomination", "over_time_material", "over_time_type", "measures", "classes"}


@pytest.fixture
def hostile(coins: Engine) -> Engine:
    """Coins with photographs; the names of some are scripts, and two of those look the same."""
    more = [
        Coin(
            f"h{n}",
            {},
            EVIL,
            f"{EVIL}{n}",
            types=(TypeClaim(f"{EVIL} $x_1$ {GREEK} {'long ' * 12}"),),
            fields={
                "denomination": EVIL,
                "material": EVIL,
                "mint": EVIL,
                "year_from": -30,
                "year_to": 14 if n else None,
                "weight_g": 3.5 if n < 2 else 3.4 + n / 100 + (20 if n == 9 else 0),
                "diameter_mm": 18.0 if n < 2 else 18 + n / 10,
            },
            sides={"obverse": {"legend": EVIL}},
        )
        for n in range(10)
    ]
    list(load(coins, "/hostile", more))
    list(add_fingerprints(coins))
    return coins


def test_the_page_in_a_browser(hostile: Engine, tmp_path: Path, opened: Open) -> None:
    found = describe_coins(hostile)
    path = tmp_path / "report.html"
    assert write_description(hostile, found, path) == path.stat().st_size
    page = opened(path)
    assert page.title() == "58 coins at a glance"
    text = page.inner_text("body")
    assert EVIL in text and "<script" not in path.read_text("utf-8")
    pictures = page.eval_on_selector_all("img", "all => all.map(i => [i.naturalWidth, i.alt])")
    assert len(pictures) >= len(NAMES) and all(width > 0 and alt for width, alt in pictures)
    assert "1 measure stands out" in text and "same photograph of the obverse" in text
    assert any("both 3.5 g and 18 mm" in reason for row in found.twice for reason in row["reasons"])
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width + (0 if width > 1000 else 700)
    assert page.eval_on_selector_all(
        "nav a", "all => all.every(a => document.querySelector(a.getAttribute('href')))"
    )


def test_contrast_is_enough(hostile: Engine, tmp_path: Path, opened: Open) -> None:
    """WCAG AA: 4.5 to 1 for each text against white or its own background."""
    path = tmp_path / "report.html"
    write_description(hostile, describe_coins(hostile), path)
    pairs = opened(path).eval_on_selector_all(
        "p, td, th, a, h1, h2, h3, li, i, code, .collection, .absent",
        """all => all.map(e => { let g = e; while (g && getComputedStyle(g).backgroundColor === 'rgba(0, 0, 0, 0)') g = g.parentElement;
           return [getComputedStyle(e).color, g ? getComputedStyle(g).backgroundColor : 'rgb(255, 255, 255)'] })""",
    )
    assert len(pairs) > 100
    for ink, ground in set(map(tuple, pairs)):
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_plots_are_png_and_svg_and_the_same_each_time(hostile: Engine, tmp_path: Path) -> None:
    found = describe_coins(hostile)
    assert set(plots(found)) == NAMES
    written = write_plots(found, tmp_path / "a" / "plots")
    assert {path.name for path in written} == {
        f"{name}.{ending}" for name in NAMES for ending in ("png", "svg")
    }
    for path in written:
        if path.suffix == ".svg":
            root = ET.parse(path).getroot()
            assert not root.findall(".//{http://www.w3.org/2000/svg}script")
        else:
            with Image.open(path) as picture:
                picture.load()
                assert picture.width > 800
    again = write_plots(found, tmp_path / "b")
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="choose another folder"):
        write_plots(found, tmp_path / "file")


def test_what_is_stacked_is_what_was_counted(hostile: Engine) -> None:
    rows = [
        row for row in describe_coins(hostile, years=25).over_time["type"] if row["period_from"] is not None
    ]
    spans = sorted({(row["period_from"], row["period_to"]) for row in rows})
    drawn = layers(rows, {span: n for n, span in enumerate(spans)}, len(spans))
    assert sum(values.sum() for _, _, values in drawn) == pytest.approx(sum(row["coins"] for row in rows))
    looks = [look for _, look, _ in drawn]
    assert len(set(looks)) == len(looks) == len({look[1] for look in looks if look[0] != "#ffffff"} | {None})


def test_nothing_to_draw_is_said(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a", [Coin("1", {}, "M", "1")]))
    found = describe_coins(store)
    assert set(plots(found)) == {"missing", "classes"}
    assert write_description(store, found, tmp_path / "r.html") > 1000
    undated = [{"period_from": None, "period_to": None, "value": "As", "coins": 3.0}]
    assert draw_over_time("denomination", undated)
    with pytest.raises(SettingsError, match="a report is written as"):
        write_description(store, found, tmp_path / "r.pdf")
