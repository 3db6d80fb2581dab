"""The years of a coin in a row of a table: from a worded date, from columns of years, or from both."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from .cells import ParsedRow
from .values.dates import parse_ends, year
from .values.edtf import Ends

FRACTION = re.compile(r"[-+]?\d{1,7}\.\d{1,20}")
EXPONENT = re.compile(r"[-+]?\d(\.\d{1,20})?[eE][-+]?\d{1,2}")
ENDS = ("year_from", "year_to")
LONG = 25  # years: of a span that long the ends are round
BACKWARDS = "the span runs backwards"
YEAR_0 = "perhaps with a year 0"  # format of a column of years: 44 BC may be -43, and the date decides
NUMBER = re.compile(r"[-+]?\d{1,6}")


def written_out(text: str) -> str:
    """A number that a program wrote with an exponent, as people write it: 3.4 for "3.4e0"."""
    return format(Decimal(text), "f") if EXPONENT.fullmatch(text) else text


def _whole(text: str) -> str:
    """The integer that a program wrote as a fraction: -27 for "-27.0"."""
    text = written_out(text)
    return str(int(float(text))) if FRACTION.fullmatch(text) and float(text).is_integer() else text


@lru_cache(maxsize=10_000)  # the same dates occur many times in a table
def _worded(text: str, how: str | None) -> Ends:
    return parse_ends(_whole(text), how)


@lru_cache(maxsize=10_000)
def _year(text: str) -> int:
    return year(_whole(text))


def take_years(parsed: ParsedRow) -> None:
    """The first and the last year.

    Columns of years count before a worded date as long as one of both spans is within the other: "um 550 v.
    Chr." and -560 to -540. Where only a year 0 is between them, the date counts. Where the years contradict
    the date, neither counts, and a fault has both.
    """
    fields = parsed.fields
    worded: Ends | None = None
    if "date" in parsed.said:
        worded = parsed.take("date", lambda text, column: _worded(text, column.format))
        fields |= dict(zip(ENDS, worded or (None, None), strict=True))
    ends = [name for name in ENDS if name in parsed.said]
    if worded and _differ_by_a_year_0(parsed, ends, worded):
        return
    for name in ends:
        found = parsed.take(name, lambda text, _: _year(text))
        if found is not None or name not in fields:
            fields[name] = found
    first, last = fields.get("year_from"), fields.get("year_to")
    if not ends or first is None or last is None:
        return
    if first > last:
        parsed.refuse(ends[0], BACKWARDS, f"{first} to {last}")
    elif worded and not _agree(first, last, worded):
        text = f"{_span(first, last)}; {parsed.said['date'][1]}"
        told = f"{parsed.said['date'][0]!r}, {_span(*worded)}"
        parsed.refuse(ends[0], f"the years contradict the date in {told}; neither is taken", text)
    else:
        return
    fields |= {"year_from": None, "year_to": None}


def _differ_by_a_year_0(parsed: ParsedRow, ends: list[str], worded: Ends) -> bool:
    """Whether each year BC differs from the date by exactly one, all in one direction, and none AD does."""
    steps = set[int]()
    for name in ends:
        _, text, column = parsed.said[name]
        told = worded[ENDS.index(name)]
        if not text:
            continue
        if column.format != YEAR_0 or told is None or not NUMBER.fullmatch(text):
            return False
        if told < 0 or int(text) != told:
            steps.add(int(text) - told if told < 0 else 0)
    return steps in ({1}, {-1})


def _agree(first: int, last: int, worded: Ends) -> bool:
    """Whether one span is within the other. The last year of a century is written as 200 or as 201.

    A span whose one end is not known agrees when the other end is not beyond it.
    """
    start, stop = worded
    if start is None or stop is None:
        return (start is None or start <= last) and (stop is None or first <= stop)
    slack = 1 if stop - start >= LONG else 0
    starts, stops = first - start, last - stop
    return (starts >= -slack and stops <= slack) or (starts <= slack and stops >= -slack)


def _span(first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return f"from {first}" if last is None else f"to {last}"
    return str(first) if first == last else f"{first} to {last}"
