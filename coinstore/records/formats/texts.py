"""The text of an XML element for a field: in one language, with its unit, and with its mark of doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ..addresses import is_address, kind_of
from ..coin import Value
from ..languages import code_of
from ..mapping import MEASURES, NAMES, SEVERAL
from ..referenced import with_kind
from ..values.several import marked, value

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
UNKNOWN = ("und", "mul", "zxx")  # no language, or several, as BCP 47 calls it
YEAR = re.compile(r"(?P<sign>[-+]?)0*(?P<year>\d+)(-\d\d){0,2}(T.*|Z)?")
CERTAIN = ("certain", "certain_value", "sicher", "high", "true", "yes")
PREFERRED = "lido00169"  # the term that LIDO calls preferred
UNITS = {"gr": "g", "gr.": "g", "g.": "g", "clock": "h", "uhr": "h"}  # as they are meant in LIDO
MEASURED = (*MEASURES, "die_axis_h")
# What a reference is of, in words.
KIND = re.compile(r"(?P<hoard>hoard|fundkomplex|hortfund|schatzfund)|(?P<coin>^(coin|münze)$)", re.IGNORECASE)
ONE = ("findspot", "hoard")  # of these a coin has one: its name and its address are of one element
YEARS = ("year_from", "year_to")


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the text and the address of an element are, and which languages come first."""

    text: etree.XPath
    address_path: etree.XPath
    languages: tuple[str, ...]
    catalogue_path: etree.XPath | None = None
    number_path: etree.XPath | None = None
    label_path: etree.XPath | None = None
    kind_path: etree.XPath | None = None

    def of(self, nodes: Sequence[Any], field: str) -> list[str]:
        """The texts of some nodes for a field; where they are in several languages, those in one."""
        if field in MEASURED:
            return [_measure(node) for node in nodes]
        if field.endswith("language"):
            return [_tag_of(node) for node in self._in_one_language(nodes)]
        if field in SEVERAL or len(nodes) == 1:  # each keeps its place
            return [self._text(node, field) for node in nodes]
        return [self._text(node, field) for node in self._in_one_language(nodes)]

    def address(self, node: Any) -> str:
        """The address of a node: one of Nomisma, if it has several; empty when it has none."""
        if isinstance(node, str):
            return one_line(node)
        found = [(one_line(text_of(one)), one) for one in self.address_path(node)]
        addresses = [text for text, _ in found if "://" in text]
        addresses += [text for text, one in found if is_address(text) and _is_of_an_address(one)]
        return next((one for one in addresses if "nomisma.org" in one), next(iter(addresses), ""))

    def reference(self, node: Any) -> str:
        """The text of a reference, and its address after it; before both its kind, if it is said."""
        address = self.address(node)
        return self._kinded(
            node, " ".join(dict.fromkeys(filter(None, (self._text(node, "reference"), address))))
        )

    def mention(self, node: Any) -> str:
        """As `reference`, of an element that refers to no type: an address of one would make it a type."""
        address = self.address(node)
        text = self._text(node, "reference")
        return self._kinded(node, text) if kind_of(address) == "type" else self.reference(node)

    def _kinded(self, node: Any, text: str) -> str:
        found = KIND.search(self._in(self.kind_path, node) or "")
        return with_kind(found.lastgroup or "", text) if found and text else text

    def label(self, node: Any) -> str:
        """What a type is called: of one with a place for its number, what [xml] label selects."""
        if self._in(self.number_path, node) is None:
            return self._text(node, "type")
        return _doubted(self._in(self.label_path, node) or "", node)

    def catalogue(self, node: Any) -> str:
        """The catalogue of a type, where it has a place for its number as well."""
        is_there = self._in(self.number_path, node) is not None
        return (self._in(self.catalogue_path, node) or "") if is_there else ""

    def number(self, node: Any) -> str:
        """The number of a type in its catalogue, with its mark of doubt where there is no label."""
        number = self._in(self.number_path, node) or ""
        return number if self._in(self.label_path, node) else _doubted(number, node)

    def _in(self, path: etree.XPath | None, node: Any) -> str | None:
        """The text that a path selects in an element; None where it selects nothing."""
        found = path(node) if path and isinstance(node, etree._Element) else ()
        return one_line(" ".join(map(text_of, found))) if found else None

    def _text(self, node: Any, field: str) -> str:
        if isinstance(node, str):
            text = one_line(node)
        elif field == "date" and len(node) > 1:
            text = " – ".join(map(text_of, node))
        else:
            inside = self.text(node) or [node]
            chosen = self._in_one_language(inside)
            text = text_of(_preferred(chosen)) if chosen else ""
        if field in YEARS:
            return year(text)
        is_named = field in (*NAMES, *ONE)
        if is_named and is_address(text) and ("://" in text or text == self.address(node)):
            text = ""  # the address, where a name should be
        return _doubted(text, node, text or self.address(node)) if field in (*NAMES, "type") else text

    def one(self, nodes: Sequence[Any], field: str) -> Sequence[Any]:
        """Of the elements for a name that a coin has once: the first with a name, else with an address."""
        nodes = self.in_one_language(list(nodes))
        named = [node for node in nodes if self._text(node, field)]
        return (named or [node for node in nodes if self.address(node)] or nodes)[:1]

    def in_one_language(self, nodes: list[Any]) -> list[Any]:
        """Elements that all say their language, in the first one that there is; others as they are."""
        if len(nodes) > 1 and all(language_of(node) for node in nodes):
            return self._in_one_language(nodes)
        return nodes

    def _in_one_language(self, nodes: Sequence[Any]) -> list[Any]:
        """The nodes in the first language that there is; those with a broader term only are left out."""
        found = [node for node in nodes if _attribute(node, "addedSearchTerm") != "yes" and text_of(node)]
        there = [language_of(node) for node in found]
        first = next((one for one in self.languages if one in there), next(iter(there), ""))
        return [node for node, language in zip(found, there, strict=True) if language == first]


