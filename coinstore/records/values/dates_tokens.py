"""How the text of a date is split into words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from coinstore.records.values import dates_words as words
from coinstore.records.values.centuries import Part
from coinstore.records.values.dates_words import Kind
from coinstore.sources.spelling import one_name


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a date; `value` is the number, the parts of a share, or a `Part`."""

    kind: Kind
    text: str
    start: int
    value: int | Part = 0

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def plain(self) -> str:
        """The word in lower case, without accents."""
        return "".join(map(_without_accent, self.text)).lower()


_SPELLING = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2212\ufe63\uff0d"), "-"),  # hyphens, minus
    **dict.fromkeys(map(ord, "\u2012\u2013\u2014\u2015\u2e3a\u2e3b÷"), "–"),  # dashes: never a minus
    **dict.fromkeys(map(ord, "\u2018\u2019\u00b4`"), "'"),
    **{ord("０") + digit: str(digit) for digit in range(10)},
}


def spell(text: str) -> str:
    """Return the text with only one form of space, hyphen, dash, apostrophe and digit.

    Superscripts, fractions and digits of other scripts stay as they are, so that they are refused and not
    misread.
    """
    return one_name(text).translate(_SPELLING)


def cut(text: str) -> Iterator[Token]:
    """Split a text from `spell` into tokens; raises ValueError with the first unknown word."""
    before: tuple[Kind | None, Kind | None] = (None, None)
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        roman = _LOWER_ROMAN.match(text, at) if _expects_roman(before) else None
        token = Token("ordinal", roman[0], at, _LOWER[roman[0]]) if roman else _token(text, at)
        yield token
        before, at = (before[1], token.kind), token.end


def _token(text: str, at: int) -> Token:
    match = _TOKEN.match(text, at)
    if match is None or match.lastgroup is None:
        word = re.split(r"[\s\d]", text[at:], maxsplit=1)[0] or text[at]
        raise ValueError(f'"{word[:20]}" is not a word that coinstore reads in a date')
    kind, value = _MEANINGS[int(match.lastgroup[1:])]
    return Token(kind, match[0], at, value or _leading_number(match[0]))


def _expects_roman(before: tuple[Kind | None, Kind | None]) -> bool:
    """After "siglo" or "s." small Roman numerals are usual; not after "3. Jh.", where "v." is an era."""
    return before[1] == "century" and before[0] not in ("ordinal", "number")


def _without_accent(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


def _leading_number(text: str) -> int:
    digits = _DIGITS.match(text)
    return int(digits[0]) if digits else 0


def _phrases(said: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in said.split("|")]


def _pattern(phrase: str) -> str:
    stem = phrase.removesuffix(".")
    letters = "".join(map(_loose, stem))
    no_letter = r"(?![^\W\d_])"
    if stem.endswith("'"):  # an elision: "dell'"
        return letters
    return letters + (no_letter if stem == phrase else rf"(?:\.|{no_letter})")


def _loose(letter: str) -> str:
    if letter in ".- ":
        return {".": r"\.?", " ": r"\s?", "-": r"[-\s]?"}[letter]
    plain = _without_accent(letter)
    return re.escape(letter) if plain == letter else f"[{letter}{plain}]"


def _words() -> Iterator[tuple[str, Kind, int | Part]]:
    for kind, said in words.PHRASES.items():
        yield from ((word, kind, 0) for word in _phrases(said))
    for number, said in words.ORDINALS.items():
        yield from ((word, "ordinal", number) for word in _phrases(said))
    for of, said in words.SHARES.items():
        yield from ((word, "share", of) for word in _phrases(said))
    for part, said in words.PARTS.items():
        yield from ((word, "part", part) for word in _phrases(said))


def _entries() -> Iterator[tuple[str, Kind, int | Part]]:
    """Yield pattern, kind and value, longer words first."""
    yield from ((pattern, kind, value) for kind, pattern, value in words.EXACT)
    for word, kind, value in sorted(_words(), key=lambda entry: -len(entry[0])):
        yield _pattern(word), kind, value
    for number, roman in enumerate(words.ROMAN.split(), start=1):
        yield rf"(?-i:{roman}{words.ROMAN_ENDING})(?![^\W_])", "ordinal", number
    for kind, pattern in words.PATTERNS:
        yield pattern, kind, 0


_DIGITS = re.compile(r"[0-9]{1,9}")
_TABLE = tuple(_entries())
_MEANINGS = [(kind, value) for _, kind, value in _TABLE]
_TOKEN = re.compile(
    "|".join(f"(?P<t{place}>{entry[0]})" for place, entry in enumerate(_TABLE)), re.IGNORECASE
)
_LOWER = {roman.lower(): number for number, roman in enumerate(words.ROMAN.split(), start=1)}
_LOWER_ROMAN = re.compile(rf"(?:{'|'.join(sorted(_LOWER, key=len, reverse=True))})(?![^\W_])")
