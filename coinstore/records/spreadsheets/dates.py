"""Dates of spreadsheets: days since 1900 or 1904, as their format shows them, and as ISO text."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from .formats import Token, Unformattable, sections

LAST = 2_958_465  # 31 December 9999
DAY_MS = 86_400_000
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENGLISH = ("409", "809", "EN-US", "EN-GB")


def moment(value: float, *, is_1904: bool) -> datetime:
    """The date and time of a number of days; raises Unformattable for one that no date has."""
    if is_1904:
        value += 1462
    if not 0 <= value <= LAST + 1 or 60 <= value < 61:
        raise Unformattable("is a number that is not a date, in a format for dates")
    start = datetime(1899, 12, 30) if value >= 60 else datetime(1899, 12, 31)  # 1900 had no 29 February
    return start + timedelta(milliseconds=round(value * DAY_MS))


def days(text: str, *, is_1904: bool) -> float:
    """The number of days of a date, or of a time, as ISO text; raises ValueError."""
    if "-" not in text:
        found = datetime.combine(date.min, time.fromisoformat(text).replace(tzinfo=None)) - datetime.min
        return found / timedelta(days=1)
    found = datetime.fromisoformat(text).replace(tzinfo=None) - datetime(1899, 12, 30)
    number = found / timedelta(days=1)
    return number - 1462 if is_1904 else number if number >= 61 else number - 1


def exact_date(value: float, code: str, *, is_1904: bool) -> str:
    """A date as ISO text: the day, the time for a format that has only times, or both."""
    if _elapsed(code) or 0 <= value < 1:
        seconds = round(value * 86_400)
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours:02}:{minutes:02}:{seconds % 60:02}"
    found = moment(value, is_1904=is_1904)
    if found.microsecond >= 500_000:
        found += timedelta(seconds=1)
    found = found.replace(microsecond=0)
    return str(found) if found.hour or found.minute or found.second else str(found.date())


def _elapsed(code: str) -> bool:
    return any(kind == "elapsed" for kind, _ in sections(code)[0])


def shown_date(value: float, code: str, *, is_1904: bool) -> str:
    """A date as its cell shows it; raises Unformattable when the text depends on a language."""
    part = sections(code)[0]
    locale = next((text for kind, text in part if kind == "locale"), "")
    if locale in ("F800", "F400", "SYSDATE", "SYSTIME"):
        raise Unformattable("is a date in the format of each computer; store it as text")
    dates = [n for n, (kind, _) in enumerate(part) if kind in ("date", "elapsed")]
    if _elapsed(code) and value >= 0:
        found = datetime(1900, 1, 1) + timedelta(milliseconds=round(value * DAY_MS) % DAY_MS)
    else:
        found = moment(value, is_1904=is_1904)
    is_half = any(kind == "half" for kind, _ in part)
    out = []
    for n, (kind, text) in enumerate(part):
        if kind == "date":
            out.append(_field(found, _as_minutes(part, dates, n), locale, is_half=is_half))
        elif kind == "elapsed":
            out.append(f"{_whole_units(value, text[0]):0{len(text)}}")
        elif kind == "half":
            out.append(text.split("/")[found.hour >= 12])
        elif kind == "digit":  # parts of a second
            before = sum(k == "digit" for k, _ in part[:n])
            out.append(f"{found.microsecond:06}"[before : before + 1])
        else:
            out.append(text if kind in ("text", "sign") else "")
    return "".join(out).strip()


def _whole_units(value: float, unit: str) -> int:
    return round(value * DAY_MS) // {"h": 3_600_000, "m": 60_000, "s": 1000}[unit]


def _as_minutes(part: tuple[Token, ...], dates: list[int], n: int) -> str:
    """The letters of a place, where an m after hours or before seconds is i: minutes."""
    text = part[n][1]
    at = dates.index(n)
    before = part[dates[at - 1]][1] if at else ""
    after = part[dates[at + 1]][1] if at + 1 < len(dates) else ""
    is_minutes = text[0] == "m" and len(text) < 3 and (before[:1] == "h" or after[:1] == "s")
    return text.replace("m", "i") if is_minutes else text


def _field(found: datetime, text: str, locale: str, *, is_half: bool) -> str:
    if text[0] in "ymd" and found.year < 1900:
        raise Unformattable("is a time of the day in a format for dates")
    if text[0] == "y":
        return f"{found.year:04}" if len(text) > 2 else f"{found.year % 100:02}"
    if text[0] in "md" and len(text) > 2:
        if locale.lstrip("0") not in ENGLISH:
            raise Unformattable(
                "is a date whose name of a month or day depends on the language; store it as text"
            )
        name = MONTHS[found.month - 1] if text[0] == "m" else DAYS[found.weekday()]
        return name[:3] if len(text) == 3 else name[:1] if text == "mmmmm" else name
    hour = (found.hour + 11) % 12 + 1 if is_half else found.hour
    number = {"m": found.month, "d": found.day, "h": hour, "i": found.minute, "s": found.second}[text[0]]
    return f"{number:0{min(len(text), 2)}}"
