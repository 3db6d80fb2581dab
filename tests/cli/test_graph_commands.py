"""The similarity graph from the command line: built, updated, analysed, drawn, exported, and killed."""

import csv
import io
import json
import os
import signal
import subprocess
from pathlib import Path

import networkx
import pytest
from commands import PROGRAM
from PIL import Image
from sqlalchemy import Engine, text
from stores import Once, wait_until_idle

from coinstore.synthetic import Mintage, write_collection

COMMANDS = ["build", "analyse", "sweep", "plot", "page", "export", "verdict", "list", "drop"]


@pytest.fixture
def drawn(coinstore, once: Once) -> Path:
    """Forty drawn coins with vectors in hog; the folder with their table and photographs."""

    def fill(folder: Path) -> Path:
        list(write_collection(folder, 40, Mintage(seed=0)))
        coinstore("ingest", str(folder / "records.csv"), "--images", str(folder / "images"))
        coinstore("embed", "hog")
        return folder

    return once(fill)


def test_from_neighbours_to_pages(coinstore, drawn: Path, tmp_path: Path) -> None:
    built = coinstore("graph", "build", "hog", "-k", "4", "--workers", "2")
    assert "40 coins, 160 edges" in built.stderr and "all compared with all" in built.stderr
    coinstore("graph", "build", "hog", "--face", "both", "-k", "3", "--across-collections")
    assert (
        "needs its own name" in coinstore("graph", "build", "hog", "--where", "weight_g > 3", code=2).stderr
    )
    coinstore("graph", "build", "hog", "--name", "heavy", "--where", "weight_g > 3")
    graphs = {row["graph"]: row for row in json.loads(coinstore("graph", "list", "--json").stdout)}
    assert set(graphs) == {"hog_obverse", "hog_both_across", "heavy"}
    assert graphs["hog_both_across"]["across_collections"] and graphs["hog_both_across"]["edges"] == 120
    assert "leave out -k" in coinstore("graph", "build", "hog", "--update", "-k", "5", code=2).stderr
    assert "40 coins, 160 edges" in coinstore("graph", "build", "hog", "--update").stderr

    found = json.loads(coinstore("graph", "analyse", "hog_obverse", "--label", "type", "--json").stdout)
    assert {run["algorithm"] for run in found["runs"]} >= {
        "components",
        "leiden",
        "pagerank",
        "betweenness",
        "bridges",
    }
    assert {row["label"] for row in found["agreement"]} == {"type"}
    assert "modularity" in coinstore("graph", "analyse", "hog_obverse").stdout

    sweep = json.loads(coinstore("graph", "sweep", "hog", "--json", "-o", str(tmp_path / "sweep.svg")).stdout)
    assert {row["rule"] for row in sweep} == {"similarity", "neighbours", "mutual neighbours"}
    coinstore("graph", "plot", "hog_obverse", "-o", str(tmp_path / "communities.png"))
    coinstore("graph", "page", "hog_obverse", "-o", str(tmp_path / "network.html"))
    for name in ("g.graphml", "g.gexf", "g.json", "g.csv"):
        coinstore("graph", "export", "hog_obverse", "-o", str(tmp_path / name))
    assert "similarity" in (tmp_path / "sweep.svg").read_text("utf-8")
    with Image.open(tmp_path / "communities.png") as plot:
        assert len(plot.convert("RGB").getcolors(10**6)) > 50
    assert (tmp_path / "network.html").read_text("utf-8").count("LM 00") >= 10
    exported = json.loads((tmp_path / "g.json").read_text("utf-8"))
    for graph in (
        networkx.read_graphml(tmp_path / "g.graphml"),
        networkx.read_gexf(tmp_path / "g.gexf"),
        networkx.node_link_graph(exported, edges="edges"),
    ):
        print(graph, graph.is_directed())
        assert (graph.number_of_nodes(), graph.number_of_edges()) == (40, 160)
        assert {data["mint"] for _, data in graph.nodes(data=True) if "mint" in data}
    assert len(rows_of(tmp_path / "g.nodes.csv")) == 40 and len(rows_of(tmp_path / "g.edges.csv")) == 160
    assert "Dropped heavy" in coinstore("graph", "drop", "heavy", "--yes").stderr


def rows_of(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.read_bytes().decode())))


