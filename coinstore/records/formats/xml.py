"""The records of an XML file, one at a time: safely, and in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from lxml import etree

from ...errors import SourceError
from ..encodings import xml_encoding_of
from ..lines import decoded_texts

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
        is_checked = False
        for event, element in parsed:
            if not is_checked:  # the DTD is before the root, however far from the first byte
                _refuse_dtd(source, element)
                is_checked = True
            if event == "end":
                yield element
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise SourceError(
            f"{source}: is not well-formed XML in line {error.lineno or 1} ({_reason(error)}); what is before"
            " it is read. Repair that line, or export the file again."
        ) from None


def refuse_entities(source: str, text: str) -> None:
    """Raises SourceError for XML that declares entities: their texts may be endless."""
    if "<!ENTITY" in text:
        raise _of_entities(source)


def _refuse_dtd(source: str, element: etree._Element) -> None:
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise _of_entities(source)


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


def _reason(error: etree.XMLSyntaxError) -> str:
    return error.msg.split(", line ")[0] if error.msg else "it ends too early"


def xml_of(element: etree._Element) -> str:
    """The XML of a record as it came."""
    return str(etree.tostring(element, encoding="unicode", with_tail=False))
