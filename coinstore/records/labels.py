"""Labels as text: legends and descriptions that differ only in how they are written are one value."""

from __future__ import annotations

import re
import unicodedata

from .placeholders import is_placeholder

OF_A_FACE = ("legend", "description")


def value_of(label: str, written: str) -> str | None:
    """The value of a label, for comparison; None if it only says that nothing is known.

    Of a legend or a description: without case, accents of any kind, punctuation and repeated spaces.
    """
    if is_placeholder(written):
        return None
    if label not in OF_A_FACE:
        return written
    parts = unicodedata.normalize("NFKD", written.casefold())
    letters = "".join(c for c in parts if not unicodedata.combining(c))
    words = " ".join(re.sub(r"[\W_]+", " ", letters).split())
    return None if not words or is_placeholder(words) else words
