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
from ..encodings import xml_encoding_of
from ..json_text import AGAIN, TOO_DEEP, why_not
from ..languages import code_of
from ..lines import decoded
from .format import HEAD_BYTES
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
DECLARATION = re.compile(r"^\s*<\?xml\s[^>]*\?>")
LINE = re.compile(r"\bline \d")
KEYWORD = re.compile(r'"@(context|id|type|graph)"\s*:')  # of JSON-LD
TURTLE = re.compile(r"^\s*(@prefix|@base|prefix\s|base\s)", re.IGNORECASE | re.MULTILINE)
TRIPLE = re.compile(r"^(<[^<>\s]+>|_:\w+)\s+<[^<>\s]+>\s+.*\.\s*$", re.MULTILINE)


def syntax_of(text: str) -> str | None:
    """The name of a serialisation of RDF, by how a file begins; None of another file."""
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<") and PREFIXES["rdf"] in text and ":RDF" in text:
        return "xml"
    if start.startswith(("{", "[")):
        return "json-ld" if KEYWORD.search(text) else None
    if TURTLE.search(start):
        return "turtle"
    return "nt" if TRIPLE.match(start) else None


def graph_of(source: str, data: bytes, encoding: str | None = None) -> Graph:
    """The graph of a file; raises SourceError with the line when it is not RDF. Nothing is fetched."""
    try:
        import rdflib
    except ImportError:
        raise SourceError(f"{source}: is RDF, which needs rdflib; pip install 'coinstore[formats]'") from None
    text = decoded(source, data, xml_encoding_of(data[:HEAD_BYTES], encoding))
    syntax = syntax_of(text) or "turtle"
    if syntax == "xml":
        text = DECLARATION.sub("", text)
        refuse_entities(source, text)
    if syntax == "json-ld":
        text = _without_contexts(source, text)
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # it prints a trace for each year before Christ
    graph = rdflib.Graph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # about its own classes, in JSON-LD
            graph.parse(data=text, format=syntax)
    except SAXParseException as error:
        line, reason = error.getLineNumber(), error.getMessage()
        raise SourceError(f"{source}: is not well-formed XML in line {line} ({reason}); {AGAIN}.") from None
    except RecursionError:
        raise SourceError(f"{source}: {TOO_DEEP}.") from None
    except Exception as error:  # its parsers have no common error
        reason = _reason(text, error)
        raise SourceError(f"{source}: is not RDF that can be read ({reason}); export it again.") from None
    return graph


def _reason(text: str, error: Exception) -> str:
    """Why a text is not RDF, with its line."""
    said = " ".join(str(error).split())[:200]
    if isinstance(error, IndexError):  # of a parser at the end
        return f"it ends too early, in line {text.count(chr(10)) + 1}"
    if LINE.search(said):
        return said
    rest = str(error).partition("Invalid line:")[2].strip()
    lines = (n for n, line in enumerate(text.splitlines(), 1) if rest and line.rstrip().endswith(rest))
    return f"{said}, in line {next(lines, 1)}"


def _without_contexts(source: str, data: str) -> str:
    """JSON-LD as it was checked; raises SourceError when it names a context on the web, to be fetched."""
    try:
        said = json.loads(data)
    except ValueError as error:
        raise SourceError(f"{source}: {why_not(error)}.") from None
    except RecursionError:
        raise SourceError(f"{source}: {TOO_DEEP}.") from None
    if found := next(_contexts(said), None):
        raise SourceError(
            f"{source}: names the context {found}, which is not fetched; write it into the file."
        )
    return json.dumps(said)  # of a name that is there twice, the parser sees what was checked


def _contexts(value: Any, *, is_context: bool = False) -> Iterator[str]:
    """The contexts that a document names instead of having them: by @context, and by @import in one."""
    if isinstance(value, str):
        yield from [value] * is_context
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _contexts(part, is_context=name in ("@context", "@import"))
    elif isinstance(value, list):
        for part in value:
            yield from _contexts(part, is_context=is_context)


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
            found
            for one in nodes
            for found in sorted(graph.objects(one, property_of(name)), key=lambda each: _order(graph, each))
        ]
    return nodes


def _order(graph: Graph, node: Node, depth: int = DEEPEST) -> tuple[bool, str]:
    """Blank nodes come last, by what is said of them: their names are new each time."""
    from rdflib import BNode

    if not isinstance(node, BNode):
        return False, str(node)
    said = graph.predicate_objects(node) if depth else ()
    return True, str(sorted((str(name), *_order(graph, value, depth - 1)) for name, value in said))


def concept(address: str) -> str:
    """The one address of a concept of Nomisma, whichever way it is written; others as they are."""
    found = CONCEPT.fullmatch(address)
    return f"http://nomisma.org/id/{found[1]}" if found else address


def label(graph: Graph, node: Node, languages: tuple[str, ...]) -> str | None:
    """The name that the graph gives a node, in the first language that there is."""
    for name in ("skos:prefLabel", "rdfs:label", "foaf:name", "dcterms:title"):
        if found := [one for one in in_one_language(along(graph, node, name), languages) if _is_text(one)]:
            return str(found[0])
    return None


def in_one_language(nodes: list[Node], languages: tuple[str, ...]) -> list[Node]:
    """The nodes in their order, of the literals only those in the first language that there is."""
    from rdflib import Literal

    there = [_language(node) for node in nodes if _is_text(node)]
    first = next((one for one in languages if one in there), next(iter(there), ""))
    return [
        node
        for node in nodes
        if not isinstance(node, Literal) or (_is_text(node) and _language(node) == first)
    ]


def _is_text(node: Node) -> bool:
    from rdflib import Literal

    return isinstance(node, Literal) and bool(str(node).strip())


def _language(node: Any) -> str:
    return code_of(node.language or "")


def kept(graph: Graph, node: Node, depth: int = DEEPEST) -> dict[str, Any]:
    """What a graph says about a node, and about what belongs to it: the same each time it is read."""
    from rdflib import BNode

    found: dict[str, Any] = {} if isinstance(node, BNode) else {"@id": str(node)}
    for name, value in graph.predicate_objects(node):
        is_part = isinstance(value, BNode) or str(value).startswith(f"{node}#")
        said = kept(graph, value, depth - 1) if is_part and depth else str(value)
        found.setdefault(short(str(name)), []).append(said)
    return {name: sorted(found[name], key=str) if name != "@id" else found[name] for name in sorted(found)}
