"""Number formats: the text that a spreadsheet shows for a number, by the code of ECMA-376, part 1, 18.8.31.

Decimal points and thousands are written as in the file (English), whatever the language of the program.
A code that cannot be followed, and a date whose look depends on the language, raise Unformattable.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"'
    r"|\\(?P<escaped>.)"
    r"|_(?P<space>.)|\*(?P<fill>.)"
    r"|\[(?P<bracket>[^\]]*)\]"
    r"|(?P<general>General|Standard)"
    r"|(?P<half>AM/PM|A/P)"
    r"|(?P<exponent>E[+-])"
    r"|(?P<date>y+|m+|d+|h+|s+)"
    r"|(?P<digit>[0#?])"
    r"|(?P<sign>[.,%/@])"
    r"|(?P<literal>[1-9$+\-():!^&'~{}<>= ]|[^\x00-\x7f])",
    re.IGNORECASE | re.DOTALL,
)
COLORS = re.compile(r"(black|blue|cyan|green|magenta|red|white|yellow|colou?r ?\d+)$", re.IGNORECASE)
WIDTH = 11  # characters of a number in the format General
DIGITS = 15  # a spreadsheet keeps no more of a number
LONGEST = 400  # characters of a code, and digits after the point

Token = tuple[str, str]  # the name of its group in TOKEN, and its text


class Unformattable(ValueError):
    """The text that is shown cannot be told; the message says why."""


@lru_cache(maxsize=1000)
def sections(code: str) -> tuple[tuple[Token, ...], ...]:
    """The parts of a code: for positive numbers, negative ones, zero, text."""
    found: list[list[Token]] = [[]]
    at = 0
    while at < len(code):
        if code[at] == ";":
            found.append([])
            at += 1
            continue
        match = TOKEN.match(code, at)
        if not match or len(code) > LONGEST:
            raise Unformattable(f"has the number format {code[:50]!r}, which coinstore does not know")
        at = match.end()
        found[-1].append(_token(match))
    return tuple(map(tuple, found))


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup or ""
    text = match[kind]
    if kind in ("quoted", "escaped", "literal"):
        return ("text", text)
    if kind == "space":
        return ("text", " ")
    if kind == "bracket":
        if re.fullmatch("h+|m+|s+", text, re.IGNORECASE):
            return ("elapsed", text.lower())
        if text.startswith("$"):
            symbol, _, locale = text[1:].partition("-")
            return ("text", symbol) if symbol else ("locale", locale.upper())
        return ("fill", "") if COLORS.match(text) else ("condition", text)
    return (kind, text.lower() if kind == "date" else text)


@lru_cache(maxsize=1000)
def is_date(code: str) -> bool:
    """Whether a number with this format is a date or a time; False for a code that is not known."""
    try:
        first = sections(code)[0]
    except Unformattable:
        return False
    return any(kind in ("date", "elapsed", "half") for kind, _ in first)


def shown_text(text: str, code: str) -> str:
    """A text as its cell shows it: the section with @ may put words around it."""
    parts = [part for part in sections(code) if ("sign", "@") in part]
    if not parts:
        return text
    return "".join(text if token == ("sign", "@") else token[1] * (token[0] == "text") for token in parts[-1])


def shown_number(value: float, code: str) -> tuple[str, str | None]:
    """What a cell shows for a number, and the same with all its digits when the format adds letters.

    Letters are units and eras, which belong to the value: ("3.5 g", "3.456 g"). Raises Unformattable.
    """
    part, is_negative = _section(value, code)
    number = Decimal(f"{abs(value):.{DIGITS}g}")
    if not part or {kind for kind, _ in part} & {"general"} or ("sign", "@") in part:
        shown = "".join(_general_token(token, number) for token in part or (("general", ""),))
    elif ("sign", "/") in part and _is_fraction(part):
        shown = _fraction(part, number)
    else:
        shown = _Number(part).shown(number)
    sign = "-" if is_negative else ""
    return (sign + shown).strip(), _exact(part, sign, number)


def _section(value: float, code: str) -> tuple[tuple[Token, ...], bool]:
    """The part of a code that holds for a number, and whether a minus has to be written before it."""
    parts = sections(code)
    if len(parts) > 1 and (len(parts) == 4 or ("sign", "@") in parts[-1]):
        parts = parts[:-1]
    if len(parts) > 3 or any(kind == "condition" for part in parts for kind, _ in part):
        raise Unformattable(f"has the number format {code[:50]!r}, which coinstore does not know")
    if value == 0 and len(parts) == 3:
        part, is_negative = parts[2], False
    elif value < 0 and len(parts) > 1:
        part, is_negative = parts[1], False
    else:
        part, is_negative = parts[0], value < 0
    if not part and len(parts) > 1:
        raise Unformattable("is hidden by its number format")
    return part, is_negative


def _general_token(token: Token, number: Decimal) -> str:
    if token[0] == "general" or token == ("sign", "@"):
        return general(number)
    return token[1] if token[0] == "text" else ""


def general(number: Decimal) -> str:
    """A number in the format General: at most 11 characters, but an integer with all its digits."""
    if number == number.to_integral_value() and abs(number) < 10**DIGITS:
        return f"{number:f}".split(".")[0]
    size = number.adjusted()
    if -5 <= size < WIDTH:
        places = WIDTH - 1 - max(size + 1, 1)
        short = _rounded(number, places)
        if size >= -4 or short == number:
            return _without_zeros(f"{short:f}")
    mantissa = _rounded(number.scaleb(-size), 5)
    if abs(mantissa) >= 10:
        mantissa, size = mantissa / 10, size + 1
    return f"{_without_zeros(f'{mantissa:f}')}E{'-' if size < 0 else '+'}{abs(size):02}"


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(number: Decimal, places: int) -> Decimal:
    with localcontext(prec=2 * LONGEST):
        return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _exact(part: tuple[Token, ...], sign: str, number: Decimal) -> str | None:
    """The number with all its digits between the words of its format; None when they have no letters."""
    words = [text for kind, text in part if kind == "text"]
    if not any(c.isalpha() for word in words for c in word) and ("sign", "%") not in part:
        return None
    place = [n for n, (kind, text) in enumerate(part) if kind in ("digit", "general") or text == "@"]
    if not place:
        return "".join(words)
    if ("sign", "%") in part:
        number *= 100
    before = "".join(text for kind, text in part[: place[0]] if kind == "text")
    after = "".join(text for kind, text in part[place[-1] :] if kind == "text" or text == "%")
    within = "".join(text for kind, text in part[place[0] : place[-1]] if kind == "text")
    scale = part[place[-1] + 1 : place[-1] + 2] == (("sign", ","),)
    if any(c.isalpha() for c in within) or scale:
        raise Unformattable(
            "has a number format with letters between its digits, which coinstore does not know"
        )
    return f"{before}{sign}{_without_zeros(f'{number:f}')}{after}".strip()


def _is_fraction(part: tuple[Token, ...]) -> bool:
    at = part.index(("sign", "/"))
    return any(kind == "digit" for kind, _ in part[:at]) and at + 1 < len(part)


def _fraction(part: tuple[Token, ...], number: Decimal) -> str:
    """A number as a fraction: "3 1/2" in the format # ?/?; a given denominator stays as it is."""
    at = part.index(("sign", "/"))
    after = [text for kind, text in part[at + 1 :] if text.strip()]
    places = "".join(text for kind, text in part[:at] if kind in ("digit", "text"))
    if not re.fullmatch(r"([0#?]+ +)?[0#?]+", places) or any(len(text) > 1 for text in after):
        raise Unformattable("has a number format for fractions that coinstore does not know")
    given = "".join(after)
    has_whole = " " in places.strip()
    whole = int(number) if has_whole else 0
    rest = Fraction(number) - whole
    if given.strip("0#?"):
        bottom = int(given)
        top = int(_rounded(Decimal(rest.numerator) * bottom / rest.denominator, 0))
    else:
        near = rest.limit_denominator(10 ** min(len(given), 5) - 1)
        top, bottom = near.numerator, near.denominator
    if has_whole and top == bottom:
        return str(whole + 1)
    if has_whole and not top:
        return str(whole)
    return f"{whole} {top}/{bottom}" if whole else f"{top}/{bottom}"


