"""Signed years as words."""

from __future__ import annotations


def in_words(first: int | None, last: int | None) -> str | None:
    """Signed years, neither of them 0, in English; None when both are unknown.

    For example "44 BC", "44 to 42 BC", "25 BC to AD 14", "AD 64 to 68", "from 44 BC".
    """
    if first is None or last is None:
        return f"from {_year(first)}" if first else f"until {_year(last)}" if last else None
    if first == last:
        return _year(first)
    if first < 0 and last < 0:
        return f"{-first} to {_year(last)}"
    return f"{_year(first)} to {last if first > 0 else _year(last)}"


def _year(year: int) -> str:
    return f"{-year} BC" if year < 0 else f"AD {year}"
