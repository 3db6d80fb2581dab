"""The longer texts: every query in them runs, as a reader, and answers."""

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
    for line in blocks("recipes", "sh")[0].splitlines():
        coinstore(*shlex.split(line)[1:])
    coinstore("evaluate", "hog_debiased", "--label", "type")


def test_recipes_answer(demo, store: Engine) -> None:
    for query in blocks("recipes", "sql"):
        with store.begin() as c:
            c.execute(text("set local role coinstore_reader"))
            assert c.execute(text(query)).all(), query
