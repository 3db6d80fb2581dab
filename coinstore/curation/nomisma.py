"""Terms from concept files of nomisma.org: one name in a language, all other spellings, and the address.

A spelling that several concepts of a field share is not an alias of any: it would merge them. A person's own
preferred name stays, and gets the spellings of its concept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ..errors import NotFound, SourceError, TermError
from ..records.formats.format import HEAD_BYTES
from ..records.formats.graph import graph_of
from ..records.formats.recognise import check_graph
from ..records.placeholders import is_placeholder
from ..sources.source import Source
from ..sources.spelling import one_name
from .terms import LONGEST, Term, TermChange, add_term, list_terms, nomisma_uri

ONTOLOGY, SKOS, FOAF = (
    "http://nomisma.org/ontology#",
    "http://www.w3.org/2004/02/skos/core#",
    "http://xmlns.com/foaf/0.1/",
)
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
REPLACED = "http://purl.org/dc/terms/isReplacedBy"
# In which fields a concept of a class is a name.
FIELDS = {
    f"{ONTOLOGY}Material": ("material",),
    f"{ONTOLOGY}Denomination": ("denomination",),
    f"{ONTOLOGY}Mint": ("mint",),
    f"{FOAF}Person": ("authority", "portrait"),
    f"{FOAF}Organization": ("authority",),
    f"{FOAF}Group": ("authority",),
}
FIRST, LAST = "en", "la"  # languages after those that were asked for


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of nomisma.org: its address, the fields that it is a name in, its labels by language."""

    uri: str
    fields: tuple[str, ...]
    preferred: dict[str, str]
    spellings: frozenset[str]

    def name(self, languages: Sequence[str]) -> str:
        """The preferred label in the first of these languages that there is."""
        known = (self.preferred[one] for one in (*languages, FIRST, LAST) if one in self.preferred)
        return next(known, min(self.preferred.values()))


@dataclass(frozen=True, slots=True)
class ImportedConcept:
    """What one concept changed in one field; `fault` says why it, or some of its spellings, are left out."""

    field: str
    name: str
    changed: TermChange
    fault: str | None = None


def read_concepts(paths: Iterable[Path]) -> Iterator[Concept | str]:
    """The concepts of files; a sentence for a file that cannot be read, and for a concept of no field."""
    for path in paths:
        try:
            data = path.read_bytes()
            check_graph(Source(path.name, is_folder=False), data[:HEAD_BYTES])
            graph = graph_of(path.name, data)
        except (SourceError, OSError) as error:
            yield str(error)
            continue
        concepts = list(_concepts(graph))
        yield from concepts
        if not concepts:
            yield f"{path.name}: has no material, denomination, mint or person; it is left out."


def _concepts(graph: Any) -> Iterator[Concept]:
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    spellings: dict[str, set[str]] = defaultdict(set)
    classes: dict[str, set[str]] = defaultdict(set)
    replaced = set()
    for subject, predicate, value in graph:
        uri, said = str(subject), str(predicate)
        if said == RDF_TYPE:
            classes[uri].add(str(value))
        elif said == REPLACED:
            replaced.add(uri)
        elif said in (f"{SKOS}prefLabel", f"{SKOS}altLabel") and _is_name(text := one_name(str(value))):
            spellings[uri].add(text)
            if said == f"{SKOS}prefLabel":
                labels[uri][value.language or ""] = text
    for uri in sorted(labels):
        fields = tuple(field for one, names in FIELDS.items() if one in classes[uri] for field in names)
        if fields and uri not in replaced:
            yield Concept(uri, fields, labels[uri], frozenset(spellings[uri]))


def concept_files(paths: Iterable[Path]) -> list[Path]:
    """The files, and those in the folders, in order."""
    return [path for given in paths for path in (sorted(given.iterdir()) if given.is_dir() else [given])]


def _is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST and not is_placeholder(text)


def import_nomisma(
    engine: Engine, paths: Iterable[Path], said_by: str, languages: Sequence[str] = ()
) -> Iterator[ImportedConcept | str]:
    """Adds concepts as terms, each in its own transaction; a file again changes nothing.

    A sentence says which file is left out; the `fault` of a row, why a concept is, or a spelling of it. What
    an earlier import or a person made an alias stays one.
    """
    concepts: dict[str, Concept] = {}
    for found in read_concepts(paths):
        if isinstance(found, str):
            yield found
        else:
            concepts[found.uri] = found
    known = _Known(engine, concepts.values(), languages)
    for concept in concepts.values():
        for field in concept.fields:
            yield known.add(engine, concept, field, said_by)


class _Known:
    """The names that terms have, and which spellings mean several concepts."""

    def __init__(self, engine: Engine, concepts: Iterable[Concept], languages: Sequence[str]) -> None:
        self._languages = languages
        self._names: dict[tuple[str, str], str | None] = {}  # preferred name: address
        self._mine: dict[tuple[str, str], str] = {}  # address: preferred name
        self._aliases: dict[tuple[str, str], str] = {}
        for row in list_terms(engine):
            self._note(row["field"], row["term"], row["nomisma"], row["aliases"])
        self._meant: dict[tuple[str, str], set[str]] = defaultdict(set)
        for concept in concepts:
            for field in concept.fields:
                for text in concept.spellings:
                    self._meant[field, text].add(concept.uri)

    def _note(self, field: str, name: str, uri: str | None, aliases: Iterable[str]) -> None:
        self._names[field, name] = uri
        self._aliases |= {(field, alias): name for alias in aliases}
        if uri:
            self._mine[field, uri] = name

    def add(self, engine: Engine, concept: Concept, field: str, said_by: str) -> ImportedConcept:
        """Adds one concept to one field."""
        try:
            uri = nomisma_uri(concept.uri)
        except TermError as error:
            return _left_out(concept, field, concept.name(self._languages), str(error))
        name = self._mine.get((field, uri)) or concept.name(self._languages)
        if why := self._refusal(field, name, uri):
            return _left_out(concept, field, name, why)
        others = sorted(concept.spellings - {name})
        aliases = [text for text in others if self._is_free(field, text, name)]
        try:
            changed = add_term(engine, Term(field, name, said_by, tuple(aliases), uri))
        except (TermError, NotFound) as error:
            return _left_out(concept, field, name, str(error))
        self._note(field, name, uri, aliases)
        told = ", ".join(self._told(field, text) for text in others if text not in aliases)
        fault = f"{field} {name!r}: {told} also means something else, and is not an alias" if told else None
        return ImportedConcept(field, name, changed, fault)

    def _told(self, field: str, text: str) -> str:
        """A spelling that is left out, with the term that has it as an alias."""
        other = self._aliases.get((field, text))
        return f"{text!r} (an alias of {other!r})" if other else repr(text)

    def _refusal(self, field: str, name: str, uri: str) -> str | None:
        if (field, name) in self._aliases:
            return f"is an alias of {self._aliases[field, name]!r}"
        other = self._names.get((field, name))
        return f"is the name of {other}" if other and other != uri else None

    def _is_free(self, field: str, text: str, name: str) -> bool:
        is_of_another = self._aliases.get((field, text), name) != name
        return len(self._meant[field, text]) == 1 and (field, text) not in self._names and not is_of_another


def _left_out(concept: Concept, field: str, name: str, why: str) -> ImportedConcept:
    return ImportedConcept(field, name, TermChange(0, 0), f"{field} {name!r} ({concept.uri}): {why}")
