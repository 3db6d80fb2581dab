"""Linked Art: JSON-LD of each coin, in the classes of CIDOC CRM and the terms of the AAT.

The shape is that of its API 1.0: what is referred to has an address (a name without one gets one inside that
of the coin), and what is only said in words is a statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..coin import FACES, Value
from ..values.edtf import astronomical
from .about import About, iri, label, title, words
from .coins import ExportedCoin
from .folder import replacing_folder, write_folder

CONTEXT = "https://linked.art/ns/v1/linked-art.json"
AAT = "http://vocab.getty.edu/aat/"
Json = dict[str, Any]


def write_linked_art(coins: Iterable[ExportedCoin], folder: Path, about: About) -> int:
    """Writes a folder with a file for each coin; no coin is left out."""
    with replacing_folder(folder, "linked-art") as partial:
        return sum(said is None for said in write_folder(coins, partial, about, described))


def described(one: ExportedCoin, about: About) -> Json:
    """A coin as a HumanMadeObject."""
    coin, uri = one.coin, about.uri(one)
    found: Json = {
        "@context": CONTEXT,
        "id": uri,
        "type": "HumanMadeObject",
        "_label": title(one),
        "classified_as": [_type("300037222", "coins"), *_types(one, uri)],
        "identified_by": [
            {"type": "Name", "content": title(one), "classified_as": [_type("300404670", "preferred terms")]},
            {
                "type": "Identifier",
                "content": coin["inventory_number"],
                "classified_as": [_type("300312355", "accession numbers")],
            },
        ],
        "made_of": [_of(name, "Material", uri) for name in one.names("material")],
        "dimension": list(_dimensions(one)),
        "produced_by": _production(one, uri),
        "referred_to_by": list(_statements(one)),
        "current_custodian": [
            _of(Value(coin["collection"], about.holder_uri(one)), "Group", about.base or uri)
        ],
        "representation": list(_pictures(one, about)),
        "shows": _shown(one, uri),
        "encountered_by": _found(one, uri),
        "member_of": _hoard(one, uri),
    }
    return {name: value for name, value in found.items() if value}


def _type(number: str, label: str) -> Json:
    return {"id": AAT + number, "type": "Type", "_label": label}


def _of(name: Value, kind: str, inside: str) -> Json:
    """What is referred to: by its address, else by one inside another address."""
    words = name.name or name.uri
    label = f"{words}?" if name.is_uncertain else words
    return {"id": name.uri or f"{inside}#{quote(name.name or '', safe='')}", "type": kind, "_label": label}


def _types(one: ExportedCoin, uri: str) -> list[Json]:
    found = [_of(name, "Type", uri) for name in one.names("denomination")]
    for said in one.types:
        found.append(_of(Value(label(said), iri(said["uri"]), said["is_uncertain"]), "Type", uri))
    return found


def _dimensions(one: ExportedCoin) -> Iterable[Json]:
    weight, diameter = _type("300056240", "weight"), _type("300055624", "diameter")
    grams = {"id": AAT + "300379225", "type": "MeasurementUnit", "_label": "grams"}
    millimetres = {"id": AAT + "300379097", "type": "MeasurementUnit", "_label": "millimeters"}
    axis = {"id": "http://nomisma.org/id/axis", "type": "Type", "_label": "die axis"}
    degrees = {"id": "http://qudt.org/vocab/unit/DEG", "type": "MeasurementUnit", "_label": "degrees"}
    for field, kind, unit, times in (
        ("weight_g", weight, grams, 1),
        ("diameter_mm", diameter, millimetres, 1),
        ("die_axis_h", axis, degrees, 30),
    ):
        if (value := one.coin[field]) is not None:
            yield {"type": "Dimension", "value": value * times, "unit": unit, "classified_as": [kind]}


def _production(one: ExportedCoin, uri: str) -> Json:
    first, last = one.coin["year_from"], one.coin["year_to"]
    span = {
        "begin_of_the_begin": f"{astronomical(first)}-01-01T00:00:00Z" if first else None,
        "end_of_the_end": f"{astronomical(last)}-12-31T23:59:59Z" if last else None,
    }
    span = {name: value for name, value in span.items() if value}
    found: Json = {
        "timespan": {"type": "TimeSpan", **span} if span else None,
        "took_place_at": [_of(name, "Place", uri) for name in one.names("mint")],
        # It has persons and groups only, and nearly all authorities are persons.
        "carried_out_by": [_of(name, "Person", uri) for name in one.names("authority")],
    }
    found = {name: value for name, value in found.items() if value}
    return {"type": "Production", **found} if found else {}


def _statements(one: ExportedCoin) -> Iterable[Json]:
    """What is said in words: legends, descriptions, literature, and who may use the record."""
    inscription = _type("300028702", "inscriptions")
    description = _type("300435416", "description")
    for part, kind in (("legend", inscription), ("description", description)):
        for face in FACES:
            if text := one.side(face).get(part):
                yield _statement(f"{face.title()} {part}", text, kind)
    for said in one.references:
        text = " ".join(filter(None, (words(said), said["uri"])))
        yield _statement(str(said["kind"]).title(), text, _type("300311705", "citations"))
    yield from _rights(one.rights("licence"), one.rights("rights_holder"))


def _rights(licences: Iterable[str], holders: Iterable[str]) -> Iterable[Json]:
    kind = _type("300435434", "copyright/licensing statement")
    for label_, texts in (("Licence", licences), ("Holder of rights", holders)):
        yield from (_statement(label_, text, kind) for text in texts)


def _shown(one: ExportedCoin, uri: str) -> list[Json]:
    """The picture on the coin, with the persons of its portrait."""
    persons = [_of(name, "Person", uri) for name in one.names("portrait")]
    return [{"type": "VisualItem", "_label": "Portrait", "represents": persons}] if persons else []


def _found(one: ExportedCoin, uri: str) -> list[Json]:
    """Where the coin was found."""
    place = Value(one.coin["findspot"], one.coin["findspot_uri"])
    where = [_of(place, "Place", uri)] if place.name or place.uri else []
    return [{"type": "Encounter", "_label": "Find", "took_place_at": where}] if where else []


def _hoard(one: ExportedCoin, uri: str) -> list[Json]:
    hoard = Value(one.coin["hoard"], one.coin["hoard_uri"])
    return [_of(hoard, "Set", uri)] if hoard.name or hoard.uri else []


def _statement(label: str, text: str, kind: Json) -> Json:
    return {"type": "LinguisticObject", "_label": label, "content": text, "classified_as": [kind]}


def _pictures(one: ExportedCoin, about: About) -> Iterable[Json]:
    """Each photograph once, with who may use it."""
    faces = {address: face for face in reversed(FACES) if (address := about.image(one, face))}
    for address, face in reversed(faces.items()):
        side = one.side(face)
        shown = {"type": "DigitalObject", "access_point": [{"id": address, "type": "DigitalObject"}]}
        licence, holder = side.get("image_licence"), side.get("image_rights_holder")
        said = list(_rights(filter(None, [licence]), filter(None, [holder])))
        found = {"type": "VisualItem", "referred_to_by": said, "digitally_shown_by": [shown]}
        yield {name: value for name, value in found.items() if value}
