"""Sentences: what is known about a side of a coin, in words, for text models.

A template is a sentence with gaps. `[field]` is the value of a field, `[Field]` the same with a capital
first letter. `{...}` encloses a clause that is left out when a field in it is empty. Clauses do not nest.
Values are used as they are: brackets in a value have no meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..errors import SpaceError
from ..records.columns import plain
from ..records.placeholders import is_placeholder
from ..records.values import years

FIELDS = ("type", "denomination", "material", "mint", "authority", "legend", "description", "date")
FRAME = ("side", "culture")  # every side has them, so they say nothing about this one

# The short fields come first: a model reads a limited number of tokens (CLIP 77) and ignores the rest.
# A value has no article and no verb next to it, so that it fits in any language, case and number.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "thesis": (
        "This is the [side] of an ancient{ [culture]} coin depicting [type].",
        "The [side] of this ancient{ [culture]} coin has an unidentified design.",
    ),
    "fields": (
        "[Side] of an ancient{ [culture]} coin{ of [authority]}{ from [mint]}"
        "{, [denomination]}{, [material]}{, [date]}{: [description]}.{ Legend: [legend].}",
    ),
}
PLACEHOLDERS = ("uncertain value",)  # the name at nomisma.org of an unknown mint or ruler

_BRACE = re.compile(r"([{}])")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_CLOSING = (",", ".", ";", ":", "!", "?")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and the fields that it uses, sorted, without side and culture."""

    text: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Gap:
    field: str
    capital: bool


@dataclass(frozen=True, slots=True)
class _Clause:
    pieces: tuple[str | _Gap, ...]
    optional: bool

    @property
    def fields(self) -> set[str]:
        return {piece.field for piece in self.pieces if isinstance(piece, _Gap)}


def fields_of(templates: Sequence[str]) -> tuple[str, ...]:
    """All fields that sentences of these templates may use, sorted, without side and culture.

    Raises SpaceError, with the template, for an unknown field, brackets or braces that do not close, and
    nested braces; also when there is no template, or an empty one.
    """
    if not templates:
        raise SpaceError("a space of sentences needs a template, such as: This is the [side] of a [type].")
    used = {field for template in templates for clause in _parse(template) for field in clause.fields}
    return tuple(sorted(used.difference(FRAME)))


def say(
    templates: Sequence[str], known: Mapping[str, Any], culture: str, placeholders: Sequence[str] = ()
) -> Sentence | None:
    """The first template whose fields are known, filled with what is known about a side; else None.

    `known` is a row of `api.sides`; missing keys are unknown. A template needs all fields outside braces,
    and at least one field other than side and culture, if it has any. Placeholders ("unknown", "ohne
    Zuordnung", those in `placeholders`; compared without case, spaces and signs) count as empty, in any
    field. White space becomes a single space, and no full stop follows another. Raises SpaceError for a
    template that `fields_of` refuses.
    """
    values = _values(known, culture, placeholders)
    for template in templates:
        sentence = _filled(_parse(template), values)
        if sentence:
            return sentence
    return None


@lru_cache(maxsize=64)
def _parse(template: str) -> tuple[_Clause, ...]:
    if not template.strip():
        raise SpaceError("a template is empty; leave it out, or write a sentence.")
    parts = _BRACE.split(template)  # text and braces in turn
    texts, braces = parts[::2], parts[1::2]
    if braces != ["{", "}"] * (len(braces) // 2):
        raise SpaceError(
            f"in the template {template!r} braces do not close, or are nested; "
            "{...} encloses a clause that may be left out."
        )
    return tuple(
        _Clause(_pieces(text, template), optional=number % 2 == 1) for number, text in enumerate(texts)
    )


def _pieces(text: str, template: str) -> tuple[str | _Gap, ...]:
    pieces: list[str | _Gap] = []
    for number, part in enumerate(_BRACKETS.split(text)):  # text and names of fields in turn
        if number % 2 == 1:
            pieces.append(_gap(part, template))
        elif "[" in part or "]" in part:
            raise SpaceError(
                f"in the template {template!r} brackets do not close; [field] is the value of a field."
            )
        else:
            pieces.append(part)
    return tuple(pieces)


def _gap(name: str, template: str) -> _Gap:
    field = name[:1].lower() + name[1:]
    if field not in FRAME + FIELDS:
        raise SpaceError(
            f"in the template {template!r} [{name}] is not a field; fields are: {', '.join(FRAME + FIELDS)}."
        )
    return _Gap(field, capital=field != name)


def _values(known: Mapping[str, Any], culture: str, placeholders: Sequence[str]) -> dict[str, str]:
    """The known values, by field, as text."""
    given = {field: known.get(field) for field in FIELDS} | {
        "side": known.get("face"),
        "culture": culture,
        "date": years.in_words(known.get("year_from"), known.get("year_to")),
    }
    said = {field: " ".join(str(value).split()) for field, value in given.items() if value is not None}
    empty = {plain(name) for name in placeholders}
    return {
        field: text for field, text in said.items() if not is_placeholder(text) and plain(text) not in empty
    }


def _filled(clauses: Sequence[_Clause], values: Mapping[str, str]) -> Sentence | None:
    said = [clause for clause in clauses if clause.fields <= values.keys()]
    if any(not clause.optional and clause not in said for clause in clauses):
        return None
    used = {field for clause in said for field in clause.fields}.difference(FRAME)
    asked = {field for clause in clauses for field in clause.fields}.difference(FRAME)
    if asked and not used:
        return None
    return Sentence(
        _joined([piece for clause in said for piece in clause.pieces], values), tuple(sorted(used))
    )


def _joined(pieces: Sequence[str | _Gap], values: Mapping[str, str]) -> str:
    text = ""
    for piece in pieces:
        if isinstance(piece, _Gap):
            value = values[piece.field]
            text += value[:1].upper() + value[1:] if piece.capital else value
            continue
        if piece.startswith(_CLOSING):  # remove the space before a clause that is left out
            text = text.rstrip()
        ended = text.endswith((".", "!", "?", "…")) and piece.startswith(".")
        text += piece[1:] if ended else piece
    return " ".join(text.split())
