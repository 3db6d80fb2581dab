"""The road of `coinstore help dies`, from photographs to a link chart, on coins whose dies are known."""

import shutil
from pathlib import Path

import topics
from sqlalchemy import Engine

from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection

COINS = 24


def test_the_road_from_photographs_to_a_link_chart(
    coinstore, store: Engine, tmp_path: Path, monkeypatch
) -> None:
    list(write_collection(tmp_path / "made", COINS, Mintage(seed=4, types=2, dies=2)))
    shutil.move(tmp_path / "made" / "images", tmp_path / "photos")
    shutil.move(tmp_path / "made" / "records.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    [road] = [block for kind, block in topics.blocks("dies") if kind == topics.NAMES_ONLY]
    said = [coinstore(*topics.arguments(line)[1], COINSTORE_HOME=str(tmp_path)) for line in road.splitlines()]
    assert [line.split()[1] for line in road.splitlines()] == [
        "ingest", "embed", "graph", "match", "dies", "dies",
    ]  # fmt: skip
    obverse = said[4].stdout.splitlines()[1].split()
    assert obverse[:2] == ["obverse", str(COINS)], "a graph compares every coin"
    assert int(obverse[5]) > 3, "links are found"
    assert (tmp_path / "chart.html").stat().st_size > 20_000 and (tmp_path / "chart.png").exists()
    found = Store(store).dies.compare("trial", "records.csv")
    assert {one.face: one.coins for one in found.agreement}["obverse"] == COINS
    dies = {row["die"]: row["names"] for row in Store(store).dies.show("records.csv")}
    of = {name: die for die, names in dies.items() for name in names if "O" in die}
    groups = [row["names"] for row in Store(store).dies.show("trial") if row["face"] == "obverse"]
    mixed = [names for names in groups if len({of[name] for name in names}) > 1]
    assert not mixed, "links are certain"
