"""Names of photographs: the coin and the face that a file shows, in the usual ways of naming files."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..sources.spelling import one_name
from .coin import Face

MOST_ENDINGS = 10  # that are told
MOST_NAMES = 5

# HEIC is among them although its reader is an extra: a fault then says how to install it.
PICTURES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp"),
    *(".jp2", ".j2k", ".jpf", ".avif", ".heic", ".heif", ".hif"),
)

_OBVERSE = """
    a av avers averse obv obverse o vs vorderseite droit dritto diritto anverso recto vz voorzijde front
"""
_REVERSE = """
    r rv revers rev reverse rs rueckseite rückseite rovescio reverso verso kz keerzijde back
"""
FACE_WORDS: dict[str, Face] = {
    **dict.fromkeys(_OBVERSE.split(), "obverse"),
    **dict.fromkeys(_REVERSE.split(), "reverse"),
}
_ANY = "|".join(sorted(FACE_WORDS, key=len, reverse=True))
_LONG = "|".join(sorted((word for word in FACE_WORDS if len(word) > 2), key=len, reverse=True))
_APART = r"[\s_.,\-–—]{1,5}"  # what is between the parts of a name
_SCAN = r"box|[0-9]{2,4} ?dpi|copy|copie|kopie|copia|crop(?:ped)?|edited|small|large|thumb|web|scan"
_TAKE = rf"(?:{_APART}|(?=\())\(?(?P<take>[0-9]{{1,2}})\)?"

# "00012a00", as coin cabinets number their photographs
CABINET = re.compile(r"^(?P<stem>.*\d)(?P<face>[ar])(?P<take>\d{2})$", re.IGNORECASE)
# "K0434_a", "A.292_obv_box", "x-reverse", "12 (obv)", "12.obv", "A 1 - obv"
SUFFIX = re.compile(
    rf"^(?P<stem>.+?){_APART}[(\[]?(?P<face>{_ANY})[)\]]?(?P<scan>(?:{_APART}\(?(?:{_SCAN})\)?){{0,3}})$",
    re.IGNORECASE,
)
# Longer words also glued to a number, before the name, and with the number of the take: "A5obv", "obv_A 4",
# "A 1_obv (2)". After short ones a number may be that of the coin: "Schatz_a_1", "AV 12".
LONG_SUFFIX = re.compile(
    rf"^(?P<stem>.*?\d|.+?{_APART})[(\[]?(?P<face>{_LONG})[)\]]?(?:{_TAKE})?"
    rf"(?P<scan>(?:{_APART}\(?(?:{_SCAN})\)?){{0,3}})(?: ?\([0-9]{{1,2}}\))?$",
    re.IGNORECASE,
)
PREFIX = re.compile(
    rf"^(?P<face>{_LONG}){_APART}(?P<stem>.*?[^\W_].*?)(?: ?\((?P<take>[0-9]{{1,2}})\))?$", re.IGNORECASE
)
_PLACES = """
    tray box boxes drawer cabinet shelf page album batch film roll session day folder photo image picture scan
    original export raw jpe?g png tiff? tablett lade schublade kasten karton schachtel schrank mappe seite
    bild bilder foto
    plateau médaillier medaillier tiroir boîte boite vassoio cassetto scatola bandeja caja cajón cajon doos
