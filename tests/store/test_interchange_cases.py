"""Every case of cases.json in the store, as SQL shows it; and that the comparison with a case can fail."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import interchange
import pytest
from sqlalchemy import Engine

from coinstore.db import call
from coinstore.errors import SourceError
from coinstore.records.load import load
from coinstore.records.mapping import Mapping, read_mapping
from coinstore.records.reader import Reading, read

# Cases without a file: how their text begins, the file, and a mapping for it.
MADE = {
    "synthetic/item_bug": ("a.json", '{"item": {"id": "1", "mint": "Rome"}, "other": 3}', ""),
    "id,mint,denomination": ("a.csv", "id,mint,denomination\nQ1,?,?\nQ2,unknown,-\n", ""),
    "fromdate,todate": (
        "a.csv",
        "id,fromdate,todate\nQ1,-27.0,37.0\n",
        '[columns]\nfromdate = "year_from"\ntodate = "year_to"\n',
    ),
    "columns material=22.0": (
        "a.csv",
        "id,material,mint,ruler,materialTerm,mintName,rulerName\n"
        "Q1,22.0,137.0,244.0,Silver,Lugdunum,Tiberius\nQ2,23.0,138.0,245.0,Copper,Rome,Nero\n",
        "",
    ),
}
EXPORTS = "Nomisma RDF export"  # tests/store/test_export_nomisma.py has this case


def every() -> list[Any]:
    path = interchange.FOLDER / "cases.json"
    found = json.loads(path.read_text("utf-8")) if path.exists() else []
    return [pytest.param(one, id=one["file"][:40]) for one in found if one["format"] != EXPORTS]


def reading_of(case: dict[str, Any], folder: Path) -> Reading:
    name = case["file"].partition("#")[0]
    made = next((MADE[start] for start in MADE if name.startswith(start)), None)
    if not made:
        has_none = case["format"] in ("PAS CSV", "IIIF 2")
        return Reading(str(interchange.file(name)), "M" if has_none else None)
    (folder / made[0]).write_text(made[1], "utf-8")
    (folder / "map.toml").write_text(made[2], "utf-8")
    return Reading(str(folder / made[0]), "M", mapping=read_mapping(str(folder / "map.toml")))


def stored(store: Engine, reading: Reading) -> dict[str, Any]:
    """What is known of a source as a whole, after its coins are in the store."""
    whole: dict[str, Any] = {"read": True}
    coins = []
    try:
        coins = list(read(reading))
        list(load(store, reading.source.name, coins))
    except SourceError:
        whole["read"] = False
    return whole | {"records": len(coins) + reading.skipped.total()}


def coins_of(store: Engine) -> list[dict[str, Any]]:
    """The coins as the views of the store show them."""
    found = {
        row["coin_id"]: row | {"type_uri": [], "names": {}, "faults": set()}
        for row in call.look(store, "api.coins")
    }
    for row in call.look(store, "api.sides"):
        said = {f"{row['face']}_{part}": row[part] for part in ("legend", "description")}
        found[row["coin_id"]] |= said
    for row in call.look(store, "api.images"):
        found[row["coin_id"]][f"{row['face']}_image"] = row["location"]
    for row in call.look(store, "api.types"):
        found[row["coin_id"]]["type_uri"].append(row["uri"])
    for row in call.look(store, "api.records"):
        found[row["coin_id"]]["data_licence"] = row["licence"]
    for row in call.look(store, "api.values"):
        found[row["coin_id"]]["names"].setdefault(row["field"], set()).add(row["value"])
    for row in call.look(store, "api.faults"):
        found[row["coin_id"]]["faults"].add(row["reason"])
    return list(found.values())


def kinds(reading: Reading, folder: Path) -> Mapping:
    """The mapping file that the reading says, for records of all kinds."""
    (said,) = {found[0] for note in reading.notes if (found := re.search(r"only = \{.*\}", note))}
    (folder / "kinds.toml").write_text(said, "utf-8")
    return read_mapping(str(folder / "kinds.toml"))


@pytest.mark.parametrize("case", every())
def test_a_case_is_in_the_store_as_it_must_be(store: Engine, case: dict[str, Any], tmp_path: Path) -> None:
    reading = reading_of(case, tmp_path)
    whole = stored(store, reading)
    if reading.skipped:  # notes and a token: they are no coins, but can be read
        assert coins_of(store) == []
        whole = stored(store, replace(reading, mapping=kinds(reading, tmp_path), skipped=Counter()))
    _, _, number = case["file"].partition("#")
    rows = [row for row in coins_of(store) if not number or row["inventory_number"] == number]
    whole_case = {"must": {name: case["must"][name] for name in ("read", "records") if name in case["must"]}}
    interchange.compare(whole_case, whole, {})
    if rows:
        for row in rows:
            interchange.compare(case, row | whole, row["names"])
            assert any("the years contradict the date" in one for one in row["faults"]) == ("fault" in case)
    else:
        assert not whole["read"]


def wrong(case: dict[str, Any], found: dict[str, Any], names: dict[str, set[Any]]) -> bool:
    try:
        interchange.compare(case, found, names)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("case", every())
def test_each_value_of_a_case_can_fail(case: dict[str, Any]) -> None:
    """A record that is right is accepted, and with any one value changed it is not."""
    must, must_not = case["must"], case.get("must_not", {})
    found = {
        name: str(wanted).split(" (service)")[0] if "(service)" in str(wanted) else wanted
        for name, wanted in must.items()
    }
    types = [must["type_uri"]] if "type_uri" in must else []
    found["type_uri"] = [*types, *must.get("types_include", []), "http://another"]
    rulers = {"authority": {"Valerian", "Gallienus"}}
    assert not wrong(case, found, rulers)
    for name in must:
        assert wrong(
            case, found | {name: [], "type_uri": [] if "type" in name else found["type_uri"]}, rulers
        ), name
    for name, unwanted in must_not.items():
        if name == "type_uri":
            assert wrong(case, found | {name: [unwanted.split(" as ")[0]]}, rulers)
        elif "silently" in str(unwanted):
            assert wrong(case, found, {name: {"Valerian"}}) and wrong(case, found, {})
        else:
            assert wrong(case, found | {name: unwanted}, rulers), name
    assert wrong({"must": {"no_such_field": None}}, found, rulers)
    assert wrong({"must": {}, "must_not": {"no_such_field": None}}, found, rulers)
