"""coinstore match show: pages, pictures and data of a pair."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from stores import Once

from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection


@pytest.fixture
def folder(store: Engine, once: Once, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def fill(folder: Path) -> str:
        list(write_collection(folder, 6, Mintage(seed=4, types=2, dies=1)))
        Store(store).ingest(str(folder / "records.csv"), images=str(folder / "images"))
        return str(folder)

    monkeypatch.chdir(tmp_path)
    return Path(once(fill))


@pytest.fixture
def run(coinstore, folder: Path):
    return lambda *words, code=0, **more: coinstore("match", "show", *words, code=code, **more)


def sentence(done) -> str:
    return done.stderr.strip().splitlines()[-1]


def test_a_page_a_picture_and_data(run, tmp_path: Path, store: Engine) -> None:
    assert run("LM 0001", "LM 0004").stdout == "match.html\n"
    both = run("LM 0001", "LM 0004", "--face", "obverse", "-o", "a.html", "-o", "a.png")
    assert both.stdout == "a.html\na.png\n"
    assert {path.name for path in tmp_path.iterdir()} == {"match.html", "a.html", "a.png"}
    assert "Reverse" not in (tmp_path / "a.html").read_text("utf-8")
    said = json.loads(run("LM 0001", "LM 0004", "--json").stdout)
    assert [one["face"] for one in said["pairs"]] == ["obverse", "reverse"] and said["reasons"] == []
    assert {"probability", "transform", "sectors", "points", "verdicts"} <= set(said["pairs"][0])
    with store.begin() as c:
        assert c.execute(text("select count(*) from core.match")).scalar() == 0


def test_what_cannot_be_shown_is_said(run, folder: Path) -> None:
    assert "are the same coin; give two coins" in sentence(run("LM 0001", "1", code=1))
    assert "no coin is named 'nothing'" in sentence(run("LM 0001", "nothing", code=1))
    assert "a page is written as .html" in sentence(run("LM 0001", "LM 0004", "-o", "a.pdf", code=1))
    run("LM 0001", code=2)
    (folder / "images" / "LM0001_rev.jpg").write_bytes(b"changed")
    told = run("LM 0001", "LM 0004")
    assert (
        "LM 0001, reverse: the photograph cannot be read: the file has changed since it was ingested"
        in sentence(told)
    )
    assert "has changed since" in Path("match.html").read_text("utf-8")
    (folder / "images" / "LM0001_obv.jpg").unlink()
    assert "LM 0001, obverse: " in sentence(run("LM 0001", "LM 0004", code=1))
