"""The report of an evaluation in a real browser: no script runs, nothing is fetched, all text is legible."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SettingsError
from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.pages.reports.evaluation import write_evaluation
from coinstore.records.coin import Coin
from coinstore.records.load import load

EVIL = "<script>document.title='run'</script>"


@pytest.fixture
def run(store: Engine) -> int:
    random = np.random.default_rng(0)
    list(
        load(
            store,
            "/a",
            [
                Coin(
                    str(n),
                    {},
                    f"{EVIL} {n % 2}",
                    f"{n}",
                    fields={"portrait": f"{EVIL} Ἀθῆναι {n % 3}"},
                    sides={"obverse": {"legend": "a"}},
                )
                for n in range(40)
            ],
        )
    )
    with store.begin() as c:
        ids = list(c.execute(text("select side_id from core.side order by 1")).scalars())
        for name, trained in (("plain", "true"), ("drawn", "false")):
            call.value(
                c, "job.add_space", name=name, recipe=f'{{"trained": {trained}}}', dims=5, precision="single"
            )
            copy_vectors(c, name, "single", ids, random.normal(size=(40, 5)).astype(np.float32))
            call.value(c, "job.settle_space", space=name)
    *_, done = evaluate_spaces(
        store,
        EvaluationRequest(
            ["plain", "drawn"], ["portrait"], where=f"portrait <> '{EVIL.replace(chr(39), '')}'"
        ),
    )
    return done.run


def test_each_figure_is_below_its_heading(store: Engine, run: int, tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "report.html"
    write_evaluation(store, run, path)
    page = browser.new_page()
    page.goto(path.as_uri())
    first = page.locator("table").first
    heads = first.locator("th").all_inner_texts()
    [chance] = first.locator("tr", has_text="by chance").all()
    below = dict(zip(heads, chance.locator("td").all_inner_texts(), strict=True))
    assert below["face"] == ""
    assert all(0 < float(below[head]) < 1 for head in heads if head not in ("space", "face"))
    for table in page.locator("table").all():
        wide = table.locator("th").count()
        assert {row.locator("td").count() for row in table.locator("tbody tr").all()} == {wide}
    page.close()


def test_the_report_reads_well(store: Engine, run: int, tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "report.html"
    write_evaluation(store, run, path)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("request", lambda r: faults.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri())
    assert not faults
    assert page.title() == "How well look-alikes belong together"
    assert page.evaluate(
        "[...document.images].every(i => i.complete && i.naturalWidth > 0 && i.alt.length > 20)"
    )
    said = page.inner_text("body")
    for words in (
        "Untrained: the weights were drawn at random in drawn",
        "plain by obverse",
        "by chance",
        "p = ",
        "<script>",
    ):
        assert words in said, words
    assert page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth"
    )  # wide tables scroll, not the page
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_files_are_refused_in_a_sentence(store: Engine, run: int, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no evaluation run 99"):
        write_evaluation(store, 99, tmp_path / "a.html")
    with pytest.raises(SettingsError, match="a report is written as"):
        write_evaluation(store, run, tmp_path / "a.txt")
    write_evaluation(store, run, plot=tmp_path / "a.png")
    first = (tmp_path / "a.png").read_bytes()
    write_evaluation(store, run, plot=tmp_path / "a.png")
    assert first == (tmp_path / "a.png").read_bytes()
