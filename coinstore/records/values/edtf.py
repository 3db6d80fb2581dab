"""EDTF, the Extended Date/Time Format of ISO 8601-2, as far as it tells years.

Its years are astronomical: 0000 is 1 BC and -0043 is 44 BC. Read are years with four digits, unspecified
digits ("004X", "01XX"), marks of doubt (? ~ %), months and days (only the year counts), intervals
("-0043/-0041"), seasons, and sets ("[0064, 0068]", "{0064..0068}"), whose first and last year count. One
end of an interval may be unknown ("/0014"). Open ends ("0014/..") are refused: they are not a span of years.
Source: https://www.loc.gov/standards/datetime/
"""

from __future__ import annotations

import re

YEAR = re.compile(
    r"(?P<sign>-?)(?P<digits>\d{4}|\d{3}X|\d{2}XX|\dXXX)(?P<rest>[?~%]?(-[?~%]?[\dX]{2}[?~%]?){0,2})"
)
LONG = re.compile(r"(?:Y|(?=-))(?P<sign>-?)(?P<digits>\d{5,})")
_MARKED = r"-?(?:\d{4}[?~%]?|\d{1,3}X{1,3})"
_MONTH = r"\d{4}-(?:0[1-9]|1[0-2]|2[1-4])"
# What no other way of writing dates looks like.
ONLY_EDTF = re.compile(
    rf"""-?\d{{4}}[~%] | -?\d{{1,3}}X{{1,3}} | -0\d{{3}}\?     # a mark of doubt, an unspecified digit
    | [\[{{].*\d{{4}}.*[\]}}]                             # a set
    | {_MARKED}/{_MARKED}(?<=[~%X]) | {_MARKED}(?<=[~%X])/{_MARKED}
    | -?0\d{{3}}[?~%]?/{_MARKED} | {_MARKED}/-?0\d{{3}}[?~%]?   # years with zeros
    | -?{_MONTH}(?:-\d\d)?[~%] | {_MONTH}/{_MONTH} | -?0\d{{3}}[?~%]?/ | /-?0\d{{3}}[?~%]?""",
    re.VERBOSE,
)
OPEN = "an open end is not a span of years"
Ends = tuple[int | None, int | None]


def astronomical(year: int) -> str:
    """A signed year without a year 0 as EDTF has it: 44 BC, which is -44, is -0043."""
    shifted = year + 1 if year < 0 else year
    return f"{'-' if shifted < 0 else ''}{abs(shifted):04}"


def is_edtf(text: str) -> bool:
    """Whether a text can be nothing else than EDTF: "-0043" may also be 43 BC."""
    return ONLY_EDTF.fullmatch(text.strip()) is not None


def edtf_years(text: str) -> Ends:
    """The first and the last year, signed, without a year 0; None for an unknown end of an interval.

    Raises ValueError for what is not read.
    """
    text = text.strip()
    if text[:1] + text[-1:] in ("[]", "{}"):
        spans = [_span(_ends(part, "..")) for part in text[1:-1].split(",")]
        return min(first for first, _ in spans), max(last for _, last in spans)
    first, last = _ends(text, "/")
    if first and last:
        return _span((first, last))
    if not first and not last:
        raise ValueError("has no years")
    return (_years(first)[0] if first else None), (_years(last)[1] if last else None)


def _ends(text: str, between: str) -> tuple[str, str]:
    ends = text.split(between) if between in text else [text] * 2
    if len(ends) != 2:
        raise ValueError("is not EDTF")
    return ends[0].strip(), ends[1].strip()


def _span(ends: tuple[str, str]) -> tuple[int, int]:
    if not all(ends):
        raise ValueError(OPEN)
    first, last = _years(ends[0])[0], _years(ends[1])[1]
    if first > last:
        raise ValueError("the span runs backwards")
    return first, last


def _years(text: str) -> tuple[int, int]:
    if text == "..":
        raise ValueError(OPEN)
    found = YEAR.fullmatch(text) or LONG.fullmatch(text)
    if not found:
        raise ValueError("is not a date of EDTF (-0043, -0043/-0041, 006X)")
    digits = found["digits"]
    ends = [int(digits.replace("X", digit)) for digit in "09"]
    first, last = sorted(-end for end in ends) if found["sign"] else ends
    return _signed(first), _signed(last)


def _signed(year: int) -> int:
    return year if year > 0 else year - 1
