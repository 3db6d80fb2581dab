"""Cells with several names, and names that their source marks as uncertain.

"Rome | Ostia" are two names: | is between them, and a backslash makes it a part of a name (`\\|`). Marks of
doubt are "Rome?", "Rome (?)", "?Rome", "[Rome]", "Rome (uncertain)", and a word before the name: "uncertain:
Rome", "probably Rome", "wohl Rom". A backslash before a name takes it as it is: `\\[Rome]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..coin import Value

SEPARATOR = " | "
MOST = 1000  # values in a cell
TOO_MANY = f"has more than {MOST:,} values; none is taken"
# After these the name follows a colon: "uncertain mint of Thrace" is a name.
_STATES = "uncertain|unsicher|incertaine?|incert[oa]|inciert[oa]|onzeker"
_ADVERBS = """
    probably|perhaps|possibly|presumably|maybe|wahrscheinlich|vermutlich|vielleicht|möglicherweise|wohl
    |probablement|peut-être|probabilmente|forse|probablemente|quizás|waarschijnlijk|mogelijk|vermoedelijk
"""
_ADVERB = "|".join(word.strip() for word in _ADVERBS.split("|"))
_ANY = f"{_STATES}|{_ADVERB}"
_SIGNS = re.compile(r"[|?\[\\(]")
_BETWEEN = re.compile(r"(?<!\\)\|")
_AFTER = re.compile(rf"^(?P<name>.*?[^\s?\\])\s*(?:\(\s*(?:\?+|{_ANY})\s*\)|\?+)$", re.IGNORECASE)
_BEFORE = re.compile(rf"^(?:\(\?\)|\?+|(?:{_ANY})\s*:|(?:{_ADVERB})\s)\s*(?P<name>[^\s?:].*)$", re.IGNORECASE)
_AS_IT_IS = re.compile(r"^uncertain: (?P<name>\\.*)$")  # as `spelled` writes it
_BRACKETS = re.compile(r"^\[(?P<name>[^\[\]]*[^\[\]\s][^\[\]]*)\]$")


def parts(text: str) -> list[str]:
    """The texts between the signs |, without spaces around them; an empty one keeps its place."""
    return [part.replace("\\|", "|").strip() for part in _BETWEEN.split(text)]


def joined(texts: Iterable[str]) -> str:
    """Texts as one cell with | between them, which `parts` reads as the same texts again."""
    return SEPARATOR.join(text.replace("|", "\\|") for text in texts)


def listed(texts: Iterable[str | None]) -> str | None:
    """As `joined`, with an empty place for what is None or empty; None when all are."""
    given = [text or "" for text in texts]
    return joined(given) if any(given) else None


def value(text: str) -> Value:
    """One name, and whether it is marked as uncertain."""
    is_uncertain = False
    while not text.startswith("\\") and (found := _mark(text)):
        text, is_uncertain = found["name"].strip(), True
    return Value(text.removeprefix("\\").strip(), is_uncertain=is_uncertain)


def _mark(text: str) -> re.Match[str] | None:
    return _AS_IT_IS.match(text) or _AFTER.match(text) or _BEFORE.match(text) or _BRACKETS.match(text)


def spelled(values: Iterable[Value]) -> str:
    """Values as one cell, which reads as the same values again; their addresses have a cell of their own."""
    return joined(map(marked, values))


def marked(one: Value) -> str:
    """A name with its mark of doubt, which `value` reads as the same again."""
    name = one.name or ""
    as_it_is = name if value(name) == Value(name) else f"\\{name}"
    if not one.is_uncertain:
        return as_it_is
    usual = f"{name}?"
    return usual if value(usual) == Value(name, is_uncertain=True) else f"uncertain: \\{name}"


def is_plain(text: str) -> bool:
    """Whether a text is one name without marks, as most are."""
    return not _SIGNS.search(text) and not _BEFORE.match(text)
