"""Addresses: what is chosen on a page is in its address, so that it can be shared and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import QueryParams

FIELDS = ("collection", "type", "denomination", "material", "mint", "authority", "portrait")
NUMBERS = ("year_from", "year_to", "weight_from", "weight_to")
UNKNOWN = "~"
"""Stands for "not known" among the names of a field; a name that begins with it has one more."""
MOST_NAMES = 50  # of one field; no person makes a longer address
DEEPEST = 10**6  # page
LONGEST = 200  # characters of words, or of a name


class Key(IntegerConvertor):
    """The key of a coin or a side in a path: a number that the database takes."""

    regex = "[0-9]{1,9}"


register_url_convertor("key", Key())


def chosen(query: QueryParams) -> dict[str, Any]:
    """What the address of a page chooses, as SQL takes it; what cannot be read is left out."""
    found: dict[str, Any] = {}
    if words := _plain(query.get("words", "")).strip()[:LONGEST].strip():
        found["words"] = words
    for name in FIELDS:
        texts = dict.fromkeys(map(_plain, query.getlist(name)))
        if names := [_name(one) for one in texts if one][:MOST_NAMES]:
            found[name] = names
    for name in NUMBERS:
        if (given := number(query.get(name, ""))) is not None:
            found[name] = given
    return found


def wants_owners(query: QueryParams) -> bool:
    """Whether an address asks for former owners, and for records as they came, which may name them."""
    return query.get("provenance") == "1"


def _plain(text: str) -> str:
    """A text as the database takes it."""
    return text.replace("\0", "")


def _name(text: str) -> str | None:
    return None if text == UNKNOWN else text.removeprefix(UNKNOWN)


def number(text: str) -> float | None:
    """A number of years or grams below a million, with a point or a comma; None for anything else."""
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return found if abs(found) < 1e6 else None


def whole(text: object) -> int | None:
    """The whole number of an address or a form, which the database takes as a key; None for anything else."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    return None


def bounded(query: QueryParams, name: str, usual: int, most: int = DEEPEST) -> int:
    """How many an address asks for, or which page: 1 to `most`."""
    number = whole(query.get(name))
    return usual if number is None else min(max(number, 1), most)


def named(name: str | None) -> str:
    """A name, or the one that is not known, as an address has it."""
    if name is None:
        return UNKNOWN
    return UNKNOWN + name if name.startswith(UNKNOWN) else name


def pairs(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is chosen as the pairs of an address: the inverse of `chosen`."""
    given: list[tuple[str, str]] = []
    for name, value in found.items():
        values: Iterable[Any] = value if isinstance(value, list) else [value]
        given += [(name, named(one) if name in FIELDS else _shortest(one) if name in NUMBERS else one)
                  for one in values]  # fmt: skip
    return given


def _shortest(number: float) -> str:
    return str(number).removesuffix(".0")


def with_query(path: str, query: Iterable[tuple[str, Any]]) -> str:
    """A path with these pairs."""
    text = urlencode([(name, value) for name, value in query if value not in (None, "")])
    return f"{path}?{text}" if text else path
