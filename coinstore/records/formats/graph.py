"""A graph of RDF: how it is read, safely, and the values along a path of its properties."""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.sax import SAXParseException

from ...errors import SourceError
from .texts import SHORT
from .xml import refuse_entities

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

PREFIXES = {
    "nmo": "http://nomisma.org/ontology#",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "void": "http://rdfs.org/ns/void#",
    "svcs": "http://rdfs.org/sioc/services#",
    "crm": "http://www.cidoc-crm.org/cidoc-crm/",
    "un": "http://www.owl-ontologies.com/Ontology1181490123.owl#",
}
DEEPEST = 6  # blank nodes in blank nodes, in what is kept of a record
CONCEPT = re.compile(r"https?://(?:www\.)?nomisma\.org/id/([^#\s]+)(?:#this)?")
TURTLE = re.compile(r"^\s*(@prefix|@base|prefix\s|base\s)", re.IGNORECASE | re.MULTILINE)
TRIPLE = re.compile(r"^(<[^<>\s]+>|_:\w+)\s+<[^<>\s]+>\s+.*\.\s*$", re.MULTILINE)


def syntax_of(text: str) -> str | None:
    """The name of a serialisation of RDF, by how a file begins; None of another file."""
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<") and PREFIXES["rdf"] in text and ":RDF" in text:
        return "xml"
    if start.startswith(("{", "[")):
        return "json-ld" if '"@' in text else None
    if TURTLE.search(start):
        return "turtle"
    return "nt" if TRIPLE.match(start) else None


def graph_of(source: str, data: bytes, text: str) -> Graph:
    """The graph of a file; raises SourceError with the line when it is not RDF. Nothing is fetched."""
    try:
        import rdflib
    except ImportError:
        raise SourceError(f"{source}: is RDF, which needs rdflib; pip install 'coinstore[formats]'") from None
    syntax = syntax_of(text) or "turtle"
    if syntax == "xml":
        refuse_entities(source, data)
    if syntax == "json-ld":
        _refuse_contexts(source, data)
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # it prints a trace for each year before Christ
    graph = rdflib.Graph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # about its own classes, in JSON-LD
            graph.parse(data=data, format=syntax)
    except SAXParseException as error:
        line, reason = error.getLineNumber(), error.getMessage()
        raise SourceError(f"{source}: is not well-formed XML in line {line} ({reason}).") from None
    except Exception as error:  # its parsers have no common error
        reason = " ".join(str(error).split())[:200]
        raise SourceError(f"{source}: is not RDF that can be read ({reason}); export it again.") from None
    return graph


def _refuse_contexts(source: str, data: bytes) -> None:
    """Raises SourceError for JSON-LD with a context on the web, which would be fetched."""
    try:
        found = next(_contexts(json.loads(data)), None)
    except ValueError as error:
        raise SourceError(f"{source}: is not JSON ({error}).") from None
    if found:
        raise SourceError(
            f"{source}: names the context {found}, which is not fetched; write it into the file."
        )


def _contexts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        said = value.get("@context")
        yield from (one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str))
        yield from (found for part in value.values() for found in _contexts(part))
    elif isinstance(value, list):
        yield from (found for part in value for found in _contexts(part))


def property_of(name: str) -> Any:
    """A property by its short name: nmo:hasMint."""
    from rdflib import URIRef

    prefix, _, local = name.partition(":")
    return URIRef(PREFIXES.get(prefix, f"{prefix}:") + local)


def short(address: str) -> str:
    """An address with a known prefix."""
    for prefix, whole in PREFIXES.items():
        if address.startswith(whole):
            return f"{prefix}:{address[len(whole) :]}"
    return address


def along(graph: Graph, node: Node, path: str) -> list[Node]:
    """The nodes at the end of a path of properties, nmo:hasObverse/foaf:depiction, sorted."""
    nodes = [node]
    for name in path.split("/"):
        nodes = [
            found for one in nodes for found in sorted(graph.objects(one, property_of(name)), key=_order)
        ]
    return nodes


def _order(node: Node) -> tuple[bool, str]:
    """Blank nodes come last: their names are new each time."""
    from rdflib import BNode

    is_blank = isinstance(node, BNode)
    return is_blank, "" if is_blank else str(node)


def concept(address: str) -> str:
    """The one address of a concept of Nomisma, whichever way it is written; others as they are."""
    found = CONCEPT.fullmatch(address)
    return f"http://nomisma.org/id/{found[1]}" if found else address


def label(graph: Graph, node: Node, languages: tuple[str, ...]) -> str | None:
    """The name that the graph gives a node, in the first language that there is."""
    for name in ("skos:prefLabel", "rdfs:label", "foaf:name", "dcterms:title"):
        if found := in_one_language(along(graph, node, name), languages):
            return found[0]
    return None


def in_one_language(nodes: list[Node], languages: tuple[str, ...]) -> list[str]:
    """The texts of literals in the first language that there is."""
    from rdflib import Literal

    texts = [node for node in nodes if isinstance(node, Literal) and str(node).strip()]
    there = [SHORT.get(said := (node.language or "").split("-")[0].lower(), said) for node in texts]
    first = next((one for one in languages if one in there), next(iter(there), ""))
    return [str(text) for text, language in zip(texts, there, strict=True) if language == first]


def kept(graph: Graph, node: Node, depth: int = DEEPEST) -> dict[str, Any]:
    """What a graph says about a node, and about what belongs to it: the same each time it is read."""
    from rdflib import BNode

    found: dict[str, Any] = {} if isinstance(node, BNode) else {"@id": str(node)}
    for name, value in graph.predicate_objects(node):
        is_part = isinstance(value, BNode) or str(value).startswith(f"{node}#")
        said = kept(graph, value, depth - 1) if is_part and depth else str(value)
        found.setdefault(short(str(name)), []).append(said)
    return {name: sorted(found[name], key=str) if name != "@id" else found[name] for name in sorted(found)}
