"""Exports with one JSON file for each coin, in a folder."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import SettingsError
from .about import About
from .coins import ExportedCoin

LONGEST = 80  # characters of a part of a name; file systems take 255 bytes
SIGNS = 10  # of a hash
UNSAFE = re.compile(r"[^A-Za-z0-9.]+")
PARTIAL = ".coinstore.part"  # the folder inside that is written to
LIST = ".coinstore.{}.txt"  # in the folder: the files that the last export of a format wrote, each in a line

Described = Callable[[ExportedCoin, About], "dict[str, Any] | None"]


@contextmanager
def replacing_folder(folder: Path, form: str) -> Iterator[Path]:
    """A folder to write JSON files to, which are in `folder` when the block ends; a failure changes nothing.

    Files that the last export of this format wrote go; all others stay. Raises SettingsError where a file
    that no export of this format wrote has the name of a new one.
    """
    is_new = not folder.exists()
    partial = folder / PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        _replace(folder, partial, form)
        is_new = False
    finally:
        shutil.rmtree(folder if is_new else partial, ignore_errors=True)


def _replace(folder: Path, partial: Path, form: str) -> None:
    written, earlier = {path.name for path in partial.iterdir()}, _listed(folder, form)
    others = sorted(name for name in written - earlier if os.path.lexists(folder / name))
    if others:
        raise SettingsError(
            f"{folder}: has {others[0]}, which no export of {form} wrote; give another folder."
        )
    _list(folder, partial, form, written | earlier)  # a failure below leaves no file that is not listed
    for name in sorted(written):
        (partial / name).replace(folder / name)
    for name in earlier - written:
        (folder / name).unlink(missing_ok=True)
    _list(folder, partial, form, written)


def _list(folder: Path, partial: Path, form: str, names: Iterable[str]) -> None:
    name = LIST.format(form)
    (partial / name).write_text("".join(f"{one}\n" for one in sorted(names)), "utf-8")
    (partial / name).replace(folder / name)


def _listed(folder: Path, form: str) -> set[str]:
    """The files that the last export of a format wrote; a line that names no file in the folder is none."""
    path = folder / LIST.format(form)
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    return {line for line in lines if line.endswith(".json") and Path(line).name == line}


def count_others(folder: Path, form: str) -> int:
    """The number of JSON files in a folder that the last export of a format did not write."""
    return len({path.name for path in folder.glob("*.json")} - _listed(folder, form))


def write_folder(
    coins: Iterable[ExportedCoin], folder: Path, about: About, described: Described
) -> Iterable[dict[str, Any] | None]:
    """Writes a file for each coin; yields what is in it, None for a coin that is left out.

    Raises SettingsError for two coins whose files would have one name.
    """
    for one in coins:
        said = described(one, about)
        if said is not None:
            _write(folder / file_name(one, about), said, one)
        yield said


def _write(path: Path, said: dict[str, Any], one: ExportedCoin) -> None:
    """Writes one JSON file; letters of all scripts stay as they are."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(said, ensure_ascii=False, indent=1) + "\n")
    except FileExistsError:
        raise SettingsError(
            f"{one.name}: another coin has the file {path.name}, or one whose name differs only in case;"
            " export them into two folders."
        ) from None


def file_name(one: ExportedCoin, about: About) -> str:
    """The name of the file of a coin, which no other coin has: collection__number.json.

    It is safe in any address and on any disk: of other letters it has the nearest ones, and a sign of all
    that is written otherwise.
    """
    return "__".join(_spelled(text) for text in about.named(one.coin)) + ".json"


def _spelled(text: str) -> str:
    """A text of letters of ASCII, digits, dots and hyphens; one that is changed for it ends in a hash."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = UNSAFE.sub("-", letters).strip("-.")[:LONGEST]
    # collection.json is the list of all.
    if plain == text and plain != "collection":
        return plain
    return "-".join(filter(None, (plain, hashlib.sha256(text.encode()).hexdigest()[:SIGNS])))
