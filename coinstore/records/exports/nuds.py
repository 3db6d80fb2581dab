"""NUDS: the XML of Numishare, valid against nuds.xsd, one record for each coin in a nudsGroup."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..coin import FACES, Face, Value
from ..values.several import joined, marked
from ..values.years import in_words
from .about import About, gyear, iri, title, web, words
from .coins import ExportedCoin
from .markup import TAG, Maker, decimal, streamed, write_all
from .services import image_service

NUDS = Maker(
    {
        "": "http://nomisma.org/nuds",
        "xlink": "http://www.w3.org/1999/xlink",
        "mets": "http://www.loc.gov/METS/",
        "tei": "http://www.tei-c.org/ns/1.0",
    }
)
COIN = "http://nomisma.org/id/coin"
UNCERTAIN = "http://nomisma.org/id/uncertain_value"
make = NUDS.make


def write_nuds(coins: Iterable[ExportedCoin], path: Path, about: About) -> int:
    """Writes a nudsGroup; no coin is left out."""
    with streamed(path, NUDS, "nudsGroup") as file:
        write_all(file, (record(one, about) for one in coins))
    return 0


def record(one: ExportedCoin, about: About) -> Any:
    """The element nuds of a coin."""
    nuds = NUDS.root("nuds", {"recordType": "physical"})
    language = next(filter(TAG.fullmatch, one.rights("language")), None)
    _control(make(nuds, "control", None, {"xml:lang": language}), one, about)
    described = make(nuds, "descMeta")
    make(described, "title", title(one), {"xml:lang": "en"})
    _typology(make(described, "typeDesc"), one)
    _measures(described, one)
    _find(described, one)
    if one.types or one.references:
        _refer(make(described, "refDesc"), one)
    _admin(make(described, "adminDesc"), one, about)
    _pictures(nuds, one, about)
    return nuds


def _control(control: Any, one: ExportedCoin, about: About) -> None:
    make(control, "recordId", ".".join(quote(text, safe="") for text in about.named(one.coin)))
    if own := iri(one.coin["uri"]):
        make(control, "otherRecordId", own, {"semantic": "skos:exactMatch"})
    make(control, "publicationStatus", "inProcess")
    make(control, "maintenanceStatus", "derived")
    make(make(control, "maintenanceAgency"), "agencyName", about.publisher or one.coin["collection"])
    event = make(make(control, "maintenanceHistory"), "maintenanceEvent")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    make(event, "eventType", "derived")
    make(event, "eventDateTime", now, {"standardDateTime": now})
    make(event, "agentType", "machine")
    make(event, "agent", "coinstore")
    _rights(make(control, "rightsStmt"), one, about)
    if own:
        declared = make(control, "semanticDeclaration")
        make(declared, "prefix", "skos")
        make(declared, "namespace", "http://www.w3.org/2004/02/skos/core#")


def _rights(rights: Any, one: ExportedCoin, about: About) -> None:
    if holders := one.rights("rights_holder"):
        make(rights, "copyrightHolder", joined(holders))  # there is one element for all
    # It is said of all pictures, so that all have to have it.
    pictures = {one.side(face).get("image_licence") for face in FACES if about.image(one, face)}
    for kind, texts in (("data", one.rights("licence")), ("images", pictures if len(pictures) == 1 else ())):
        for text in filter(None, texts):
            make(rights, "license", text, {"for": kind} | _link(web(text)))


def _link(uri: str | None) -> dict[str, str | None]:
    return {"xlink:type": "simple", "xlink:href": uri} if uri else {}


def _typology(typology: Any, one: ExportedCoin) -> None:
    make(typology, "objectType", "Coin", _link(COIN))
    _dates(typology, one)
    for field in ("denomination", "material"):
        for name in one.names(field):
            _named(typology, field, name)
    if authorities := one.names("authority"):
        authority = make(typology, "authority")
        for name in authorities:
            _named(authority, "persname", name, "authority")
    if mints := one.names("mint"):
        geographic = make(typology, "geographic")
        for name in mints:
            _named(geographic, "geogname", name, "mint")
    for face in FACES:
        _side(typology, one, face)


def _named(parent: Any, element: str, name: Value, role: str | None = None) -> None:
    link = _link(name.uri) or ({"xlink:type": "simple"} if role else {})
    certainty = UNCERTAIN if name.is_uncertain else None
    make(parent, element, _certain(name.name), link | {"xlink:role": role, "certainty": certainty})


def _dates(typology: Any, one: ExportedCoin) -> None:
    first, last = one.coin["year_from"], one.coin["year_to"]
    if first is None and last is None:
        return
    if first is None or last is None:  # a range has both ends
        ends = {"notBefore": first, "notAfter": last}
        known = {name: gyear(year) for name, year in ends.items() if year is not None}
        make(typology, "date", None, known)
        return
    if first == last:
        make(typology, "date", in_words(first, first), {"standardDate": gyear(first)})
        return
    span = make(typology, "dateRange")
    make(span, "fromDate", in_words(first, first), {"standardDate": gyear(first)})
    make(span, "toDate", in_words(last, last), {"standardDate": gyear(last)})


def _side(typology: Any, one: ExportedCoin, face: Face) -> None:
    side, portraits = one.side(face), one.names("portrait") if face == "obverse" else ()
    dies = side.get("dies") or ()
    if not (side.get("legend") or side.get("description") or dies or portraits):
        return
    made = make(typology, face)
    if side.get("legend"):
        make(made, "legend", side["legend"])
    if side.get("description"):
        language = {"xml:lang": side.get("description_language")}
        make(make(made, "type"), "description", side["description"], language)
    for die in dies[:1]:
        make(made, "die", die, {"state": "unknown"})
    for name in portraits:
        _named(made, "persname", name, "portrait")


def _measures(described: Any, one: ExportedCoin) -> None:
    axis, diameter, weight = (one.coin[name] for name in ("die_axis_h", "diameter_mm", "weight_g"))
    if axis is None and diameter is None and weight is None:
        return
    physical = make(described, "physDesc")
    if axis is not None:
        make(physical, "axis", axis)
    if diameter is not None or weight is not None:
        measures = make(physical, "measurementsSet")
        for name, value, unit in (("diameter", diameter, "mm"), ("weight", weight, "g")):
            if value is not None:
                make(measures, name, decimal(value), {"units": unit})


def _find(described: Any, one: ExportedCoin) -> None:
    coin = one.coin
    if not any(coin[name] for name in ("findspot", "findspot_uri", "hoard", "hoard_uri")):
        return
    find = make(described, "findspotDesc")
    if coin["findspot"] or coin["findspot_uri"]:
        link = _link(coin["findspot_uri"]) or {"xlink:type": "simple"}
        make(make(find, "findspot"), "geogname", coin["findspot"], link | {"xlink:role": "findspot"})
    if coin["hoard"] or coin["hoard_uri"]:
        make(find, "hoard", coin["hoard"], _link(coin["hoard_uri"]))


def _refer(references: Any, one: ExportedCoin) -> None:
    for said in one.types:
        certainty = UNCERTAIN if said["is_uncertain"] else None
        more = {"xlink:arcrole": "nmo:hasTypeSeriesItem", "certainty": certainty}
        made = make(references, "reference", _certain(said["label"]), _link(said["uri"]) | more)
        if said["catalogue"] or said["number"]:
            for name, part in (("tei:title", said["catalogue"]), ("tei:idno", _certain(said["number"]))):
                make(made, name, part)
    for said in one.references:
        link = _link(said["uri"])
        if said["kind"] != "literature":
            link = (link or {"xlink:type": "simple"}) | {"xlink:role": said["kind"]}
        make(references, "reference", words(said), link)


def _certain(name: str | None) -> str | None:
    """A name as it is read; its doubt is an attribute, and one that only looks doubtful has a backslash."""
    return marked(Value(name)) if name else None


def _admin(admin: Any, one: ExportedCoin, about: About) -> None:
    make(admin, "identifier", one.coin["inventory_number"])
    make(admin, "collection", one.coin["collection"], _link(about.holder_uri(one)))
    if about.provenance and one.coin["provenance"]:
        item = make(make(make(admin, "provenance"), "chronList"), "chronItem")
        make(item, "description", one.coin["provenance"])


def _pictures(nuds: Any, one: ExportedCoin, about: About) -> None:
    found: dict[str, str] = {face: address for face in FACES if (address := about.image(one, face))}
    if one.image_of_both and found:
        found = {"combined": found["obverse"]}
    if not found:
        return
    files = make(make(nuds, "digRep"), "mets:fileSec")
    for face, address in found.items():
        service = image_service(address)
        use = "iiif" if service and service.address == address else "reference"
        file = make(make(files, "mets:fileGrp", None, {"USE": face}), "mets:file", None, {"USE": use})
        make(file, "mets:FLocat", None, {"LOCTYPE": "URL", "xlink:href": address})
