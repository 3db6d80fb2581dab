"""Languages of texts: the codes of ISO 639, of two letters where there is one."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORT = {
    **{"deu": "de", "ger": "de", "eng": "en", "fra": "fr", "fre": "fr", "ita": "it", "spa": "es"},
    **{"nld": "nl", "dut": "nl", "lat": "la", "ell": "el", "gre": "el", "swe": "sv", "dan": "da"},
}
TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")


def code_of(said: str) -> str:
    """The code of a language, without a country: de of de-AT and of deu."""
    code = re.split("[-_]", said.strip().lower())[0]
    return SHORT.get(code, code)


def codes_of(said: Iterable[str]) -> tuple[str, ...]:
    """The codes of several languages; raises ValueError for a word that is none."""
    found = []
    for one in said:
        if not TAG.fullmatch(one.strip()):
            raise ValueError(f"{one!r} is not a language; write its code, as in de,en")
        found.append(code_of(one))
    return tuple(found)
