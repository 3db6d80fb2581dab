"""Lines of text: decoded as they come, and given back when a row took too many."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from itertools import chain

from ..errors import SourceError

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # and no other character that Unicode calls a line break


def decoded_lines(source: str, chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """The lines in chunks of bytes.

    Raises SourceError for an unknown encoding, and for a byte that cannot be decoded, with its line.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise SourceError(f"{source}: there is no encoding {encoding!r}.") from None
    return _decoded(source, chunks, encoding, decoder)


def _decoded(
    source: str, chunks: Iterator[bytes], encoding: str, decoder: codecs.IncrementalDecoder
) -> Iterator[str]:
    rest, line = "", 1
    for chunk in chain(chunks, [None]):
        try:
            rest += decoder.decode(chunk or b"", final=chunk is None)
        except UnicodeDecodeError as error:
            line += rest.count("\n") + error.object[: error.start].count(b"\n")
            raise SourceError(
                f"{source}, row {line}: byte 0x{error.object[error.start]:02x} is not {encoding};"
                ' name the encoding in a mapping file, for example encoding = "latin-1".'
            ) from None
        whole = [one for one in LINE_END.split(rest) if one] if chunk is None else rest.split("\n")
        if chunk is not None:
            rest, whole = whole[-1], [one + "\n" for one in whole[:-1]]
        line += len(whole)
        yield from whole


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
