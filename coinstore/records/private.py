"""Private values of a record: they are kept with it, under a name that the store never shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from .coin import Fault, Record

KEY = "private"  # of what a record has in the store and nobody is shown
OPEN = ("file",)  # what a refused record says of its place
COVERED = "(private)"  # instead of the text of a private value
CANNOT = "cannot be read; its value is private"
SHORT = 3  # characters of a text that may be in a private one by chance


def hidden(raw: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """A record whose private values are under "private".

    A name may be a path (owner.name), may have * for any letters, and is written in large or small letters.
    """
    kept = raw
    found: dict[str, Any] = {}
    for name in sorted(names):
        for path in _paths(kept, name):
            kept, value = _without(kept, path)
            if value not in (None, ""):
                found[".".join(path)] = value
    return with_hidden(kept, found)


def with_hidden(raw: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A record with these private values; those that it has under this name already stay."""
    if not found:
        return raw
    own = raw.get(KEY)
    before = own if isinstance(own, dict) else {} if own in (None, "") else {KEY: own}
    return raw | {KEY: before | found}


def refused(record: Record, names: Iterable[str]) -> dict[str, Any]:
    """What is kept of a record that cannot be read: its values may be at wrong names, so all are private."""
    if not any(names):
        return record.raw
    kept = {name: value for name, value in record.raw.items() if name in OPEN}
    return with_hidden(kept, {name: value for name, value in record.raw.items() if name not in kept})


def private_names(raw: dict[str, Any]) -> Iterable[str]:
    """The columns or paths of a record whose values are private."""
    own = raw.get(KEY)
    return own if isinstance(own, dict) else ()


def shows_private(name: str, names: Iterable[str]) -> bool:
    """Whether the values of a column or path are private, or have private values in them."""
    parts = name.split(".")
    above = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
    inside = f"{name}.".casefold()
    return any(one.casefold().startswith(inside) or any(is_one(path, one) for path in above) for one in names)


@lru_cache(maxsize=10_000)  # all rows of a table have the same columns
def is_one(name: str, private: str) -> bool:
    """Whether a column or label is one with this private name."""
    name, private = name.casefold(), private.casefold()
    return name == private or fnmatchcase(name, private)


@lru_cache(maxsize=10_000)
def _among(there: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in there if is_one(one, name))


def covered(faults: Iterable[Fault], names: Iterable[str], raw: dict[str, Any]) -> list[Fault]:
    """The faults of a record, without the texts of its private values.

    `names` are the private columns and paths; in XML other paths select the same values.
    """
    names, values = tuple(names), tuple(_texts(raw.get(KEY)))
    return [_cover(one) if _is_private(one, names, values) else one for one in faults]


def _is_private(fault: Fault, names: tuple[str, ...], values: tuple[str, ...]) -> bool:
    is_named = any(shows_private(part, names) for part in (fault.column, *fault.column.split(", ")))
    text = fault.text.strip()
    is_said = any(text == value.strip() or (len(text) > SHORT and text in value) for value in values)
    return fault.column == KEY or is_named or (bool(text) and is_said)


def _cover(fault: Fault) -> Fault:
    words = re.findall(r"\w+", fault.text)
    is_told = any(re.search(rf"\b{re.escape(word)}\b", fault.reason) for word in words)
    return replace(fault, text=COVERED, reason=CANNOT if is_told else fault.reason)


def _texts(value: Any) -> Iterator[str]:
    """All texts of a value, of lists and objects those inside."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
    elif value not in (None, ""):
        yield str(value)


def _paths(raw: dict[str, Any], name: str) -> list[tuple[str, ...]]:
    """The paths in a record with a private name; lists on the way have no place in a path."""
    there = tuple(raw)
    found: list[tuple[str, ...]] = [(one,) for one in _among(there, name)]
    first, dot, below = name.partition(".")
    for one in _among(there, first) if dot else ():
        inside = raw[one] if isinstance(raw[one], list) else [raw[one]]
        paths = (_paths(each, below) for each in inside if isinstance(each, dict))
        found += [(one, *path) for several in paths for path in several if (one,) not in found]
    return list(dict.fromkeys(found))


def _without(value: dict[str, Any], path: tuple[str, ...]) -> tuple[dict[str, Any], Any]:
    """An object without what is at a path, and what is there; of a list, in each of its objects."""
    name, *below = path
    if name not in value:
        return value, None
    if not below:
        return {key: one for key, one in value.items() if key != name}, value[name]
    inside = value[name]
    if isinstance(inside, list):
        pairs = [_without(one, tuple(below)) if isinstance(one, dict) else (one, None) for one in inside]
        found = [one for _, one in pairs if one not in (None, "")]
        return value | {name: [one for one, _ in pairs]}, found or None
    if not isinstance(inside, dict):
        return value, None
    kept, found_inside = _without(inside, tuple(below))
    return value | {name: kept}, found_inside
