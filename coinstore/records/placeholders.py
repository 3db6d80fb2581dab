"""Placeholders: texts that say that there is no value. They are missing values, wherever they are.

The list is exact: a whole text is a placeholder, or it is a value ("Unknown" is one, "Unknown king of
Gandhara" is not). SQL has the same pattern, for values that were stored before: `part.is_placeholder`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from ..sources.spelling import one_name

# Ignored around a text, as in "(unknown)". A text of nothing else is a placeholder.
SIGNS = "\"'`´#*.,:;!?¡¿(){}<>/|_~=«»‹›“”„‘’‚·•…†‐‑‒–—―−-"

_WORDS = """
    n/a|na|n.a|n.d|s.d|s.n|s.l|s.a|n.n|k.a|o.a|o.j|n.v.t|z.j|s/d|n/d|nan|nat|null|nil|none|blank|empty
    |tbd|t.b.d|tba|to be determined|todo|missing|not available|not applicable|not known|not recorded|not given
    |not specified|unspecified|not stated|not identified|not determined|not assigned|not attributed|no data
    |no value|no information|no date|undated|unknown|unkn|uncertain|unclear|undetermined|indeterminate
    |unidentified|unattributed|unassigned|unclassified|undefined|not weighed|not measured
    |leer|unbekannt|unbestimmt|unsicher|ungewiss|unklar|ohne zuordnung|ohne angaben?|keine angaben?
    |nicht (bestimmt|bekannt|bestimmbar|zugeordnet|angegeben|erfasst|vorhanden|gewogen|gemessen|datiert)
    |undatiert|ohne jahr|ohne datum|fehlt|entfällt
    |vide|inconnue?|incertaine?|indéterminée?|non (connu|déterminé|identifié|renseigné|attribué|daté)e?
    |non disponible|non applicable|sans objet|sans date|néant|aucune?
    |vuoto|sconosciut[oa]|ignot[oa]|incert[oa]|indeterminat[oa]
    |non (determinat|identificat|not|specificat|pesat|datat)[oa]|senza data|nessun[oa]
    |vacío|desconocid[oa]|inciert[oa]|indeterminad[oa]|no (determinad|identificad|especificad)[oa]
    |sin (determinar|identificar|datos?|fecha)|no disponible|no consta|ningun[oa]
    |leeg|onbekende?|onzeker|onbepaald|niet (bekend|bepaald|beschikbaar|van toepassing)|ongedateerd
    |zonder (jaar|datum)|geen|geen gegevens
    |ignot(us|um)|incert(us|um)|sine (anno|loco|nomine)
    |\\\\n
"""
_SAYS = """
    unknown|uncertain|unidentified|undetermined|unattributed|unbekannt(e[rs]?)?|unbestimmt(e[rs]?)?|unsichere
    |inconnue?|incertaine?|indéterminée?|sconosciuta|ignota|incerta|indeterminata|desconocida|incierta
    |indeterminada|onbekende?|onzekere?
"""
_NOUNS = """
    mint|ruler|authority|issuer|type|denomination|material|metal|value|portrait|findspot|provenance|origin
    |place|date|münzstätte|herrscher|münzherr|nominal|metall|typ|fundort|herkunft|provenienz|ort|datierung
    |munt|muntplaats|muntheer|vindplaats|herkomst|materiaal
"""
# "Mint unknown", "mint: unknown"
_FIRST = """
    mint|ruler|authority|findspot|provenance|münzstätte|fundort|herkunft|provenienz|muntplaats
    |vindplaats|atelier|lieu|zecca|provenienza|autorità|ceca|procedencia|autoridad
"""
_LETTERS = {
    "ä": "(ae|[aäÄ])",
    "ü": "(ue|[uüÜ])",
    "é": "[eéÉ]",
    "à": "[aàÀ]",
    "í": "[iíÍ]",
    ".": r"\. ?",
    "/": " ?/ ?",
}


def _spelled(words: str) -> str:
    one_line = "|".join(" ".join(word.split()) for word in words.split("|"))
    return "".join(_LETTERS.get(letter, letter) for letter in one_line)


_PLAIN = str.maketrans("äüéàí", "aueai")
_EDGE = f"[] [\\\\{SIGNS}]*"
_SAID = _spelled(_SAYS)
PATTERN = (
    f"^{_EDGE}(({_spelled(_WORDS)})"
    f"|({_SAID}) ({_spelled(_NOUNS)})|({_spelled(_FIRST)})(: ?| )({_SAID}))?{_EDGE}$"
)
LONGEST = 60  # characters
LONGEST_NAMED = 1000  # of one in a mapping file; longer texts are not kept in memory
_BEGINNINGS = frozenset(
    beginning
    for word in f"{_WORDS}|{_SAYS}|{_FIRST}".split("|")
    for beginning in (_spelled(word)[:2], f"{_spelled(word)[:1]} ", word.strip().translate(_PLAIN)[:2])
)
_PLACEHOLDER = re.compile(PATTERN, re.IGNORECASE)


def is_placeholder(text: str, more: Collection[str] = ()) -> bool:
    """Whether a text says that there is no value: "N/A", "-", "unknown", "ohne Zuordnung".

    `more` are further placeholders, for example those of a mapping file; they are compared without capitals,
    accents, and signs around them.
    """
    start = text[:2]
    is_other = start.isascii() and start[:1].isalnum() and start.lower() not in _BEGINNINGS  # most, quickly
    if not is_other and len(text) <= LONGEST and _is_listed(text):
        return True
    return bool(more) and len(text) <= LONGEST_NAMED and _is_one_of(text, more)


@lru_cache(maxsize=10_000)  # the same names occur many times in a table
def _is_listed(text: str) -> bool:
    return _PLACEHOLDER.match(one_name(text)) is not None


def _is_one_of(text: str, more: Collection[str]) -> bool:
    key = _plain(text)
    return any(key == _plain(word) for word in more)


@lru_cache(maxsize=1_000)
def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", one_name(text).casefold())
    return "".join(c for c in letters if not unicodedata.combining(c)).strip(SIGNS + "[] \\")
