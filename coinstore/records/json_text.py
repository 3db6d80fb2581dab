"""The text of a JSON file, read value by value: a file of any size takes the memory of its largest record."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..errors import SourceError

LARGEST = 16_000_000  # characters of one value
DEEPEST = 100  # levels of nesting
SPACE = re.compile(r"\s*")
TOO_DEEP = f"is nested more than {DEEPEST} deep"
AGAIN = "repair it there, or export the file again"
NEAR = 16  # an error so near the end of what was read may be a value that is cut there
# A string, even one that is cut at the end, or a comma before a closing bracket.
STRING_OR_COMMA = re.compile(r"""("(?:[^"\\]|\\.)*(?:"|\\?\Z))|,(?=\s*[}\]])""", re.DOTALL)


class TooDeepError(ValueError):
    """Values in values, more than a computer goes into."""


class Twice(dict[str, Any]):
    """An object that has some names twice with different values: each of these has the list of its values."""

    names: frozenset[str] = frozenset()


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these names and values, `Twice` when a name comes again with another value."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    said: dict[str, dict[str, Any]] = {}  # by name, each value once
    for name, value in pairs:
        said.setdefault(name, {})[repr(value)] = value
    values = {name: list(several.values()) for name, several in said.items()}
    twice = Twice({name: several if len(several) > 1 else several[0] for name, several in values.items()})
    twice.names = frozenset(name for name, several in values.items() if len(several) > 1)
    return twice if twice.names else found


def _fraction(text: str) -> int | float | str:
    """A number; 64.0 is the 64 that it stands for, and one that no computer holds stays a text."""
    value = float(text)
    if not math.isfinite(value):
        return str(Decimal(text))
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value


def _integer(text: str) -> int | str:
    return int(text) if len(text) < 1000 else text


_DECODER = json.JSONDecoder(
    object_pairs_hook=object_of,
    parse_float=_fraction,
    parse_int=_integer,
    parse_constant=str,  # NaN, for example: Python writes it, but JSON has no such number
    strict=False,
)


def decode(text: str) -> Any:
    """The value in a text; commas before closing brackets are allowed. Raises ValueError with the reason."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        shorter = _without_last_commas(text)
        if shorter == text:
            raise
        try:
            return _DECODER.decode(shorter)
        except json.JSONDecodeError:
            raise error from None
    except RecursionError:
        raise TooDeepError(TOO_DEEP) from None


def why_not(error: ValueError) -> str:
    """Why a file cannot be read as JSON, and what to do, as the end of a sentence."""
    return TOO_DEEP if isinstance(error, TooDeepError) else f"is not JSON ({error}); {AGAIN}"


def _without_last_commas(text: str) -> str:
    return STRING_OR_COMMA.sub(lambda found: found[1] or "", text)


class JsonText:
    """JSON that comes in pieces of text; raises SourceError with the line where it is not JSON."""

    def __init__(self, source: str, texts: Iterator[str]) -> None:
        self._source, self._texts = source, texts
        self._text, self._at, self._line, self._is_whole = "", 0, 1, False

    def peek(self) -> str:
        """The next character that is not a space; empty at the end."""
        while True:
            self._at = SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def items(self) -> Iterator[None]:
        """Comes to each item of an array in turn; the caller takes or skips it."""
        self.take("[")
        while self.peek() != "]":
            yield
            if self.peek() != "]":
                self.take(",")
        self._at += 1

    def names(self) -> Iterator[str]:
        """The names in an object; the caller takes or skips the value of each."""
        self.take("{")
        while self.peek() != "}":
            if self.peek() != '"':
                raise self._refusal("Expecting a name in double quotes")
            name = self.value()
            self.take(":")
            yield name
            if self.peek() != "}":
                self.take(",")
        self._at += 1

    def skip(self) -> None:
        """Leaves out the next value, in parts when it is large."""
        match self.peek():
            case "[":
                for _ in self.items():
                    self.value()
            case "{":
                for _ in self.names():
                    self.value()
            case _:
                self.value()

    def value(self) -> Any:
        """The next value as a whole."""
        self.peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.pos > len(self._text) - NEAR or error.msg.startswith("Unterminated")
                if is_cut and self._more():
                    continue
                return self._lenient(error)
            except RecursionError:
                raise SourceError(f"{self._source}, row {self._row()}: {TOO_DEEP}.") from None
            if end < len(self._text) or not self._more():  # a number may go on in the next piece
                self._at = end
                return found

    def _lenient(self, error: json.JSONDecodeError) -> Any:
        """The next value without the commas before its closing brackets."""
        rest = self._text[self._at :]
        shorter = _without_last_commas(rest)
        if shorter == rest:
            raise self._refusal(error.msg, error.pos) from None
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = shorter, 0
        return self.value()

    def _more(self) -> bool:
        """Reads as much again as there is; False at the end of the file."""
        rest, piece = self._text[self._at :], next(self._texts, "")
        if not piece:
            return False
        self._line += self._text.count("\n", 0, self._at)
        if len(rest) > LARGEST:
            raise SourceError(
                f"{self._source}, row {self._line}: a value has more than {LARGEST:,} characters; if it holds"
                ' the records, a mapping file can say so: records = "path".'
            )
        pieces, size = [rest, piece], len(piece)
        while size <= len(rest) and (piece := next(self._texts, "")):
            pieces.append(piece)
            size += len(piece)
        self._text, self._at = "".join(pieces), 0
        return True

    def take(self, sign: str) -> None:
        """Goes past a sign; raises SourceError when something else is there."""
        if self.peek() != sign:
            raise self._refusal(f"Expecting {sign!r}")
        self._at += 1

    def _refusal(self, reason: str, at: int | None = None) -> SourceError:
        return SourceError(f"{self._source}, row {self._row(at)}: is not JSON ({reason}); {AGAIN}.")

    def _row(self, at: int | None = None) -> int:
        return self._line + self._text.count("\n", 0, self._at if at is None else at)
