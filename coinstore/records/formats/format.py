"""A format: how its files are known by their content, and how they become records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ...sources.source import Source
from ..coin import Record
from ..column import Column
from ..header import Tell
from ..mapping import Mapping

HEAD_BYTES = 65536  # that tell the format of a file

Reader = Callable[[Source, Mapping, Tell], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that coinstore reads.

    `name` is as people know it. `reads` tells from the first HEAD_BYTES whether a file is of this format; its
    name and ending do not count. `records` reads the file: the cells of its records are named as the columns
    in `mapping` (None: as coinstore's fields). None: the file is a table or JSON, read with `mapping`.
    `everything` is as `records`, with cells for what no column names as well.
    """

    name: str
    reads: Callable[[bytes], bool]
    records: Reader | None = None
    mapping: Mapping = field(default_factory=Mapping)
    everything: Reader | None = None

    def mapping_with(self, given: Mapping | None, languages: tuple[str, ...] = ()) -> Mapping:
        """How records are read with a mapping file: it adds columns, or is a profile of its own."""
        mapping = merged(given, self.mapping)
        return replace(mapping, languages=languages) if languages else mapping


def merged(given: Mapping | None, own: Mapping) -> Mapping:
    """A mapping file on a profile: it counts first, and what is private of the profile stays so."""
    if given is None:
        return own
    private = given.private | own.private
    if given.xml or not own.columns:
        names = {**own.xml.get("namespaces", {}), **given.xml.get("namespaces", {})}
        xml = {**given.xml, "namespaces": names} if names else given.xml
        return replace(given, private=private, xml=xml)
    usual = Mapping()
    return replace(
        given,
        columns=first_of_both(given, _without_constants(own, given)),
        constants={**own.constants, **given.constants},
        placeholders=given.placeholders | own.placeholders,
        usual_names=given.usual_names and own.usual_names,
        languages=own.languages if given.languages == usual.languages else given.languages,
        name=given.name or own.name,
        records=given.records or own.records,
        private=private,
        recognise=own.recognise,
        xml=own.xml,
        only={**own.only, **given.only},
    )


def named_only_in(given: Mapping | None, own: Mapping) -> frozenset[str]:
    """The columns and paths that a mapping file names and a profile does not; one in no record is a typo."""
    if given is None:
        return frozenset()
    is_xml = given.xml or own.xml
    private = {name for name in given.private if is_xml or "*" not in name}
    return frozenset({*given.columns, *given.only, *private} - {*own.columns, *own.only, *own.private})


def _without_constants(own: Mapping, given: Mapping) -> Mapping:
    """A profile without columns of the fields that a mapping file gives one value for all records."""
    columns = {
        name: said for name, said in own.columns.items() if said.more or said.field not in given.constants
    }
    return replace(own, columns=columns)


def first_of_both(first: Mapping, then: Mapping) -> dict[str, Column]:
    """The columns of two mappings; those of the first count before the others."""
    return {
        **first.columns,
        **{name: said for name, said in then.columns.items() if name not in first.columns},
    }
