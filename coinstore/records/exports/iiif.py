"""IIIF Presentation 3: a manifest for each coin with a canvas for each side, and a collection of them.

Nothing is invented: `rights` is the licence that the store has, where IIIF allows it; a side without the size
of its photograph, or without an address, has no canvas, and a coin without any is left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ...errors import SettingsError
from ..coin import FACES, Face, Value
from ..mapping import NAMES
from ..values.several import marked
from ..values.years import in_words
from .about import NEEDS_BASE, About, is_packed, label, title, web, words
from .coins import ExportedCoin, Said
from .folder import file_name, replacing_folder, write_folder
from .services import image_service

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
COLLECTION = "collection.json"
# What IIIF takes as rights, in the form with http.
RIGHTS = re.compile(
    r"https?://(creativecommons\.org/(licenses|publicdomain|mark)/.+|rightsstatements\.org/(vocab|page)/.+)"
)
SIDES = {"obverse": ("Obverse", "Vorderseite"), "reverse": ("Reverse", "Rückseite")}
BOTH = ("Obverse and reverse", "Vorder- und Rückseite")
FORMATS = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # several JPEGs in one file, as cameras write them
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
}
LICENCE = ("Licence", "Lizenz")
FIELDS = {
    "inventory_number": ("Inventory number", "Inventarnummer"),
    "collection": ("Collection", "Sammlung"),
    "types": ("Type", "Typ"),
    "denomination": ("Denomination", "Nominal"),
    "material": ("Material", "Material"),
    "mint": ("Mint", "Münzstätte"),
    "authority": ("Authority", "Münzherr"),
    "portrait": ("Portrait", "Porträt"),
    "years": ("Date", "Datierung"),
    "weight_g": ("Weight", "Gewicht"),
    "diameter_mm": ("Diameter", "Durchmesser"),
    "die_axis_h": ("Die axis", "Stempelstellung"),
    "findspot": ("Findspot", "Fundort"),
    "hoard": ("Hoard", "Hortfund"),
    "obverse_legend": ("Obverse legend", "Vorderseite Legende"),
    "obverse_description": ("Obverse description", "Vorderseite Beschreibung"),
    "reverse_legend": ("Reverse legend", "Rückseite Legende"),
    "reverse_description": ("Reverse description", "Rückseite Beschreibung"),
    "references": ("References", "Referenzen"),
    "licences": LICENCE,
}
NO_PICTURE = (
    "no coin has a photograph that was examined (coinstore ingest) and has an address: give the address where"
    ' photographs of this machine are served, images = "https://…/" and image_folder in a TOML file'
    " (--config FILE)."
)
PACKED = (
    "no coin has a photograph that goes out: they are inside a zip or a database, which no server shows."
    " Unpack them into a folder, and ingest the coins with these."
)
UNITS = {"weight_g": " g", "diameter_mm": " mm", "die_axis_h": " h"}


def write_iiif(coins: Iterable[ExportedCoin], folder: Path, about: About) -> int:
    """Writes a folder of manifests; returns how many coins are left out.

    Raises SettingsError when it is not said where the folder will be, or when no coin has a photograph.
    """
    if not about.base:
        raise SettingsError(NEEDS_BASE.format("manifests"))
    with (
        replacing_folder(folder, "iiif") as partial,
        (partial / COLLECTION).open("w", encoding="utf-8") as file,
    ):
        head: dict[str, Any] = {"@context": CONTEXT, "id": about.base + COLLECTION, "type": "Collection"}
        head |= {"label": {"none": [about.title or folder.name]}}
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "items": [')
        left_out, between, packed = 0, "\n", Counter[bool]()
        for said in write_folder(_noted(coins, packed), partial, about, manifest):
            if said is None:
                left_out += 1
                continue
            item = {name: said[name] for name in ("id", "type", "label")}
            file.write(between + json.dumps(item, ensure_ascii=False))
            between = ",\n"
        if left_out and between == "\n":
            raise SettingsError(PACKED if packed[True] and not packed[False] else NO_PICTURE)
        file.write("\n]}\n")
    return left_out


def _noted(coins: Iterable[ExportedCoin], packed: Counter[bool]) -> Iterator[ExportedCoin]:
    """The coins; their photographs are counted, by whether they are packed."""
    for one in coins:
        packed.update(is_packed(location) for face in FACES if (location := one.side(face).get("image")))
        yield one


def manifest(one: ExportedCoin, about: About, uri: str = "") -> dict[str, Any] | None:
    """The manifest of a coin, which is at `uri` (default: its file); None without a picture to show."""
    uri = uri or about.base + file_name(one, about)
    canvases = list(_canvases(one, about, uri))
    if not canvases:
        return None
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "id": uri,
        "type": "Manifest",
        "label": {"en": [title(one)]},
        "metadata": list(_metadata(one)),
        "items": canvases,
    }
    if known := next(filter(None, map(rights, one.rights("licence"))), None):
        found["rights"] = known
    if holders := one.rights("rights_holder"):
        found["requiredStatement"] = {
            "label": _label(("Attribution", "Nachweis")),
            "value": {"none": holders},
        }
    if own := web(one.coin["uri"]):
        found["homepage"] = [
            {"id": own, "type": "Text", "label": {"en": [title(one)]}, "format": "text/html"}
        ]
    return found


def rights(licence: str | None) -> str | None:
    """A licence as IIIF has it; None for one that it does not allow."""
    return re.sub("^https:", "http:", licence) if licence and RIGHTS.fullmatch(licence) else None


def _in_words(licences: list[str]) -> list[str]:
    """The licences but the first that IIIF allows, which is the `rights` of the manifest."""
    taken = next(filter(rights, licences), None)
    return [licence for licence in licences if licence != taken]


def _label(names: tuple[str, str]) -> dict[str, list[str]]:
    return {"en": [names[0]], "de": [names[1]]}


def _canvases(one: ExportedCoin, about: About, uri: str) -> Iterator[dict[str, Any]]:
    pictures = {face: address for face in FACES if (address := about.image(one, face))}
    if len(pictures) == 2 and len(set(pictures.values())) == 1:
        del pictures["reverse"]
        labels: dict[Face, tuple[str, str]] = {"obverse": BOTH}
    else:
        labels = {face: SIDES[face] for face in pictures}
    for face, address in pictures.items():
        side = one.side(face)
        if side.get("height_px") and side.get("width_px"):
            yield _canvas(f"{uri}/canvas/{face}", _label(labels[face]), address, side)


def _canvas(uri: str, name: dict[str, list[str]], address: str, side: Said) -> dict[str, Any]:
    service = image_service(address)
    size = {"height": side["height_px"], "width": side["width_px"]}
    kind = "image/jpeg" if service else FORMATS.get((side.get("format") or "").upper())
    body = {"id": service.whole if service else address, "type": "Image", "format": kind}
    body = {name: value for name, value in body.items() if value}
    painting = {
        "id": f"{uri}/painting",
        "type": "Annotation",
        "motivation": "painting",
        "body": body | size,
        "target": uri,
    }
    page = {"id": f"{uri}/page", "type": "AnnotationPage", "items": [painting]}
    canvas = {"id": uri, "type": "Canvas", "label": name, **size, "items": [page]}
    if known := rights(side.get("image_licence")):
        canvas["rights"] = known
    elif licence := side.get("image_licence"):
        canvas["metadata"] = [{"label": _label(LICENCE), "value": {"none": [licence]}}]
    if holder := side.get("image_rights_holder"):
        what = _label(("Photograph", "Foto"))
        canvas["requiredStatement"] = {"label": what, "value": {"none": [holder]}}
    return canvas


def _metadata(one: ExportedCoin) -> Iterator[dict[str, Any]]:
    said: dict[str, Any] = dict(one.coin)
    said["years"] = in_words(said["year_from"], said["year_to"])
    for face in FACES:
        said |= {f"{face}_{part}": one.side(face).get(part) for part in ("legend", "description")}
    for field in NAMES:
        said[field] = [marked(name) for name in one.names(field) if name.name]
    said["types"] = [marked(Value(label(each), is_uncertain=each["is_uncertain"])) for each in one.types]
    said["references"] = [" ".join(filter(None, (words(each), each["uri"]))) for each in one.references]
    said["licences"] = _in_words(one.rights("licence"))
    for field, names in FIELDS.items():
        if value := said[field]:
            texts = value if isinstance(value, list) else [f"{value}{UNITS.get(field, '')}"]
            language = "en" if field == "years" else "none"
            yield {"label": _label(names), "value": {language: texts}}
