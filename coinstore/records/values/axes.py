"""Die axes from the texts in tables: hours of the clock, degrees, arrows.

An arrow is the top of the reverse while the obverse is upright: "↓" and "↑↓" are 6. An axis between two hours
(45°, "↗", 6:30) is refused.
"""

from __future__ import annotations

import re
import unicodedata

from coinstore.records.values.dates_tokens import spell

_ROMAN_SIGNS = frozenset("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅺⅻ")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_HOURS = "hours?|hrs?|hr|h|uhr|o'? ?clock|heures?|ore|horas?|uur|std|stunden"
_DEGREES = "°|º|degrees?|degs?|grad|degrés?|gradi|grados?|graden|graad"
_BEFORE = "a ore|alle ore|ore|a h|h|à"
_AXIS = re.compile(
    rf"(?P<before>(?:{_BEFORE})(?:\. ?| |(?<=h)))?"
    r"(?P<number>[0-9]{1,3})(?P<zeros>[.,]0+|(?::00){1,2}| ?h ?00)? ?"
    rf"(?P<unit>{_HOURS}|{_DEGREES})?\.?",
    re.IGNORECASE,
)
_ROMAN_AXIS = re.compile(rf"(?P<roman>[IVX]+|[ivx]+) ?(?:{_HOURS})?\.?")
_ARROWS = {"↑": 12, "→": 3, "↓": 6, "←": 9}
_SPELLING = str.maketrans("⬆⬇⬅➡⇧⇩⇦⇨", "↑↓←→↑↓←→")
_PAIRS = {"⇅": 6, "⇈": 12, "coin alignment": 6, "medal alignment": 12, "coin turn": 6, "medal turn": 12}
_HOUR_UNITS = re.compile(_HOURS, re.IGNORECASE)
_DEGREE_UNITS = re.compile(_DEGREES, re.IGNORECASE)


def parse_axis(text: str, source_unit: str | None = None) -> int:
    """Return a die axis in clock hours, 1 to 12.

    A bare number is in `source_unit` ("h" or "deg"); hours if that is None. Degrees must be whole hours (0°
    and 360° are 12). Raises ValueError with the reason.
    """
    in_degrees = is_degrees(source_unit or "h")
    spelled = spell(unicodedata.normalize("NFKC", text) if text in _ROMAN_SIGNS else text).translate(
        _SPELLING
    )
    if (arrow := _arrow(spelled.lower())) is not None:
        return arrow
    roman = _ROMAN_AXIS.fullmatch(spelled)
    if roman and roman["roman"].upper() in _ROMAN:
        return _ROMAN.index(roman["roman"].upper()) + 1
    match = _AXIS.fullmatch(spelled)
    if match is None:
        raise ValueError("this is not a die axis that coinstore reads")
    number = int(match["number"])
    is_hour = bool(match["before"]) or (match["zeros"] or ".")[0] not in ".,"
    if match["unit"]:
        in_degrees = is_degrees(match["unit"])
        if in_degrees and is_hour:
            raise ValueError("the die axis is in hours and in degrees")
    return _hour_of(number) if in_degrees and not is_hour else _hour(number)


def _arrow(text: str) -> int | None:
    arrows = text.replace(" ", "").replace("/", "")
    if arrows[:1] == "↑" and len(arrows) == 2:
        return _ARROWS.get(arrows[1])
    return _ARROWS.get(arrows) or _PAIRS.get(text)


def is_degrees(unit: str) -> bool:
    """Whether a unit is degrees, not hours; raises ValueError for any other."""
    if _DEGREE_UNITS.fullmatch(unit.removesuffix(".")):
        return True
    if _HOUR_UNITS.fullmatch(unit.removesuffix(".")):
        return False
    raise ValueError(f'"{unit[:20]}" is not a unit of a die axis; it is h or deg')


def _hour(number: int) -> int:
    if not 1 <= number <= 12:
        raise ValueError(
            "a die axis is an hour from 1 to 12, and degrees need their sign,"
            ' or unit = "deg" in a mapping file'
        )
    return number


def _hour_of(degrees: int) -> int:
    if degrees > 360 or degrees % 30:
        raise ValueError("this angle is not a whole hour of the clock")
    return degrees // 30 % 12 or 12
