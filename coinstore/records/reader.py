"""Readers: a source and how to read it, and its coins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..errors import NotFound, SourceError
from ..sources import files
from ..sources.source import Source
from ..sources.spelling import one_name
from .coin import Coin
from .folder import is_text, read_folder
from .formats.format import Format, named_only_in
from .formats.format import Reader as FormatReader
from .formats.recognise import (
    OF_NO_FORMAT,
    check_head,
    empty_answer,
    format_in,
    formats,
    head_of,
    no_table,
    unknown_xml,
)
from .kinds import TABLES, kind_of
from .languages import codes_of
from .mapping import Mapping
from .names import LeftOut, is_picture
from .prepare import TableContext
from .record_files import Alike, RecordFiles, name_in, reader_of, record_files, unread
from .table import read_table


@dataclass(frozen=True)
class Reading:
    """A source and how to read it.

    `collection` is that of records which name none, and of all in a known format, which may name it in many
    ways; `images` the folder of the photographs that they name. Source and folder are located once, when
    they are first needed; each raises SourceError when it is missing.
    `languages` are those of texts in several, the first that there is counts; without them the mapping's.
    `notes` gets sentences about the source while it is read: what a person should know, but is no fault.
    `skipped` counts the records that are not coins, by what they are. `unused`, where there is one, gets
    what no column takes: by the kind of files ("" of a single file), in how many coins each is.
    """

    location: str
    collection: str | None = None
    images: str | None = None
    mapping: Mapping | None = None
    languages: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list, compare=False)
    skipped: Counter[str] = field(default_factory=Counter, compare=False)
    unused: dict[str, Counter[str]] | None = field(default=None, compare=False)

    @cached_property
    def source(self) -> Source:
        """The source, located."""
        return Source.at(self.location)

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """The codes of the languages; raises SourceError for a word that is not a language."""
        try:
            return codes_of(self.languages)
        except ValueError as error:
            raise SourceError(f"{error}.") from None

    @cached_property
    def photographs(self) -> Source | None:
        """The folder of the photographs, located; None when it was not given."""
        return Source.of_photographs(self.images) if self.images else None

    @cached_property
    def format(self) -> Format | None:
        """The format of a file, by its content; None of a table, and of a folder."""
        return None if self.source.is_folder else format_in(self.head)

    @cached_property
    def head(self) -> bytes:
        """The first bytes of a file."""
        return head_of(self.source)

    @cached_property
    def files(self) -> RecordFiles | None:
        """The record files of a folder or a zip; None when it is one of photographs."""
        return record_files(self.source, self.mapping) if self.source.is_folder else None

    @property
    def is_of_photographs(self) -> bool:
        """Whether the source is a folder of photographs without records."""
        return self.source.is_folder and not self.files

    def skip(self, what: str) -> None:
        """Counts a record that is not a coin."""
        self.skipped[what] += 1


def check(reading: Reading) -> None:
    """Raises SourceError for no such source, folder of photographs or language; nothing is read."""
    _ = reading.spoken
    if not reading.source.is_folder:
        check_head(reading.source, reading.head)
        if not reading.format:
            _check_table(reading.source, reading.head)
    _ = reading.photographs


def photographs(reading: Reading) -> Iterator[str]:
    """The photographs that the records of a table should name: all below `images`, if they can be listed."""
    images = reading.photographs
    if not images or not images.is_walkable or reading.is_of_photographs:
        return
    others = LeftOut()
    for path in files.walk(images.location):
        if not is_picture(path.split("::")[0]):
            others.add(path.split("::")[0])
        elif is_text(path):
            yield path
    if told := others.told(images.name):
        reading.notes.append(told)


def read(reading: Reading) -> Iterator[Coin]:
    """The coins of a source, read one by one; raises SourceError when it cannot be read as a whole."""
    check(reading)
    if reading.is_of_photographs:
        collection = one_name(reading.collection) if reading.collection else None
        first_face = (reading.mapping or Mapping()).first_face
        yield from read_folder(reading.source, collection, reading.notes.append, first_face)
        return
    reading.notes.extend(read_as(reading))
    if reading.files:
        for name, reason in reading.files.unreadable.items():
            yield Coin(name, {"file": name}, None, None, refusal=reason)
    alike = reading.files.alike if reading.files else []
    for n, context in enumerate(contexts(reading, everything=reading.unused is not None)):
        has_coins = False
        try:
            for coin in read_table(context):
                has_coins = True
                yield coin
        except (SourceError, NotFound) as error:
            if alike:
                yield from _one_by_one(context, alike[n], error, is_all=len(alike) == 1)
            elif reading.skipped and not has_coins:
                yield unread(reading.source.name, error)
            else:
                raise SourceError(str(error)) from None


def _one_by_one(context: TableContext, alike: Alike, error: Exception, *, is_all: bool) -> Iterator[Coin]:
    """The coins of files that cannot be read together: each that cannot be read has its own reason.

    Raises SourceError where that is so of all files of the folder.
    """
    folder, refused = context.source, list[Coin]()
    for file in alike.files:
        one = Alike(alike.format, [file])
        try:
            yield from read_table(replace(context, reader=reader_of(folder, one)))
        except (SourceError, NotFound) as reason:
            place, told = name_in(folder, file), str(reason).removeprefix(f"{folder.name}: ").rstrip(".")
            refused.append(Coin(place, {"file": place}, None, None, refusal=told))
    if is_all and len(refused) == len(alike.files):
        raise SourceError(str(error)) from None
    yield from refused


def read_as(reading: Reading) -> Iterator[str]:
    """How a source is read, in sentences."""
    if reading.files:
        yield from reading.files.notes()
    elif reading.format:
        yield f"{reading.source.name}: read as: {reading.format.name}."


def contexts(reading: Reading, *, everything: bool = False) -> list[TableContext]:
    """The tables of a source: one, or those that the files of a folder make together.

    With `everything` their records have cells for what no column takes.
    """
    if not reading.files:
        form = _whole(reading.format) if everything else reading.format
        return [_context(reading, _mapping_of(reading, form), form, form.records if form else None)]
    every = [replace(one, format=_whole(one.format)) if everything else one for one in reading.files.alike]
    is_mixed = len(every) > 1
    given = [reading.files.mapping_of(one, reading.mapping) for one in every]
    return [
        _context(
            reading,
            mapping,
            one.format,
            reader_of(reading.source, one),
            reading.files.name_of(one) * is_mixed,
        )
        for one, mapping in zip(every, given, strict=True)
    ]


def _mapping_of(reading: Reading, form: Format | None) -> Mapping | None:
    """The mapping file; None, which is said, where it has the name of another format."""
    given = reading.mapping
    if not (form and given) or given.name == form.name or given.name not in {one.name for one in formats()}:
        return given
    reading.notes.append(f"{reading.source.name}: the mapping file is for {given.name}, and is not used.")
    return None


def _whole(form: Format | None) -> Format | None:
    return form and replace(form, records=form.everything or form.records)


def _context(
    reading: Reading, given: Mapping | None, form: Format | None, reader: FormatReader | None, kind: str = ""
) -> TableContext:
    collection = reading.collection
    return TableContext(
        source=reading.source,
        named=named_only_in(given, form.mapping if form else Mapping()),
        collection=one_name(collection) if collection else None,
        images=(reading.photographs or reading.source).base,
        mapping=form.mapping_with(given, reading.spoken) if form else given,
        tell=reading.notes.append,
        skip=reading.skip,
        reader=reader,
        unused=None if reading.unused is None else reading.unused.setdefault(kind, Counter()),
    )


def _check_table(source: Source, head: bytes) -> None:
    is_table = source.kind in TABLES or kind_of(source, head)
    if said := empty_answer(head):
        raise SourceError(f"{source.name}: {said}.")
    if what := no_table(source, head) if is_table else unknown_xml(head):
        raise SourceError(f"{source.name}: {OF_NO_FORMAT.format(what)}.")
    if not is_table:
        raise SourceError(
            f"{source.name}: is not a table that coinstore reads; they end in {', '.join(TABLES)}, or"
            " name an inventory number in their first row. Nor is it XML of LIDO or NUDS, RDF of Nomisma,"
            " or a database of OpenNumismat."
        )
