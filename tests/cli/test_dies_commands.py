"""coinstore dies: groups of compared coins, their studies, contradictions, and what is refused."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
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
    assert [(row["judged"], row["contradictions"]) for row in rows] == [(0, 0), (0, 0)]
    shown = run("group", "trial", "--min-certainty", "0.97", "--where", "inventory_number <> 'd'")
    assert shown.stdout.splitlines()[0].split() == [
        "face", "coins", "dies", "singletons", "new", "links", "judged", "refused", "kept",
    ]  # fmt: skip
    assert shown.stdout.splitlines()[1].split() == ["obverse", "3", "2", "1", "0", "1", "0", "0", "0"]
    assert run("list", "--csv").stdout.splitlines()[1].startswith("trial,True,3,2,0,")
    assert "obverse" in run("--study", "trial").stdout
    assert run("drop", "trial", "--yes").stderr == "Dropped trial.\n"
    assert "there is no study trial" in run("drop", "trial", "--yes", code=1).stderr
    assert "add --yes" in run("drop", "trial", code=1).stderr
    run("--study", "x", "list", code=2)


def test_contradictions(run, store: Engine) -> None:
    assert "No verdicts contradict each other." in run("contradictions").stderr
    judge(store, "a", "b", "same die", "Anna")
    judge(store, "a", "b", "no link", "Otto")
    assert "1 contradiction between verdicts; see:" in run("group", "trial").stderr
    [obverse, _] = json.loads(run("group", "trial", "--json").stdout)
    assert (obverse["judged"], obverse["contradictions"]) == (1, 1)
    [row] = json.loads(run("contradictions", "--json").stdout)
    assert row["coins"] == ["Museum/a", "Museum/b"]
    assert row["verdicts"] == ["same die: Anna; not one die: Otto"]
    assert "same die: Anna; not one die: Otto" in run("contradictions").stdout


def test_links_that_join_nothing_are_told(run, store: Engine) -> None:
    judge(store, "b", "c", "no link")
    compared(store, {("a", "c"): 0.95})
    told = run("group", "trial").stderr
    assert "obverse: 1 link joins no dies, because other pairs speak against that." in told
    assert "obverse: 1 judged pair counts by verdict, not by probability, so not among the links." in told
    with store.begin() as connection:
        connection.execute(text("update core.match set digest = gen_random_uuid()"))
    assert (
        "2 coins keep the die of the last time, for lack of a current match" in run("group", "trial").stderr
    )
    assert "at least 0.5" in run("group", "trial", "--min-certainty", "0.2", code=1).stderr


def test_the_tables_of_a_study_and_what_differs(coinstore, store: Engine) -> None:
    studied(
        store, NAMES, {"a": ("1", "X"), "b": ("1", "X"), "c": ("1", "Y"), "d": ("2", "Y"), "e": ("2", "Y")}
    )
    shown = coinstore("dies", "table").stdout.splitlines()
    assert shown[0].split()[:3] == ["obverse_die", "reverse_die", "coins"] and len(shown) == 4
    assert shown[1].split()[:7] == ["1", "X", "2", "1", "3.05", "3.00", "3.10"]
    assert json.loads(coinstore("dies", "table", "/source", "--json").stdout)[0]["axes_h"] == [6, 12]
    assert "Museum/a, Museum/b, Museum/c" in coinstore("dies", "show").stdout
    compared(store, {("a", "b"): 0.99, ("b", "d"): 0.99, ("a", "d"): 0.99, ("c", "e"): 0.2})
    coinstore("dies", "group", "trial")
    done = coinstore("dies", "compare", "/source", "trial")
    assert "obverse: 5 coins, 2 and 3 dies; adjusted Rand index -0.087, 2 coins differ." in done.stderr
    assert "reverse" not in done.stderr
    said = json.loads(coinstore("dies", "compare", "/source", "trial", "--json").stdout)
    assert said["agreement"][0]["ari"] == pytest.approx(-0.087, abs=0.0005)
    assert (said["agreement"][0]["differ"], len(said["differences"])) == (2, 2)
    rows = coinstore("dies", "compare", "/source", "trial", "--csv").stdout.splitlines()
    assert rows[0].startswith("face,collection,inventory_number,die,other_die,change") and len(rows) == 3
    assert "Both studies agree on every coin." in coinstore("dies", "compare", "trial", "trial").stderr
    assert "No coin has dies of both faces" in coinstore("dies", "table", "trial").stderr


def test_the_chart_and_the_order(coinstore, store: Engine, tmp_path: Path) -> None:
    studied(
        store, NAMES, {"a": ("1", "X"), "b": ("1", "Y"), "c": ("2", "Y"), "d": ("3", "Z"), "e": ("3", "Z")}
    )
    files = [str(tmp_path / "chart.html"), str(tmp_path / "chart.png")]
    done = coinstore("dies", "chart", "-o", files[0], "-o", files[1])
    assert done.stderr.count("Wrote ") == 2 and all(Path(file).stat().st_size > 1000 for file in files)
    coinstore("dies", "chart", code=2)
    assert "a link chart is written as" in coinstore("dies", "chart", "-o", "a.pdf", code=1).stderr
    shown = coinstore("dies", "sequence", "/source")
    assert [line.split()[:4] for line in shown.stdout.splitlines()[1:]] == [
        ["1", "1", "obverse", "2"],
        ["1", "2", "reverse", "Y"],
        ["1", "3", "obverse", "1"],
        ["1", "4", "reverse", "X"],
    ]
    assert "This is a suggestion from the die links only" in shown.stderr
    rows = json.loads(coinstore("dies", "sequence", "--json").stdout)
    assert rows[2]["partners"] == ["X", "Y"] and rows[2]["is_between"] and rows[2]["direction"] == "not known"
