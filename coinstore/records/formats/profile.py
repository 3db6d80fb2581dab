"""Formats whose records are XML, by a profile: a mapping file with XPaths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from ...errors import SourceError
from ...sources import files
from ...sources.source import Source
from ..coin import Record
from ..encodings import text_in
from ..header import Tell
from ..mapping import Mapping, read_mapping
from ..private import with_hidden
from ..table_profiles import FOLDER
from ..values.several import SEPARATOR
from .format import Format, Reader
from .paths import Paths
from .texts import text_of
from .xml import elements, xml_of

RESUMPTION = "{http://www.openarchives.org/OAI/2.0/}resumptionToken"
INCOMPLETE = (
    "{}: is a part of a longer list: it has a resumptionToken of OAI-PMH. Ask for the next part with"
    " it, and read all of them as one folder."
)

# What an element is that is not a record of a coin; None for one that may be.
Other = Callable[[str, dict[str, str]], "str | None"]


@cache
def built_in(name: str) -> Mapping:
    """A profile that comes with coinstore."""
    return read_mapping(str(FOLDER / f"{name}.toml"))


def reader(tags: tuple[str, ...], other: Other = lambda tag, attributes: None) -> tuple[Reader, Reader]:
    """The readers `records` and `everything` of a format whose records are the elements with these tags."""

    def read(source: Source, mapping: Mapping, tell: Tell, *, everything: bool) -> Iterator[Record]:
        paths = Paths(mapping)
        with files.open_binary(source.location) as stream:
            n = 0
            for element in elements(source.name, stream, (*tags, RESUMPTION), mapping.encoding):
                if element.tag == RESUMPTION:
                    if (element.text or "").strip():
                        tell(INCOMPLETE.format(source.name))
                    continue
                n += 1
                named = paths.named(element)
                cells = paths.cells(element, named)
                is_other = other(str(element.tag), {str(k): str(v) for k, v in element.items()})
                kinds = paths.kinds(element, named)
                skipped = is_other or paths.other(kinds)
                cells = {
                    path: SEPARATOR.join(map(text_of, said)) for path, said in kinds.items() if said
                } | cells
                private = paths.hide(element)
                if everything:
                    cells |= paths.unused(element, named)
                raw = with_hidden({"xml": xml_of(element)}, private)
                yield Record(f"record {n}", cells, raw, skipped=skipped, is_whole=True)
            if not n:
                raise SourceError(f"{source.name}: has no records.")

    def records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
        return read(source, mapping, tell, everything=False)

    def all_of_records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
        return read(source, mapping, tell, everything=True)

    return records, all_of_records


def xml_format(name: str, readers: tuple[Reader, Reader]) -> Format:
    """The format of a built-in profile: each of its files has `namespace`, and one of `elements`."""
    mapping = built_in(name)
    namespace = str(mapping.recognise.get("namespace", ""))
    begins = re.compile(rf"<(\w+:)?({'|'.join(mapping.recognise.get('elements', ['']))})\b")

    def reads(head: bytes) -> bool:
        text = text_in(head)
        return namespace in text and begins.search(text) is not None

    return Format(mapping.name or "", reads, readers[0], mapping, readers[1])
