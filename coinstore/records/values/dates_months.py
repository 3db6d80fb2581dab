"""Dates with a day and a month by name ("15 March 44 BC"): only the year counts."""

from __future__ import annotations

import re

_MONTHS = """
    january|jan|february|feb|march|mar|april|apr|may|june|jun|july|jul|august|aug|september|sept|sep|october|oct
    |november|nov|december|dec
    |januar|jänner|februar|märz|mrz|mai|juni|juli|oktober|okt|dezember|dez
    |janvier|janv|février|fevrier|févr|mars|avril|avr|juin|juillet|juil|août|aout|septembre|octobre|novembre
    |décembre|decembre|déc
    |gennaio|genn|gen|febbraio|febbr|marzo|aprile|maggio|mag|giugno|giu|luglio|lug|agosto|ago|settembre|sett|set
    |ottobre|ott|dicembre|dic
    |enero|ene|febrero|abril|abr|mayo|junio|julio|septiembre|setiembre|octubre|noviembre|diciembre
    |januari|februari|maart|mrt|mei|augustus
"""
_MONTH = "(?:" + "|".join(sorted("".join(_MONTHS.split()).split("|"), key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?:3[01]|[12][0-9]|0?[1-9])(?![0-9])(?:st|nd|rd|th|er|\.|º|°)?"
_OF = r"(?:of |de |di |del |d'|den )?"
_WHOLE = re.compile(
    r"(?:(?:ca?\.|circa|on|am|il|el|le|den|op)(?: the)? ?)?"
    rf"(?:{_DAY} ?{_OF}{_MONTH}|{_MONTH} {_DAY}|{_MONTH}),? ?{_OF}",
    re.IGNORECASE,
)
_CELL = re.compile(rf"{_MONTH}-[0-9]{{1,2}}|[0-9]{{1,2}}-{_MONTH}", re.IGNORECASE)


def whole_date(text: str) -> str | None:
    """The year, with its era, of a text that is a day, a month by name and a year; None for another text.

    Raises ValueError for "Jan-68", which Excel writes for "1-68".
    """
    if _CELL.fullmatch(text):
        raise ValueError("a spreadsheet may have made this month of two numbers, as 1-68")
    match = _WHOLE.match(text)
    year = text[match.end() :] if match else ""
    numbers = re.findall("[0-9]+", year)
    is_full = len(numbers) == 1 and (len(numbers[0]) > 2 or any(map(str.isalpha, year)))
    return year if is_full else None
