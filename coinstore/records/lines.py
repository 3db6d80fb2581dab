"""Lines of text: decoded as they come, and given back when a row took too many."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from itertools import chain

from ..errors import SourceError
from .encodings import CONTROLS, advice, is_unicode

ENOUGH = 4096  # characters that show which line ends a file has
OLD_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # of files that have no line feeds


def decoded_lines(source: str, chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """The lines in chunks of bytes.

    Raises SourceError for an unknown encoding, and for a byte that cannot be decoded, with its line.
    """
    return _lines(_Decoded(source, encoding), chunks)


def decoded_texts(source: str, chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """The text in chunks of bytes, as it comes; raises SourceError like `decoded_lines`."""
    return filter(None, map(_Decoded(source, encoding).counted, chain(chunks, [None])))


def decoded(source: str, content: bytes, encoding: str) -> str:
    """The text of a whole file; raises SourceError like `decoded_lines`."""
    return "".join(decoded_texts(source, iter([content]), encoding))


def _lines(decoder: _Decoded, chunks: Iterator[bytes]) -> Iterator[str]:
    begun: list[str] = []  # the pieces of a line whose end is still to come
    size = 0
    for chunk in chain(chunks, [None]):
        text = decoder.text(chunk)
        begun.append(text)
        size += len(text)
        if not decoder.line_end and (size >= ENOUGH or "\n" in text or chunk is None):
            start = "".join(begun)
            decoder.line_end = "\r" if "\r" in start and "\n" not in start else "\n"
        if not decoder.line_end or (chunk is not None and decoder.line_end not in text):
            continue
        *whole, rest = _split("".join(begun), decoder.line_end)
        begun, size = [rest], len(rest)
        decoder.line += len(whole)
        yield from whole
    if rest := "".join(begun):
        yield rest


def _split(text: str, line_end: str) -> list[str]:
    """The lines of a text, and what comes after the last line end."""
    if line_end == "\n":
        *whole, rest = text.split("\n")
        return [*(line + "\n" for line in whole), rest]
    *whole, rest = OLD_LINE_END.split(text)
    return [*whole, rest] if rest or not whole else whole  # a CR at the end may be half of a line end


class _Decoded:
    """The text of a file, chunk by chunk, and the line that comes next."""

    def __init__(self, source: str, encoding: str) -> None:
        try:
            self._decoder = codecs.getincrementaldecoder(encoding)()
            b"a\xff".decode(encoding, "replace")  # refuses what encodes no text, such as "rot13"
        except (LookupError, UnicodeError):
            raise SourceError(f"{source}: there is no encoding {encoding!r}.") from None
        self._source, self._encoding, self._is_unicode = source, encoding, is_unicode(encoding)
        self._is_begun = self._has_others = False  # others than ASCII
        self.line, self.line_end = 1, ""

    def counted(self, chunk: bytes | None) -> str:
        """The text of a chunk, whose lines are counted."""
        text = self.text(chunk)
        self.line += text.count("\n")
        return text

    def text(self, chunk: bytes | None) -> str:
        """The text of a chunk, None: of what is left; raises SourceError with the line of a wrong byte."""
        try:
            text = self._decoder.decode(chunk or b"", final=chunk is None)
        except UnicodeDecodeError as error:
            raise self._refusal(error.object, error.start, f"is not {self._encoding}") from None
        except UnicodeError:
            raise SourceError(f"{self._source}, row {self.line}: is not {self._encoding}.") from None
        if not self._is_unicode and chunk and (found := CONTROLS.search(text)):
            at = chunk.find(found[0].encode(self._encoding))
            raise self._refusal(chunk, at, f"is a control character in {self._encoding}")
        if text and not self._is_begun:
            self._is_begun, text = True, text.lstrip("\ufeff")
        self._has_others = self._has_others or not text.isascii()
        return text

    def _refusal(self, given: bytes, at: int, reason: str) -> SourceError:
        line = self.line + given[:at].count(self.line_end.encode() or b"\n")
        said = advice(given, at) if not self._encoding.lower().startswith(("utf-16", "utf-32")) else ""
        todo = f"name the encoding in a mapping file (--map){said}"
        if self._is_unicode and (self._has_others or not given[:at].isascii()):
            todo = f"what is above it is, so that this row has another encoding: correct it{said}"
        return SourceError(f"{self._source}, row {line}: byte 0x{given[at]:02x} {reason}; {todo}.")


class ReturnableLines:
    """Lines that can be given back: text that turns out not to be a row may have taken many lines."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._taken, self._number = lines, deque[str](), 1
        self._ahead = deque[str]()

    def __iter__(self) -> ReturnableLines:
        return self

    def __next__(self) -> str:
        self._taken.append(self._ahead.popleft() if self._ahead else next(self._lines))
        return self._taken[-1]

    def begin(self) -> int:
        """A row begins here; returns the number of its line, from 1."""
        self._number += len(self._taken)
        self._taken.clear()
        return self._number

    def give_back(self) -> str:
        """Returns the first line since `begin`; all lines after it come again."""
        first = self._taken.popleft()
        self._ahead.extendleft(reversed(self._taken))
        self._taken = deque([first])
        return first
