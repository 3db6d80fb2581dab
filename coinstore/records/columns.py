"""Columns: the field of each column, by a mapping file or by its usual name in English or German."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from ..errors import SourceError
from .coin import FACES
from .column import Column
from .mapping import MEASURES, NAMES, TEXTS, Mapping
from .values.dates import EDTF

# Names are compared without case, accents, spaces and signs, and without a unit at the end.
USUAL: dict[str, str] = {
    "inventory_number": "inventory_number inventory inv invno invnr invnum inventoryno inventorynr"
    " inventorynum inventorynumber id accession accessionno accessionnumber coinno coinnumber coinid"
    " objectno objectnumber inventar inventarnummer inventarnr objektnummer objektnr muenznr muenznummer"
    " ninventaire noinventaire numeroinventaire numerodinventaire numeroinventario numerodinventario"
    " numerodeinventario",
    "collection": "collection museum sammlung institution",
    "weight_g": "weight gewicht masse",
    "diameter_mm": "diameter durchmesser dm diametermax maxdiameter durchmessermax groessterdurchmesser ø",
    "diameter_min_mm": "diametermin mindiameter durchmessermin kleinsterdurchmesser",
    "die_axis_h": "dieaxis axis stempelstellung achse dieaxish stst",
    "date": "date datierung dating zeit daterange edtf dateedtf edtfdate",
    "year_from": "yearfrom dateearliest datefrom von jahrvon datierungvon fromyear",
    "year_to": "yearto datelatest dateto bis jahrbis datierungbis toyear",
    "material": "material metal metall productionmaterial",
    "denomination": "denomination nominal",
    "mint": "mint muenzstaette praegestaette mintplace productionmintingplace",
    "authority": "authority ruler muenzherr issuer issuingauthority herrscher",
    "portrait": "portrait portraet dargestellter dargestellteperson bildnis portrayed",
    "findspot": "findspot fundort findplace",
    "provenance": "provenance provenienz",
    "type": "type typ cointype muenztyp",
    "type_catalogue": "typecatalogue catalogue katalog",
    "type_number": "typenumber cataloguenumber typnummer katalognummer",
    "type_uri": "typeuri",
    "reference": "reference references referenz referenzen literature literatur bibliography bibliographie"
    " bibreferences",
    "hoard": "hoard hoardname coinhoard schatzfund hort hortfund fundkomplex",
    "uri": "uri coinuri objecturi permalink",
    "licence": "licence license lizenz datalicence datalicense recordlicence recordlicense",
    "rights_holder": "rightsholder rechteinhaber",
    "language": "language sprache",
    "image_licence": "imagelicence imagelicense bildlizenz photolicence photolicense",
    "image_rights_holder": "imagerightsholder bildrechte",
    "image": "image images picture pictures photo photos photograph photographs bild bilder foto fotos"
    " abbildung abbildungen",
    # What these hold, pictures or descriptions, is decided by their values.
    "obverse": "obverse obv avers av vorderseite vs anverso droit dritto",
    "reverse": "reverse rev revers rv rueckseite rs reverso rovescio",
}
# "Obverse legend", "Legende Av.", "Vs-Umschrift"
PARTS = {
    "legend": "legend legende inscription inschrift umschrift aufschrift leyenda leggenda",
    "description": "description descr desc beschreibung descripcion descrizione",
    "image": "image img picture photo photograph bild foto",
    "die": "die stempel",
    "image_part": "imagepart",  # first or second: left or above where a photograph shows both
    "description_language": "language sprache descriptionlanguage",
    "image_licence": "licence license lizenz imagelicence imagelicense bildlizenz",
    "image_rights_holder": "rightsholder rechteinhaber imagerightsholder",
}

ADDRESSES = ("uri", "nomisma", "nomismaid", "nomismalink", "nomismauri")


def _usual_names() -> dict[str, str]:
    found = {name: field for field, names in USUAL.items() for name in names.split()}
    found |= {field.replace("_", ""): field for field in USUAL}
    # "Mint URI", "Münzstätte URI"
    of_concepts = (*NAMES, "findspot", "hoard")
    for field, word in product(of_concepts, ADDRESSES):
        found |= {name + word: f"{field}_uri" for name in USUAL[field].split()}
    for face, part in product(FACES, PARTS):
        for side, word in product(USUAL[face].split(), PARTS[part].split()):
            found |= dict.fromkeys((side + word, word + side), f"{face}_{part}")
    return found


FIELD_OF = _usual_names()
LONGEST = 200  # characters of a usual name
GENERAL = (
    "id",
    "coinid",
    "permalink",
    "edtf",
    "dateedtf",
    "edtfdate",
)  # they count where no other column is the field
NAME_PARTS = ("name", "label", "title", "text")  # of an object in JSON
NAMED = (*TEXTS, "type", "collection", "date")  # what such an object can be
AS_PICTURES = "usual name; its values are names of files"
AS_DESCRIPTIONS = "usual name; its values are descriptions"
UNIT = re.compile(
    r"[\s_(\[,]+(?:in )?(mg|kg|g|grs?|grams?|gramm|grammes?|grammi|gramos|mm|cm|m|millimet(?:er|res?)"
    r"|h|hours?|uhr|deg|degrees?|grad|°)\.?[)\]]?$",
    re.IGNORECASE,
)
AXIS_UNITS = ("h", "hour", "hours", "uhr", "deg", "degree", "degrees", "grad", "°")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def plain(name: str) -> str:
    """A name for comparison: lower case, umlauts spelled out, only letters and digits."""
    spelled = unicodedata.normalize("NFKC", name).casefold().translate(UMLAUTS)
    return "".join(c for c in unicodedata.normalize("NFKD", spelled) if c.isalnum())


def usual(name: str) -> Column | None:
    """The usual field of a column with this name, with the unit in the name; None when unknown."""
    if len(name) > LONGEST:
        return None
    if found := UNIT.search(name):
        field = FIELD_OF.get(plain(name[: found.start()].removesuffix(" in")))
        if field and (unit := unit_in(name, field)):
            return Column(field, unit, how="usual name")
    spelled = plain(name)
    field = FIELD_OF.get(spelled)
    layout = EDTF if field == "date" and "edtf" in spelled else None
    return Column(field, format=layout, how="usual name") if field else None


def unit_in(name: str, field: str) -> str | None:
    """The unit at the end of a column's name, as in "Dm (cm)", if the field can have it."""
    found = UNIT.search(name)
    unit = found[1].lower() if found else None
    fits = field == "die_axis_h" if unit in AXIS_UNITS else field in MEASURES
    return unit if fits else None


