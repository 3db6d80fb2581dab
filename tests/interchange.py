"""Real files of the field's formats, where they are at hand, and the cases that say what must come out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from coinstore.records.coin import Coin
from coinstore.records.mapping import FIELDS
from coinstore.records.reader import Reading, read

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "interchange"

OTHERS = ("data_licence", "types_include", "read", "records")  # of which cases speak, besides fields


def file(name: str) -> Path:
    """A real file; the test is skipped where it is absent."""
    if not (FOLDER / name).exists():
        pytest.skip(f"shared/data/interchange/{name} is not there")
    return FOLDER / name


def cases(form: str) -> list[Any]:
    """The cases of a format, as parameters of a test."""
    path = FOLDER / "cases.json"
    every = json.loads(path.read_text("utf-8")) if path.exists() else []
    return [pytest.param(one, id=one["file"][:60]) for one in every if one["format"] == form]


def coins(path: Path | str, **given: Any) -> tuple[list[Coin], Reading]:
    """The coins of a source, and how it was read."""
    reading = Reading(str(path), **given)
    return list(read(reading)), reading


def said(coin: Coin) -> dict[str, Any]:
    """What a coin says, in the words of the cases."""
    sides = {f"{face}_{part}": text for face, side in coin.sides.items() for part, text in side.items()}
    types = coin.types or ()
    return {
        "collection": coin.collection,
        "inventory_number": coin.inventory_number,
        **coin.fields,
        **sides,
        "type_uri": [one.uri for one in types],
        "data_licence": coin.rights.get("licence"),
    }


def check(case: dict[str, Any], coin: Coin) -> None:
    """Raises AssertionError where a coin is not as a case says."""
    compare(case, said(coin), {name: {one.name for one in some} for name, some in coin.values.items()})


def compare(case: dict[str, Any], found: dict[str, Any], names: dict[str, set[Any]]) -> None:
    """Raises AssertionError where values are not as a case says; `names` are all those of a field."""
    unknown = {*case["must"], *case.get("must_not", {})} - {*FIELDS, *OTHERS}
    assert not unknown, f"no field is called {unknown}"
    for name, wanted in case["must"].items():
        there = found.get(name)
        if isinstance(wanted, str) and " (service) or /" in wanted:
            address, rest = wanted.split(" (service) or ")
            assert there in (address, address + rest), name
        elif name == "type_uri":
            assert wanted in found["type_uri"], name
        elif name == "types_include":
            assert set(wanted) <= set(found["type_uri"]), name
        else:
            assert there == wanted, name
    for name, unwanted in case.get("must_not", {}).items():
        if name == "type_uri":
            assert found[name] != [unwanted.split(" as ")[0]], name
        elif several := re.fullmatch("only one of (.+) and (.+), silently", str(unwanted)):
            assert names.get(name) == set(several.groups()), name
        else:
            assert found.get(name) != unwanted, name
