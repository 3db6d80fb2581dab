"""The ends of a date as written, one by one, before they complete each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from coinstore.records.values.centuries import LAST_CENTURY, MIDDLE, Part
from coinstore.records.values.dates_tokens import Token, cut
from coinstore.records.values.dates_words import (
    LATIN_PARTS,
    MIDDLE_SHARES,
    ORDINAL_SHARES,
    ROMANCE,
    Kind,
)

NOT_READ = "this is not a date that coinstore reads"
CIRCA_OR_CENTURY = "c may mean circa or century; write ca. or the word century"
YEAR_OF_WHAT = "a year without BC or AD may be a year of a reign, or of another era"
OPEN_END = "this gives only an earliest or a latest year; the other end is unknown"

Join = Literal["", "/", "-"]
Era = Literal["bc", "ad"]
NO_COIN_YEAR = "no coin was made in this year"

_JOINS: dict[Kind, Join] = {"slash": "/", "minus": "-", "dash": "-", "to": "-", "and": "-"}


@dataclass(frozen=True, slots=True)
class End:
    """One year or century as written; `join` connects it with the end before.

    A year has `digits` and perhaps a `sign`; a century has an `ordinal` (0: see the next end) and perhaps
    a `part`; `word_first`: as in "sec. IV". A year is `in_full` after a word such as "to". `before` and
    `after` are eras that are written before or after it.
    """

    join: Join = ""
    digits: str = ""
    sign: Literal["", "-", "+"] = ""
    ordinal: int = 0
    part: Part | None = None
    century: bool = False
    word_first: bool = False
    in_full: bool = False
    decade: bool = False
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
    seen: list[Kind] = []
    for place, token in enumerate(tokens):
        if token.text == "?" and last is not None and last.end == token.start:
            _refuse_placeholder(last, named)
        if token.kind == "year" and not named:
            raise ValueError(YEAR_OF_WHAT)
        kind = _decided(token, last, tokens[place + 1 :] if token.kind == "c" else (), seen)
        if kind not in ("doubt", "filler", "year"):
            seen.append(kind)
            yield replace(token, kind=kind)
        last = token


def _decided(token: Token, last: Token | None, following: Sequence[Token], seen: Sequence[Kind]) -> Kind:
    """The meaning of a word by its position: "c." is circa or a century, "van" is from or of."""
    if token.kind == "van":
        return "filler" if seen else "begin"
    if token.kind == "en":  # French in, Dutch and
        return "and" if "begin" in seen[:1] and len(seen) > 1 else "filler"
    return token.kind if token.kind != "c" else _circa_or_century(token, last, following)


def _circa_or_century(token: Token, last: Token | None, following: Sequence[Token]) -> Kind:
    next_one = following[0] if following else None
    if last is not None and last.kind == "ordinal":
        return "century"
    if last is not None and last.kind == "number" and _number(last) <= LAST_CENTURY:
        raise ValueError(CIRCA_OR_CENTURY)
    if next_one is not None and next_one.kind == "ordinal":  # either reading is the century
        return "doubt" if any(other.kind in ("century", "c") for other in following) else "century"
    is_number = next_one is not None and next_one.kind == "number" and _number(next_one) <= LAST_CENTURY
    if is_number and token.text != "c.":
        raise ValueError(CIRCA_OR_CENTURY)
    return "doubt"


def _refuse_placeholder(last: Token, named: bool) -> None:
    short = last.kind == "number" and len(last.text) < 4 and not named
    if short or last.text == "?":
        raise ValueError("the question mark may replace a digit")


class _Reader:
    """Reads ends from left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._joined_by_word = False

    def rest(self) -> bool:
        return self._at < len(self._tokens)

    def join(self, within: bool) -> Join:
        """Read what connects two ends; `within`: after "between" or "from"."""
        token = self._next()
        if token.kind not in _JOINS or (token.kind == "and" and not within):
            raise ValueError(NOT_READ)
        if not self.rest():
            raise ValueError(OPEN_END)
        self._joined_by_word = token.kind in ("to", "and")
        return _JOINS[token.kind]

    def end(self, join: Join) -> End:
        before = self._era()
        is_roman = self._sees("ordinal") and self._tokens[self._at].text[0] in "IVX"
        is_year = self._sees("number", "decade", "minus", "plus", "dash", "to") and not self._is_century()
        end = self._year() if is_year else self._cent()
        if is_roman and self._sees("bc", "ad") and self._tokens[self._at].value == ROMANCE:
            end = replace(end, century=True)
        after = self._era()
        if (before and after) or (end.sign and (before or after)):
            raise ValueError("the era is given twice")
        return replace(end, join=join, before=before, after=after, in_full=self._joined_by_word)

    def _year(self) -> End:
        first = self._next()
        if first.kind == "decade":
            return End(digits=str(_number(first)), decade=True)
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
            if ordinal.kind not in ("ordinal", "number"):
                raise ValueError(NOT_READ)
            return self._latin(End(ordinal=_number(ordinal), part=part, century=True, word_first=True))
        if not self._sees("ordinal") and not self._is_century():
            if part is None:
                raise ValueError(NOT_READ)
            return End(part=part)
        end = End(ordinal=_number(self._next()), part=part)
        if self._sees("century"):
            self._next()
            end = replace(end, century=True)
        return self._latin(end)

    def _is_century(self) -> bool:
        """Whether a number is followed by the word: "2 Jh.", in which the dot is missing; not "280s"."""
        if not (self._sees("number") and self._sees("century", ahead=1)):
            return False
        number, word = self._tokens[self._at : self._at + 2]
        return word.start > number.end or len(word.text) > 2

    def _latin(self, end: End) -> End:
        """The end, with the part that may follow in Latin: "saec. III ex."."""
        if end.part is None and self._sees("part") and self._tokens[self._at].plain in LATIN_PARTS:
            return replace(end, part=self._part())
        return end

    def _part(self) -> Part | None:
        if self._sees("part"):
            value = self._next().value
            return value if isinstance(value, Part) else None
        if self._sees("share") and self._tokens[self._at].plain in MIDDLE_SHARES:
            self._next()
            return MIDDLE
        of = self._share(1)
        if not (self._sees("ordinal", "last") and of):
            return None
        place, _ = self._next(), self._next()
        return Part(of if place.kind == "last" else _number(place), of)

    def _share(self, ahead: int) -> int:
        """The number of parts that a word divides a century into; 0: it is not such a word."""
        if self._sees("share", ahead=ahead):
            return _number(self._tokens[self._at + ahead])
        if self._sees("ordinal", ahead=ahead):
            return ORDINAL_SHARES.get(self._tokens[self._at + ahead].plain, 0)
        return 0

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
