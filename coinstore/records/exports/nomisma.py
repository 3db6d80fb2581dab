"""RDF of coins as Nomisma harvests it, with the VoID of the data set next to it.

A coin without the address of a certain type is not harvested: it is left out and listed in NAME.left_out.csv.
Coins that a person calls of one die or type, and nobody does not, are close matches.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ...errors import SettingsError
from ...sources.outputs import cell
from ..coin import FACES
from .about import About, image_service, title, web
from .coins import ExportedCoin
from .markup import Maker, streamed, write_all
from .nuds import decimal

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
# The requests that Numishare makes of a service of pictures.
DEPICTION, THUMBNAIL = "/full/!400,400/0/default.jpg", "/full/,120/0/default.jpg"
IMAGE_API, LEVEL = "http://iiif.io/api/image", "http://iiif.io/api/image/2/level1.json"
make = RDF.make


def write_nomisma(coins: Iterable[ExportedCoin], path: Path, about: About) -> int:
    """Writes RDF/XML, and NAME.void.rdf next to it; returns how many coins are left out.

    Raises SettingsError when what Nomisma requires of a data set is not given.
    """
    _check(about)
    _write_void(path.with_suffix(".void.rdf"), path.name, about)
    left_out = path.with_suffix(".left_out.csv")
    with left_out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("collection", "inventory_number"))
        count = 0
        with streamed(path, RDF, "rdf:RDF") as dump:
            for one in coins:
                if not _types(one):
                    count += 1
                    writer.writerow(cell(one.coin[name]) for name in ("collection", "inventory_number"))
                    continue
                write_all(dump, described(one, about))
    if not count:
        left_out.unlink()
    return count


def _check(about: About) -> None:
    needed = {"base": about.base, "title": about.title, "description": about.description}
    needed |= {"publisher": about.publisher, "licence": about.licence}
    if lacking := [name for name, value in needed.items() if not value]:
        raise SettingsError(
            f"Nomisma requires of a data set what is not given: {', '.join(lacking)}; give them in a file."
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


def _types(one: ExportedCoin) -> list[str]:
    """The addresses of the types that are certain: RDF has no place for the others that all readers know."""
    certain = (said for said in one.types if not said["is_uncertain"])
    return list(dict.fromkeys(uri for said in certain if (uri := web(said["uri"]))))


def described(one: ExportedCoin, about: About) -> Iterator[Any]:
    """The coin, its sides, and the services of their pictures."""
    uri = about.uri(one)
    coin = RDF.root("nmo:NumismaticObject", {"rdf:about": uri})
    make(coin, "dcterms:title", title(one))
    make(coin, "dcterms:identifier", one.coin["inventory_number"])
    if about.collection_uri:
        make(coin, "nmo:hasCollection", None, _to(about.collection_uri))
    for type_uri in _types(one):
        make(coin, "nmo:hasTypeSeriesItem", None, _to(type_uri))
    for name, field, kind in (
        ("hasAxis", "die_axis_h", "integer"),
        ("hasDiameter", "diameter_mm", "decimal"),
        ("hasWeight", "weight_g", "decimal"),
    ):
        if (value := one.coin[field]) is not None:
            make(coin, f"nmo:{name}", decimal(value), {"rdf:datatype": XSD + kind})
    if hoard := web(one.coin["hoard_uri"]):
        make(coin, "dcterms:isPartOf", None, _to(hoard))
    pictures = {face: address for face in FACES if (address := about.image(one, face))}
    for face in pictures:
        make(coin, f"nmo:has{face.title()}", None, _to(f"{uri}#{face}"))
    for other in one.agreed:
        make(coin, "skos:closeMatch", None, _to(about.uri_of(other)))
    make(coin, "void:inDataset", None, _to(about.dataset or about.base))
    yield coin
    for face, address in pictures.items():
        yield from _side(f"{uri}#{face}", address)


def _side(uri: str, address: str) -> list[Any]:
    side = RDF.root("rdf:Description", {"rdf:about": uri})
    service = image_service(address)
    if not service:
        make(side, "foaf:depiction", None, _to(address))
        return [side]
    make(side, "foaf:depiction", None, _to(service + DEPICTION))
    make(side, "foaf:thumbnail", None, _to(service + THUMBNAIL))
    resource = RDF.root("edm:WebResource", {"rdf:about": service + DEPICTION})
    make(resource, "svcs:has_service", None, _to(service))
    make(resource, "dcterms:isReferencedBy", None, _to(f"{service}/info.json"))
    served = RDF.root("svcs:Service", {"rdf:about": service})
    make(served, "dcterms:conformsTo", None, _to(IMAGE_API))
    make(served, "doap:implements", None, _to(LEVEL))
    return [side, resource, served]
