"""The similarity graph from the command line: built, updated, analysed, drawn, taken along, and killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from coinstore.synthetic import Mintage, write_collection

COMMANDS = ["build", "analyse", "sweep", "plot", "page", "export", "verdict", "list", "drop"]


@pytest.fixture
def drawn(coinstore, tmp_path: Path) -> Path:
    """Forty drawn coins with vectors in hog; the folder that they lie in."""
    list(write_collection(tmp_path, 40, Mintage(seed=0)))
    coinstore("ingest", str(tmp_path / "records.csv"), "--images", str(tmp_path / "images"))
    coinstore("embed", "hog")
    return tmp_path


def test_from_neighbours_to_pages(coinstore, drawn: Path, tmp_path: Path) -> None:
    built = coinstore("graph", "build", "hog", "-k", "4", "--workers", "2")
    assert "40 coins, 160 edges" in built.stderr and "all compared with all" in built.stderr
    coinstore("graph", "build", "hog", "--face", "coin", "-k", "3", "--across-collections")
    assert "of its own" in coinstore("graph", "build", "hog", "--where", "weight_g > 3", code=2).stderr
    coinstore("graph", "build", "hog", "--name", "heavy", "--where", "weight_g > 3")
    graphs = {row["graph"]: row for row in json.loads(coinstore("graph", "list", "--json").stdout)}
    assert set(graphs) == {"hog_obverse", "hog_coin_across", "heavy"}
    assert graphs["hog_coin_across"]["across_collections"] and graphs["hog_coin_across"]["edges"] == 120
    assert "leave out -k" in coinstore("graph", "build", "hog", "--update", "-k", "5", code=2).stderr
    assert "40 coins, 160 edges" in coinstore("graph", "build", "hog", "--update").stderr

    found = json.loads(coinstore("graph", "analyse", "hog_obverse", "--label", "type", "--json").stdout)
    assert {run["algorithm"] for run in found["runs"]} >= {"components", "leiden", "pagerank", "betweenness", "bridges"}
    assert {row["label"] for row in found["agreement"]} == {"type"}
    assert "modularity" in coinstore("graph", "analyse", "hog_obverse").stdout

    sweep = json.loads(coinstore("graph", "sweep", "hog", "--json", "--out", str(tmp_path / "sweep.svg")).stdout)
    assert {row["rule"] for row in sweep} == {"similarity", "neighbours", "mutual neighbours"}
    coinstore("graph", "plot", "hog_obverse", "--out", str(tmp_path / "communities.png"))
    coinstore("graph", "page", "hog_obverse", "--out", str(tmp_path / "network.html"))
    for name in ("g.graphml", "g.gexf", "g.json", "g.csv"):
        coinstore("graph", "export", "hog_obverse", "--out", str(tmp_path / name))
    for name in ("sweep.svg", "communities.png", "network.html", "g.graphml", "g.gexf", "g.json", "g.nodes.csv"):
        assert (tmp_path / name).stat().st_size > 1000, name
    assert "dropped" in coinstore("graph", "drop", "heavy", "--yes").stderr


def test_what_a_person_saw_stays(coinstore, drawn: Path) -> None:
    coinstore("graph", "build", "hog")
    [nearest] = json.loads(coinstore("similar", "LM 0001", "-k", "1", "--json").stdout)
    other = f"{nearest['collection']}/{nearest['inventory_number']}"
    said = coinstore("graph", "verdict", "LM 0001", other, "same-die", "--by", "A. Curator", "--note", "Bruch bei ΙΜΠ")
    assert "Kept: same die" in said.stderr
    coinstore("graph", "build", "hog", "-k", "2")
    assert "Taken back" in coinstore("graph", "verdict", "LM 0001", other, "none", "--by", "A. Curator").stderr
    assert "said nothing" in coinstore("graph", "verdict", "LM 0001", other, "none", "--by", "B").stderr


def test_graphs_that_cannot_be(coinstore, drawn: Path) -> None:
    assert "there is no graph nothing" in coinstore("graph", "analyse", "nothing", code=1).stderr
    assert "there is no space nothing" in coinstore("graph", "build", "nothing", code=1).stderr
    assert "is no name for a graph" in coinstore("graph", "build", "hog", "--name", "Über", code=1).stderr
    assert "none yet" in coinstore("graph", "export", "g", "--out", "g.json", code=1).stderr
    assert "written as" in coinstore("graph", "export", "g", "--out", "g.doc", code=1).stderr
    assert "no folder" in coinstore("graph", "export", "g", "--out", "nowhere/g.json", code=1).stderr
    assert "Is a directory" in coinstore("sheet", "LM 0001", "--out", _folder(drawn, "a.html"), code=1).stderr
    assert (
        "pass the condition"
        in coinstore("graph", "build", "hog", "--name", "g", "--where", "mint = 'X'", code=1).stderr
    )
    error = coinstore("graph", "build", "hog", "--name", "g", "--where", "weight_g >", code=1).stderr
    assert "condition" in error or "predicate" in error or "--where" in error
    coinstore("space", "derive", "trial", "--from", "hog", "--centre")
    assert "coinstore embed trial" in coinstore("graph", "build", "trial", code=1).stderr


def _folder(above: Path, name: str) -> str:
    (above / name).mkdir()
    return str(above / name)


def test_a_killed_run_leaves_the_graph_that_was_there(
    coinstore, drawn: Path, environment: dict[str, str], store: Engine
) -> None:
    coinstore("graph", "build", "hog", "-k", "4")
    for seconds in (0.7, 1.0, 1.3, 1.6):
        process = subprocess.Popen(
            [sys.executable, "-c", "from coinstore_cli.main import main; main()", "graph", "build", "hog", "-k", "7"],
            env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with store.begin() as c:
            assert c.execute(text("select count(*) from api.edges")).scalar_one() in (160, 280)
    time.sleep(0.5)  # the server notices that the session is gone
    assert "40 coins, 280 edges" in coinstore("graph", "build", "hog", "-k", "7").stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_what_it_takes(coinstore, command: str) -> None:
    assert f"Usage: coinstore graph {command}" in coinstore("graph", command, "--help").stdout
