"""The names of a coin in a row of a table: several in one cell, uncertain ones, and their addresses."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from .addresses import NO_ADDRESS, is_address
from .cells import NOT_A_NAME, ParsedRow
from .coin import Value
from .mapping import NAMES
from .texts import field_text
from .values.several import MOST, TOO_MANY, is_plain, parts, value

LONGEST = 500  # characters of a name, which is indexed
_PAIRS = tuple((name, f"{name}_uri") for name in NAMES)


def take_names(parsed: ParsedRow) -> dict[str, tuple[Value, ...]]:
    """Sets each name, and its address, to the first certain value or None.

    Returns all values of the fields that have several, or an uncertain one. The nth address belongs to the
    nth name; addresses that are more or fewer than the names are a fault.
    """
    found: dict[str, tuple[Value, ...]] = {}
    said, fields = parsed.said, parsed.fields
    for name, address in _PAIRS:
        if address not in said:
            if name not in said:
                continue
            text = said[name][1]
            only = _only(text) if text else None
            if only or not text:
                fields[name] = only
                continue
        if values := _take(parsed, name, address):
            found[name] = values
    return found


def _take(parsed: ParsedRow, name: str, address: str) -> tuple[Value, ...]:
    """Sets a name and its address; returns the values where they are several, or none is certain."""
    said, fields = parsed.said, parsed.fields
    values = _values_of(parsed, name)
    if address in said:
        values = _with_addresses(parsed, address, values)
    values = tuple(dict.fromkeys(one for one in values if one.name or one.uri))
    first = values[0] if values else None
    if first and first.is_uncertain:
        first = next((one for one in values if not one.is_uncertain), None)
    if name in said:
        fields[name] = first and first.name
    if address in said:
        fields[address] = first and first.uri
    return values if len(values) > 1 or not first else ()


@lru_cache(maxsize=10_000)  # the same names occur many times in a table
def _only(text: str) -> str | None:
    """The one certain name in a text, as almost all texts have."""
    return text if is_plain(text) and not NOT_A_NAME.fullmatch(text) and len(text) <= LONGEST else None


def _values_of(parsed: ParsedRow, name: str) -> tuple[Value, ...]:
    text = parsed.text(name)
    if not text:
        return ()
    try:
        return _values(text)
    except ValueError as error:
        parsed.refuse(name, str(error))
        return ()


@lru_cache(maxsize=10_000)  # the same names occur many times in a table
def _values(text: str) -> tuple[Value, ...]:
    found = [Value(text)] if is_plain(text) else [_known(value(part)) for part in parts(text)]
    if len(found) > MOST:
        raise ValueError(TOO_MANY)
    for one in found:
        if one.name and len(one.name) > LONGEST:
            raise ValueError(f"has more than {LONGEST} characters")
        if one.name and NOT_A_NAME.fullmatch(one.name):
            raise ValueError("a number, true or false is not a name")
    return tuple(found) if any(one.name or one.is_uncertain for one in found) else ()


def _known(one: Value) -> Value:
    """The value without a name that says that there is none."""
    return replace(one, name=field_text(NAMES[0], one.name or "") or None)


def _with_addresses(parsed: ParsedRow, field: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
    addresses: list[str | None] = list(parts(parsed.text(field) or ""))
    if not any(addresses):
        return values
    if len(addresses) > MOST:
        parsed.refuse(field, TOO_MANY)
        return values
    for n, one in enumerate(addresses):
        if one and not is_address(one):
            parsed.refuse(field, NO_ADDRESS)
            addresses[n] = None
    if values and len(values) != len(addresses):
        parsed.refuse(field, f"has {len(addresses)} addresses for {len(values)} names; none is taken")
        return values
    given = values or tuple(Value(None) for _ in addresses)
    return tuple(replace(one, uri=uri or None) for one, uri in zip(given, addresses, strict=True))
