"""The topics: every command runs on the demo's store and prints what they show; every query runs as a reader."""

import re
from pathlib import Path

import pytest
import topics
from sqlalchemy import Engine, text


def test_topics_are_listed_and_shown(coinstore) -> None:
    listed = coinstore("help").stdout
    for topic in topics.NAMES:
        assert re.search(rf"^{topic} ", listed, re.MULTILINE)
        assert coinstore("help", topic).stdout == (topics.FOLDER / f"{topic}.md").read_text("utf-8")
    assert "there are: " in coinstore("help", "nothing", code=2).stderr


def has_rows(store: Engine, query: str) -> bool:
    with store.begin() as c:
        c.execute(text("set local role coinstore_reader"))
        return bool(c.execute(text(query)).all())


# bi needs a served store: tests/bi/test_analyst.py
@pytest.mark.parametrize("topic", [topic for topic in topics.NAMES if topic != "bi"])
def test_what_a_topic_says_is_so(
    coinstore, demo, store: Engine, url: str, topic: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COINSTORE_DATABASE_URL", url)
    names: dict[str, object] = {}
    tmp_path.chmod(0o755)
    for language, block in topics.blocks(topic):
        if language == "sh":
            for line in block.splitlines():
                coinstore(*topics.arguments(line)[1], COINSTORE_HOME=str(demo.home))
        elif language == "sql":
            for query in filter(str.strip, block.split(";")):
                assert has_rows(store, query), query
        elif language == "python":
            exec(block, names)
        elif language == "console" and topic != "terms":
            prints(coinstore, block, demo.home)


def prints(coinstore, block: str, home: Path) -> None:
    for line, said in topics.sessions(block):
        elsewhere, words = topics.arguments(line)
        code = 1 if words == ["check"] else 0  # check is shown on a store with a problem
        if elsewhere:
            elsewhere = {"COINSTORE_HOME": str(home), "COINSTORE_DATABASE_URL": ""}
        printed = coinstore(*words, code=code, **elsewhere).stdout
        assert topics.is_as_said(said, printed), (line, printed)


def test_what_the_names_of_real_coins_look_like(coinstore, real: Path) -> None:
    mapping = str(Path(__file__).parents[1] / "mappings" / "berlin.toml")
    coinstore("ingest", str(real / "roman/records.csv"))
    coinstore("ingest", str(real / "berlin/coins.csv"), "--collection", "Berlin", "--map", mapping)
    (block,) = [block for language, block in topics.blocks("terms") if language == "console"]
    ((line, said),) = topics.sessions(block)
    assert topics.is_as_said(said, coinstore(*topics.arguments(line)[1]).stdout)
