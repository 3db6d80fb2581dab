"""Folders of photographs: the names of files give the coins, the names of folders their types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..errors import SourceError
from ..sources import files
from ..sources.source import Source
from ..sources.spelling import one_name
from .coin import FACES, Coin, Face, Fault, TypeClaim, photograph
from .names import (
    PICTURES,
    LeftOut,
    ShownFace,
    face_of_folder,
    is_container,
    is_picture,
    number_of_both,
    shown,
)
from .placeholders import is_placeholder

NO_FACE = "its name shows no face; name it like 12_obv.jpg and 12_rev.jpg, or use folders obverse and reverse"
TWO_FACES = "its folder says {}, and its name {}; rename one of them"
A_OR_B = "a and b may be two faces or two takes of one; name it like 12_obv.jpg and 12_rev.jpg"
REPEATED = (
    "repeats the number {} of {}; in one collection a number is one coin: make the numbers different, for "
    "example with the name of the folder, or ingest each folder with its own --collection"
)

# (folder, inventory number) -> face -> takes with the paths of files
Photographs = dict[tuple[str, str], dict[Face, list[tuple[int, str]]]]


def read_folder(
    source: Source,
    collection: str | None,
    note: Callable[[str], None] = lambda said: None,
    first_face: Face = "obverse",
) -> Iterator[Coin]:
    """The coins whose photographs are in a folder or a zip.

    A folder with the name of a face has photographs of that face. Any other folder names a type; the
    innermost one counts. Photographs at the top, and in folders that are only places ("Tray 1"), are
    unclassified. A picture whose name shows no face is refused, with the coin that it is if it shows both
    faces (`first_face` left or above), unless other pictures have the number. The names of all files are
    kept in memory; the pictures are not opened. `note` is told how many files are left out, by their endings.
    """
    found: Photographs = {}
    strays: dict[str, str] = {}
    others = LeftOut()
    misnamed = list(_placed(source, found, strays, others))
    if not found and not strays:
        raise SourceError(
            f"{source.name}: has no photographs; their names end in {', '.join(PICTURES)}. Nor has it records"
            f" of a format that coinstore reads{others.named(source.location)}."
        )
    if not collection:
        raise SourceError(f"{source.name}: the collection of the coins is not known; add --collection NAME.")
    yield from misnamed
    if told := others.told(source.name):
        note(told)
    _refuse_a_and_b(found, strays)
    first: dict[str, str] = {}
    for (folder, number), sides in sorted(found.items()):
        coin = _coin(folder, number, sides, (collection, first_face))
        place = first.setdefault(number, coin.place)
        yield coin if place == coin.place else replace(coin, refusal=REPEATED.format(number, place))
    for path, reason in strays.items():
        parts = _parts(path, source)
        as_both = _as_both(path, parts, (collection, first_face)) if reason == NO_FACE else None
        is_first = as_both is not None and first.setdefault(as_both.inventory_number or "", path) == path
        stray = Coin("/".join(parts), {"image": path}, None, None, refusal=reason)
        yield replace(stray, as_both=as_both) if is_first else stray


def _placed(source: Source, found: Photographs, strays: dict[str, str], others: LeftOut) -> Iterator[Coin]:
    """Sorts the files of a folder; yields those whose names cannot be kept."""
    for path in files.walk(source.location):
        if not is_text(path):
            named = path.encode("utf-8", "backslashreplace").decode()
            yield Coin(
                named, {"file": named}, None, None, refusal="the name of the file is not UTF-8; rename it"
            )
        elif is_picture(path.split("::")[0]):
            _place(path, _parts(path, source), found, strays)
        else:
            others.add(path.split("::")[0])


def is_text(path: str) -> bool:
    """Whether a path is text: on Linux a name may be any bytes."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _parts(path: str, source: Source) -> list[str]:
    """The folders below the source, and the name of the file as the last part."""
    if path.startswith("zip://"):
        return path.removeprefix("zip://").split("::")[0].strip("/").split("/")
    return path.removeprefix(source.location.rstrip("/")).strip("/").split("/")


def _place(path: str, parts: list[str], found: Photographs, strays: dict[str, str]) -> None:
    stem = parts[-1].rsplit(".", 1)[0]
    faces = [face for name in parts[:-1] if (face := face_of_folder(name))]
    others = [one_name(name) for name in parts[:-1] if not face_of_folder(name)]
    named = shown(stem)
    if named is None and faces:
        named = ShownFace(one_name(stem), faces[-1])
    if named is None:
        strays[path] = NO_FACE
    elif faces and named.face != faces[-1]:
        strays[path] = TWO_FACES.format(faces[-1], named.face)
    else:
        folder = others[-1] if others else ""
        takes = found.setdefault((folder, named.number), {}).setdefault(named.face, [])
        takes.append((named.take, path))
        takes.sort()


def _refuse_a_and_b(found: Photographs, strays: dict[str, str]) -> None:
    """Make strays of "12_a.jpg" and "12_b.jpg": "a" is avers only where no "b" is next to it."""
    seconds = {
        stem[:-1].casefold(): path
        for path in strays
        if (stem := path.split("::")[0].rsplit(".", 1)[0])[-1:] in ("b", "B")
    }
    if not seconds:
        return
    for key, sides in list(found.items()):
        for _, path in sides.get("obverse", []):
            stem = path.split("::")[0].rsplit(".", 1)[0]
            other = seconds.get(stem[:-1].casefold()) if stem[-1:] in ("a", "A") else None
            if other and "reverse" not in sides:
                strays[path] = strays[other] = A_OR_B
                found.pop(key, None)


def _as_both(path: str, parts: list[str], of: tuple[str, Face]) -> Coin | None:
    """The coin of a picture that shows both faces."""
    number = number_of_both(parts[-1].rsplit(".", 1)[0])
    if not number:
        return None
    folder = one_name(parts[-2]) if len(parts) > 1 else ""
    coin = _coin(folder, number, {"obverse": [(0, path)]}, of)
    sides = {face: photograph(face, path, of[1], is_of_both=True) for face in FACES}
    return replace(coin, sides=sides)


def _coin(folder: str, number: str, sides: dict[Face, list[tuple[int, str]]], of: tuple[str, Face]) -> Coin:
    """The coin of some photographs; `of`: its collection, and the face that is first where both are shown."""
    names = {
        face: [path.split("::")[0].rsplit("/", 1)[-1] for _, path in takes] for face, takes in sides.items()
    }
    extra = [
        Fault(face, name, f"a second {face} of this coin; {names[face][0]} is kept")
        for face in FACES
        for name in names.get(face, [])[1:]
    ]
    raw: dict[str, Any] = {
        "folder": folder,
        "files": [name for face in FACES for name in names.get(face, [])],
    }
    is_typed = bool(folder) and not is_placeholder(folder) and not is_container(folder)
    return Coin(
        place=f"{folder}/{number}" if folder else number,
        raw=raw,
        collection=of[0],
        inventory_number=number,
        sides={face: photograph(face, sides[face][0][1], of[1]) for face in FACES if face in sides},
        types=(TypeClaim(label=folder),) if is_typed else (),
        faults=tuple(extra),
    )
