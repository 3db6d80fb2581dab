"""Transfer: vectors into and out of the store, as a NumPy file with a file of names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.copy import copy_vectors, read_vectors
from ..db.translate import translated
from ..errors import SourceError, SpaceError
from ..models.spec import Precision
from ..records.coin import Coin, Face
from ..records.encodings import encoding_of
from ..records.load import load
from ..records.names import coin_and_face, is_picture
from ..sources.regular import read_regular
from ..sources.spelling import one_name
from .npy import check_rows, read_npy

BLOCK = 10_000
SHOWN = 5  # names that an error lists

Side = dict[str, Any]
"""What a name says: `n` (its line, from 1), `name` of the file, `number` and `face` of the coin."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that belong together: vectors `(n, d)`, n names, and optionally n texts.

    `face` is for names that show no face; `collection` narrows where their coins are looked for. `sees`
    are the fields of the records that went into the vectors, () for none; None: not known.
    """

    vectors: Path
    names: Path
    texts: Path | None = None
    face: Face = "obverse"
    collection: str | None = None
    sees: tuple[str, ...] | None = None


def import_vectors(
    engine: Engine, space: str, bundle: Bundle, *, precision: Precision = "single", create: bool = False
) -> int:
    """Stores the vectors as they are, in one transaction; returns how many.

    A name means the side whose photograph has this name, else the coin and the face that it shows by
    the patterns of ingestion. With `create`, missing coins are added to the bundle's collection.
    Raises SourceError and stores no vector if the files have different lengths, a row cannot be compared
    with others (see check_rows), a side is named twice, or a name means no side or several; SpaceError for
    a space of another kind or other dimensions.
    """
    vectors, names, texts = _read(bundle, precision)
    sides = _sides(names, bundle)
    if create:
        _create(engine, sides, texts, bundle)
    with translated(), engine.begin() as connection:
        if create:
            call.value(connection, "job.make_sides", names=json.dumps(sides), collection=bundle.collection)
        side_ids = _match(connection, sides, bundle)
        _add_space(connection, space, vectors.shape[1], precision, bundle.sees)
        if taken := call.value(connection, "job.taken", space=space, sides=side_ids):
            raise SpaceError(
                f"{taken:,} of these sides have a vector in {space} already; drop it, or use another name."
            )
        for start in range(0, len(side_ids), BLOCK):
            block = slice(start, start + BLOCK)
            copy_vectors(
                connection, space, precision, side_ids[block], np.asarray(vectors[block], np.float32)
            )
        call.value(connection, "job.note_vectors", space=space, sides=side_ids)
    return len(side_ids)


def _add_space(
    connection: Connection, space: str, dims: int, precision: Precision, sees: Sequence[str] | None
) -> None:
    call.value(
        connection,
        "job.add_imported_space",
        name=space,
        dims=dims,
        precision=precision,
        sees=None if sees is None else sorted(set(sees)),
    )


def export_vectors(engine: Engine, space: str, vectors: Path, names: Path, face: Face | None = None) -> int:
    """Writes the vectors of a space as float32 `(n, d)`, and a name for each row; returns how many.

    A side has the name of its photograph, else inventory_number_obv or _rev. Raises NotFound for an
    unknown space.
    """
    for file in (vectors, names):
        if not file.parent.is_dir():
            raise SourceError(f"there is no folder {file.parent} for {file.name}; make it first.")
    with translated(), engine.begin() as connection:
        dims = call.rows(connection, "part.known_space", space=space)[0]["dims"]
        with names.open("w", encoding="utf-8") as names_file, vectors.open("wb") as vectors_file:
            _write_header(vectors_file, 0, dims)
            count = 0
            for keys, block in read_vectors(
                connection, "job.named_vectors", (space, face), key=("name", "text")
            ):
                names_file.writelines(f"{key}\n" for key in keys)
                vectors_file.write(np.ascontiguousarray(block, np.float32).tobytes())
                count += len(keys)
            vectors_file.seek(0)
            _write_header(vectors_file, count, dims)
    return count


def _write_header(file: Any, rows: int, dims: int) -> None:
    # NumPy pads the header for a growing first axis, so it can be overwritten with the final count.
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f4", "fortran_order": False, "shape": (rows, dims)}
    )


def _read(bundle: Bundle, precision: Precision) -> tuple[NDArray[Any], list[str], list[str]]:
    vectors = read_npy(bundle.vectors)
    names = _read_lines(bundle.names, len(vectors))
    texts = _read_lines(bundle.texts, len(vectors)) if bundle.texts else [""] * len(names)
    for file, lines in ((bundle.names, names), (bundle.texts, texts)):
        if len(lines) != len(vectors):
            raise SourceError(f"{file} has {len(lines):,} lines, {bundle.vectors} {len(vectors):,} rows.")
    check_rows(vectors, bundle.vectors, precision)
    return vectors, names, texts


def _read_lines(file: Path, expected: int) -> list[str]:
    """The lines of a text; a line is what ends in a line feed. Blank ones after the expected do not count."""
    content = read_regular(str(file))
    encoding = encoding_of(content[:65536], None)
    try:
        lines = [line.strip() for line in content.decode(encoding).removeprefix("\ufeff").split("\n")]
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{file}, line {line}: is not text in UTF-8; save the file as UTF-8.") from None
    while len(lines) > expected and not lines[-1]:
        lines.pop()
    return lines


def _sides(names: Sequence[str], bundle: Bundle) -> list[Side]:
    found = []
    for n, name in enumerate(names, 1):
        base = one_name(name.replace("\\", "/").rsplit("/", 1)[-1])
        stem = base.rsplit(".", 1)[0] if is_picture(base) else base
        if not stem:
            raise SourceError(f"{bundle.names}, line {n}: is empty; nothing was stored.")
        number, face = coin_and_face(stem) or (stem, bundle.face)
        found.append({"n": n, "name": base, "number": number, "face": face})
    twice = [
        key for key, times in Counter((side["number"], side["face"]) for side in found).items() if times > 1
    ]
    if twice:
        some = ", ".join(f"{number} ({face})" for number, face in twice[:SHOWN])
        many = "1 side is" if len(twice) == 1 else f"{len(twice):,} sides are"
        raise SourceError(f"{bundle.names}: {many} named twice: {some}; nothing was stored.")
    return found


def _create(engine: Engine, sides: Sequence[Side], texts: Sequence[str], bundle: Bundle) -> None:
    if not bundle.collection:
        raise SourceError("the collection of the new coins is not known; add --collection NAME.")
    with translated(), engine.begin() as connection:
        found = call.rows(
            connection, "job.match_sides", names=json.dumps(sides), collection=bundle.collection
        )
    missing = {row["n"] for row in found if not row["matches"]}
    coins: dict[str, Coin] = {}  # one record for both faces of a coin
    for side, text in zip(sides, texts, strict=True):
        if side["n"] in missing:
            coin = coins.setdefault(
                side["number"], Coin(f"line {side['n']}", {}, bundle.collection, side["number"])
            )
            said = {"name": side["name"]} | ({"text": text} if text else {})
            described = {side["face"]: {"description": text} if text else {}}
            coins[side["number"]] = replace(
                coin, raw=dict(coin.raw) | {side["face"]: said}, sides=dict(coin.sides) | described
            )
    for _ in load(engine, str(bundle.names.absolute()), coins.values()):
        pass


def _match(connection: Connection, sides: Sequence[Side], bundle: Bundle) -> list[int]:
    found = call.rows(connection, "job.match_sides", names=json.dumps(sides), collection=bundle.collection)
    found.sort(key=lambda row: row["n"])
    for bad, reason, advice in (
        (
            [row for row in found if row["matches"] == 0],
            "mean no side in the store",
            "ingest them first, or add --create",
        ),
        ([row for row in found if row["matches"] > 1], "mean more than one side", "add --collection NAME"),
    ):
        if bad:
            some = ", ".join(f"{sides[row['n'] - 1]['name']} (line {row['n']})" for row in bad[:SHOWN])
            raise SourceError(
                f"{bundle.names}: {len(bad):,} names {reason}: {some}; {advice}. Nothing was stored."
            )
    return [row["side_id"] for row in found]
