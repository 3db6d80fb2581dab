"""Weights, diameters and die axes from the texts in tables.

A number has a decimal comma or a decimal point ("3,71", "3.71"; "1,234" and "1.234" are a little more than
one). Only if it has both, the first one groups thousands ("1,234.5"). A measure is one number, or two
connected by a dash, "x", "×", "to", "bis" or "by". Their order has no meaning: "33-30" is "30-33". "18-9" is
refused, because it may be short for 18-19. A unit after the last number applies to both. Words for "about"
are ignored. Everything else (a question mark, "max.", a third number, a fraction) is refused and never
guessed.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from coinstore.records.values.dates_tokens import spell

_SIZES = {
    "weight": {"mg": "0.001", "g": "1", "kg": "1000"},  # in grams
    "length": {"mm": "1", "cm": "10", "m": "1000", "in": "25.4"},  # in millimetres
}
_KIND = {unit: kind for kind, units in _SIZES.items() for unit in units}
_SIZE = {unit: Decimal(size) for units in _SIZES.values() for unit, size in units.items()}

_NAMES = {
    **{unit: unit for unit in _SIZE},
    **dict.fromkeys(("gram", "grams", "gramm", "gramme", "grammes"), "g"),
    **dict.fromkeys(("millimeter", "millimeters", "millimetre", "millimetres"), "mm"),
    **dict.fromkeys(("centimeter", "centimeters", "zentimeter", "centimetre", "centimetres"), "cm"),
    **dict.fromkeys(("inch", "inches"), "in"),
}
_AMBIGUOUS = {
    "gr": "grams in French and German, grains in English",
    "oz": "a troy ounce or an avoirdupois ounce",
    "ounce": "a troy ounce or an avoirdupois ounce",
}

_ABOUT = r"(?: (?: ca | c | circa | approx | etwa | about | um )\b \.? | [~≈] )"
_NUMBER = r"(?: [0-9]+ (?: [.,][0-9]+ )* | [.,][0-9]+ )"
_UNIT = r"(?: [^\W\d_]+ \.? )"
_MEASURE = re.compile(
    rf"""{_ABOUT}? \s* (?P<one>{_NUMBER}) \s*
    (?: (?P<one_unit>{_UNIT}??) \s* (?P<tie>[-–x×]|\bto\b|\bbis\b|\bby\b) \s*
        {_ABOUT}? \s* (?P<two>{_NUMBER}) \s* )?
    (?P<unit>{_UNIT}?)""",
    re.VERBOSE | re.IGNORECASE,
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_CLOCK = re.compile(r"^0?(\d{1,2}):00(?::00)?$")  # as spreadsheets write what they take for a time
_AXIS = re.compile(
    r"(?P<number>[0-9]{1,3})(?:[.,]0+)?\s*(?P<unit>h\.?|uhr|°|deg\.?|degrees?|grad)?",
    re.IGNORECASE,
)
_ROMAN_HOURS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure, or the two that a source gives, as positive finite numbers of one unit.

    Raises ValueError for 0, a negative number, infinity, NaN, and when the larger one comes first.
    """

    smallest: float
    largest: float

    def __post_init__(self) -> None:
        if 0 in (self.smallest, self.largest):
            raise ValueError("0 is not a measurement")
        if not (self.smallest > 0 and self.largest < math.inf):
            raise ValueError("a measurement is a positive number")
        if not self.smallest <= self.largest:
            raise ValueError("the smallest is larger than the largest")


def parse_measure(text: str, unit: str, source_unit: str | None = None) -> Measure:
    """Return the measure in a text, in `unit` (mg, g, kg; mm, cm, m, in).

    A number without a unit is in `source_unit`, or in `unit` if that is None; a unit in the text comes before
    both. Raises ValueError with the reason, a plain sentence.
    """
    wanted, given = _unit(unit), _unit(source_unit or unit)
    _refuse_other_kind(given, wanted)
    spelled = spell(text)
    if not spelled:
        raise ValueError("the measurement is empty")
    match = _MEASURE.fullmatch(spelled)
    if match is None:
        raise ValueError(_why_not(spelled))
    one, two, tie = match["one"], match["two"], match["tie"]
    last_unit = _unit(match["unit"]) if match["unit"] else given
    if match["one_unit"] and not match["unit"]:
        raise ValueError("the first number has a unit and the second has none")
    first_unit = _unit(match["one_unit"]) if match["one_unit"] else last_unit
    found = [_in_unit(one, first_unit, wanted)]
    if two is not None:
        found.append(_in_unit(two, last_unit, wanted))
        if tie not in "xX×" and not match["one_unit"]:
            _refuse_short(one, two)
    return Measure(min(found), max(found))


def parse_axis(text: str) -> int:
    """Return a die axis in clock hours, 1 to 12.

    Hours are a bare number, a number with "h" or "Uhr", a full hour of a clock (6:00), or a Roman
    numeral. Degrees need their sign or word and must be whole hours (0° and 360° are 12). Raises ValueError
    with the reason.
    """
    spelled = spell(text)
    if spelled in _ROMAN_HOURS:
        return _ROMAN_HOURS.index(spelled) + 1
    match = _AXIS.fullmatch(_CLOCK.sub(r"\1", spelled))
    if match is None:
        raise ValueError("this is not a die axis that coinstore reads")
    number, unit = int(match["number"]), (match["unit"] or "h").casefold()
    if unit[0] in "hu":
        if not 1 <= number <= 12:
            raise ValueError("a die axis is an hour from 1 to 12, and degrees need their sign")
        return number
    if number > 360 or number % 30:
        raise ValueError("this angle is not a whole hour of the clock")
    return number // 30 % 12 or 12


def _unit(name: str) -> str:
    """The unit of a name; case counts, because "mg" and "Mg" are different units."""
    word = name.removesuffix(".")
    lower = word.lower()
    if lower in _AMBIGUOUS:
        raise ValueError(f"{lower} may be {_AMBIGUOUS[lower]}")
    known = _NAMES.get(lower)
    if known is None or (len(word) < 3 and word not in (lower, word.upper())):
        raise ValueError(f'"{word[:20]}" is not a unit that coinstore reads')
    return known


def _in_unit(number: str, given: str, wanted: str) -> float:
    _refuse_other_kind(given, wanted)
    return float(_decimal(number) * _SIZE[given] / _SIZE[wanted])


def _refuse_other_kind(given: str, wanted: str) -> None:
    if _KIND[given] != _KIND[wanted]:
        raise ValueError(f"{given} measures a {_KIND[given]}, but a {_KIND[wanted]} is needed")


def _decimal(number: str) -> Decimal:
    if _GROUPED.fullmatch(number):
        thousands = "," if number.index(",") < number.rindex(".") else "."
        number = number.replace(thousands, "")
    plain = number.replace(",", ".")
    if plain.count(".") > 1 or len(plain) > 30:
        raise ValueError(f"{number[:30]} is not a number that coinstore reads")
    return Decimal(plain)


def _refuse_short(one: str, two: str) -> None:
    """Refuse "18-9", which may be short for 18-19."""
    whole_one, whole_two = (re.split("[.,]", number)[0] for number in (one, two))
    if len(whole_two) < len(whole_one) and _decimal(two) < _decimal(one):
        raise ValueError(f"{two} may be a number or short for a longer one")


def _why_not(text: str) -> str:
    if re.match(r"-\s*[.,]?[0-9]", text):
        return "a measurement is not negative"
    return "this is not a measurement that coinstore reads"