def test_what_a_person_saw_stays(coinstore, drawn: Path) -> None:
    coinstore("graph", "build", "hog")
    [nearest] = json.loads(coinstore("similar", "LM 0001", "-k", "1", "--json").stdout)
    other = f"{nearest['collection']}/{nearest['inventory_number']}"
    said = coinstore(
        "graph", "verdict", "LM 0001", other, "same-die", "--as", "A. Curator", "--note", "Bruch bei ΙΜΠ"
    )
    assert "Stored: same die" in said.stderr
    coinstore("graph", "build", "hog", "-k", "2")
    assert (
        "Taken back" in coinstore("graph", "verdict", "LM 0001", other, "none", "--as", "A. Curator").stderr
    )
    assert "has no verdict" in coinstore("graph", "verdict", "LM 0001", other, "none", "--as", "B").stderr


def test_graphs_that_cannot_be(coinstore, drawn: Path) -> None:
    assert "there is no graph nothing" in coinstore("graph", "analyse", "nothing", code=1).stderr
    assert "there is no space nothing" in coinstore("graph", "build", "nothing", code=1).stderr
    assert "is not a name for a graph" in coinstore("graph", "build", "hog", "--name", "Über", code=1).stderr
    assert "none yet" in coinstore("graph", "export", "g", "-o", "g.json", code=1).stderr
    assert "written as" in coinstore("graph", "export", "g", "-o", "g.doc", code=1).stderr
    assert "no folder" in coinstore("graph", "export", "g", "-o", "nowhere/g.json", code=1).stderr
    assert "is a folder" in coinstore("sheet", "LM 0001", "-o", _folder(drawn, "a.html"), code=1).stderr
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


def test_what_is_lacking_is_said(coinstore, drawn: Path, store: Engine) -> None:
    with store.begin() as c:
        c.execute(
            text(
                "delete from core.embedding_hog where side_id in (select side_id from core.side order by 1 limit 1)"
            )
        )
        lacking = c.execute(
            text(
                "select count(*) from core.coin c where not exists (select from core.side s"
                " join core.embedding_hog using (side_id) where (s.coin_id, s.face) = (c.coin_id, 'obverse'))"
            )
        ).scalar_one()
    some = "1 coin is" if lacking == 1 else f"{lacking} coins are"
    built = coinstore("graph", "build", "hog", "-k", "60").stderr
    assert f"{some} left out, without a vector of the obverse in hog" in built
    assert f"The graph has {40 - lacking} coins, too few for the 60 neighbours of -k" in built
    [row] = coinstore("graph", "list").stdout.splitlines()[1:]
    assert "true" not in row
    assert (
        "there is no label bogus"
        in coinstore("graph", "analyse", "hog_obverse", "--label", "bogus", code=1).stderr
    )
    assert json.loads(coinstore("graph", "list", "--json").stdout)[0]["predicate"] == "true"
    with store.begin() as c:
        assert c.execute(text("select count(*) from api.graph_runs")).scalar_one() == 0, (
            "refused before the work"
        )
    one = [
        "--name",
        "alone",
        "--where",
        "collection = (select min(collection) from api.coins)",
        "--across-collections",
    ]
    coinstore("graph", "build", "hog", *one)
    assert "alone has no edges; there is nothing to analyse" in coinstore("graph", "analyse", "alone").stderr
    error = coinstore("graph", "build", "hog", "--name", "g", "--where", "nonsense =", code=1).stderr
    assert error.count("\n") == 1 and '"nonsense =" ends where more must follow' in error


def test_people_may_disagree(coinstore, drawn: Path) -> None:
    [nearest] = json.loads(coinstore("similar", "LM 0001", "-k", "1", "--json").stdout)
    pair = ["graph", "verdict", "LM 0001", f"{nearest['collection']}/{nearest['inventory_number']}"]
    coinstore(*pair, "same-die", "--as", "A")
    assert "disagrees" not in coinstore(*pair, "same-type", "--as", "B").stderr, "a die has one type"
    said = coinstore(*pair, "no-link", "--as", "C").stderr
    assert "A disagrees: same die" in said and "B disagrees: same type" in said
    assert "give a name" in coinstore(*pair, "no-link", "--as", " ", code=2).stderr


