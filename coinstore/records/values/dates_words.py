"""The words of a date as numismatists write it, and how a text is split into them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from coinstore.records.values.centuries import EARLY, LATE, MIDDLE, Part

Kind = Literal[
    "bc",
    "ad",  # an era
    "number",
    "ordinal",
    "last",  # 64; 3rd, 3., III; the last
    "century",
    "share",
    "part",  # century; half, third, quarter (needs an ordinal); early
    "c",  # circa or century; the position decides
    "minus",
    "plus",
    "dash",
    "to",
    "slash",
    "begin",
    "and",  # connects two ends
    "open",  # before, after
    "doubt",
    "filler",  # says nothing about the years
]


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


# In a phrase, dots and hyphens may be missing, and a space may be missing or repeated. Case does not matter,
# except in the patterns of _PATTERNS.
_PHRASES: dict[Kind, str] = {
    "bc": """b. c.|b. c. e.|v. chr.|v. christus|vor chr.|vor christus|vor christi geburt|v. u. z.
        |v. d. z.|av. j.-c.|avant j.-c.|a. chr.|a. chr. n.|ante chr.|avanti cristo""",
    "ad": """a. d.|c. e.|n. chr.|n. christus|nach chr.|nach christus|nach christi geburt|n. u. z.
        |u. z.|n. d. z.|ap. j.-c.|après j.-c.|p. chr.|p. chr. n.|post chr.|dopo cristo""",
    "century": """jh.|jhd.|jhdt.|jahrhundert|jahrhunderts|jahrhunderte|century|centuries|cent.
        |siècle|siècles|s.|sec.|secolo|saec.""",
    "last": "last|letzte|letzter|letztes|letzten|dernier|dernière|ultimo|ultima",
    "open": """vor|nach|before|after|ante|post|avant|après|ab|since|seit|until|till|spätestens
        |frühestens|not before|not after|t. p. q.|t. a. q.|terminus post quem|terminus ante quem""",
    "begin": "from|von|between|zwischen|entre",
    "to": "to|bis",
    "and": "and|und|et",
    "doubt": """ca.|circa|um|etwa|wohl|vermutlich|wahrscheinlich|vielleicht|about|around|approx.
        |approximately|prob.|probably|possibly|perhaps|maybe|vers|environ|env.""",
    "filler": "of|the|des|der|dem|die|das|im|in|du|del",
    "c": "c.",
}

_ORDINALS: dict[int, str] = {
    1: "first|erste|erster|erstes|ersten|premier|première|primo|prima",
    2: "second|zweite|zweiter|zweites|zweiten|deuxième|seconde|secondo|seconda",
    3: "third|dritte|dritter|drittes|dritten|troisième|terzo|terza",
    4: "fourth|vierte|viertes|vierten|quatrième|quarto",
    5: "fifth|fünfte|fünftes|fünften",
    6: "sixth|sechste|sechstes|sechsten",
    7: "seventh|siebte|siebtes|siebten",
}

_SHARES: dict[int, str] = {
    2: "half|h.|hälfte|haelfte|moitié|metà",
    3: "drittel|tiers",
    4: "quarter|viertel|quart",
}

_PARTS: dict[Part, str] = {
    EARLY: """early|beginning|anfang|anfangs|beginn|frühe|frühes|frühen|früh|début|inizio""",
    MIDDLE: "mid|mid-|middle|mitte|milieu",
    LATE: "late|end|ende|späte|spätes|späten|spät|fin|fine",
}

_ROMAN = """I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI"""
"""Centuries only."""

_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("bc", r"(?-i:a\.\s?C\.)"),  # Italian, Spanish; in English A.C. is ambiguous
    ("ad", r"(?-i:d\.\s?C\.)"),
    ("bc", r"(?-i:v\.?)(?=[\W\d].*\bn\.?\s*chr)"),  # "27 v. - 14 n. Chr."
    ("doubt", r"\(\?\)|\[\?\]|[?~≈]"),
    ("ordinal", r"[0-9]{1,2}(?:st|nd|rd|th|ère|ème|er|e)\b"),
    ("ordinal", r"[0-9]{1,2}\."),
    ("number", r"[0-9]+"),
    ("minus", r"-"),  # also between two ends; the position decides
    ("plus", r"\+"),
    ("dash", r"–"),
    ("slash", r"/"),
    ("open", r"[<>≤≥]"),
)

_SPELLING = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2212\ufe63\uff0d"), "-"),  # hyphens, minus
    **dict.fromkeys(map(ord, "\u2012\u2013\u2014\u2015\u2e3a\u2e3b"), "–"),  # dashes: never a minus
    **dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000"), " "),
    **{ord("０") + digit: str(digit) for digit in range(10)},
}


def spell(text: str) -> str:
    """Return the text with only one form of space, hyphen, dash and digit.

    Superscripts, fractions and digits of other scripts stay as they are, so that they are refused and not
    misread.
    """
    return unicodedata.normalize("NFC", text).translate(_SPELLING).strip()


def cut(text: str) -> Iterator[Token]:
    """Split a text from `spell` into tokens; raises ValueError with the first unknown word."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            word = re.split(r"[\s\d]", text[at:], maxsplit=1)[0] or text[at]
            raise ValueError(f'"{word[:20]}" is not a word that coinstore reads in a date')
        kind, value = _MEANINGS[int(match.lastgroup[1:])]
        yield Token(kind, match[0], at, value or _leading_number(match[0]))
        at = match.end()


def _leading_number(text: str) -> int:
    digits = _DIGITS.match(text)
    return int(digits[0]) if digits else 0


def _phrases(words: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in words.split("|")]


def _pattern(phrase: str) -> str:
    loose = {".": r"\.?", " ": r"\s*", "-": r"-?"}
    letters = "".join(loose.get(letter) or re.escape(letter) for letter in phrase)
    return letters + r"(?![^\W\d_])"  # no letter may follow


def _words() -> Iterator[tuple[str, Kind, int | Part]]:
    for kind, words in _PHRASES.items():
        yield from ((word, kind, 0) for word in _phrases(words))
    for number, words in _ORDINALS.items():
        yield from ((word, "ordinal", number) for word in _phrases(words))
    for of, words in _SHARES.items():
        yield from ((word, "share", of) for word in _phrases(words))
    for part, words in _PARTS.items():
        yield from ((word, "part", part) for word in _phrases(words))


def _entries() -> Iterator[tuple[str, Kind, int | Part]]:
    """Yield pattern, kind and value, longer words first."""
    for word, kind, value in sorted(_words(), key=lambda entry: -len(entry[0])):
        yield _pattern(word), kind, value
    for number, roman in enumerate(_ROMAN.split(), start=1):
        yield rf"(?-i:{roman}(?:er|ème|e|\.)?)(?![^\W_])", "ordinal", number
    for kind, pattern in _PATTERNS:
        yield pattern, kind, 0


_DIGITS = re.compile(r"[0-9]{1,9}")
_TABLE = tuple(_entries())
_MEANINGS = [(kind, value) for _, kind, value in _TABLE]
_TOKEN = re.compile(
    "|".join(f"(?P<t{place}>{entry[0]})" for place, entry in enumerate(_TABLE)), re.IGNORECASE
)