def _preferred(nodes: Sequence[Any]) -> Any:
    marked = (node for node in nodes if (_attribute(node, "pref") or "").endswith(PREFERRED))
    return next(marked, nodes[0])


def language_of(node: Any) -> str:
    """The language of an element, in two letters; empty when it does not say one."""
    return code_of(_tag_of(node))


def _tag_of(node: Any) -> str:
    """The language of an element with its region (de-AT), its name in two letters; empty for none."""
    said = node.get(LANG) or "" if isinstance(node, etree._Element) else ""
    language, dash, region = said.partition("-")
    return "" if language.lower() in UNKNOWN else code_of(language) + dash + region


def _attribute(node: Any, name: str) -> str | None:
    """An attribute in any namespace: LIDO has lido:type, and some write type."""
    if not isinstance(node, etree._Element):
        return None
    return next((value for key, value in node.items() if _parts(key)[1] == name), None)


def _is_of_an_address(node: Any) -> bool:
    """Whether a short address (urn:a:b) is meant as one: LIDO has other numbers in the same places."""
    if isinstance(node, str):
        return True
    kind = _attribute(node, "type") or ""
    return _parts(node.tag)[1] == "objectWebResource" or kind.lower().endswith(("lido00099", "/uri"))


def _is_uncertain(node: Any) -> bool:
    said = _attribute(node, "certainty")
    return bool(said) and re.split(r"[/#]", str(said).lower())[-1] not in CERTAIN


def _doubted(text: str, node: Any, there: str | None = None) -> str:
    """A name as a cell has it: marked where its element says that it is uncertain, if anything is `there`."""
    if not _is_uncertain(node) or not (text if there is None else there):
        return text
    return marked(Value(value(text).name, is_uncertain=True))


def text_of(node: Any) -> str:
    """The text of an element in one line; of an element that has only others, theirs with spaces between."""
    if isinstance(node, str):
        return one_line(node)
    is_mixed = bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)
    parts = node.itertext() if is_mixed or not len(node) else (text_of(child) for child in node)
    return one_line(("" if is_mixed or not len(node) else " ").join(parts))


def one_line(text: str) -> str:
    return " ".join(text.split())


def year(text: str) -> str:
    """The year of a date as tables write it: -0044 and -0044-03-15 are -44, 0254 is 254."""
    found = YEAR.fullmatch(text)
    return f"{found['sign'].replace('+', '')}{found['year']}" if found else text


def _measure(node: Any) -> str:
    """A number and its unit: of an element with @units, or of one with a value and a unit inside."""
    if isinstance(node, str):
        return one_line(node)
    inside = {_parts(child.tag)[1]: text_of(child) for child in node}
    text = inside.get("measurementValue") or ("" if inside else text_of(node))
    unit = (inside.get("measurementUnit") or _attribute(node, "units") or "").strip()
    return f"{text} {UNITS.get(unit.lower(), unit)}".strip() if text else ""


def leaves(record: etree._Element, prefixes: dict[str, str]) -> Iterator[tuple[str, etree._Element, str]]:
    """The texts, and the addresses in attributes, of a record: path, element, text."""
    for element in record.iter(etree.Element):
        path = _path(element, record, prefixes)
        if element is not record and (element.text or "").strip():
            yield path, element, one_line(element.text or "")
        for name, said in element.items():
            if "://" in said and _parts(name)[1] == "href":
                yield f"{path}/@{_prefixed(str(name), prefixes)}", element, said


def _path(element: etree._Element, record: etree._Element, prefixes: dict[str, str]) -> str:
    steps = [_prefixed(str(element.tag), prefixes)]
    above = element.getparent()
    while element is not record and above is not None and above is not record:
        steps.append(_prefixed(str(above.tag), prefixes))
        above = above.getparent()
    return "/".join(reversed(steps))


def _prefixed(name: str, prefixes: dict[str, str]) -> str:
    namespace, local = _parts(name)
    prefix = prefixes.get(namespace)
    return f"{prefix}:{local}" if prefix else f"*[local-name()='{local}']"


def _parts(name: Any) -> tuple[str, str]:
    """The namespace of "{namespace}name", and the name without a prefix that is not declared."""
    namespace, _, local = str(name).rpartition("}")
    return namespace.removeprefix("{"), local.rpartition(":")[2]


def inside(node: Any) -> Iterator[etree._Element]:
    """The elements that are read with a node: itself and those in it, or the one whose text it is."""
    if isinstance(node, etree._Element):
        yield from node.iter(etree.Element)
    elif (parent := getattr(node, "getparent", lambda: None)()) is not None:
        yield parent
