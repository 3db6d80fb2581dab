"""A streaming replica answers what reads, and says what it is to what writes."""

import json
from pathlib import Path

import pytest
from real_servers import Owner, Server

from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

READS = (
    ["db", "up"],
    ["db", "upgrade"],
    ["db", "status"],
    ["space", "list"],
    ["similar", "LM 0001", "--json"],
    ["similar", "LM 0001", "--face", "both", "--where", "weight_g > 0"],
    ["graph", "list"],
    ["graph", "sweep", "hog"],
    ["graph", "export", "hog_obverse", "-o", "{folder}/g.graphml"],
    ["graph", "page", "hog_obverse", "-o", "{folder}/g.html"],
    ["map", "list"],
    ["sheet", "LM 0001", "-o", "{folder}/s.html"],
    ["describe", "-o", "{folder}/d.html"],
    ["evaluate", "hog", "--label", "denomination", "-o", "{folder}/e.html", "-o", "{folder}/e.png"],
    ["dies"],
    ["faults"],
    ["terms", "list"],
    ["proposals", "list"],
    ["status"],
    ["check"],
    ["bi", "list"],
    ["vectors", "export", "hog", "--npy", "{folder}/v.npy", "--names", "{folder}/v.csv"],
)
WRITES = (
    ["ingest", "{coins}/records.csv"],
    ["ingest", "{coins}/records.csv", "--dry-run"],
    ["embed", "hog", "--retry"],
    ["space", "derive", "flat", "--from", "hog", "--centre"],
    ["space", "index", "hog", "--rebuild"],
    ["graph", "build", "hog", "-k", "2"],
    ["graph", "analyse", "hog_obverse"],
    ["map", "build", "hog", "--method", "pca"],
    ["classify", "denomination", "--space", "hog"],
    ["check", "--fix"],
    ["backup", "-o", "{folder}/b.dump"],
)


@pytest.fixture(scope="module")
def replica(started, tmp_path_factory) -> tuple[Owner, Owner, Path]:
    """The primary server, its replica, and the folder of the coins."""
    coins = tmp_path_factory.mktemp("coins")
    list(write_collection(coins, 12, Mintage(seed=1)))
    first: Server = started(18)
    first.execute("create database store")
    primary = Owner(first, first.url(database="store"), coins)
    primary.run("db", "up")
    primary.run("ingest", str(coins / "records.csv"), "--images", str(coins / "images"))
    primary.run("embed", "hog")
    primary.run("graph", "build", "hog", "-k", "3")
    primary.run("graph", "analyse", "hog_obverse")
    second = started(18, of=first)
    return primary, Owner(second, second.url(database="store"), coins), coins


@pytest.mark.parametrize("words", READS, ids=lambda words: " ".join(words[:2]))
def test_it_reads(replica, words: list[str], tmp_path: Path) -> None:
    _, here, coins = replica
    here.run(*(word.format(folder=tmp_path, coins=coins) for word in words))


@pytest.mark.parametrize("words", WRITES, ids=lambda words: " ".join(words[:2]))
def test_it_says_what_it_is(replica, words: list[str], tmp_path: Path) -> None:
    _, here, coins = replica
    done = here.run(*(word.format(folder=tmp_path, coins=coins) for word in words), code=1)
    assert "this is a replica, which stores nothing; run this command with the address" in done.stderr


def test_it_gives_the_same_figures_as_the_primary_server(replica) -> None:
    primary, here, _ = replica
    words = ("evaluate", "hog", "--label", "denomination", "--face", "obverse", "--face", "both", "--json")
    unstored, stored = (json.loads(each.run(*words).stdout) for each in (here, primary))
    assert unstored["run"] is None and stored["run"] > 0
    changing = {"evaluation_id", "run", "made_at", "seconds"}
    for name in ("figures", "differences"):
        mine, theirs = (
            sorted(
                json.dumps({k: v for k, v in row.items() if k not in changing}, sort_keys=True)
                for row in found[name]
            )
            for found in (unstored, stored)
        )
        if name == "figures":
            assert mine == theirs
        assert len(mine) == len(theirs) > 0
