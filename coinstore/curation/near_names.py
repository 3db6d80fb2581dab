"""Near-identical names: which may mean one thing, and why. Proposals only; whether it is so, a person says.

Names of a field are put into groups by keys that leave out more and more (capitals, look-alike letters, accents
...), and by their spelling with one letter left out (Bocek, Hunt and Hatton 2007): the work grows with the names,
not with their pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

Key = Callable[[str], Hashable]

# Letters of other scripts, small, that look like Latin ones when they are capital.
LOOK_ALIKE = str.maketrans("αβεζηικμνορτυχавекмнорстух", "abezhikmnoptyxabekmhopctyx")
LIGATURES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
TITLES = frozenset(["divus", "diva", "divo", "divae", "deified", "imperator", "imp", "emperor", "kaiser"])
DOUBTS = frozenset(["?", "uncertain", "unsicher", "vermutlich", "wohl", "probably", "perhaps"])
ENDINGS = {
    "us": ("ius", "ios", "us", "os"),
    "um": ("ium", "ion", "um", "on"),
    "a": ("eia", "ia", "ea", "a", "e"),
}
SPELLINGS = (
    ("ai", "e"),
    ("ae", "e"),
    ("ou", "u"),
    ("k", "c"),
    ("y", "i"),
    ("j", "i"),
    ("v", "u"),
)
BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
NUMERAL = re.compile(r"[ivxlc]+$|.*\d")
SELDOM = 20  # a slip is that much rarer than the name
STEM = 4  # letters that a word without its ending has at least
LONG = 6  # letters; in shorter words one letter makes another word
COMPARED = 10  # names that share a spelling with one letter left out are held against so many of them

# Names that mean the same in usage. AE is any alloy of copper, and stands apart.
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
    """A name of a field: how many coins are under it, and whether it is a term by someone's word."""

    name: str
    coins: int
    is_term: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Perhaps `alias` means `name`; `rank` 1 is the surest kind of reason."""

    field: str
    name: str
    alias: str
    reason: str
    coins: int
    alias_coins: int
    rank: int


def suggest(field: str, names: Iterable[Name]) -> list[Suggestion]:
    """What may be one thing under two names: the surest reasons first, then what most coins are under.

    The name that is a term already is proposed as the preferred one, else that of more coins; each name is
    proposed as an alias at most once.
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
    """Reasons, the surest first, with pairs of preferred name and alias."""
    yield "capitals or spaces", _grouped(known, _plain)
    yield "a letter of another script that looks the same", _grouped(known, _latin)
    yield "accents", _grouped(known, _bare)
    yield "punctuation", _grouped(known, lambda name: " ".join(_words(name)))
    yield "order of words", _grouped(known, lambda name: " ".join(sorted(_words(name))))
    yield "a usual abbreviation or translation", _grouped(known, lambda name: _usual(field, name))
    if field in ("portrait", "authority"):
        shortest = sorted(known, key=lambda n: len(_words(n.name)))
        yield "a title", _grouped(shortest, lambda name: " ".join(sorted(set(_words(name)) - TITLES)))
    yield "Greek, Latin or modern spelling", _spelled(known)
    yield "one letter", _one_letter(known, _is_slip)
    yield "what stands in brackets, which may tell two things apart", _bracketed(known)
    surest = sorted(known, key=lambda n: bool(set(_words(n.name)) & DOUBTS))
    yield "a doubt of the source, which would be seen in api.recorded alone", _grouped(surest, _certain)
    yield "one letter, which may make another name", _one_letter(known, lambda *_: True)
    if field == "material":
        yield (
            "AE is any alloy of copper, bronze one of them: the same only if your sources mean it",
            _alloys(known),
        )


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _latin(name: str) -> str:
    return unicodedata.normalize("NFD", _plain(name)).translate(LOOK_ALIKE)


def _bare(name: str) -> str:
    letters = unicodedata.normalize("NFKD", _latin(name))
    return "".join(c for c in letters if not unicodedata.combining(c)).translate(LIGATURES)


def _words(name: str) -> list[str]:
    """Words without accents and punctuation; a question mark is a word."""
    return re.findall(r"\w+|\?", _bare(name).replace("_", " "))


def _certain(name: str) -> str:
    return " ".join(word for word in _words(name) if word not in DOUBTS)


def _usual(field: str, name: str) -> str:
    said = " ".join(_words(name))
    return next((row[0] for row in USUAL.get(field, ()) if said in row), "")


def _grouped(known: Sequence[Name], key: Key) -> Pairs:
    """The first of each group with each of the others; an empty key is none."""
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
    for old, new in () if NUMERAL.match(word) else SPELLINGS:
        stem = stem.replace(old, new)
    return stem, kind


def _one_letter(known: Sequence[Name], is_likely: Callable[[Name, Name], bool]) -> Pairs:
    """Names that differ by one letter of one long word: more, less, another, or two that are exchanged."""
    groups: dict[str, list[Name]] = defaultdict(list)
    for name in known:
        words = _words(name.name)
        said = " ".join(words)
        if len(said) < LONG or DOUBTS.intersection(words):
            continue
        spellings = {said} | {said[:i] + said[i + 1 :] for i in range(len(said))}
        others = {other.name: other for spelling in spellings for other in groups[spelling][:COMPARED]}
        near = [o for o in others.values() if _differing(_words(o.name), words) and is_likely(o, name)]
        if near:
            yield max(near, key=lambda other: (other.is_term, other.coins, other.name)), name
        for spelling in spellings:
            groups[spelling].append(name)


def _differing(words: list[str], others: list[str]) -> tuple[str, str] | None:
    """The one word in which two names differ by a letter, from that letter on; None where it is more, or a numeral."""
    pairs = [(a, b) for a, b in zip(words, others, strict=False) if a != b]
    if len(words) != len(others) or len(pairs) != 1:
        return None
    a, b = pairs[0]
    if NUMERAL.match(a) or NUMERAL.match(b) or max(len(a), len(b)) < LONG or a[0] != b[0]:
        return None
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    exchanged = a[:2] == b[1::-1] and a[2:] == b[2:]
    return (a, b) if a[1:] == b[1:] or a[1:] == b or a == b[1:] or exchanged else None


def _is_slip(name: Name, alias: Name) -> bool:
    """Whether it looks like a slip: seldom, and not at the end, where names are told apart (Domitia, Domitian)."""
    rests = _differing(_words(name.name), _words(alias.name)) or ("", "")
    return min(map(len, rests)) > 1 and alias.coins * SELDOM <= name.coins


def _bracketed(known: Sequence[Name]) -> Pairs:
    """Athens and Athens (Attica), where no other one has brackets."""
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
