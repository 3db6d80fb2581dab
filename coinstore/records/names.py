"""Names of photographs: the coin and the face that a file shows, in the usual ways of naming files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath

from .coin import Face

MOST_ENDINGS = 10  # that are told

# HEIC is among them although its reader is an extra: a fault then says how to install it.
PICTURES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp"),
    *(".jp2", ".j2k", ".jpf", ".avif", ".heic", ".heif", ".hif"),
)

FACE_WORDS: dict[str, Face] = {
    **dict.fromkeys(("a", "av", "avers", "obv", "obverse", "vs", "vorderseite"), "obverse"),
    **dict.fromkeys(("r", "rv", "revers", "rev", "reverse", "rs", "rueckseite", "rückseite"), "reverse"),
}
# "00012a00", as coin cabinets number their photographs
CABINET = re.compile(r"^(?P<stem>.*\d)(?P<face>[ar])(?P<take>\d{2})$", re.IGNORECASE)
# "K0434_a", "A.292_obv_box", "A 347_obv_box", "x_av", "x-reverse", "x obv"
SUFFIX = re.compile(
    rf"^(?P<stem>.+?)[_\- ](?P<face>{'|'.join(sorted(FACE_WORDS, key=len, reverse=True))})(?:[_\- ]box)?$",
    re.IGNORECASE,
)


def is_picture(name: str) -> bool:
    """Whether the ending of a file is that of a photograph."""
    return name.lower().endswith(PICTURES)


class LeftOut:
    """Counts the files of a folder that are left out, by the endings of their names."""

    def __init__(self) -> None:
        self._endings: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Adds a file that is not a photograph."""
        self._endings[PurePosixPath(name).suffix.lower() or "no ending"] += 1

    def told(self, folder: str) -> str | None:
        """The sentence that says it; None when nothing was left out."""
        count = self._endings.total()
        if not count:
            return None
        files = (
            "1 file is left out: its ending is"
            if count == 1
            else f"{count:,} files are left out: their endings are"
        )
        some = [f"{number:,} x {ending}" for ending, number in self._endings.most_common(MOST_ENDINGS)]
        more = ["…"] * (len(self._endings) > MOST_ENDINGS)
        return f"{folder}: {files} not that of a photograph ({', '.join(some + more)})."


def face_of_folder(name: str) -> Face | None:
    """The face of a folder's name: "obverse", "Avers", "rv" and so on; None for other names."""
    return FACE_WORDS.get(name.strip().casefold())


def coin_and_face(stem: str) -> tuple[str, Face] | None:
    """The coin and the face in the name of a file, without its ending; None when it has no face."""
    found = CABINET.match(stem) or SUFFIX.match(stem)
    if not found:
        return None
    return found["stem"].strip(), FACE_WORDS[found["face"].casefold()]
