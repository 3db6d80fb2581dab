"""The sides of a coin in a record: legends, descriptions, dies, and which photograph shows which face."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from ..errors import SourceError
from ..sources import files
from ..sources.locations import URL
from .cells import ParsedRow
from .coin import FACES, Face, photograph
from .columns import AS_DESCRIPTIONS
from .mapping import IMAGE_RIGHTS
from .names import coin_and_face, face_of_folder, is_picture

HTML = re.compile(r"<img\b[^>]*\bsrc\s*=\s*[\"']?([^\"'>\s]+)", re.IGNORECASE)
BETWEEN = re.compile(r"[;|,\n\r]|\s[/+&]\s")
BETWEEN_URLS = re.compile(r"[;|,\s\"']+(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)  # a URL may have them
TEXTS: dict[Face, dict[str, str]] = {
    face: {f"{face}_{part}": part for part in ("legend", "description", "die")} for face in FACES
}
RIGHTS = {*IMAGE_RIGHTS, *(f"{face}_{right}" for face in FACES for right in IMAGE_RIGHTS)}

Side = dict[str, str | None]


def sides(parsed: ParsedRow, base: str, first_face: Face = "obverse") -> dict[Face, Side]:
    """What a record says about each face; names of photographs are relative to `base`.

    In a photograph that shows both, `first_face` is left or above.
    """
    said = parsed.said
    found: dict[Face, Side] = {
        face: {part: said[field][1] or None for field, part in texts.items() if field in said}
        for face, texts in TEXTS.items()
    }
    for face in FACES:
        if found[face].get("description"):
            _check_description(parsed, face, found[face])
    if of_both := _of_both(parsed):
        located = _located(parsed, "image", of_both, base)
        for face in FACES:
            found[face] |= photograph(face, located, first_face, is_of_both=located is not None)
    for face, (column, name) in ({} if of_both else _images(parsed)).items():
        located = _located(parsed, column, name, base)
        found[face] |= photograph(face, located, first_face)
    for face, side in found.items():
        _say_more(parsed, face, side)
    return {face: side for face, side in found.items() if side}


def _say_more(parsed: ParsedRow, face: Face, side: Side) -> None:
    """The language of the description, and the rights in the photograph, where the side has these."""
    has_text = side.get("description")
    if has_text and (language := parsed.text(f"{face}_description_language") or parsed.text("language")):
        side["description_language"] = language
    if side.get("image") and f"{face}_image_part" in parsed.said:
        _say_part(parsed, f"{face}_image_part", side)
    if side.get("image") and not parsed.said.keys().isdisjoint(RIGHTS):
        for right in IMAGE_RIGHTS:
            if text := parsed.text(f"{face}_{right}") or parsed.text(right):
                side[right] = text


def _say_part(parsed: ParsedRow, field: str, side: Side) -> None:
    if (part := parsed.text(field)) in ("first", "second"):
        side["image_part"] = part
    elif part:
        parsed.refuse(field, "is not first or second")


def are_file_names(text: str) -> bool:
    """Whether a text is the name of a picture, or several of them."""
    names = file_names(text)
    return bool(names) and all(map(_is_file, names))


def file_names(text: str) -> list[str]:
    """The names of files in a text: one, or several with a sign or a line end between them."""
    text = text.strip().strip(";|,").strip()
    if found := HTML.findall(text):
        return list(dict.fromkeys(found))
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].strip(" \"'")
    pieces = (BETWEEN_URLS if URL.match(text) else BETWEEN).split(text)
    parts = [part for piece in pieces if (part := piece.strip(" \t\"'"))]
    if len(parts) == 1 and not URL.match(text) and all(map(_is_file, text.split())):
        parts = text.split()
    return list(dict.fromkeys(parts)) if all(map(_is_file, parts)) else [text]


def _is_file(name: str) -> bool:
    return is_picture(name) or bool(URL.match(name))


def _check_description(parsed: ParsedRow, face: Face, side: Side) -> None:
    field = f"{face}_description"
    text = side["description"] or ""
    if parsed.said[field][2].how == AS_DESCRIPTIONS and are_file_names(text):
        parsed.refuse(field, "is the name of a file in a column of descriptions")
        side["description"] = None


def _of_both(parsed: ParsedRow) -> str | None:
    """The one photograph of a coin whose name says no face; None where another one may be meant."""
    texts = [parsed.text(f"{face}_image") for face in FACES if f"{face}_image" in parsed.said]
    text = parsed.text("image") if "image" in parsed.said and not any(texts) else None
    names = file_names(text) if text else []
    is_open = len(names) == 1 and _is_file(names[0]) and not _face(names[0])
    return names[0] if is_open else None


def _images(parsed: ParsedRow) -> dict[Face, tuple[str, str | None]]:
    """For each face whose photograph is mentioned: by which field, and its name (None: there is none)."""
    found: dict[Face, tuple[str, str | None]] = {}
    others: dict[Face, tuple[str, str]] = {}
    for face in FACES:
        field = f"{face}_image"
        if field in parsed.said:
            shown = _by_face(parsed, field, face)
            found[face] = field, shown.pop(face, None)
            others |= {other: (field, name) for other, name in shown.items()}
    if "image" in parsed.said:
        shown = _by_face(parsed, "image", None)
        found |= {face: ("image", shown.get(face)) for face in FACES if face not in found}
    for face, other in others.items():
        if found.get(face, ("", None))[1] is None:
            found[face] = other
    return found


def _by_face(parsed: ParsedRow, field: str, face: Face | None) -> dict[Face, str]:
    """The names in a cell by the face that each shows; none, and a fault, when they do not say it.

    One name in a column of one face shows that face, whatever its name says.
    """
    text = parsed.text(field)
    names = file_names(text) if text else []
    if not names:
        return {}
    if face and len(names) == 1:
        return {face: names[0]}
    said = [_face(name) for name in names]
    if None not in said and len(set(said)) == len(names):
        return {one: name for one, name in zip(said, names, strict=True) if one}
    if len(names) == 1:
        reason = "does not say which face it shows: its name can (x_obv, x_rev), or a column for each face"
    elif None in said:
        reason = f"names {len(names)} photographs, but not which face each shows; make a column for each face"
    else:
        reason = f"names {len(names)} photographs, several of the same face; one of each face is needed"
    parsed.refuse(field, reason)
    return {}


def _face(name: str) -> Face | None:
    path = PurePosixPath(name.split("?")[0].replace("\\", "/"))
    found = coin_and_face(path.stem)
    return found[1] if found else face_of_folder(path.stem) or face_of_folder(path.parent.name)


def _located(parsed: ParsedRow, field: str, name: str | None, base: str) -> str | None:
    if not name:
        return None
    try:
        return files.spelled(files.locate(name, base))
    except SourceError as error:
        parsed.refuse(field, str(error))
        return None


def bare_kind(texts: Iterable[str]) -> str:
    """What columns called "Obverse" and "Reverse" hold: "image" when most values are names of files."""
    counts = [are_file_names(text) for text in texts if text.strip()]
    return "image" if counts and sum(counts) * 2 >= len(counts) else "description"
