"""XML that is written record by record: a file of any size takes the memory of one record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lxml import etree

from ...sources.outputs import replacing

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")  # of a language
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Maker:
    """Makes elements: `make(parent, "dcterms:title", "text", {"xml:lang": "en"})`."""

    def __init__(self, spaces: Mapping[str, str]) -> None:
        self.spaces = dict(spaces)

    def name(self, name: str) -> str:
        """The name with its namespace; one without a prefix is in the namespace `""`, if there is one."""
        prefix, _, local = name.rpartition(":")
        return LANG if name == "xml:lang" else f"{{{self.spaces[prefix]}}}{local}"

    def root(self, name: str, attributes: Mapping[str, str] | None = None) -> Any:
        """A record, which declares the namespaces."""
        spaces = {prefix or None: uri for prefix, uri in self.spaces.items()}
        return etree.Element(self.name(name), self._attributes(attributes), nsmap=spaces)

    def make(
        self, parent: Any, name: str, said: object = None, attributes: Mapping[str, str | None] | None = None
    ) -> Any:
        """An element at the end of another, with its text; an attribute that is None is left out."""
        made = etree.SubElement(parent, self.name(name), self._attributes(attributes))
        if said is not None:
            made.text = NOT_XML.sub("�", str(said))
        return made

    def _attributes(self, given: Mapping[str, str | None] | None) -> dict[str, str]:
        """The attributes that there are; xml:lang only where it is the tag of a language."""
        return {
            self.name(name) if ":" in name else name: NOT_XML.sub("�", value)
            for name, value in (given or {}).items()
            if value is not None and (name != "xml:lang" or TAG.fullmatch(value))
        }


@contextmanager
def streamed(path: Path, maker: Maker, name: str) -> Iterator[Any]:
    """A file with one element around all that is written to it."""
    spaces = {prefix or None: uri for prefix, uri in maker.spaces.items()}
    with replacing(path) as partial, etree.xmlfile(str(partial), encoding="utf-8") as file:
        file.write_declaration()
        with file.element(maker.name(name), nsmap=spaces):
            file.write("\n")
            yield file


def write_all(file: Any, elements: Iterable[Any]) -> None:
    """Writes elements one after the other, each in a line of its own."""
    for element in elements:
        etree.cleanup_namespaces(element)
        file.write(element)
        file.write("\n")


def decimal(value: float) -> str:
    """A number as xsd:decimal has it, without an exponent."""
    return f"{value:.12f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