def assign(
    source: str, names: Iterable[str], mapping: Mapping, bare: str = "description"
) -> dict[str, Column]:
    """How each column is read; raises SourceError when two columns have usual names of the same field.

    As `planned`, which does not look for that.
    """
    found = planned(names, mapping, bare)
    if same := alike(found):
        name, (other, field) = next(iter(same.items()))
        raise SourceError(
            f"{source}: columns {other!r} and {name!r} both look like {field};"
            " choose one in a mapping file (--map)."
        )
    return found


def planned(names: Iterable[str], mapping: Mapping, bare: str = "description") -> dict[str, Column]:
    """How each column is read, without those that are only kept verbatim, in the order of the mapping file.

    The order decides which of several columns comes first. `bare` is what columns hold that are called only
    "Obverse" or "Reverse": "image" or "description".
    """
    names = list(names)
    found: dict[str, Column] = {}
    inside = _names_inside(names)
    mapped = {one.field for column in mapping.columns.values() for one in column.each} | set(
        mapping.constants
    )
    for name in names:
        column = mapping.columns.get(name)
        if column and column.field and not column.unit:
            column = replace(column, unit=unit_in(name, column.field))
        if column is None and mapping.usual_names:
            column = _resolved(usual(inside.get(name, name)), bare)
            column = None if name in inside.values() or (column and column.field in mapped) else column
        if column and column.field:
            found[name] = column
    _drop_less_exact(found)
    order = {name: n for n, name in enumerate(mapping.columns)}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))


def _names_inside(names: list[str]) -> dict[str, str]:
    """The paths that hold the name of an object in JSON, with the path of the object: mint.name, mint."""
    there = set(names)
    found: dict[str, str] = {}
    for name in names:
        column = usual(name)
        if column and column.field in NAMED:
            path = next((path for part in NAME_PARTS if (path := f"{name}.{part}") in there), None)
            found |= {path: name} if path else {}
    return found


def bare_names(names: Iterable[str], mapping: Mapping) -> list[str]:
    """The columns that are called only "Obverse" or "Reverse", and are not in the mapping file."""
    unmapped = [name for name in names if name not in mapping.columns and mapping.usual_names]
    return [name for name in unmapped if (column := usual(name)) and column.field in FACES]


def _resolved(column: Column | None, bare: str) -> Column | None:
    if column is None or column.field not in FACES:
        return column
    how = AS_PICTURES if bare == "image" else AS_DESCRIPTIONS
    return replace(column, field=f"{column.field}_{bare}", how=how)


def _drop_less_exact(found: dict[str, Column]) -> None:
    """Leaves out columns with a usual name where another column says the same more exactly."""
    vague = {
        name: column.field
        for name, column in found.items()
        if column.how in (AS_PICTURES, AS_DESCRIPTIONS)
        or (column.how == "usual name" and (plain(name) in GENERAL or column.field == "image"))
    }
    exact = {one.field for name, column in found.items() if name not in vague for one in column.each}
    # Where both faces have a column, one of the coin counts for rows that have neither.
    faces = {column.field for column in found.values()} & {f"{face}_image" for face in FACES}
    for name, field in vague.items():
        if field in exact or (field == "image" and len(faces) == 1):
            del found[name]


def alike(found: dict[str, Column]) -> dict[str, tuple[str, str]]:
    """The columns whose usual name means the same as that of a column before: that column, and the field."""
    first: dict[str, str] = {}
    same: dict[str, tuple[str, str]] = {}
    for name, column in found.items():
        if column.how.startswith("usual name") and column.field and column.field != "reference":
            if column.field in first:
                same[name] = first[column.field], column.field
            first.setdefault(column.field, name)
    return same