class _Number:
    """A section for a number: words, places for digits before and after the point, and an exponent."""

    def __init__(self, part: tuple[Token, ...]) -> None:
        points = [n for n, token in enumerate(part) if token == ("sign", ".")]
        powers = [n for n, (kind, _) in enumerate(part) if kind == "exponent"]
        if len(points) > 1 or len(powers) > 1 or (points and powers and points[0] > powers[0]):
            raise Unformattable("has a number format that coinstore does not know")
        end = powers[0] if powers else len(part)
        point = points[0] if points else end
        self.before, self.after = list(part[:point]), list(part[point + 1 : end])
        self.power = list(part[end:])
        self.has_point = bool(points)
        digits = [n for n, (kind, _) in enumerate(self.before) if kind == "digit"]
        commas = [n for n, token in enumerate(self.before) if token == ("sign", ",")]
        self.is_grouped = any(digits and digits[0] < n < digits[-1] for n in commas)
        last = digits[-1] if digits else -1
        self.thousands = sum(n > last for n in commas) + sum(token == ("sign", ",") for token in self.after)
        self.percents = sum(token == ("sign", "%") for token in part)

    def shown(self, number: Decimal) -> str:
        with localcontext(prec=2 * LONGEST):
            number = number.scaleb(2 * self.percents - 3 * self.thousands)
        if self.power:
            return self._scientific(number)
        return self._fixed(number)

    def _fixed(self, number: Decimal) -> str:
        places = sum(kind == "digit" for kind, _ in self.after)
        whole, _, rest = f"{_rounded(number, places):f}".partition(".")
        point = "." if self.has_point else ""
        return self._whole(whole.lstrip("0")) + point + self._rest(rest)

    def _scientific(self, number: Decimal) -> str:
        if sum(kind == "digit" for kind, _ in self.before) != 1:
            raise Unformattable("has a scientific number format that coinstore does not know")
        size = number.adjusted() if number else 0
        places = sum(kind == "digit" for kind, _ in self.after)
        mantissa = _rounded(number.scaleb(-size), places)
        if abs(mantissa) >= 10:
            mantissa, size = _rounded(mantissa / 10, places), size + 1
        width = sum(kind == "digit" for kind, _ in self.power)
        plus = "+" if self.power[0][1].endswith("+") else ""
        words = "".join(text for kind, text in self.power if kind == "text")
        return f"{self._fixed(mantissa)}E{'-' if size < 0 else plus}{abs(size):0{width}}{words}"

    def _whole(self, digits: str) -> str:
        """The digits before the point, from the right; the first place takes all that are left."""
        out: list[str] = []
        left, written = digits, 0
        first = next((n for n, (kind, _) in enumerate(self.before) if kind == "digit"), -1)
        for n in range(len(self.before) - 1, -1, -1):
            kind, text = self.before[n]
            if kind != "digit":
                out.append(text if kind == "text" or text == "%" else "")
                continue
            some = left[-1:] if n != first else left
            left = left[: len(left) - len(some)]
            for digit in reversed(some or {"0": "0", "?": " "}.get(text, "")):
                if self.is_grouped and written and written % 3 == 0 and digit != " ":
                    out.append(",")
                out.append(digit)
                written += 1
        return "".join(reversed(out)) if first >= 0 or not self.has_point else digits + "".join(reversed(out))

    def _rest(self, digits: str) -> str:
        out, n = "", 0
        significant = len(digits.rstrip("0"))
        for kind, text in self.after:
            if kind == "digit":
                out += digits[n] if n < significant or text == "0" else " " * (text == "?")
                n += 1
            elif kind == "text" or text == "%":
                out += text
        return out
