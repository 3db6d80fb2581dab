"""Nomisma RDF: coins in RDF/XML, Turtle, JSON-LD and N-Triples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...sources import files
from ...sources.source import Source
from ..coin import Record
from ..encodings import encoding_of
from ..header import Tell
from ..mapping import NAMES, Mapping
from . import graph as rdf
from . import profile
from .format import Format
from .paths import OF
from .texts import SEVERAL, YEARS, listed, year

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

NOMISMA = "nomisma.org/ontology"
# What is no coin, by its class.
OTHERS = {
    "nmo:TypeSeriesItem": "a type",
    "nmo:Hoard": "a hoard",
    "void:Dataset": "a description of a data set",
    "skos:Concept": "a concept",
}
NAMED = (*NAMES, "collection", "findspot")  # by the end of its address, where the graph has no name


def reads(head: bytes) -> bool:
    """Whether a file is RDF with words of Nomisma's ontology."""
    text = head.decode(encoding_of(head, None), "replace")
    return NOMISMA in text and rdf.syntax_of(text) is not None


def records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """The coins of a graph; types, hoards and concepts are skipped."""
    return _read(source, mapping, everything=False)


def everything(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """As `records`, with what no column takes."""
    return _read(source, mapping, everything=True)


def _read(source: Source, mapping: Mapping, *, everything: bool) -> Iterator[Record]:
    data = files.read(source.location)
    graph = rdf.graph_of(source.name, data, data.decode(encoding_of(data[:65536], None), "replace"))
    coins = [*graph.subjects(rdf.property_of("rdf:type"), rdf.property_of("nmo:NumismaticObject"))]
    if not coins:
        coins = [*graph.subjects(rdf.property_of("nmo:hasTypeSeriesItem"))]
    for node in sorted(set(coins), key=str):
        cells = _cells(graph, node, mapping)
        if everything:
            cells |= _unused(graph, node, mapping)
        yield Record(str(node), cells, rdf.kept(graph, node))
    yield from _others(graph, set(coins))


def _others(graph: Graph, coins: set[Any]) -> Iterator[Record]:
    seen = set(coins)
    for kind, what in OTHERS.items():
        for node in sorted(set(graph.subjects(rdf.property_of("rdf:type"), rdf.property_of(kind))), key=str):
            if node not in seen:
                seen.add(node)
                yield Record(str(node), {}, {}, skipped=what)


def _cells(graph: Graph, node: Node, mapping: Mapping) -> dict[str, Any]:
    """What is said of a coin; what is not said is no cell: it may be said elsewhere."""
    found: dict[str, Any] = {}
    if "end" in mapping.columns:
        found["end"] = str(node).rstrip("/").rpartition("/")[2]
    for name, column in mapping.columns.items():
        of = OF.fullmatch(name)
        nodes = [node] if name == "address(.)" else rdf.along(graph, node, of["path"] if of else name)
        field = column.field or ""
        texts = [_address(graph, one) for one in nodes] if of else _texts(graph, nodes, field, mapping)
        if text := _cell(texts, field):
            found[name] = text
    return found


def _cell(texts: list[str], field: str) -> str | None:
    if field in SEVERAL:
        return listed(texts) or None
    some = [text for text in texts if text]
    if field in YEARS and some:
        return min(some, key=_number) if field == "year_from" else max(some, key=_number)
    return next(iter(some), None)


def _number(text: str) -> int:
    return int(text) if text.lstrip("-").isdigit() else 0


def _address(graph: Graph, node: Node) -> str:
    """The address of a node; of one that stands for a doubtful value, that of the value."""
    from rdflib import URIRef

    if isinstance(node, URIRef):
        return rdf.concept(str(node))
    return next((rdf.concept(str(one)) for one in rdf.along(graph, node, "rdf:value")), "")


def _texts(graph: Graph, nodes: list[Node], field: str, mapping: Mapping) -> list[str]:
    from rdflib import Literal

    literals = rdf.in_one_language(nodes, mapping.languages)
    names = [_name(graph, node, field, mapping) for node in nodes if not isinstance(node, Literal)]
    texts = [" ".join(text.split()) for text in [*literals, *names]]
    if field in YEARS:
        return [year(text) for text in texts]
    if field == "die_axis_h":
        return [f"{text}°" if text.isdigit() and int(text) > 12 else text for text in texts]
    return texts


def _name(graph: Graph, node: Node, field: str, mapping: Mapping) -> str:
    """The name of what an address stands for; of other fields the address itself."""
    from rdflib import URIRef

    doubtful = rdf.along(graph, node, "rdf:value")
    thing = doubtful[0] if doubtful else node
    named = rdf.label(graph, thing, mapping.languages)
    if field in (*NAMED, "hoard", "type"):
        by_address = str(thing).split("#")[0].rstrip("/").rpartition("/")[2]
        has_name = field in NAMED and isinstance(thing, URIRef) and not str(thing).startswith(f"{node}#")
        text = named or (by_address if has_name else "")
        return f"{text}?" if text and doubtful and field in NAMES else text
    return str(thing) if isinstance(thing, URIRef) else named or ""


def _unused(graph: Graph, node: Node, mapping: Mapping) -> dict[str, str]:
    """The properties of a coin that begin no path of the columns."""
    paths = [of["path"] if (of := OF.fullmatch(name)) else name for name in mapping.columns]
    used = {path.split("/")[0] for path in paths}
    found: dict[str, list[str]] = {}
    for name, value in graph.predicate_objects(node):
        if (said := rdf.short(str(name))) not in used:
            found.setdefault(said, []).append(str(value))
    return {name: " | ".join(values) for name, values in found.items()}


FORMATS = (Format("Nomisma RDF", reads, records, profile.built_in("nomisma"), everything),)