def test_paths_are_seen_before_the_work_and_told_on_stdout(coinstore, drawn: Path, tmp_path: Path) -> None:
    coinstore("graph", "build", "hog", "-k", "3")
    coinstore("map", "build", "hog", "--method", "pca")
    for kind, name in (("graph", "hog_obverse"), ("map", "hog_obverse_pca")):
        out = tmp_path / f"{kind}.html"
        assert coinstore(kind, "page", name, "-o", str(out)).stdout.strip() == str(out)
        # The path is checked before the store is asked for the name.
        assert "is written as .html" in coinstore(kind, "page", "nothing", "-o", "n.png", code=1).stderr
    assert "is written as .png" in coinstore("graph", "plot", "nothing", "-o", "n.html", code=1).stderr


def test_csv_says_how_the_graph_was_built_and_runs_no_formula(
    coinstore, drawn: Path, tmp_path: Path, store: Engine
) -> None:
    with store.begin() as c:
        c.execute(
            text(
                "update core.coin set mint = '=HYPERLINK(1)' where coin_id = (select min(coin_id) from core.coin)"
            )
        )
    coinstore("graph", "build", "hog", "-k", "3")
    written = coinstore("graph", "export", "hog_obverse", "-o", str(tmp_path / "g.csv")).stdout.split()
    assert [Path(path).name for path in written] == ["g.nodes.csv", "g.edges.csv", "g.graph.csv"]
    tables = [rows_of(Path(path)) for path in written]
    assert [row["mint"] for row in tables[0]].count("'=HYPERLINK(1)") == 1
    [about] = tables[2]
    assert (about["graph"], about["space"], about["exact"], about["trained"]) == (
        "hog_obverse",
        "hog",
        "True",
        "True",
    )
    assert all(float(row["distance"]) >= -1e-9 for row in tables[1])


def edges(store: Engine) -> list:
    with store.begin() as c:
        return c.execute(
            text(
                "select coin_id, rank, neighbour_id, distance, percentile, mutual from api.edges order by 1, 2"
            )
        ).all()


def killed_when(store: Engine, environment: dict[str, str], moment: str) -> bool:
    """Rebuilds the graph and sends SIGKILL as soon as the condition `moment` holds; True if it did."""
    process = subprocess.Popen(
        [*PROGRAM, "graph", "build", "hog", "-k", "7"],
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found = False
    with store.connect() as c:
        while not found and process.poll() is None:
            found = bool(c.execute(text(f"select {moment}")).scalar())
            c.rollback()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return found


MOMENTS = (
    "exists (select from pg_locks where locktype = 'advisory')",
    "to_regclass('core.comparing_hog_obverse') is not null",
    "exists (select from core.building_coin)",
    "exists (select from core.building_edge)",
    "exists (select from pg_stat_activity where datname = current_database() and query ~ 'build_edges')",
    "exists (select from pg_stat_activity where datname = current_database() and query ~ 'store_graph')",
)


@pytest.mark.process
def test_a_run_killed_at_any_moment_leaves_the_graph_that_was_there(
    coinstore, drawn: Path, environment: dict[str, str], store: Engine
) -> None:
    coinstore("graph", "build", "hog", "-k", "7")
    undisturbed = edges(store)
    coinstore("graph", "build", "hog", "-k", "4")
    before, killed = edges(store), 0
    for moment in MOMENTS:
        killed += killed_when(store, environment, moment)
        assert edges(store) in (before, undisturbed), moment
    assert killed >= 3
    wait_until_idle(store)
    assert "40 coins, 280 edges" in coinstore("graph", "build", "hog", "-k", "7").stderr
    assert edges(store) == undisturbed
    with store.begin() as c:
        left = "select relname from pg_class where relnamespace = 'core'::regnamespace and relname ~ '^comparing_'"
        assert c.execute(text(left)).scalars().all() == []
        left = "select graph from core.building_coin union select graph from core.building_edge"
        assert c.execute(text(left)).scalars().all() == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_what_it_takes(coinstore, command: str) -> None:
    assert f"Usage: coinstore graph {command}" in coinstore("graph", command, "--help").stdout


def test_the_graph_that_stands_for_all(coinstore) -> None:
    assert "no graph yet" in coinstore("graph", "default").stderr
    assert "there is no graph nothing" in coinstore("graph", "default", "nothing", code=1).stderr
