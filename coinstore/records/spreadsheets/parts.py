"""Parts of a spreadsheet file: members of its zip, as events of XML, in bounded memory."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from ...errors import SourceError
from ...sources.zips import BROKEN

CHUNK_BYTES = 65_536
LARGEST_PART_BYTES = 2 * 1024**3
LARGEST_WHOLE_BYTES = 128 * 1024**2  # of a part that is kept in memory, such as the texts of all cells
DENSE_BYTES, DENSEST = 64 * 1024**2, 300  # a larger part that unpacks to this many times its size is a bomb
LONGEST_TEXT = 10_000_000  # characters in one cell
DEEPEST, MOST_NAMES = 1000, 10_000  # the parser remembers each open element, and each name

Event = tuple[str, "dict[str, str] | None", str]
"""The name of an element without its prefix; its attributes where it begins, None where it ends; the text
since the event before."""

DAMAGED = (*BROKEN, RuntimeError, MemoryError, expat.ExpatError)


class DamagedPart(SourceError):
    """A part of a spreadsheet cannot be read, or not to its end."""


class _Unsuitable(Exception):
    """Well-formed XML that no spreadsheet program writes; the message says why."""


class Parts:
    """The members of a zip by name, where upper case, backslashes and a leading slash do not matter."""

    def __init__(self, source: str, stream: BinaryIO) -> None:
        self.source = source
        try:
            self._zip = zipfile.ZipFile(stream)
        except DAMAGED:
            raise SourceError(f"{source}: is a spreadsheet that is damaged or cut short.") from None
        self._infos = {_plain(info.filename): info for info in self._zip.infolist()}

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._infos

    def names(self) -> list[str]:
        return list(self._infos)

    def open(self, name: str, *, largest: int = LARGEST_PART_BYTES) -> BinaryIO:
        """A part; raises SourceError when it is too large or damaged, KeyError when it is missing."""
        info = self._infos[_plain(name)]
        size = info.file_size
        if size > largest or (size > DENSE_BYTES and size > DENSEST * max(info.compress_size, 1)):
            raise SourceError(
                f"{self.source}: its part {name} unpacks to {size:,} bytes, more than coinstore reads;"
                " save the sheet as CSV."
            )
        if info.flag_bits & 1:
            raise SourceError(f"{self.source}: is locked by a password; save it without one.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.damaged(name, "is packed as no spreadsheet program does")
        try:
            return self._zip.open(info)  # type: ignore[return-value]
        except DAMAGED:
            raise self.damaged(name) from None

    def events(self, name: str, *, largest: int = LARGEST_PART_BYTES) -> Iterator[Event]:
        """The events of a part; raises SourceError where it is damaged, KeyError when it is missing."""
        with self.open(name, largest=largest) as stream:
            reader = _Events()
            try:
                while chunk := stream.read(CHUNK_BYTES):
                    yield from reader.feed(chunk)
                yield from reader.feed(b"", final=True)
            except _Unsuitable as error:
                raise self.damaged(name, str(error)) from None
            except DAMAGED:
                raise self.damaged(name) from None

    def damaged(self, name: str, problem: str = "is damaged") -> DamagedPart:
        """The error for a part that cannot be read."""
        return DamagedPart(f"{self.source}: its part {name} {problem}; save the sheet again, or as CSV.")

    def holds(self, name: str, word: bytes) -> bool:
        """Whether a word is in a part; a quick look, without reading the XML."""
        with self.open(name) as stream:
            rest = b""
            try:
                while chunk := stream.read(CHUNK_BYTES):
                    if word in rest + chunk or (not rest and chunk[:2] in (b"\xff\xfe", b"\xfe\xff")):
                        return True
                    rest = chunk[-len(word) :]
            except DAMAGED:
                return False  # what is before the damage is still read
        return False


class _Events:
    """An incremental parser; entities and document types are refused, no office program writes them."""

    def __init__(self) -> None:
        self._found: list[Event] = []
        self._text: list[str] = []
        self._size = self._depth = 0
        self._names: dict[str, str] = {}
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, chunk: bytes, *, final: bool = False) -> Iterator[Event]:
        """The events of a chunk; those before its damage come before the error."""
        self._found, broken = [], None
        try:
            self._parser.Parse(chunk, final)
        except (expat.ExpatError, _Unsuitable) as error:
            broken = error
        yield from self._found
        if broken:
            raise broken

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _Unsuitable(f"has elements more than {DEEPEST:,} deep")
        self._found.append((self._names.get(name) or self._local(name), attributes, self._taken()))

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._found.append((self._names.get(name) or self._local(name), None, self._taken()))

    def _characters(self, text: str) -> None:
        self._text.append(text)
        self._size += len(text)
        if self._size > LONGEST_TEXT:
            raise _Unsuitable(f"has a text of more than {LONGEST_TEXT:,} characters")

    def _taken(self) -> str:
        if not self._text:
            return ""
        text = "".join(self._text)
        self._text.clear()
        self._size = 0
        return text

    def _local(self, name: str) -> str:
        if len(self._names) > MOST_NAMES:
            raise _Unsuitable(f"has more than {MOST_NAMES:,} kinds of elements")
        return self._names.setdefault(name, name.rpartition(":")[2])

    def _refuse(self, *_: object) -> None:
        raise _Unsuitable("has a document type, which no spreadsheet program writes")


def attribute(attributes: dict[str, str], name: str) -> str | None:
    """An attribute by its name, with any prefix."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), None)


def _plain(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/").lstrip("/")).lower()
