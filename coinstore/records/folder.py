"""Folders of photographs: the names of files give the coins, the names of folders their types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..errors import SourceError
from ..sources import files
from ..sources.source import Source
from ..sources.spelling import one_name
from .coin import FACES, Coin, Face, Fault, TypeClaim
from .names import PICTURES, LeftOut, coin_and_face, face_of_folder, is_picture
from .placeholders import is_placeholder

# (folder of the type, inventory number) -> face -> names of files
Photographs = dict[tuple[str, str], dict[Face, list[str]]]


def read_folder(
    source: Source, collection: str | None, note: Callable[[str], None] = lambda said: None
) -> Iterator[Coin]:
    """The coins whose photographs are in a folder or a zip.

    A folder with the name of a face has photographs of that face. Any other folder names a type; the
    innermost one counts. Photographs at the top are unclassified. A picture whose name shows no face is
    refused. The names of all files are kept in memory; the pictures are not opened. `note` is told how many
    files are left out, by their endings.
    """
    if not collection:
        raise SourceError(f"{source.name}: the collection of the coins is not known; add --collection NAME.")
    found: Photographs = {}
    strays: list[str] = []
    others = LeftOut()
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
    if told := others.told(source.name):
        note(told)
    if not found and not strays:
        raise SourceError(f"{source.name}: has no photographs; their names end in {', '.join(PICTURES)}.")
    for (folder, number), sides in sorted(found.items()):
        yield _coin(folder, number, sides, collection)
    for path in strays:
        yield _stray(path, "/".join(_parts(path, source)))


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


def _place(path: str, parts: list[str], found: Photographs, strays: list[str]) -> None:
    stem = parts[-1].rsplit(".", 1)[0]
    faces = [face for name in parts[:-1] if (face := face_of_folder(name))]
    types = [name for name in parts[:-1] if not face_of_folder(name)]
    named = coin_and_face(stem)
    if named is None and faces:
        named = (stem.strip(), faces[-1])
    if named is None:
        strays.append(path)
        return
    number, face = one_name(named[0]), named[1]
    found.setdefault((one_name(types[-1]) if types else "", number), {}).setdefault(face, []).append(path)


def _coin(folder: str, number: str, sides: dict[Face, list[str]], collection: str) -> Coin:
    names = {
        face: [path.split("::")[0].rsplit("/", 1)[-1] for path in paths] for face, paths in sides.items()
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
    is_typed = bool(folder) and not is_placeholder(folder)
    return Coin(
        place=f"{folder}/{number}" if folder else number,
        raw=raw,
        collection=collection,
        inventory_number=number,
        sides={face: {"image": sides[face][0]} for face in FACES if face in sides},
        types=(TypeClaim(label=folder),) if is_typed else (),
        faults=tuple(extra),
    )


def _stray(path: str, name: str) -> Coin:
    reason = (
        "its name shows no face; name it like 12_obv.jpg and 12_rev.jpg, or use folders obverse and reverse"
    )
    return Coin(place=name, raw={"image": path}, collection=None, inventory_number=None, refusal=reason)
