"""coinstore match calibrate: the table, the plot, and what is told."""

import csv
import io
import json
from pathlib import Path

import pytest
from judged import DRAWN, PAIRS, SAME, add_coins, add_matches, judge_all
from matplotlib.collections import PathCollection
from sqlalchemy import Engine
from stores import Once

from coinstore.matching import shipped
from coinstore.matching.calibrate import Reliability
from coinstore.pages.plots.reliability import draw_reliability


@pytest.fixture
def judged(store: Engine, once: Once) -> Engine:
    def fill(_folder: Path) -> None:
        add_coins(store, 160)
        add_matches(store, {pair: found.tolist() for pair, found in DRAWN.items()})
        judge_all(store)

    once(fill)
    return store


def test_it_prints_draws_and_says_what_changed(judged: Engine, coinstore, tmp_path: Path) -> None:
    page, plot, other = (tmp_path / f"reliability.{suffix}" for suffix in ("html", "png", "svg"))
    done = coinstore("match", "calibrate", "--as", "A. Curator", "-o", str(page), "-o", str(other))
    assert done.stdout.splitlines()[-2:] == [str(page), str(other)] and "<svg" in other.read_text()
    assert done.stdout.splitlines()[0].split() == ["calibration", "probability", "one_die", "pairs"]
    assert f"{len(PAIRS)} judged pairs, {sum(SAME.values())} of them of one die." in done.stderr
    assert (
        "The new calibration is in use; " in done.stderr
        and "Brier score on held-out verdicts: 0." in done.stderr
    )
    assert "Brier score, shipped" in page.read_text() and "data:image/svg+xml" in page.read_text()
    assert f"fitted on {len(PAIRS)} judged pairs" in coinstore("match", "list").stderr
    found = coinstore("match", "calibrate", "--json", "-o", str(plot))
    rows = json.loads(found.stdout)
    assert plot.read_bytes().startswith(b"\x89PNG")
    for name in ("shipped", "verdicts"):
        assert sum(row["pairs"] for row in rows if row["calibration"] == name) == len(PAIRS)
    assert len(list(csv.DictReader(io.StringIO(coinstore("match", "calibrate", "--csv").stdout)))) == len(
        rows
    )
    assert "The shipped calibration is in use; " in coinstore("match", "calibrate", "--reset").stderr
    assert "judged pairs" not in coinstore("match", "list", "--min-certainty", "0").stderr


def test_the_shipped_one_is_shown_without_a_verdict(store: Engine, coinstore, tmp_path: Path) -> None:
    page, plot = tmp_path / "shipped.html", tmp_path / "shipped.svg"
    done = coinstore("match", "calibrate", "--shipped", "--json", "-o", str(page), "-o", str(plot))
    rows = json.loads(done.stdout)
    assert {row["calibration"] for row in rows} == {"shipped"}
    assert sum(row["pairs"] for row in rows) == shipped().pairs
    assert sum(round(row["one_die"] * row["pairs"]) for row in rows) == shipped().same
    assert f"Brier score: {rows[0]['brier']:.4f}" in done.stderr
    assert "larger the point" not in done.stderr, "that is about the plot"
    assert "larger the point" in page.read_text() and "larger the point" in plot.read_text()
    assert shipped().fitted_on in done.stderr and shipped().fitted_on in page.read_text()
    assert "verdicts" not in plot.read_text() and "<svg" in plot.read_text()


def test_only_two_curves_are_moved_apart() -> None:
    one = Reliability(((0.25, 0.5, 4),), 0.1, 0.25)

    def places(*names: str) -> list[float]:
        [panel] = draw_reliability(dict.fromkeys(names, one)).axes
        points = [one for one in panel.collections if isinstance(one, PathCollection)]
        return [float(one.get_offsets()[0][0]) for one in points]

    assert places("a") == [0.25] and places("a", "b") == pytest.approx([0.244, 0.256])
    with pytest.raises(ValueError, match="zip"):
        places("a", "b", "c")


def test_what_is_refused(judged: Engine, coinstore, tmp_path: Path) -> None:
    assert (
        "name it reliability.png" in coinstore("match", "calibrate", "-o", "reliability.pdf", code=1).stderr
    )
    coinstore("match", "calibrate", "--reset", "--force", code=2)
    coinstore("match", "calibrate", "--shipped", "--force", code=2)
    coinstore("match", "calibrate", "--reset", "--json", code=2)
