"""Folders and zips of record files: each is known by its content, and files alike are read as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from ..errors import NotFound, SourceError
from ..sources import files
from ..sources.source import Source
from .coin import Coin, Record
from .formats.format import Format, Reader
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
from .header import Tell
from .kinds import JSON, RECORDS, TABLES, TEXT, kind_of
from .mapping import Mapping
from .names import is_picture
from .rows import rows

SHOWN = 5  # endings, or names of files, in a sentence
DOCUMENTS = (".md", ".pdf", ".toml")


@dataclass(slots=True)
class Alike:
    """Files of one format, or of none: JSON of one record each, or one table."""

    format: Format | None
    files: list[Source] = field(default_factory=list)


@dataclass(slots=True)
class RecordFiles:
    """The record files below a folder or in a zip, and what else is there, by its ending.

    `unreadable` says of files that cannot be read, or have no known format, by their names, why.
    """

    folder: Source
    alike: list[Alike]
    others: Counter[str]
    unreadable: dict[str, str]

    def name_of(self, one: Alike) -> str:
        """What files are, each in one word: their format, JSON, or the name of the table."""
        if one.format:
            return one.format.name
        return "JSON" if one.files[0].kind in JSON else name_in(self.folder, one.files[0])

    def mapping_of(self, one: Alike, given: Mapping | None) -> Mapping | None:
        """A mapping file that has the name of some of the files counts only for these."""
        others = {self.name_of(other) for other in self.alike} | {
            form.name for form in formats() if one.format
        }
        is_named = given is not None and given.name in others
        return given if not is_named or (given and given.name == self.name_of(one)) else None

    def notes(self) -> Iterator[str]:
        """How the files are read, and what is left out."""
        counts = Counter[str]()
        for one in self.alike:
            counts[one.format.name if one.format else f"tables ({one.files[0].kind})"] += len(one.files)
        for name, count in counts.items():
            yield f"{self.folder.name}: read as: {name} ({files_of(count)})."
        if count := self.others.total():
            most = self.others.most_common(SHOWN)
            some = [f"{n:,} x {kind}" for kind, n in most] + ["…"] * (len(self.others) > SHOWN)
            verb = "is" if count == 1 else "are"
            yield f"{self.folder.name}: {files_of(count)} without records {verb} left out: {', '.join(some)}."
        if self.unreadable:
            count = len(self.unreadable)
            what = f"{files_of(count)} {'is' if count == 1 else 'are'} not read"
            yield f"{self.folder.name}: {what}: {some_of(self.unreadable)}."


def files_of(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def some_of(names: Collection[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(list(names)[:SHOWN]) + more


def record_files(folder: Source, mapping: Mapping | None) -> RecordFiles | None:
    """The record files below a folder; None for a folder of photographs.

    Files of a known format make it a folder of records. Tables and JSON make it one where nothing else is
    there but them, or where a mapping file says how they are read.
    """
    known: dict[str, Alike] = {}
    tables: dict[str, Alike] = {}
    others: Counter[str] = Counter()
    unreadable: dict[str, str] = {}
    pictures = 0
    for path in files.walk(folder.location):
        if is_picture(path.split("::")[0]):
            pictures += 1
            continue
        file = Source(path, is_folder=False)
        try:
            head = head_of(file)
            if file.kind in RECORDS and file.kind != TEXT:
                check_head(file, head)
        except (SourceError, NotFound) as error:
            unreadable[name_in(folder, file)] = reason_of(file.name, error)
            continue
        if form := format_in(head):
            known.setdefault(form.name, Alike(form)).files.append(file)
        elif why := _no_records(file, head):
            unreadable[name_in(folder, file)] = why
        elif kind := kind_of(file, head):
            key = ".json" if kind in JSON else path
            tables.setdefault(key, Alike(None)).files.append(file)
        else:
            others[file.kind or "no ending"] += 1
    has_tables = bool(tables) or bool(unreadable)
    if not known and (not has_tables or (pictures and not (mapping and mapping.columns))):
        return None
    others += Counter({"photograph": pictures})
    return RecordFiles(folder, [*known.values(), *tables.values()], others, unreadable)


def _no_records(file: Source, head: bytes) -> str | None:
    """Why a file that seems to have records has none that can be read; None for others and documents."""
    name = file.location.split("::")[0].rstrip("/").rpartition("/")[2].lower()
    if name.startswith("readme") or file.kind in DOCUMENTS:
        return None
    if said := empty_answer(head):
        return said
    is_named_so = file.kind in TABLES
    if what := no_table(file, head) if is_named_so else unknown_xml(head):
        return OF_NO_FORMAT.format(what)
    if file.kind in RECORDS and not kind_of(file, head) and file.kind != TEXT:
        return OF_NO_FORMAT.format("a file")
    return None


def reader_of(folder: Source, alike: Alike) -> Reader:
    """A reader of all these files: a file that cannot be read is one refused record, and the others go on."""

    reader = alike.format.records if alike.format else None

    def read(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
        for file in alike.files:
            name = name_in(folder, file)
            try:
                for row in rows(file, mapping, tell, reader):
                    yield replace(row, place=f"{name}, {row.place}")
            except (SourceError, NotFound) as error:
                yield Record(name, {}, {"file": name}, reason_of(file.name, error))

    return read


def reason_of(name: str, error: Exception) -> str:
    """Why a file cannot be read, without its name, which is the place."""
    return str(error).removeprefix(name).removeprefix(": ").removeprefix(", ").rstrip(".")


def unread(source: str, error: Exception) -> Coin:
    """The rest of a file that breaks off, as a file that cannot be read is in a folder: a refused record."""
    name = source.rstrip("/").rpartition("/")[2]
    return Coin(name, {"file": name}, None, None, refusal=reason_of(source, error))


def name_in(folder: Source, file: Source) -> str:
    """The name of a file below the folder."""
    path = file.location.split("::")[0]
    if path.startswith("zip://"):
        return path.removeprefix("zip://").strip("/")
    return path.removeprefix(folder.location.rstrip("/")).strip("/")
