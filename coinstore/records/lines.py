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
    decoded = _Decoded(source, encoding)
    return filter(None, map(decoded.counted, chain(chunks, [None])))


def _lines(decoded: _Decoded, chunks: Iterator[bytes]) -> Iterator[str]:
    rest, is_begun = "", False
    for chunk in chain(chunks, [None]):
        rest += decoded.text(chunk)
        if not is_begun:
            is_begun = "\n" in rest or len(rest) >= ENOUGH or chunk is None
            if not is_begun:
                continue
            decoded.line_end = "\r" if "\r" in rest and "\n" not in rest else "\n"
        if decoded.line_end == "\n":
            whole = [line + "\n" for line in rest.split("\n")]
            rest = whole.pop()[:-1]
        else:  # a CR at the end of a chunk may be half of a line end
            whole = OLD_LINE_END.split(rest)
            rest = whole.pop() or (whole.pop() if whole else "")
        decoded.line += len(whole)
        yield from whole
    if rest:
        yield rest


class _Decoded:
    """The text of a file, chunk by chunk, and the line that comes next."""

    def __init__(self, source: str, encoding: str) -> None:
        try:
            self._decoder = codecs.getincrementaldecoder(encoding)()
            b"a".decode(encoding, "replace")  # refuses what encodes no text, such as "rot13"
        except (LookupError, UnicodeError):
            raise SourceError(f"{source}: there is no encoding {encoding!r}.") from None
        self._source, self._encoding, self._is_unicode = source, encoding, is_unicode(encoding)
        self._is_begun = False
        self.line, self.line_end = 1, "\n"

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
        return text

    def _refusal(self, given: bytes, at: int, reason: str) -> SourceError:
        line = self.line + given[:at].count(self.line_end.encode())
        said = advice(given, at) if not self._encoding.lower().startswith(("utf-16", "utf-32")) else ""
        return SourceError(
            f"{self._source}, row {line}: byte 0x{given[at]:02x} {reason};"
            f" name the encoding in a mapping file (--map){said}."
        )


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
