"""Centuries whose part comes after them, or apart: "4th century BC, first half", "sec. II a.C. (fine)"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coinstore.records.values.dates_tokens import Token, cut
from coinstore.records.values.dates_words import ORDINAL_SHARES

_APART = re.compile(r"(?P<one>[^,()]+)(?:, ?(?P<two>[^,()]+)| ?\((?P<within>[^,()]+)\))")
_OF_A_PART = frozenset({"ordinal", "last", "share", "part"})
_JOINING = frozenset({"minus", "dash", "slash", "to", "and", "share", "part", "open"})


def in_order(text: str) -> str:
    """The text with the part of one century before it; any other text as it is."""
    match = _APART.fullmatch(text)
    if match is None:
        return text
    one, two = match["one"], match["two"] or match["within"]
    try:
        first, second = _tokens(one), _tokens(two)
    except ValueError:  # the reason is told where the text is read
        return text
    if _is_century(first) and _is_part(second):
        return f"{two} {one}"
    return f"{one} {two}" if _is_part(first) and _is_century(second) else text


def _tokens(text: str) -> list[Token]:
    return [token for token in cut(text) if token.kind != "filler"]


def _is_part(tokens: Sequence[Token]) -> bool:
    kinds = {token.kind for token in tokens}
    is_share = bool(kinds & {"share", "part"}) or (
        len(tokens) == 2 and tokens[1].plain in ORDINAL_SHARES  # "primo quarto"
    )
    return is_share and len(tokens) <= 2 and kinds <= _OF_A_PART


def _is_century(tokens: Sequence[Token]) -> bool:
    kinds = {token.kind for token in tokens}
    return bool(kinds & {"century", "c"}) and not kinds & _JOINING
