"""coinstore dies: groups of compared coins, their studies, contradictions, and what is refused."""

import json

import pytest
from sqlalchemy import Engine
from studied import compared, judge, studied

NAMES = list("abcde")


@pytest.fixture
def run(coinstore, store: Engine):
    """As `coinstore dies`, on coins of which some were compared."""
    studied(store, NAMES)
    compared(store, {("a", "b"): 0.99, ("b", "c"): 0.3, ("c", "d"): 0.95})
    return lambda *words, code=0: coinstore("dies", *words, code=code)


def test_group_list_and_drop(run) -> None:
    assert "No study names a die yet" in run("list").stderr
    assert "group coins that were compared" in run(code=1).stderr
    rows = json.loads(run("group", "trial", "--json").stdout)
    assert [(row["face"], row["coins"], row["dies"], row["new"]) for row in rows] == [
        ("obverse", 4, 2, 2), ("reverse", 0, 0, 0),
    ]  # fmt: skip
    shown = run("group", "trial", "--min-certainty", "0.97", "--where", "inventory_number <> 'd'")
    assert shown.stdout.splitlines()[0].split() == [
        "face", "coins", "dies", "singletons", "new", "links", "refused",
    ]  # fmt: skip
    assert shown.stdout.splitlines()[1].split() == ["obverse", "3", "2", "1", "0", "1", "0"]
    assert run("list", "--csv").stdout.splitlines()[1].startswith("trial,True,3,2,0,")
    assert "obverse" in run("--study", "trial").stdout
    assert "nothing was changed" not in run("drop", "trial", "--yes").stderr
    assert "there is no study trial" in run("drop", "trial", "--yes", code=1).stderr
    assert "add --yes" in run("drop", "trial", code=1).stderr
    run("--study", "x", "list", code=2)


def test_contradictions(run, store: Engine) -> None:
    assert "No verdicts contradict each other." in run("contradictions").stderr
    judge(store, "a", "b", "same die", "Anna")
    judge(store, "a", "b", "no link", "Otto")
    assert "1 times verdicts contradict each other" in run("group", "trial").stderr
    [row] = json.loads(run("contradictions", "--json").stdout)
    assert row["coins"] == ["Museum/a", "Museum/b"]
    assert row["verdicts"] == ["same die: Anna; not one die: Otto"]
    assert "same die: Anna; not one die: Otto" in run("contradictions").stdout


def test_links_that_join_nothing_are_told(run, store: Engine) -> None:
    judge(store, "b", "c", "no link")
    compared(store, {("a", "c"): 0.95})
    told = run("group", "trial").stderr
    assert "obverse: 1 links join no dies, as other pairs speak against them." in told
    assert "at least 0.5" in run("group", "trial", "--min-certainty", "0.2", code=1).stderr
