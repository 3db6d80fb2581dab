"""The longer texts: every command in them runs on the demo's store, every query as a reader."""

import re
import shlex
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

TOPICS = Path(__file__).parents[2] / "cli" / "topics"


def blocks(topic: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (TOPICS / f"{topic}.md").read_text("utf-8"), re.DOTALL)


def test_topics_are_listed_and_shown(coinstore) -> None:
    listed = coinstore("help").stdout
    for file in TOPICS.glob("*.md"):
        assert re.search(rf"^{file.stem} ", listed, re.MULTILINE)
        assert coinstore("help", file.stem).stdout == file.read_text("utf-8")
    assert "there are: " in coinstore("help", "nothing", code=2).stderr


@pytest.fixture
def demo(coinstore, own_home: Path) -> None:
    coinstore("demo", COINSTORE_HOME=str(own_home))


@pytest.mark.parametrize("topic", sorted(file.stem for file in TOPICS.glob("*.md")))
def test_what_a_topic_says_runs(coinstore, demo, store: Engine, topic: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(topic, "sh"):
        for line in block.splitlines():
            coinstore(*shlex.split(line)[1:])
    if topic == "recipes":
        coinstore("evaluate", "hog_debiased", "--label", "type")
    for block in blocks(topic, "sql"):
        for query in filter(str.strip, block.split(";")):
            with store.begin() as c:
                c.execute(text("set local role coinstore_reader"))
                rows = c.execute(text(query)).all()
                assert rows or topic != "recipes", query
