"""OpenNumismat: the database of a collector, its photographs, and what stays private."""

import json
import sqlite3
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import interchange
import pytest
from PIL import Image

from coinstore.errors import NotFound, SourceError
from coinstore.records.mapping import read_mapping
from coinstore.records.reader import Reading, read
from coinstore.sources import files

SETTINGS = {"Type": "OpenNumismat", "Version": "10", "axis_in_hours": "False"}
COLUMNS = (
    "title value unit country year mint type status material weight diameter axis real_weight real_diameter"
    " ruler emitent dateemis obverseimg reverseimg obversedesign payprice saller storage"
)


def picture(colour: str) -> bytes:
    content = BytesIO()
    Image.new("RGB", (40, 40), colour).save(content, "PNG")
    return content.getvalue()


def database(path: Path, *coins: dict[str, Any], **settings: str) -> Path:
    with sqlite3.connect(path) as made:
        made.execute("create table settings (title, value)")
        made.executemany("insert into settings values (?, ?)", (SETTINGS | settings).items())
        made.execute("create table photos (id integer primary key, title, image, author, license, source)")
        photos = [(1, picture("red"), "CC0"), (2, picture("blue"), None)]
        made.executemany("insert into photos (id, image, license) values (?, ?, ?)", photos)
        made.execute(f"create table coins (id integer primary key, {', '.join(COLUMNS.split())})")
        for coin in coins:
            names = ", ".join(coin)
            marks = ", ".join("?" * len(coin))
            made.execute(f"insert into coins ({names}) values ({marks})", [*coin.values()])
    made.close()
    return path


def test_the_demonstration_has_coins_with_photographs() -> None:
    coins, reading = interchange.coins(interchange.file("opennumismat/demo_en.db"))
    assert reading.notes == [f"{reading.source.name}: read as: OpenNumismat."]
    assert len(coins) == 21 and not any(coin.faults or coin.refusal for coin in coins)
    first = coins[0]
    assert (first.inventory_number, first.collection) == ("1", "demo_en")
    assert first.fields["denomination"] == "5 Cent" and first.types == ()
    assert first.fields["weight_g"] == 3.92
    location = first.sides["obverse"]["image"]
    assert location and Image.open(BytesIO(files.read(location))).format == "WEBP"


def test_what_a_coin_says(tmp_path: Path) -> None:
    coin = {
        "value": 1, "unit": "Denarius", "year": -44, "mint": "Rome", "type": "Regular issue",
        "status": "owned", "weight": 3.9, "real_weight": 3.71, "diameter": 19, "axis": 180, "ruler": "Caesar",
        "obverseimg": 1, "reverseimg": 9, "obversedesign": "<p>Head &amp; star</p>",
        "payprice": 100, "saller": "A Person", "storage": "safe",
    }  # fmt: skip
    (read,), _ = interchange.coins(database(tmp_path / "mine.db", coin))
    wanted = {"denomination": "1 Denarius", "weight_g": 3.71, "diameter_mm": 19, "die_axis_h": 6}
    assert read.fields | wanted | {"year_from": -44, "year_to": -44, "authority": "Caesar"} == read.fields
    assert read.sides["obverse"]["description"] == "Head & star"
    assert read.sides["obverse"]["image_licence"] == "CC0"
    assert "reverse" not in read.sides  # the photograph is not there
    assert read.raw["private"] == {"payprice": 100, "saller": "A Person", "storage": "safe"}
    assert "A Person" not in json.dumps({**read.raw, "private": None}) and not read.faults


def test_wishes_and_sold_coins_are_none(tmp_path: Path) -> None:
    every = (
        "demo",
        "owned",
        "wish",
        "sold",
        "sale",
        "missing",
        "bidding",
        "pass",
        "ordered",
        "duplicate",
        None,
    )
    coins, reading = interchange.coins(
        database(tmp_path / "a.db", *({"title": str(one), "status": one} for one in every)), collection="Mine"
    )
    assert [coin.raw["title"] for coin in coins] == ["demo", "owned", "sale", "duplicate", "None"]
    assert reading.skipped == dict.fromkeys(("wish", "sold", "missing", "bidding", "pass", "ordered"), 1)
    assert {coin.collection for coin in coins} == {"Mine"}


