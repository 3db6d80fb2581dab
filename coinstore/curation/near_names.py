"""Near-identical names: which may mean the same, and why. These are suggestions; a person decides.

The names of a field are grouped by keys that ignore more and more: capitals, look-alike letters, accents,
and so on. Only names that differ by one letter are compared in pairs, and of those only the ones whose
other words, and first letter, are the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from anyascii import anyascii
from rapidfuzz.distance import OSA, Prefix
from rapidfuzz.process import cdist

Key = Callable[[str], Hashable]

# Lower-case letters of other scripts whose capitals look like Latin capitals.
LOOK_ALIKE = str.maketrans("αβεζηικμνορτυχавекмнорстух", "abezhikmnoptyxabekmhopctyx")
TITLES = frozenset(["divus", "diva", "divo", "divae", "deified", "imperator", "imp", "emperor", "kaiser"])
DOUBTS = frozenset(["?", "uncertain", "unsicher", "vermutlich", "wohl", "probably", "perhaps"])
ENDINGS = {
    "us": ("ius", "ios", "us", "os"),
    "um": ("ium", "ion", "um", "on"),
    "a": ("eia", "ia", "ea", "a", "e"),
}
SPELLINGS = {"ai": "e", "ae": "e", "ou": "u", "k": "c", "y": "i", "j": "i", "v": "u"}
BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
NUMERAL = re.compile(r"[ivxlc]+$|.*\d")
SELDOM = 20  # a slip is this many times rarer than the name
STEM = 4  # letters: the shortest word without its ending
LONG = 6  # letters; in shorter words one other letter makes another word
COMPARED = 10  # names of one stem that a name is compared with
BLOCK = 1000  # words in one matrix of distances

# Names that mean the same in usage. AE is any alloy of copper, so it is separate.
USUAL: dict[str, tuple[tuple[str, ...], ...]] = {
    "material": (
        ("silver", "ar", "ag", "silber", "argent", "argento", "plata", "argentum"),
        ("gold", "av", "au", "or", "oro", "aurum"),
        ("bronze", "bronzo", "bronce"),
        ("copper alloy", "ae", "kupferlegierung", "alliage de cuivre"),
        ("copper", "cu", "kupfer", "cuivre", "rame", "cobre"),
        ("brass", "messing", "laiton", "ottone"),
        ("orichalcum", "orichalc", "oreichalkos", "orichalque"),
        ("electrum", "el", "elektron", "elektrum", "electron"),
        ("billon", "bi", "billion", "biglione"),
        ("lead", "pb", "blei", "plomb", "piombo", "plumbum"),
        ("tin", "sn", "zinn", "etain"),
        ("iron", "fe", "eisen", "fer", "ferro"),
        ("zinc", "zn", "zink"),
        ("nickel", "ni"),
        ("aluminium", "aluminum", "al"),
        ("platinum", "pt", "platin"),
        ("cupro nickel", "cupronickel", "kupfernickel"),
    ),
    "denomination": (
        ("denarius", "denar", "denier", "denario"),
        ("sestertius", "sesterz", "sesterce", "sesterzio"),
        ("antoninianus", "antoninian", "radiate"),
        ("drachm", "drachma", "drachme"),
        ("tetradrachm", "tetradrachma", "tetradrachme"),
        ("half drachm", "hemidrachm", "hemidrachme"),
        ("obol", "obolos", "obole"),
    ),
    "mint": (
        ("rome", "rom", "roma"),
        ("athens", "athen", "athenai", "athenae"),
        ("corinth", "korinth", "korinthos", "corinthus"),
        ("syracuse", "syrakus", "syrakousai", "syracusae"),
        ("constantinople", "konstantinopel", "konstantinopolis", "constantinopolis"),
        ("cologne", "koln", "koeln", "colonia agrippina"),
        ("lyon", "lyons", "lugdunum"),
        ("trier", "treveri", "augusta treverorum"),
        ("milan", "mailand", "mediolanum", "milano"),
    ),
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a field: how many coins have it, and whether a person has made it a term."""

    name: str
    coins: int
    is_term: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Perhaps `alias` means `name`; `rank` 1 is the most certain kind of reason."""

    field: str
    name: str
    alias: str
    reason: str
    coins: int
    alias_coins: int
    rank: int


def suggest(field: str, names: Iterable[Name]) -> list[Suggestion]:
    """Pairs of names that may mean the same: the most certain reasons first, then names of more coins.

    A name that is already a term is suggested as the preferred one, else the name of more coins. Each name
    is suggested as an alias at most once.
    """
    known = sorted(names, key=lambda n: (not n.is_term, -n.coins, len(n.name), n.name))
    taken: set[str] = set()
    found: list[Suggestion] = []
    for rank, (reason, pairs) in enumerate(_ways(field, known), 1):
        for name, alias in pairs:
            if alias.name not in taken and name.name not in taken:
                taken.add(alias.name)
                found.append(Suggestion(field, name.name, alias.name, reason, name.coins, alias.coins, rank))
    return sorted(found, key=lambda s: (s.rank, -s.coins, s.name, -s.alias_coins, s.alias))


Pairs = Iterator[tuple[Name, Name]]


def _ways(field: str, known: Sequence[Name]) -> Iterator[tuple[str, Pairs]]:
    """Reasons, the most certain first, with pairs of preferred name and alias."""
    yield "capitals or spaces", _grouped(known, _plain)
    yield "a letter of another script that looks the same", _grouped(known, _latin)
    yield "accents", _grouped(known, _ascii)
    yield "punctuation", _grouped(known, lambda name: " ".join(_words(name)))
    yield "order of words", _grouped(known, lambda name: " ".join(sorted(_words(name))))
    yield "a usual abbreviation or translation", _grouped(known, lambda name: _usual(field, name))
    if field in ("portrait", "authority"):
        shortest = sorted(known, key=lambda n: len(_words(n.name)))
        yield "a title", _grouped(shortest, lambda name: " ".join(sorted(set(_words(name)) - TITLES)))
    yield "Greek, Latin or modern spelling", _spelled(known)
    near = list(_one_letter(known))
    slips = [pair for *pair, rest in near if rest > 1 and pair[1].coins * SELDOM <= pair[0].coins]
    yield "one letter", _best(known, slips)
    yield "the text in brackets, which may distinguish two things", _bracketed(known)
    surest = sorted(known, key=lambda n: bool(set(_words(n.name)) & DOUBTS))
    yield (
        "a doubt of the source, which would then be visible only in api.values",
        _grouped(surest, _certain),
    )
    yield "one letter, which may make another name", _best(known, [pair for *pair, _ in near])
    if field == "material":
        yield (
            "AE is any alloy of copper, bronze is one of them: the same only if your sources mean it",
            _alloys(known),
        )


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _latin(name: str) -> str:
    return unicodedata.normalize("NFD", _plain(name)).translate(LOOK_ALIKE)


def _ascii(name: str) -> str:
    return anyascii(_latin(name)).lower()


def _words(name: str) -> list[str]:
    """Words without accents and punctuation; a question mark is a word."""
    return re.findall(r"\w+|\?", _ascii(name).replace("_", " "))


def _certain(name: str) -> str:
    return " ".join(word for word in _words(name) if word not in DOUBTS)


def _usual(field: str, name: str) -> str:
    said = " ".join(_words(name))
    return next((row[0] for row in USUAL.get(field, ()) if said in row), "")


def _grouped(known: Sequence[Name], key: Key) -> Pairs:
    """The first name of each group with each of the others; names with an empty key are left out."""
    groups: dict[Hashable, Name] = {}
    for name in known:
        if this := key(name.name):
            first = groups.setdefault(this, name)
            if first is not name:
                yield first, name


def _spelled(known: Sequence[Name]) -> Pairs:
    """Domitian and Domitianus, Ephesos and Ephesus; not Julius and Julia."""
    groups: dict[tuple[str, ...], list[tuple[Name, tuple[str, ...]]]] = defaultdict(list)
    for name in known:
        words = _words(name.name)
        if DOUBTS.intersection(words):
            continue
        stems = [_stem(word) for word in words]
        stem, endings = tuple(s for s, _ in stems), tuple(e for _, e in stems)
        for other, theirs in groups[stem][:COMPARED] if stem else ():
            if all(a == b or not a or not b for a, b in zip(endings, theirs, strict=True)):
                yield other, name
                break
        groups[stem].append((name, endings))


def _stem(word: str) -> tuple[str, str]:
    """A word in one spelling without its ending, and the kind of ending ("" for none)."""
    kind, stem = "", word
    for this, endings in ENDINGS.items():
        end = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= STEM), None)
        if end and not NUMERAL.match(word):
            kind, stem = this, word[: -len(end)]
            break
    for old, new in () if NUMERAL.match(word) else SPELLINGS.items():
        stem = stem.replace(old, new)
    return stem, kind


def _one_letter(known: Sequence[Name]) -> Iterator[tuple[Name, Name, int]]:
    """Names that differ in one letter of one long word: added, removed, replaced, or exchanged with the next.

    The number is that of letters from the difference to the end of the word: at the end names often differ
    rightly (Domitia, Domitian), inside it rather is a slip.
    """
    groups: dict[Hashable, list[tuple[str, Name]]] = defaultdict(list)
    for name in known:
        words = _words(name.name)
        if DOUBTS.intersection(words) or len(" ".join(words)) < LONG:
            continue
        for n, word in enumerate(words):
            if len(word) >= LONG - 1 and not NUMERAL.match(word):
                groups[n, word[0], *words[:n], *words[n + 1 :]].append((word, name))
    for group in groups.values():
        words = [word for word, _ in group]
        for start in range(0, len(group), BLOCK):
            some = words[start : start + BLOCK]
            near = cdist(words, some, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8) == 1
            for first, second in zip(*np.nonzero(near), strict=True):
                one, other = words[first], some[second]
                if first < start + second and max(len(one), len(other)) >= LONG:
                    rest = min(len(one), len(other)) - Prefix.similarity(one, other)
                    yield group[first][1], group[start + second][1], rest


def _best(known: Sequence[Name], pairs: Iterable[Sequence[Name]]) -> Pairs:
    """Each alias with the best of its partners: a term, or the name of most coins."""
    partners: dict[Name, list[Name]] = defaultdict(list)
    for name, alias in pairs:
        partners[alias].append(name)
    for alias in known:
        if alias in partners:
            yield max(partners[alias], key=lambda name: (name.is_term, name.coins, name.name)), alias


def _bracketed(known: Sequence[Name]) -> Pairs:
    """Athens and Athens (Attica), when no other name in brackets follows Athens."""
    groups: dict[str, list[Name]] = defaultdict(list)
    for name in known:
        if not DOUBTS.intersection(_words(name.name)):
            groups[" ".join(_words(BRACKETS.sub(" ", name.name)))].append(name)
    for said, group in groups.items():
        if said and len(group) == 2 and sum(bool(BRACKETS.search(name.name)) for name in group) == 1:
            yield group[0], group[1]


def _alloys(known: Sequence[Name]) -> Pairs:
    bronze = next((name for name in known if _usual("material", name.name) == "bronze"), None)
    alloy = next((name for name in known if _usual("material", name.name) == "copper alloy"), None)
    if bronze and alloy:
        yield bronze, alloy
