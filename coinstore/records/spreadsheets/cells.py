"""Cells and rows of spreadsheets: a value, and the text that is shown for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from ...errors import SourceError
from ..coin import Shown
from .dates import exact_date, shown_date
from .formats import DIGITS, WIDTH, Unformattable, is_date, shown_number, shown_text

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
MOST_MERGES = 1_000_000
ERRORS = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|FIELD!|GETTING_DATA)|Err:\d{3}")
BRACKETS = re.compile(r"\[[^\]]*\]|general|standard|E[+-]", re.IGNORECASE)
UNCACHED = (
    "is a formula whose value is not in the file; open the file in a spreadsheet program and save it again"
)

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number from 1, its cells by column from 0 without empty ones, whether it is hidden."""

    number: int
    cells: dict[int, Cell]
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells that are one: rows from 1 and columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Findings:
    """What is only known when a sheet was read: merged cells, and whether formats were not found."""

    merges: list[Merge] = field(default_factory=list)
    lacks_formats: bool = False

    def merge(self, source: str, found: Merge) -> None:
        """Notes a merged cell; raises SourceError when there are more than memory should hold."""
        self.merges.append(found)
        if len(self.merges) > MOST_MERGES:
            raise SourceError(f"{source}: has more than {MOST_MERGES:,} merged cells; save the sheet as CSV.")


class Sheet(Protocol):
    """A sheet with cells; `rows` can be called again."""

    name: str
    is_hidden: bool
    findings: Findings

    def rows(self) -> Iterator[Row]:
        """The rows that have cells, in order; `findings.merges` is filled before the first one."""


def number_cell(value: float, code: str, *, is_1904: bool = False) -> Cell:
    """A number in its format: itself where it is shown as it is, else the text that is shown."""
    if not math.isfinite(value):
        return Shown(str(value), None, "is not a finite number")
    if is_date(code):
        return _date_cell(value, code, is_1904=is_1904)
    number = plain(value)
    if code == "General" and 1e-4 <= abs(value) < 1e9 and len(str(number)) < WIDTH:
        return number  # as General shows it
    if abs(value) >= 10**DIGITS:
        reason = f"is a number of more than {DIGITS} digits, which spreadsheets round; store it as text"
        return Shown(f"{value:.0f}", number, reason)
    try:
        text, exact = shown_number(value, code)
    except Unformattable as error:
        has_words = any(c.isalpha() for c in BRACKETS.sub("", code))
        return Shown(str(number), None if has_words else number, str(error))
    if not text:
        return Shown(str(number), number, "is hidden by its number format")
    return number if text == str(number) else Shown(text, _written(number) if exact is None else exact)


def _written(number: int | float) -> str | float:
    """A number, or its digits where Python would write an exponent."""
    return f"{Decimal(str(number)):f}" if "e" in str(number) else number


def _date_cell(value: float, code: str, *, is_1904: bool) -> Cell:
    exact = None
    try:
        exact = exact_date(value, code, is_1904=is_1904)
        return Shown(shown_date(value, code, is_1904=is_1904), exact)
    except Unformattable as error:
        return Shown(exact or str(plain(value)), exact, str(error))


def text_cell(text: str, code: str) -> Cell:
    """A text in its format, which may put words around it; None when it is empty."""
    if not text or code == "General":
        return text or None
    try:
        return shown_text(text, code)
    except Unformattable:
        return text


def error_cell(text: str) -> Cell:
    """An error value, such as #REF!."""
    return Shown(text, None, "is an error value of the spreadsheet")


def formula_cell(formula: str) -> Cell:
    """A formula whose value was never calculated."""
    return Shown(f"={formula}", None, UNCACHED)


def plain(value: float) -> int | float:
    """A number with the digits that a spreadsheet keeps; 64.0 is 64."""
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1 << 53 else short