def test_the_axis_is_in_degrees_or_hours(tmp_path: Path) -> None:
    (one,), _ = interchange.coins(database(tmp_path / "a.db", {"axis": 6}, axis_in_hours="True"))
    (two,), _ = interchange.coins(database(tmp_path / "b.db", {"axis": 90}))
    assert (one.fields["die_axis_h"], two.fields["die_axis_h"]) == (6, 3)


def test_in_a_folder_and_in_a_zip(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    made = database(tmp_path / "x" / "a.db", {"obverseimg": 1})
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.write(made, "a.db")
    for source in (tmp_path / "x", tmp_path / "a.zip"):
        (coin,), _ = interchange.coins(source, collection="M")
        location = coin.sides["obverse"]["image"]
        assert location and files.read(location) == picture("red")
        assert files.stamp(location) == files.stamp(f"sqlite://photos/1::{made}")


def test_the_database_is_only_read(tmp_path: Path) -> None:
    made = database(tmp_path / "a.db", {"obverseimg": 1})
    before = made.read_bytes()
    made.chmod(0o400)
    interchange.coins(made)
    assert made.read_bytes() == before and [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_other_databases_and_broken_ones(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as made:
        made.execute("create table coins (id)")
    made.close()
    with pytest.raises(SourceError, match="but not one of OpenNumismat"):
        interchange.coins(tmp_path / "other.db")
    whole = database(tmp_path / "a.db", {"title": "x" * 5000}).read_bytes()
    (tmp_path / "cut.db").write_bytes(whole[:4096])
    with pytest.raises(SourceError, match="is not a whole database"):
        interchange.coins(tmp_path / "cut.db")


def test_coins_of_one_number_are_damage(tmp_path: Path) -> None:
    made = database(tmp_path / "a.db", {"title": "a"})
    with sqlite3.connect(made) as changed:
        changed.executescript("create table b as select * from coins; insert into b select * from coins")
        changed.executescript("drop table coins; alter table b rename to coins")
    changed.close()
    coins = read(Reading(str(made)))
    assert next(coins).inventory_number == "1"
    with pytest.raises(SourceError, match="after coin 1 comes one without a number of its own"):
        next(coins)


@pytest.mark.parametrize("row", ["9", "1; drop table photos", "-1", "1/../2"])
def test_photographs_that_are_not_there(tmp_path: Path, row: str) -> None:
    made = database(tmp_path / "a.db")
    location = f"sqlite://photos/{row}::{made}"
    assert files.stamp(location) is None
    with pytest.raises(NotFound):
        files.read(location)


def test_each_database_of_a_folder_is_a_collection(tmp_path: Path) -> None:
    for name in ("Greek", "Roman"):
        database(tmp_path / f"{name}.db", {"title": name})
    found, _ = interchange.coins(tmp_path)
    assert {(coin.collection, coin.inventory_number) for coin in found} == {("Greek", "1"), ("Roman", "1")}
    (tmp_path / "map.toml").write_text('[constants]\ncollection = "Mine"', "utf-8")
    mapping = read_mapping(str(tmp_path / "map.toml"))
    found, _ = interchange.coins(tmp_path / "Greek.db", mapping=mapping)
    assert [coin.collection for coin in found] == ["Mine"]


def test_an_old_database_has_photographs_without_licences(tmp_path: Path) -> None:
    made = database(tmp_path / "a.db", {"obverseimg": 1})
    with sqlite3.connect(made) as changed:
        changed.execute("alter table photos drop column license")
    changed.close()
    (coin,), _ = interchange.coins(made)
    assert coin.sides["obverse"]["image"] and not coin.sides["obverse"].get("image_licence")


def test_what_the_collector_empties_is_emptied(tmp_path: Path) -> None:
    (coin,), _ = interchange.coins(database(tmp_path / "a.db", {"mint": "", "weight": None, "title": "x"}))
    emptied = ("mint", "weight_g", "authority", "denomination", "material")
    assert [coin.fields[name] for name in emptied] == [None] * 5
    assert coin.sides["obverse"]["image"] is None and coin.sides["obverse"]["description"] is None
    assert coin.raw == {"id": 1, "title": "x"}
