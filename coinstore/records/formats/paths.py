"""The cells of an XML record by the XPaths of a profile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from lxml import etree

from ...errors import MappingError
from ..column import Column
from ..mapping import SEVERAL, Mapping
from ..values.several import SEPARATOR, listed
from . import texts

OF = re.compile(
    r"(?P<what>address|cell|language|reference|mention|label|catalogue|number)\((?P<path>.*)\)",
    re.DOTALL,
)
VARIABLE = re.compile(r"\$(\w+)")
REGEXPS = "http://exslt.org/regular-expressions"
Nodes = list[Any]
PARTS = ("catalogue", "number", "label", "kind")  # of [xml], in an element


class Paths:
    """The columns of a profile, evaluated in one record after the other.

    A column is an XPath from the record; `$name` in it is the elements of a path below [xml] paths. What it
    selects becomes the text of its field: several names stay several ("Rome | Ostia"), of other fields the
    first counts. `address(path)` is the address of each element instead of its text, `language(path)` its
    language, and `reference(path)` text and address; `mention(path)` is the same, but no address of a type.
    `cell(path)` is a text that may have several names, as a cell of a table.
    `catalogue(path)`, `number(path)` and `label(path)` are what [xml] catalogue, number and label are in an
    element that has a place for a number; of others `label(path)` is the text. [xml] kind selects the word
    that says whether a reference is of a hoard or of a coin.
    """

    def __init__(self, mapping: Mapping) -> None:
        said = mapping.xml
        self._spaces: dict[str, str] = {**said.get("namespaces", {}), "re": REGEXPS}
        self._reading = texts.Reading(
            self._path(said.get("text", ".")),
            self._path(said.get("address", "@href")),
            tuple(mapping.languages),
            *(self._path(said[name]) if name in said else None for name in PARTS),
        )
        self._named = {name: self._path(path) for name, path in said.get("paths", {}).items()}
        self._columns = [(name, column, *self._split(name)) for name, column in mapping.columns.items()]
        self._private = [(name, self._path(name)) for name in sorted(mapping.private)]
        self._names = {f"address({name})": name for name in mapping.columns}
        self._only = {path: (self._path(path), re.compile(is_one)) for path, is_one in mapping.only.items()}

    def _split(self, name: str) -> tuple[etree.XPath, str]:
        found = OF.fullmatch(name)
        return self._path(found["path"] if found else name), found["what"] if found else ""

    def _path(self, path: str) -> etree.XPath:
        try:
            return etree.XPath(path, namespaces=self._spaces)
        except etree.XPathSyntaxError as error:
            raise MappingError(f"{path!r} is not an XPath ({error}); correct it in the profile.") from None

    def named(self, record: etree._Element) -> dict[str, Nodes]:
        """The elements of each named path; where they are in several languages, those in one."""
        found: dict[str, Nodes] = {}
        for name, path in self._named.items():
            found[name] = self._reading.in_one_language(_nodes(path, record, found))
        return found

    def cells(self, record: etree._Element, named: dict[str, Nodes]) -> dict[str, Any]:
        """The text of each column; what a record does not say has no cell: another source may say it.

        An address without a name says that there is no name: it is not that of a name said elsewhere.
        """
        found: dict[str, Any] = {}
        for name, column, path, what in self._columns:
            nodes = _nodes(path, record, named)
            text = self._cell(nodes, column, what) if nodes else None
            if text:
                found[name] = text
                if what == "address" and (named_by := self._names.get(name)):
                    found.setdefault(named_by, None)
        return found

    def _cell(self, nodes: Sequence[Any], column: Column, what: str) -> str | None:
        field = column.field or ""
        if (name := field.removesuffix("_uri")) in texts.ONE and column.join is None:
            nodes = self._reading.one(nodes, name)
        each = {
            "address": self._reading.address,
            "reference": self._reading.reference,
            "mention": self._reading.mention,
            "label": self._reading.label,
            "catalogue": self._reading.catalogue,
            "number": self._reading.number,
        }.get(what)
        read = [each(node) for node in nodes] if each else self._reading.of(nodes, field)
        if field in SEVERAL and what != "cell":
            return listed(read)
        if column.join is not None:
            return column.join.join(dict.fromkeys(filter(None, read))) or None
        return next(filter(None, read), None)

    def kinds(self, record: etree._Element, named: dict[str, Nodes]) -> dict[str, list[Any]]:
        """What says the kind of a record, by the path that selects it."""
        found = ((name, _nodes(path, record, named)) for name, (path, _) in self._only.items())
        return {name: [node for node in nodes if texts.text_of(node)] for name, nodes in found}

    def other(self, kinds: dict[str, list[Any]]) -> str | None:
        """What a record is instead of a coin, in the words of its own; None for a coin."""
        for name, nodes in kinds.items():
            is_one = self._only[name][1]
            if nodes and not any(is_one.search(texts.text_of(node)) for node in nodes):
                said = self._reading.of(nodes, "")
                return next((text for text in reversed(said) if "://" not in text), said[-1])
        return None

    def hide(self, record: etree._Element) -> dict[str, str]:
        """Takes what is private out of a record, and returns it by the path that says so."""
        found: dict[str, str] = {}
        for name, path in self._private:
            nodes = [node for node in _nodes(path, record, {}) if isinstance(node, etree._Element)]
            if texts_found := [text for node in nodes if (text := texts.text_of(node))]:
                found[name] = SEPARATOR.join(texts_found)
            for node in nodes:
                _empty(node)
        return found

    def unused(self, record: etree._Element, named: dict[str, Nodes]) -> dict[str, str]:
        """The texts and addresses that no column takes, by their path, as one cell each."""
        used: set[Any] = set()
        for path in (
            *(path for _, _, path, what in self._columns if what != "language"),
            *(path for path, _ in self._only.values()),
        ):
            for node in _nodes(path, record, named):
                used.update(texts.inside(node))
        spaces = {uri: prefix for prefix, uri in self._spaces.items()}
        found: dict[str, list[str]] = {}
        for path, node, text in texts.leaves(record, spaces):
            if node not in used:
                found.setdefault(path, []).append(text)
        return {path: SEPARATOR.join(dict.fromkeys(each)) for path, each in found.items()}


def _empty(node: etree._Element) -> None:
    """Empties an element; what comes after it stays."""
    tail = node.tail
    node.clear()
    node.tail = tail


def _nodes(path: etree.XPath, record: etree._Element, named: dict[str, Nodes]) -> Nodes:
    """What a path selects, as a list: elements, attributes and texts."""
    try:
        found = path(record, **{name: named[name] for name in _used(path.path) if name in named})
    except etree.XPathEvalError as error:
        raise MappingError(
            f"{path.path!r} is not an XPath of this format ({error}). Correct it; a mapping file that is"
            ' only for one format has its name: name = "LIDO".'
        ) from None
    if isinstance(found, list):
        return found
    text = str(found) if isinstance(found, str) else ""
    return [text] if text.strip() else []


@cache
def _used(path: str) -> tuple[str, ...]:
    """The names that a path uses: handing over all of them would take most of the time."""
    return tuple(VARIABLE.findall(path))
