"""Weights and diameters from the texts in tables.

A number has a decimal comma or a decimal point ("3,71", "3.71"; "1,234" and "1.234" are a little more than
one, but "3,450 mg" is refused, because coins weigh thousands of mg). Only if it has both, the first one
groups thousands ("1,234.5", "1.234,5"); so does a space or an apostrophe ("1 234,5", "1'234.5"). A measure
is one number, or two connected by a dash, "x", "×", "*", "/" or a word ("to", "bis", "a"). Their order has
no meaning: "33-30" is "30-33". "18-9" is refused, because it may be short for 18-19. A unit is before or
after the number ("g 3.45", "18 mm."), and after the last number it applies to both. Words for "about", the
sign Ø and the name of the measure ("Diam. 18") are ignored. Of "3/4 in. (1.9 cm)" the metric measure counts.
Everything else (a question mark, "max.", "(broken)", a third number, a fraction) is refused, never guessed.
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

_WORDS = {
    "g": "gram grams gramm gramme grammes grammi grammo gramos gramo gm gms",
    "mg": "milligram milligrams milligramm milligramme milligrammes milligrammi miligramos",
    "kg": "kilogram kilograms kilogramm kilogramme kilogrammes chilogrammi kilogramos kilo",
    "mm": "millimeter millimeters millimetre millimetres millimètre millimètres millimetri"
    " millimetro milímetro milímetros milimetros",
    "cm": "centimeter centimeters zentimeter centimetre centimetres centimètre centimètres centimetri"
    " centimetro centímetro centímetros centimetros",
    "in": "inch inches",
}
_NAMES = {unit: unit for unit in _SIZE} | {
    word: unit for unit, words in _WORDS.items() for word in words.split()
}
_GRAMS_OR_GRAINS = "grams in most languages, grains in English; give the column its unit in a mapping file"
_AMBIGUOUS = {
    "gr": _GRAMS_OR_GRAINS,
    "grs": _GRAMS_OR_GRAINS,
    "oz": "a troy ounce or an avoirdupois ounce",
    "ounce": "a troy ounce or an avoirdupois ounce",
}
_LABELS = {
    "weight": "weight|wt|gewicht|gew|masse|peso|poids",
    "length": "Ø|ø|⌀|diameter|diametre|diamètre|diametro|diámetro|diam|durchmesser"
    "|durchm|dm|doorsnede|d(?=[.:])",
}
_LABEL = {
    kind: re.compile(rf"(?:{words})(?![^\W\d_])[.:]{{0,2}} ?", re.IGNORECASE)
    for kind, words in _LABELS.items()
}

_ABOUT = r"""(?: (?: ca | c | circa | approx | aprox | env | environ | vers | etwa | ungefähr | rund | um
    | about | around | hacia | ongeveer )\b \.? | [~≈] )"""
_NUMBER = r"""(?: [0-9]{1,3} (?: [ ][0-9]{3} )+ [.,][0-9]+ | [0-9]+ [.,] [0-9]+ [eE] [+-]?[0-9]{1,2}
    | [0-9]+ [eE] [+-] [0-9]{1,2} | [0-9]+ (?: [.,'][0-9]+ )* | [.,][0-9]+ )"""
_UNIT = r"(?: [^\W\d_]+ \.? )"
_BEFORE = "|".join(sorted((*_NAMES, *_AMBIGUOUS), key=len, reverse=True))
_TIE = r"[-–x×*/] | \b(?:to|by|bis|a|à|al|au|tot|hasta|and|und|et|e|y|en)\b"
_MEASURE = re.compile(
    rf"""{_ABOUT}? \s? (?: (?P<before> (?:{_BEFORE}) (?![^\W\d_]) ) \.? \s? {_ABOUT}? \s? )?
    (?P<from> (?: from|von|da|dal|de|du|van|between|zwischen|tra|fra|entre|tussen )\s )?
    (?P<one>{_NUMBER}) \s?
    (?: (?P<one_unit>{_UNIT}??) \s? (?P<tie>{_TIE}) \s? {_ABOUT}? \s? (?P<two>{_NUMBER}) \s? )?
    (?P<unit>{_UNIT}?) (?: \s {_ABOUT} )?""",
    re.VERBOSE | re.IGNORECASE,
)
_GR = re.compile(r"(?<![^\W\d_])grs?(?![^\W\d_])", re.IGNORECASE)
_GROUPED = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(?:'[0-9]{3})+(?:[.,][0-9]+)?"
)
_THREE_DECIMALS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_ALSO_METRIC = re.compile(r"[0-9][0-9 ./⁄½¼¾⅛⅜⅝⅞-]* ?(?:in|oz)\.? ?\((?P<metric>[^()]+)\)", re.IGNORECASE)
_TWICE = re.compile(r"(?P<one>[^()]+?) ?\((?P<two>[^()]+)\)")
_BOTH_ENDS = ("and", "und", "et", "e", "y", "en")  # only after "between"


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
    both. `source_unit` also decides what "gr" is. Raises ValueError with the reason, a plain sentence.
    """
    wanted, given = _unit(unit), _unit(source_unit or unit)
    _refuse_other_kind(given, wanted)
    spelled = spell(text)
    if not spelled:
        raise ValueError("the measurement is empty")
    if source_unit is not None and given == "g":
        spelled = _GR.sub("g", spelled)
    label = _LABEL[_KIND[wanted]].match(spelled)
    body = spelled[label.end() :] if label else spelled
    if metric := _ALSO_METRIC.fullmatch(body):
        return _measure(metric["metric"], None, wanted)
    if (twice := _TWICE.fullmatch(body)) and re.search("[0-9]", twice["two"]):
        return _same(_measure(twice["one"], None, wanted), _measure(twice["two"], None, wanted))
    return _measure(body, given, wanted)


def _measure(text: str, given: str | None, wanted: str) -> Measure:
    """The measure in a text; `given` is the unit of numbers without one, which are refused if it is None."""
    match = _MEASURE.fullmatch(text)
    if match is None or bool(match["from"]) < (match["tie"] in _BOTH_ENDS):
        raise ValueError(_why_not(text))
    one, two, tie = match["one"], match["two"], match["tie"]
    if match["before"] and (match["one_unit"] or match["unit"]):
        raise ValueError("the unit is given twice")
    if match["one_unit"] and not match["unit"]:
        raise ValueError("the first number has a unit and the second has none")
    said = match["unit"] or match["before"]
    last_unit = _unit(said) if said else given
    first_unit = _unit(match["one_unit"]) if match["one_unit"] else last_unit
    if first_unit is None or last_unit is None:
        raise ValueError("one of the two measurements has no unit")
    found = [_in_unit(one, first_unit, wanted)]
    if two is not None:
        found.append(_in_unit(two, last_unit, wanted))
        if tie not in "xX×*" and not match["one_unit"]:
            _refuse_short(one, two)
        if tie == "/":
            _refuse_fraction(one, two, last_unit)
    return Measure(min(found), max(found))


def _same(one: Measure, two: Measure) -> Measure:
    if one != two:
        raise ValueError("the measurement in brackets is another one")
    return one


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
    if given == "mg" and _THREE_DECIMALS.fullmatch(number):
        raise ValueError(f"{number} may be thousands of mg or a fraction")
    return float(_decimal(number) * _SIZE[given] / _SIZE[wanted])


def _refuse_other_kind(given: str, wanted: str) -> None:
    if _KIND[given] != _KIND[wanted]:
        raise ValueError(f"{given} measures a {_KIND[given]}, but a {_KIND[wanted]} is needed")


def _decimal(number: str) -> Decimal:
    plain = number.replace(" ", "")
    if _GROUPED.fullmatch(plain):
        thousands = next(sign for sign in plain if not sign.isdigit())
        plain = plain.replace(thousands, "")
    plain = plain.replace(",", ".")
    if plain.count(".") > 1 or "'" in plain or len(plain) > 30:
        raise ValueError(f"{number[:30]} is not a number that coinstore reads")
    return Decimal(plain)


def _refuse_short(one: str, two: str) -> None:
    """Refuse "18-9", which may be short for 18-19."""
    whole_one, whole_two = (re.split("[.,]", number)[0] for number in (one, two))
    if len(whole_two) < len(whole_one) and _decimal(two) < _decimal(one):
        raise ValueError(f"{two} may be a number or short for a longer one")


def _refuse_fraction(one: str, two: str, unit: str) -> None:
    """Refuse "3/4" and "15/16 in", which may be a part of one."""
    if unit == "in" or (len(one) == 1 and one.isdigit() and two.isdigit()):
        raise ValueError(f"{one}/{two} may be a fraction or two measurements")


def _why_not(text: str) -> str:
    if re.match(r"-\s*[.,]?[0-9]", text):
        return "a measurement is not negative"
    if re.search(r"[0-9].*\?", text):
        return "a measurement in doubt is not taken"
    return "this is not a measurement that coinstore reads"
