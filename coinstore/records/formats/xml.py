"""The records of an XML file, one at a time: safely, and in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from lxml import etree

from ...errors import SourceError
from ..encodings import xml_encoding_of
from ..lines import decoded_texts

REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)\w+;")  # to an entity that XML does not know by itself
DEPTH = re.compile(r"Excessive depth in document: (\d+)")  # what the parser calls deep nesting
PIECE = 4096  # bytes; those before a wrong one in the same piece are not read


class _Utf8:
    """A stream of XML, as UTF-8; raises SourceError for a byte that is wrong in its encoding."""

    def __init__(self, source: str, stream: BinaryIO, encoding: str | None) -> None:
        start = stream.read(PIECE)
        pieces = chain([start], iter(lambda: stream.read(PIECE), b""))
        self._texts = decoded_texts(source, pieces, xml_encoding_of(start, encoding))

    def read(self, _size: int) -> bytes:
        return next(self._texts, "").encode()


def elements(
    source: str, stream: BinaryIO, tags: tuple[str, ...], encoding: str | None = None
) -> Iterator[etree._Element]:
    """The elements with these tags ("{namespace}name"), each whole until the next one is asked for.

    Without `encoding` it is the one that the file says. Entities are not expanded, nothing is fetched, and
    limits of libxml2 hold for depth and length of texts. Raises SourceError for a file that declares
    entities, and, after the elements before it, for one that is not well-formed.
    """
    parsed = etree.iterparse(
        _Utf8(source, stream, encoding),
        encoding="utf-8",
        events=("start", "end"),
        tag=tags,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        is_checked, has_dtd = False, False
        for event, element in parsed:
            if not is_checked:  # the DTD is before the root, however far from the first byte
                has_dtd = _has_dtd(source, element)
                is_checked = True
            if event == "end":
                if has_dtd:
                    _refuse_references(source, element)
                yield element
                _forget(element)
    except etree.XMLSyntaxError as error:
        line, reason = _first_of(parsed.error_log, error)
        if found := DEPTH.search(reason):
            raise SourceError(f"{source}, line {line}: is nested more than {found[1]} deep.") from None
        raise SourceError(
            f"{source}: is not well-formed XML in line {line} ({reason}); what is before"
            " it is read. Repair that line, or export the file again."
        ) from None


def refuse_entities(source: str, text: str) -> None:
    """Raises SourceError for XML with entities: their texts may be endless, or in another file."""
    if "<!ENTITY" in text:
        raise _of_entities(source)
    if "<!DOCTYPE" in text and (found := REFERENCE.search(text)):
        raise _of_reference(source, text.count("\n", 0, found.start()) + 1, found[0])


def _has_dtd(source: str, element: etree._Element) -> bool:
    """Whether a file names a DTD; raises SourceError where it declares entities."""
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise _of_entities(source)
    return dtd is not None


def _refuse_references(source: str, element: etree._Element) -> None:
    """Raises SourceError for an entity whose text is in a DTD elsewhere: the name is not the text."""
    for one in element.iter(etree.Entity):
        raise _of_reference(source, one.sourceline or 1, one.text or "")


def _of_reference(source: str, line: int, name: str) -> SourceError:
    return SourceError(
        f"{source}: in line {line} is {name}, whose text is in another file, which is not fetched; write the"
        " text out."
    )


def _of_entities(source: str) -> SourceError:
    return SourceError(
        f"{source}: declares entities (<!ENTITY), which coinstore does not expand; write the texts out."
    )


def _forget(element: etree._Element) -> None:
    """Frees an element that was read, and all that is before it."""
    element.clear()
    above: etree._Element | None = element
    while above is not None:
        parent = above.getparent()
        while parent is not None and above.getprevious() is not None:
            del parent[0]
        above = parent


def _first_of(log: Any, error: etree.XMLSyntaxError) -> tuple[int, str]:
    """The line and the reason of the first error, of which others may follow."""
    for entry in log:
        if entry.level >= etree.ErrorLevels.ERROR:
            return entry.line, " ".join(entry.message.split())[:200]
    return error.lineno or 1, error.msg.split(", line ")[0] if error.msg else "it ends too early"


def xml_of(element: etree._Element) -> str:
    """The XML of a record as it came."""
    return str(etree.tostring(element, encoding="unicode", with_tail=False))
