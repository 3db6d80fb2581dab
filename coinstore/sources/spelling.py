"""Spelling: texts that look the same are one name.

The same name comes in several forms: "Ä" as one character or as "A" with a mark, a no-break space for a
space, and invisible characters that web pages and spreadsheets leave behind.
"""

from __future__ import annotations

import re
import unicodedata

# Soft hyphens, joiners, direction marks, byte-order marks, variation selectors, tags. Nobody sees them.
INVISIBLE = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"
)
SPACES = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0"
LONGEST = (
    5000  # characters that are composed: for many marks on a letter that takes the square of their number
)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_SPACES = re.compile(f"[{SPACES}]+")


# Letters of the Greek and Cyrillic alphabets that look like Latin ones.
LOOK_ALIKE = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονАВЕЅІЈКМНОРСТУХаеорсухіѕј"
_MIXED = re.compile(rf"[A-Za-z]\w*[{LOOK_ALIKE}]|[{LOOK_ALIKE}]\w*[A-Za-z]")


def mixes_alphabets(text: str) -> bool:
    """Whether a word has Latin letters and others that look like Latin ones: probably a slip."""
    return not text.isascii() and _MIXED.search(text) is not None


def one_name(text: str) -> str:
    """The one form of a name: NFC, without invisible characters, with single spaces and none around it.

    Letters of other scripts that look the same stay different, and so do capitals, full-width letters and
    superscripts. SQL has the same rule: `part.one_name`.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    seen = _INVISIBLE.sub("", text)
    if len(seen) <= LONGEST:
        seen = unicodedata.normalize("NFC", seen)
    return _SPACES.sub(" ", seen).strip(" ")
