"""RDF of coins as Nomisma harvests it, with the VoID of the data set next to it.

A coin without the address of a certain type is not harvested: it is left out and listed in NAME.left_out.csv.
Coins that a person calls of one die or type, and nobody does not, are close matches of each other,
if both are in the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...errors import SettingsError
from ...sources.outputs import cell, replacing
from ..coin import FACES
from .about import About, iri, title, web
from .coins import ExportedCoin, Said
from .markup import Maker, decimal, streamed, write_all
from .services import image_service

RDF = Maker(
    {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "dcterms": "http://purl.org/dc/terms/",
        "nmo": "http://nomisma.org/ontology#",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "void": "http://rdfs.org/ns/void#",
        "edm": "http://www.europeana.eu/schemas/edm/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "svcs": "http://rdfs.org/sioc/services#",
        "doap": "http://usefulinc.com/ns/doap#",
    }
)
XSD = "http://www.w3.org/2001/XMLSchema#"
# The sizes that Numishare asks of a service of pictures.
DEPICTION, THUMBNAIL = "!400,400", ",120"
IMAGE_API, LEVEL = "http://iiif.io/api/image", "http://iiif.io/api/image/2/level1.json"
make = RDF.make


def write_nomisma(coins: Iterable[ExportedCoin], path: Path, about: About) -> int:
    """Writes RDF/XML, and NAME.void.rdf next to it; returns how many coins are left out.

    Raises SettingsError when what Nomisma requires of a data set is not given.
    """
    _check(about)
    left_out = path.with_suffix(".left_out.csv")
    with replacing(path.with_suffix(".void.rdf")) as void, replacing(left_out) as list_:
        _write_void(void, path.name, about)
        with (
            list_.open("w", encoding="utf-8-sig", newline="") as file,
            streamed(path, RDF, "rdf:RDF") as dump,
        ):
            writer = csv.writer(file)
            writer.writerow(("collection", "inventory_number"))
            named: set[str] = set()
            count = sum(not _write(dump, writer, one, about, named) for one in coins)
    if not count:
        left_out.unlink()
    return count


def _write(dump: Any, left_out: Any, one: ExportedCoin, about: About, named: set[str]) -> bool:
    """Writes a coin, or in the list of those that are left out; returns whether it is harvested.

    `named` are the collections whose names are written already.
    """
    if types := _types(one.types):
        write_all(dump, described(one, about))
        if one.coin["collection"] not in named:
            named.add(one.coin["collection"])
            write_all(dump, [_named(one, about)])
    else:
        left_out.writerow(cell(one.coin[name]) for name in ("collection", "inventory_number"))
    return bool(types)


def _check(about: About) -> None:
    needed = {"base": about.base, "title": about.title, "description": about.description}
    needed |= {"publisher": about.publisher, "licence": about.licence}
    if lacking := [name for name, value in needed.items() if not value]:
        raise SettingsError(
            f"Nomisma requires of a data set what is not given: {', '.join(lacking)}; give them in a"
            " TOML file (--config FILE)."
        )


def _write_void(path: Path, dump: str, about: About) -> None:
    data_set = RDF.root("void:Dataset", {"rdf:about": about.dataset or about.base})
    make(data_set, "dcterms:title", about.title)
    make(data_set, "dcterms:description", about.description)
    make(data_set, "dcterms:publisher", about.publisher)
    if web(about.licence):
        make(data_set, "dcterms:license", None, _to(about.licence))
    else:
        make(data_set, "dcterms:rights", about.licence)
    make(data_set, "void:uriSpace", about.base)
    make(data_set, "void:dataDump", None, _to((about.dataset or about.base) + dump))
    with streamed(path, RDF, "rdf:RDF") as file:
        write_all(file, [data_set])


def _to(uri: str) -> dict[str, str | None]:
    return {"rdf:resource": uri}


def _types(types: Iterable[Said]) -> list[str]:
    """The addresses of the types that are certain: RDF has no place for the others that all readers know."""
    certain = (said for said in types if not said["is_uncertain"])
    return list(dict.fromkeys(uri for said in certain if (uri := web(said["uri"]))))


def _collection(one: ExportedCoin, about: About) -> str:
    """The address of the collection of a coin: that at nomisma.org, else one here, which no coin has."""
    return about.holder_uri(one) or f"{about.base}#{quote(one.coin['collection'], safe='')}"


def _named(one: ExportedCoin, about: About) -> Any:
    """The name of the collection of a coin: its address alone does not say it."""
    named = RDF.root("nmo:Collection", {"rdf:about": _collection(one, about)})
    make(named, "skos:prefLabel", one.coin["collection"])
    return named


def described(one: ExportedCoin, about: About) -> Iterator[Any]:
    """The coin, its sides, and the services of their pictures."""
    uri = about.uri(one)
    coin = RDF.root("nmo:NumismaticObject", {"rdf:about": uri})
    make(coin, "dcterms:title", title(one))
    make(coin, "dcterms:identifier", one.coin["inventory_number"])
    make(coin, "nmo:hasCollection", None, _to(_collection(one, about)))
    for type_uri in _types(one.types):
        make(coin, "nmo:hasTypeSeriesItem", None, _to(type_uri))
    for name, field, kind in (
        ("hasAxis", "die_axis_h", "integer"),
        ("hasDiameter", "diameter_mm", "decimal"),
        ("hasWeight", "weight_g", "decimal"),
    ):
        if (value := one.coin[field]) is not None:
            make(coin, f"nmo:{name}", decimal(value), {"rdf:datatype": XSD + kind})
    if hoard := iri(one.coin["hoard_uri"]):
        make(coin, "dcterms:isPartOf", None, _to(hoard))
    pictures: dict[str, str] = {face: address for face in FACES if (address := about.image(one, face))}
    services: list[Any] = []
    if one.image_of_both and pictures:
        services, pictures = _depict(coin, pictures["obverse"]), {}
    for face in pictures:
        make(coin, f"nmo:has{face.title()}", None, _to(f"{uri}#{face}"))
    for other in one.agreed:
        if _types(other["types"] or ()):
            make(coin, "skos:closeMatch", None, _to(about.uri_of(other)))
    make(coin, "void:inDataset", None, _to(about.dataset or about.base))
    yield coin
    for face, address in pictures.items():
        side = RDF.root("rdf:Description", {"rdf:about": f"{uri}#{face}"})
        services += [side, *_depict(side, address)]
    yield from services


def _depict(subject: Any, address: str) -> list[Any]:
    """Says of a coin or a side what shows it; returns the elements of the service of that picture."""
    service = image_service(address)
    if not service:
        make(subject, "foaf:depiction", None, _to(address))
        return []
    depiction = service.request(DEPICTION)
    make(subject, "foaf:depiction", None, _to(depiction))
    make(subject, "foaf:thumbnail", None, _to(service.request(THUMBNAIL)))
    resource = RDF.root("edm:WebResource", {"rdf:about": depiction})
    make(resource, "svcs:has_service", None, _to(service.address))
    make(resource, "dcterms:isReferencedBy", None, _to(f"{service.address}/info.json"))
    served = RDF.root("svcs:Service", {"rdf:about": service.address})
    make(served, "dcterms:conformsTo", None, _to(IMAGE_API))
    if service.version in (None, 2):  # as Numishare says of its own services
        make(served, "doap:implements", None, _to(LEVEL))
    return [resource, served]
