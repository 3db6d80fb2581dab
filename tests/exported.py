"""Exports in tests: what a store has of its coins, and a store that is filled from files again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.records.coin import Coin, TypeClaim, Value
from coinstore.records.exports.cells import cells
from coinstore.records.exports.coins import exported_coins
from coinstore.records.load import load
from coinstore.records.reader import Reading, read

# A coin with most of what a record can say.
FULL = Coin(
    "row 1",
    {},
    "M & Sons",
    "A <1>/b",
    fields={
        "weight_g": 3.456,
        "diameter_mm": 18.0,
        "die_axis_h": 6,
        "year_from": -44,
        "year_to": 14,
        "material": "Silver",
        "material_uri": "http://nomisma.org/id/ar",
        "denomination": "Denarius",
        "mint": "Rome",
        "mint_uri": "http://nomisma.org/id/rome",
        "authority": "Augustus",
        "portrait": "Augustus",
        "findspot": "Hill 7",
        "hoard": "Hoard of Hill 7",
        "hoard_uri": "http://coinhoards.org/id/igch1",
        "provenance": "a person, 1920",
        "uri": "https://example.org/1",
    },
    sides={
        "obverse": {"legend": "CAESAR", "description": "Head", "description_language": "en", "die": "A 1"},
        "reverse": {"image": "https://example.org/1_r.jpg", "image_licence": "https://example.org/licence"},
    },
    values={
        "mint": (
            Value("Rome", "http://nomisma.org/id/rome"),
            Value("Ostia", "http://nomisma.org/id/ostia", is_uncertain=True),
        )
    },
    types=(TypeClaim("RIC I 1", None, None, "http://numismatics.org/ocre/id/ric.1(2).aug.1"),),
    rights={"licence": "http://creativecommons.org/publicdomain/zero/1.0/", "rights_holder": "M"},
)


def fill(store: Engine, *paths: Path) -> None:
    """Loads files; their photographs are not examined."""
    for path in paths:
        list(load(store, str(path), read(Reading(str(path)))))


def empty(store: Engine) -> None:
    """Forgets all coins."""
    with store.begin() as connection:
        connection.execute(
            text("truncate core.coin, core.collection, core.type, core.source, core.die cascade")
        )


def rows(store: Engine) -> list[dict[str, Any]]:
    """All fields of all coins."""
    return sorted((cells(one) for one in exported_coins(store)), key=str)


def differences(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[tuple[str, Any, Any]]:
    """The fields that are not as expected, with both values."""
    pairs = zip(found, expected, strict=True)
    return [
        (name, one[name], other[name]) for one, other in pairs for name in one if one[name] != other[name]
    ]


def faults(store: Engine) -> list[str]:
    """What could not be read, and why."""
    return [
        f"{row['column_name']} {row['value_text']}: {row['reason']}" for row in call.look(store, "api.faults")
    ]
