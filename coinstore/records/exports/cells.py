"""One coin as the cells of a table: the columns are coinstore's own fields, which ingest reads again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..coin import FACES, Value
from ..mapping import FIELDS, IMAGE_RIGHTS, NAMES, RIGHTS, TYPES
from ..referenced import with_kind
from ..values.several import joined, listed, spelled
from .coins import ExportedCoin, Said

# A date is written as its years.
COLUMNS = tuple(name for name in FIELDS if name not in ("date", *IMAGE_RIGHTS))
NUMBERS = {
    "weight_g": float,
    "diameter_mm": float,
    "diameter_min_mm": float,
    "die_axis_h": int,
    "year_from": int,
    "year_to": int,
}
NAMED = ("type", "type_number")
PARTS = ("legend", "description", "description_language", "image", "image_part", *IMAGE_RIGHTS)


def columns(provenance: bool) -> list[str]:
    """The columns of a table; former owners go out only where they are asked for."""
    return [name for name in COLUMNS if provenance or name != "provenance"]


def cells(one: ExportedCoin) -> dict[str, Any]:
    """The value of each column: a number, a text or None."""
    found = {name: one.coin.get(name) for name in COLUMNS}
    for face in FACES:
        side = one.sides.get(face, {})
        found |= {f"{face}_{part}": side.get(part) for part in PARTS}
        if one.image_of_both:
            found[f"{face}_image"] = None
        found[f"{face}_die"] = next(iter(side.get("dies") or ()), None)
    found["image"] = one.image_of_both
    for field in NAMES:
        names = one.names(field)
        found[field] = spelled(names) if any(name.name for name in names) else None
        found[f"{field}_uri"] = listed(name.uri for name in names)
    found |= _types(one.types)
    found["reference"] = joined(map(_reference, one.references)) or None
    found |= {name: joined(one.rights(name)) or None for name in RIGHTS}
    return found


def _types(types: Iterable[Said]) -> dict[str, str | None]:
    """The columns of the types: several are in one cell, each at the same place in all four."""
    given = list(types)
    found: dict[str, str | None] = {}
    for column, part in zip(TYPES, ("label", "catalogue", "number", "uri"), strict=True):
        texts = listed(one[part] for one in given)
        found[column] = _named(given, part) if texts and column in NAMED else texts
    return found


def _named(types: list[Said], part: str) -> str:
    """Labels or numbers; the mark of doubt is at the label where a type has one."""
    return spelled(
        Value(one[part] or "", is_uncertain=one["is_uncertain"] and (part == "label" or not one["label"]))
        for one in types
    )


def _reference(one: Said) -> str:
    text = " ".join(filter(None, (one[part] for part in ("label", "catalogue", "number", "uri"))))
    return with_kind(one["kind"], text)
