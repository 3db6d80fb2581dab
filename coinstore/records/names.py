"""Names of photographs: the coin and the face that a file shows, in the usual ways of naming files."""

from __future__ import annotations

import re

from .coin import Face

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")

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


def face_of_folder(name: str) -> Face | None:
    """The face of a folder's name: "obverse", "Avers", "rv" and so on; None for other names."""
    return FACE_WORDS.get(name.strip().casefold())


def coin_and_face(stem: str) -> tuple[str, Face] | None:
    """The coin and the face in the name of a file, without its ending; None when it has no face."""
    found = CABINET.match(stem) or SUFFIX.match(stem)
    if not found:
        return None
    return found["stem"].strip(), FACE_WORDS[found["face"].casefold()]
