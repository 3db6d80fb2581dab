"""Years from dates as numismatists write them, in seven languages (see `dates_words`).

Supported: one year ("44 BC", "-44", "AD 117", "2002"), a double year ("323/322 BC", "138/9"),
a span of either ("430-404 v. Chr.", "27 BC - AD 14", "-415 - -390"), and centuries with their
parts ("1. Jh. v. Chr.", "late 4th century BC", "prima metà del II sec. a.C."). Of a day with its month by
name only the year counts ("15 March 44 BC"). Conventions:

- A date without era and sign is AD. An era after the last end, or before the first, applies to both
  ("430-404 BC", "AD 64-68"); otherwise each end has its own.
- There is no year 0, so "-44" is 44 BC. "-0044" is refused: with four digits it may be a year of ISO 8601,
  which is 45 BC.
- A shorter second number is in full after a word ("12 to 1 BC"). After a slash it is an abbreviation
  ("189/88 BC", "138/9"), except for the next year ("100/99 BC"). In another span, of its two readings the
  one counts that does not run backwards: "AD 138-61" is 138-161, "133-90 BC" is in full. If neither runs
  backwards ("336-23 BC" may end in 323 or in 23), it is refused. "138-61" is refused as well, because it
  may lack a BC; "1914-18" cannot. The first year of a double year is in full ("189/88-49/45 BC").
- Words of doubt (ca., um, probably, ?) do not change the years.
- A Roman numeral is a century, if the word or one of the eras of Romance languages follows ("I a.C.").
- Early, middle and late are the thirds of a century (see `coinstore.records.values.centuries`).

Everything else is refused with a reason and never guessed: open ends (before, after, vor, nach), spans that
run backwards, alternatives, regnal and other eras, calendar dates in numbers without a layout, and whatever
has two readings: "C4 BC" (century or circa), "5-6" (years, or a day), "44 A.C.".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from coinstore.records.values.centuries import WHOLE, century_years
from coinstore.records.values.dates_ends import NO_COIN_YEAR, NOT_READ, End, Era, read_ends
from coinstore.records.values.dates_months import whole_date
from coinstore.records.values.dates_order import in_order
from coinstore.records.values.dates_tokens import spell
from coinstore.records.values.edtf import Ends, edtf_years, is_edtf

LATEST_YEAR = 2100
"""A later year is not the year of a coin, but of another calendar, or a slip."""

LONGEST = 200  # characters; the time that a date takes grows with their square

_FLOAT = re.compile(r"^([+-]?[0-9]{1,4})\.0{1,6}$")  # years in tables of pandas

EDTF = "edtf"  # a layout
IF_EDTF = '; if it is EDTF, a mapping file says {field = "date", format = "edtf"}'

BACKWARDS = "the span runs backwards"
_BACKWARDS_BARE = "the span runs backwards, and it does not say that it is BC"


@dataclass(frozen=True, slots=True)
class Years:
    """A span of years, both ends included; signed: 44 BC is -44, and there is no year 0.

    Raises ValueError for a year 0 and for a span that runs backwards.
    """

    year_from: int
    year_to: int

    def __post_init__(self) -> None:
        if 0 in (self.year_from, self.year_to):
            raise ValueError("there is no year 0")
        if self.year_from > self.year_to:
            raise ValueError(BACKWARDS)


def parse_years(text: str, layout: str | None = None) -> Years:
    """Return the years of a date; the docstring of the module says how dates are read.

    With a `layout` (as for `datetime.strptime`, with %Y) the text is one calendar date in that layout, and
    its year is returned; with the layout "edtf" it is EDTF, as is a text that can be nothing else. Raises
    ValueError with the reason, a plain sentence.
    """
    first, last = parse_ends(text, layout)
    if first is None or last is None:
        raise ValueError("an unknown end is not a span of years")
    return Years(first, last)


def parse_ends(text: str, layout: str | None = None) -> Ends:
    """As `parse_years`, the first and the last year; None for an end that EDTF says to be unknown."""
    if layout == EDTF or (layout is None and is_edtf(text)):
        return edtf_years(text)
    years = _read(text) if layout is None else _laid_out(text, layout)
    return years.year_from, years.year_to


def year(text: str) -> int:
    """Return the one year that a text names ("-415", "415 BC", "AD 68"), signed.

    Raises ValueError with the reason, also when the text names several years.
    """
    return _one_year(text).year_from


def _one_year(text: str) -> Years:
    years = _read(text)
    if years.year_from != years.year_to:
        raise ValueError("this is a span, but a single year is needed")
    return years


@lru_cache(maxsize=10_000)  # the same dates occur many times in a table
def _read(text: str) -> Years:
    if len(text) > LONGEST:
        raise ValueError("is too long for a date")
    spelled = in_order(_FLOAT.sub(r"\1", spell(text)))
    if not spelled:
        raise ValueError("the date is empty")
    if year_of_date := whole_date(spelled):
        return _one_year(year_of_date)
    ends = _complete(read_ends(spelled))
    spans = _spans(ends, _eras(ends))
    for earlier, later in pairwise(spans):
        if earlier.year_from > later.year_from or earlier.year_to > later.year_to:
            bare = not any(end.era or end.sign for end in ends)
            raise ValueError(_BACKWARDS_BARE if bare else BACKWARDS)
    return Years(spans[0].year_from, spans[-1].year_to)


def _laid_out(text: str, layout: str) -> Years:
    if "%Y" not in layout.replace("%%", ""):
        raise ValueError(f"the layout {layout} has no full year (%Y)")
    try:
        found = datetime.strptime(text.strip(), layout).year
    except (ValueError, OverflowError, re.error):  # re.error: a directive occurs twice
        raise ValueError(f"the date does not have the layout {layout}") from None
    return Years(found, found)


def _complete(ends: Sequence[End]) -> list[End]:
    """Give "4th" of "4th-3rd century" its century, and "early" of "early to mid 3rd" its 3rd."""
    complete: list[End] = []
    for place in reversed(range(len(ends))):
        end, following = ends[place], complete[0] if complete else End()
        if len(end.digits) in (1, 2) and following.ordinal:
            if following.join != "/" or end.sign:  # "2-3rd century"
                raise ValueError(f"{end.digits} may be a year or a century")
            end = replace(end, digits="", ordinal=int(end.digits))
        if not end.digits and not end.century:
            is_named = following.century or (
                end.ordinal and any(other.word_first for other in ends[:place])  # "sec. II-I"
            )
            if not is_named or not (end.ordinal or following.part):
                raise ValueError(NOT_READ)
            end = replace(end, ordinal=end.ordinal or following.ordinal, century=True)
        complete.insert(0, end)
    return complete


def _eras(ends: Sequence[End]) -> list[Era]:
    if not any(end.era for end in ends):
        return ["bc" if end.sign == "-" else "ad" for end in ends]
    return [_era(ends, place) for place in range(len(ends))]


def _era(ends: Sequence[End], place: int) -> Era:
    """The era of one end: its own, else the one after a later end or before an earlier end."""
    end = ends[place]
    if end.era or end.sign:
        return end.era or ("bc" if end.sign == "-" else "ad")
    later = next((other.after for other in ends[place:] if other.era or other.sign), None)
    earlier = next((other.before for other in ends[place::-1] if other.era or other.sign), None)
    if later and earlier and later != earlier:
        raise ValueError("the ends have two eras, and it is not clear which belongs to which")
    era = later or earlier
    if era is None:
        raise ValueError("one end has an era and the other does not")
    return era


def _spans(ends: Sequence[End], eras: Sequence[Era]) -> list[Years]:
    spans: list[Years] = []
    for place, (end, era) in enumerate(zip(ends, eras, strict=True)):
        if end.century:
            spans.append(Years(*century_years(end.ordinal, era == "bc", end.part or WHOLE)))
            continue
        if end.decade:
            spans.append(_decade(end, era))
            continue
        if place and ends[place - 1].digits and eras[place - 1] == era:
            digits = _in_full(ends, place, str(abs(spans[-1].year_to)), era)
        else:
            digits = end.digits
        found = _signed(digits, end, era)
        spans.append(Years(found, found))
    _refuse_forgotten_sign(ends, spans)
    return spans


def _decade(end: End, era: Era) -> Years:
    first = int(end.digits)
    if first % 10 or not first % 100 or (not end.era and first < 1000):
        raise ValueError(f"{first} may be a decade or a century")
    return Years(-first - 9, -first) if era == "bc" else Years(first, first + 9)


def _in_full(ends: Sequence[End], place: int, base: str, era: Era) -> str:
    """The digits of an end in full: "88" after "189/" is "188"."""
    end, last = ends[place], ends[place - 1]
    short = end.digits
    _refuse_month(ends, place, base)
    has_own = (end.era and last.era) or end.sign or last.sign
    if len(short) >= len(base) or end.in_full or has_own:
        return short
    longer = base[: len(base) - len(short)] + short
    forward = {
        digits
        for digits in (longer, short)
        if (int(digits) < int(base) if era == "bc" else int(digits) > int(base))
    }
    if end.join == "/":
        is_next = abs(int(base) - int(short)) == 1
        return longer if longer in forward or not is_next else short
    if place + 1 < len(ends) and ends[place + 1].join == "/":
        return short
    if len(base) < 4 and not any(other.era or other.sign for other in ends):
        raise ValueError(_BACKWARDS_BARE)
    if forward == {longer, short} and not short.startswith("0"):
        raise ValueError(f"{short} may be the year {short} or short for {longer}")
    return longer if longer in forward else short


def _refuse_month(ends: Sequence[End], place: int, base: str) -> None:
    """Refuse "2002-05" (2002 to 2005, or May 2002), "5-6" and "1-68" (years, or a day), without an era."""
    if any(end.era or end.sign for end in ends):
        return
    digits = ends[place].digits
    month = len(base) == 4 and len(digits) == 2 and 1 <= int(digits) <= 12
    is_day = len(base) <= 2 and len(digits) <= 2 and int(base) <= 31 and int(digits) <= 31
    if month or is_day or (len(digits) == 2 and len(base) <= 2 and int(base) <= 12):
        raise ValueError(f"this may be a month or a day, not two years{IF_EDTF if month else ''}")


def _signed(digits: str, end: End, era: Era) -> int:
    if int(digits) == 0:
        raise ValueError("there is no year 0")
    if era == "ad" and int(digits) > LATEST_YEAR:
        raise ValueError(NO_COIN_YEAR)
    if digits.startswith("0") and end.sign == "-":
        raise ValueError(f"a negative year with leading zeros may belong to a count with a year 0{IF_EDTF}")
    if digits.startswith("0") and len(digits) < 4:
        raise ValueError(f"{digits} may be short for a longer year")
    return -int(digits) if era == "bc" else int(digits)


def _refuse_forgotten_sign(ends: Sequence[End], spans: Sequence[Years]) -> None:
    """Refuse "-27 - 14": the second minus may have been left out."""
    for (last, start), (end, stop) in pairwise(zip(ends, spans, strict=True)):
        if last.sign == "-" and not end.sign and not end.era and end.digits:
            inherited = any(other.after for other in ends)
            if not inherited and 0 < stop.year_to <= -start.year_from:
                raise ValueError("the second year may be BC as well, with its minus missing")