"""
_CONTAINER = re.compile(
    rf"^(?:(?:{'|'.join(_PLACES.split())})[sn]?"
    r"(?:[\s_.\-]{1,3}(?:n[or]\.? ?)?(?:[0-9]{1,5}[a-z]?|[ivx]+|[a-z])|[0-9]{1,5})?|\d{4}-\d\d(?:-\d\d)?)$",
    re.IGNORECASE,
)
_EDGES = " \t_.,-–—"
# "A 1_obv_rev", "12 av+rv", "K0434_both"
BOTH = re.compile(
    rf"^(?P<stem>.+?){_APART}[(\[]?(?:(?:{_ANY})(?:{_APART}|\s?[+&]\s?)(?:{_ANY})|both|beide|ambos|entrambi)[)\]]?$",
    re.IGNORECASE,
)
DOUBTFUL = re.compile(rf"{_APART}[(\[]?[bv][)\]]?$", re.IGNORECASE)  # may be a face or a second take


@dataclass(frozen=True, slots=True)
class ShownFace:
    """The coin and the face that the name of a photograph shows; `take` numbers several of one face."""

    number: str
    face: Face
    take: int = 0


def is_picture(name: str) -> bool:
    """Whether the ending of a file is that of a photograph."""
    return one_name(name).lower().endswith(PICTURES)


class LeftOut:
    """Counts the files of a folder that are left out, by the endings of their names."""

    def __init__(self) -> None:
        self._endings: Counter[str] = Counter()
        self._first: list[str] = []

    def add(self, name: str) -> None:
        """Adds a file that is not a photograph."""
        self._endings[PurePosixPath(name).suffix.lower() or "no ending"] += 1
        if len(self._first) < MOST_NAMES:
            self._first.append(name)

    def named(self, folder: str) -> str:
        """The first of the files below a folder, and how many more there are, as the end of a sentence."""
        if not self._first:
            return ""
        more = self._endings.total() - len(self._first)
        names = [
            name.removeprefix("zip://").removeprefix(folder.rstrip("/")).strip("/") for name in self._first
        ]
        return f": {', '.join(names)}" + (f" and {more:,} more" if more else "")

    def told(self, folder: str) -> str | None:
        """The sentence that says it; None when nothing was left out."""
        count = self._endings.total()
        if not count:
            return None
        files = "1 file is left out; it does" if count == 1 else f"{count:,} files are left out; they do"
        most = sorted(self._endings.items(), key=lambda one: (-one[1], one[0]))[:MOST_ENDINGS]
        some = [f"{number:,} x {ending}" for ending, number in most]
        more = ["…"] * (len(self._endings) > MOST_ENDINGS)
        return f"{folder}: {files} not end as photographs do: {', '.join(some + more)}."


def face_of_folder(name: str) -> Face | None:
    """The face of a folder's name: "obverse", "Avers", "rv" and so on; None for other names."""
    return FACE_WORDS.get(one_name(name).casefold())


def shown(stem: str) -> ShownFace | None:
    """What the name of a file shows, without its ending; None when it shows no face, or both."""
    stem = one_name(stem)
    found = CABINET.match(stem) or SUFFIX.match(stem) or LONG_SUFFIX.match(stem) or PREFIX.match(stem)
    if not found:
        return None
    number = found["stem"].strip(_EDGES)
    if not number or _names_a_face(number):
        return None
    said = found.groupdict()
    take = int(said.get("take") or 0) + (100 if said.get("scan") else 0)
    return ShownFace(number, FACE_WORDS[found["face"].casefold()], take)


def _names_a_face(number: str) -> bool:
    """Whether what is left of a name has another face: "A 1_obv_rev" shows both."""
    return any(len(word) > 2 and word.casefold() in FACE_WORDS for word in re.split(r"[\W_\d]+", number))


def number_of_both(stem: str) -> str | None:
    """The coin in the name of a file that may show both faces; None when the name may mean one of them."""
    stem = one_name(stem)
    if shown(stem) or DOUBTFUL.search(stem):
        return None
    found = BOTH.match(stem)
    number = (found["stem"] if found else stem).strip(_EDGES)
    return None if not number or _names_a_face(number) else number


def coin_and_face(stem: str) -> tuple[str, Face] | None:
    """The coin and the face in the name of a file, without its ending; None when it has no face."""
    found = shown(stem)
    return (found.number, found.face) if found else None


def is_container(folder: str) -> bool:
    """Whether the name of a folder is only a place: "Tray 1", "Tablett 12", "photos", "2019-05-01"."""
    return _CONTAINER.match(folder) is not None
