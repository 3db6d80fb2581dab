"""Nomisma RDF: coins in RDF/XML, Turtle, JSON-LD and N-Triples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...errors import SourceError
from ...sources import files
from ...sources.source import Source
from ..coin import Record
from ..encodings import text_in
from ..header import Tell
from ..mapping import NAMES, SEVERAL, Mapping
from ..values.several import SEPARATOR, listed
from . import graph as rdf
from . import profile
from .format import Format
from .paths import OF
from .texts import ONE, YEARS, year

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

WORDS = ("nomisma.org/ontology", "rdfs.org/ns/void#")
# What is not a coin, by its class.
OTHERS = {
    "nmo:TypeSeriesItem": "a type",
    "nmo:Hoard": "a hoard",
    "void:Dataset": "a description of a data set",
    "skos:Concept": "a concept",
}
PAIRED = (*NAMES, "type", "hoard")  # the name and the address of one thing
NAMED = (*NAMES, "collection", "findspot")  # by the end of its address, where the graph has no name


def reads(head: bytes) -> bool:
    """Whether a file is RDF with words of Nomisma's ontology, or of the description of a data set."""
    text = text_in(head)
    return any(word in text for word in WORDS) and rdf.syntax_of(text) is not None


def records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """The coins of a graph; types, hoards and concepts are skipped."""
    return _read(source, mapping, everything=False)


def everything(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """As `records`, with what no column takes."""
    return _read(source, mapping, everything=True)


def _read(source: Source, mapping: Mapping, *, everything: bool) -> Iterator[Record]:
    from rdflib import BNode

    data = files.read(source.location)
    graph = rdf.graph_of(source.name, data, mapping.encoding)
    coins = [*graph.subjects(rdf.property_of("rdf:type"), rdf.property_of("nmo:NumismaticObject"))]
    if not coins:
        coins = [*graph.subjects(rdf.property_of("nmo:hasTypeSeriesItem"))]
    # A blank node has a new name each time: it is told apart by what is said of it.
    raw = {node: rdf.kept(graph, node) for node in set(coins)}
    for n, node in enumerate(sorted(raw, key=lambda one: (isinstance(one, BNode), str(raw[one]))), 1):
        cells = _cells(graph, node, mapping)
        if everything:
            cells |= _unused(graph, node, mapping)
        place = f"coin {n}" if isinstance(node, BNode) else str(node)
        yield Record(place, cells, raw[node], is_whole=True)
    others = [*_others(graph, set(coins))]
    yield from others
    if not raw and not others:
        raise SourceError(f"{source.name}: has no records of Nomisma's ontology.")


def _others(graph: Graph, coins: set[Any]) -> Iterator[Record]:
    seen = set(coins)
    for kind, what in OTHERS.items():
        for node in sorted(set(graph.subjects(rdf.property_of("rdf:type"), rdf.property_of(kind))), key=str):
            if node not in seen:
                seen.add(node)
                yield Record(str(node), {}, {}, skipped=what)


def _cells(graph: Graph, node: Node, mapping: Mapping) -> dict[str, Any]:
    """What is said of a coin; what is not said has no cell: it may be said elsewhere.

    A name and its address come from one path: the first that has any of both.
    """
    from rdflib import URIRef

    found: dict[str, Any] = {}
    if "end" in mapping.columns and isinstance(node, URIRef):
        found["end"] = str(node).rstrip("/").rpartition("/")[2]
    taken: dict[str, str] = {}
    for name, column in mapping.columns.items():
        of = OF.fullmatch(name)
        path, field = of["path"] if of else name, column.field or ""
        pair = field.removesuffix("_uri")
        if pair in PAIRED and taken.get(pair, path) != path:
            continue
        nodes = [node] if path == "." else _nodes(graph, rdf.along(graph, node, path), pair, mapping)
        if text := _cell(
            [_address(graph, one) if of else _text(graph, one, field, mapping) for one in nodes], field
        ):
            found[name] = text
            taken[pair] = path
    for path in mapping.only:
        if text := _cell([_text(graph, one, "", mapping) for one in rdf.along(graph, node, path)], ""):
            found.setdefault(path, text)
    return found


def _nodes(graph: Graph, nodes: list[Node], pair: str, mapping: Mapping) -> list[Node]:
    """The nodes in one language; where only one counts, the first with a name, else the first."""
    nodes = rdf.in_one_language(nodes, mapping.languages)
    if pair not in ONE or len(nodes) < 2:
        return nodes
    return [next((one for one in nodes if _text(graph, one, pair, mapping)), nodes[0])]


def _cell(texts: list[str], field: str) -> str | None:
    if field in SEVERAL:
        return listed(texts)
    some = [text for text in texts if text]
    if field in YEARS and some:
        return min(some, key=_number) if field == "year_from" else max(some, key=_number)
    return next(iter(some), None)


def _number(text: str) -> int:
    return int(text) if text.lstrip("-").isdigit() else 0


def _address(graph: Graph, node: Node) -> str:
    """The address of a node; of one that stands for a doubtful value, that of the value. None of a text."""
    from rdflib import Literal, URIRef

    if isinstance(node, URIRef):
        return rdf.concept(str(node))
    values = [] if isinstance(node, Literal) else rdf.along(graph, node, "rdf:value")
    return next((rdf.concept(str(one)) for one in values if isinstance(one, URIRef)), "")


def _text(graph: Graph, node: Node, field: str, mapping: Mapping) -> str:
    from rdflib import Literal

    text = str(node) if isinstance(node, Literal) else _name(graph, node, field, mapping)
    text = " ".join(text.split())
    if field in YEARS:
        return year(text)
    if field == "die_axis_h":
        return f"{text}°" if text.isdigit() and int(text) > 12 else text
    return text


def _name(graph: Graph, node: Node, field: str, mapping: Mapping) -> str:
    """The name of what an address stands for; of other fields the address itself."""
    from rdflib import Literal, URIRef

    doubtful = rdf.along(graph, node, "rdf:value")
    thing = doubtful[0] if doubtful else node
    named = str(thing) if isinstance(thing, Literal) else rdf.label(graph, thing, mapping.languages)
    if field in (*NAMED, "hoard", "type"):
        by_address = str(thing).split("#")[0].rstrip("/").rpartition("/")[2]
        has_name = field in NAMED and isinstance(thing, URIRef) and not str(thing).startswith(f"{node}#")
        text = named or (by_address if has_name else "")
        if doubtful and field == "type":
            text = text or rdf.concept(str(thing))
        return f"{text}?" if text and doubtful and field in (*NAMES, "type") else text
    return str(thing) if isinstance(thing, URIRef) else named or ""


def _unused(graph: Graph, node: Node, mapping: Mapping) -> dict[str, str]:
    """The properties of a coin that begin no path of the columns."""
    paths = [of["path"] if (of := OF.fullmatch(name)) else name for name in mapping.columns]
    used = {"rdf:type", *mapping.only, *(path.split("/")[0] for path in paths)}
    found: dict[str, list[str]] = {}
    for name, value in graph.predicate_objects(node):
        if (said := rdf.short(str(name))) not in used:
            found.setdefault(said, []).append(str(value))
    return {name: SEPARATOR.join(values) for name, values in found.items()}


def formats() -> tuple[Format, ...]:
    """Nomisma RDF, with its profile."""
    return (Format("Nomisma RDF", reads, records, profile.built_in("nomisma"), everything),)
