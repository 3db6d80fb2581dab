"""The ends of a date as written, one by one, before they complete each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from coinstore.records.values.centuries import Part
from coinstore.records.values.dates_words import Kind, Token, cut

NOT_READ = "this is not a date that coinstore reads"
OPEN_END = "this gives only an earliest or a latest year; the other end is unknown"

Join = Literal["", "/", "-"]
Era = Literal["bc", "ad"]
NO_COIN_YEAR = "no coin was made in this year"

_JOINS: dict[Kind, Join] = {"slash": "/", "minus": "-", "dash": "-", "to": "-", "and": "-"}


@dataclass(frozen=True, slots=True)
class End:
    """One year or century as written; `join` connects it with the end before.

    A year has `digits` and perhaps a `sign`; a century has an `ordinal` (0: see the next end) and perhaps a
    `part`. `before` and `after` are eras that are written before or after it.
    """

    join: Join = ""
    digits: str = ""
    sign: Literal["", "-", "+"] = ""
    ordinal: int = 0
    part: Part | None = None
    century: bool = False
    before: Era | None = None
    after: Era | None = None

    @property
    def era(self) -> Era | None:
        """The era of this end itself."""
        return self.before or self.after


def read_ends(text: str) -> list[End]:
    """Return the ends in a text from `spell`; raises ValueError with what is not understood."""
    tokens = list(_meant(list(cut(text))))
    within = bool(tokens) and tokens[0].kind == "begin"
    reader = _Reader(tokens[within:])
    ends = [reader.end("")]
    while reader.rest():
        ends.append(reader.end(reader.join(within)))
    shape = "".join(end.join for end in ends)
    if within and "-" not in shape:
        raise ValueError(OPEN_END)
    if shape not in ("", "/", "-", "/-", "-/", "/-/"):
        raise ValueError(NOT_READ)
    return ends


def _meant(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens that concern the years, without words of doubt and articles."""
    if any(token.kind == "open" for token in tokens):
        raise ValueError(OPEN_END)
    named = any(token.kind in ("bc", "ad") for token in tokens)
    last: Token | None = None
    for token in tokens:
        if token.text == "?" and last is not None and last.end == token.start:
            _refuse_placeholder(last, named)
        if token.kind == "c":
            century = last is not None and last.kind in ("ordinal", "number")
            token = replace(token, kind="century" if century else "doubt")
        if token.kind not in ("doubt", "filler"):
            yield token
        last = token


def _refuse_placeholder(last: Token, named: bool) -> None:
    short = last.kind == "number" and len(last.text) < 4 and not named
    if short or last.text == "?":
        raise ValueError("the question mark may replace a digit")


class _Reader:
    """Reads ends from left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def rest(self) -> bool:
        return self._at < len(self._tokens)

    def join(self, within: bool) -> Join:
        """Read what connects two ends; `within`: after "between" or "from"."""
        token = self._next()
        if token.kind not in _JOINS or (token.kind == "and" and not within):
            raise ValueError(NOT_READ)
        if not self.rest():
            raise ValueError(OPEN_END)
        return _JOINS[token.kind]

    def end(self, join: Join) -> End:
        before = self._era()
        end = self._year() if self._sees("number", "minus", "plus", "dash", "to") else self._cent()
        after = self._era()
        if (before and after) or (end.sign and (before or after)):
            raise ValueError("the era is given twice")
        return replace(end, join=join, before=before, after=after)

    def _year(self) -> End:
        first = self._next()
        if first.kind == "number":
            return End(digits=_digits(first))
        if first.kind in ("dash", "to"):
            raise ValueError(OPEN_END)
        number = self._next()
        if number.kind != "number" or first.end != number.start:
            raise ValueError(NOT_READ)
        return End(digits=_digits(number), sign="-" if first.kind == "minus" else "+")

    def _cent(self) -> End:
        part = self._part()
        if self._sees("century"):  # "sec. IV"
            self._next()
            ordinal = self._next()
            if ordinal.kind != "ordinal" or not ordinal.text[0].isupper():
                raise ValueError(NOT_READ)
            return End(ordinal=_number(ordinal), part=part, century=True)
        if not self._sees("ordinal"):
            if part is None:
                raise ValueError(NOT_READ)
            return End(part=part)
        end = End(ordinal=_number(self._next()), part=part)
        if self._sees("century"):
            self._next()
            end = replace(end, century=True)
        return end

    def _part(self) -> Part | None:
        if self._sees("part"):
            value = self._next().value
            return value if isinstance(value, Part) else None
        if not (self._sees("ordinal", "last") and self._sees("share", ahead=1)):
            return None
        place, share = self._next(), self._next()
        of = _number(share)
        return Part(of if place.kind == "last" else _number(place), of)

    def _era(self) -> Era | None:
        if not self._sees("bc", "ad"):
            return None
        return "bc" if self._next().kind == "bc" else "ad"

    def _sees(self, *kinds: Kind, ahead: int = 0) -> bool:
        at = self._at + ahead
        return at < len(self._tokens) and self._tokens[at].kind in kinds

    def _next(self) -> Token:
        if not self.rest():
            raise ValueError(NOT_READ)
        self._at += 1
        return self._tokens[self._at - 1]


def _number(token: Token) -> int:
    return token.value if isinstance(token.value, int) else 0


def _digits(token: Token) -> str:
    if len(token.text) > 4:
        raise ValueError(NO_COIN_YEAR)
    return token.text
