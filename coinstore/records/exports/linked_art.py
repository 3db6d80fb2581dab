"""Linked Art: JSON-LD of each coin, in the classes of CIDOC CRM and the terms of the AAT."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..coin import FACES, Value
from ..values.edtf import astronomical
from .about import About, label, title, web
from .coins import ExportedCoin
from .folder import replacing_folder, write_folder

CONTEXT = "https://linked.art/ns/v1/linked-art.json"
AAT = "http://vocab.getty.edu/aat/"
Json = dict[str, Any]


def write_linked_art(coins: Iterable[ExportedCoin], folder: Path, about: About) -> int:
    """Writes a folder with a file for each coin; no coin is left out."""
    with replacing_folder(folder, CONTEXT) as partial:
        return sum(said is None for said in write_folder(coins, partial, about, described))


def described(one: ExportedCoin, about: About) -> Json:
    """A coin as a HumanMadeObject."""
    coin = one.coin
    found: Json = {
        "@context": CONTEXT,
        "id": about.uri(one),
        "type": "HumanMadeObject",
        "_label": title(one),
        "classified_as": [_type("300037222", "coins"), *_types(one)],
        "identified_by": [
            {"type": "Name", "content": title(one), "classified_as": [_type("300404670", "preferred terms")]},
            {
                "type": "Identifier",
                "content": coin["inventory_number"],
                "classified_as": [_type("300312355", "accession numbers")],
            },
        ],
        "made_of": [_of(name, "Material") for name in one.names("material")],
        "dimension": list(_dimensions(one)),
        "produced_by": _production(one),
        "carries": _texts(one, "legend", "LinguisticObject", _type("300028702", "inscriptions")),
        "referred_to_by": _texts(one, "description", "LinguisticObject", _type("300435416", "description")),
        "current_keeper": [_keeper(one, about)],
        "representation": [_picture(url) for face in FACES if (url := about.image(one, face))],
        "subject_to": [_right(licence) for licence in one.rights("licence")],
    }
    return {name: value for name, value in found.items() if value}


def _type(number: str, label: str) -> Json:
    return {"id": AAT + number, "type": "Type", "_label": label}


def _of(name: Value, kind: str) -> Json:
    label = f"{name.name}?" if name.is_uncertain else name.name
    return {k: v for k, v in {"id": name.uri, "type": kind, "_label": label}.items() if v}


def _types(one: ExportedCoin) -> list[Json]:
    found = [_of(name, "Type") for name in one.names("denomination")]
    for said in one.types:
        found.append(_of(Value(label(said), web(said["uri"]), said["is_uncertain"]), "Type"))
    return found


def _dimensions(one: ExportedCoin) -> Iterable[Json]:
    weight, diameter = _type("300056240", "weight"), _type("300055624", "diameter")
    grams = {"id": AAT + "300379225", "type": "MeasurementUnit", "_label": "grams"}
    millimetres = {"id": AAT + "300379097", "type": "MeasurementUnit", "_label": "millimeters"}
    axis = {"id": "http://nomisma.org/id/axis", "type": "Type", "_label": "die axis"}
    hours = {"type": "MeasurementUnit", "_label": "clock hours"}
    for field, kind, unit in (
        ("weight_g", weight, grams),
        ("diameter_mm", diameter, millimetres),
        ("die_axis_h", axis, hours),
    ):
        if (value := one.coin[field]) is not None:
            yield {"type": "Dimension", "value": value, "unit": unit, "classified_as": [kind]}


def _production(one: ExportedCoin) -> Json:
    first, last = one.coin["year_from"], one.coin["year_to"]
    span = {
        "begin_of_the_begin": f"{astronomical(first)}-01-01T00:00:00Z" if first else None,
        "end_of_the_end": f"{astronomical(last)}-12-31T23:59:59Z" if last else None,
    }
    span = {name: value for name, value in span.items() if value}
    found: Json = {
        "timespan": {"type": "TimeSpan", **span} if span else None,
        "took_place_at": [_of(name, "Place") for name in one.names("mint")],
        "carried_out_by": [_of(name, "Actor") for name in one.names("authority")],
    }
    found = {name: value for name, value in found.items() if value}
    return {"type": "Production", **found} if found else {}


def _texts(one: ExportedCoin, part: str, kind: str, classified: Json) -> list[Json]:
    return [
        {"type": kind, "_label": f"{face.title()} {part}", "content": text, "classified_as": [classified]}
        for face in FACES
        if (text := one.side(face).get(part))
    ]


def _keeper(one: ExportedCoin, about: About) -> Json:
    return _of(Value(one.coin["collection"], about.holder_uri(one)), "Group")


def _picture(address: str) -> Json:
    shown = {"type": "DigitalObject", "access_point": [{"id": address, "type": "DigitalObject"}]}
    return {"type": "VisualItem", "digitally_shown_by": [shown]}


def _right(licence: str) -> Json:
    return {"type": "Right", "classified_as": [_of(Value(licence, web(licence)), "Type")]}
