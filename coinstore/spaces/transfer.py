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
from ..records.load import load
from ..records.names import coin_and_face, is_picture

BLOCK = 10_000
SHOWN = 5  # names that an error lists

Side = dict[str, Any]
"""What a name says: `n` (its line, from 1), `name` of the file, `number` and `face` of the coin."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that belong together: vectors `(n, d)`, n names, and optionally n texts.

    `face` is for names that show no face; `collection` narrows where their coins are looked for.
    """

    vectors: Path
    names: Path
    texts: Path | None = None
    face: Face = "obverse"
    collection: str | None = None


def import_vectors(
    engine: Engine, space: str, bundle: Bundle, *, precision: Precision = "single", create: bool = False
) -> int:
    """Stores the vectors as they are, in one transaction; returns how many.

    A name means the side whose photograph has this name, else the coin and the face that it shows by
    the patterns of ingestion. With `create`, missing coins are added to the bundle's collection.
    Raises SourceError and stores no vector if the files have different lengths, a value is not a
    number, a row has length 0, a side is named twice, or a name means no side or several; SpaceError
    for a space of another kind or other dimensions.
    """
    vectors, names, texts = _read(bundle)
    sides = _sides(names, bundle)
    if create:
        _create(engine, sides, texts, bundle)
    with translated(), engine.begin() as connection:
        if create:
            call.value(connection, "job.make_sides", names=json.dumps(sides), collection=bundle.collection)
        side_ids = _match(connection, sides, bundle)
        recipe = json.dumps({"family": "imported"})
        dims = vectors.shape[1]
        call.value(
            connection, "job.add_space", name=space, recipe=recipe, dims=dims, precision=precision, sees=None
        )
        if taken := call.value(connection, "job.taken", space=space, sides=side_ids):
            raise SpaceError(
                f"{taken:,} of these sides have a vector in {space} already; drop it, or use another name."
            )
        for start in range(0, len(side_ids), BLOCK):
            block = slice(start, start + BLOCK)
            copy_vectors(
                connection, space, precision, side_ids[block], np.asarray(vectors[block], np.float32)
            )
        call.value(connection, "job.renew_dependents", space=space, sides=side_ids)
    return len(side_ids)


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


def _read(bundle: Bundle) -> tuple[NDArray[Any], list[str], list[str]]:
    vectors = _read_vectors(bundle.vectors)
    names = _read_lines(bundle.names)
    texts = _read_lines(bundle.texts) if bundle.texts else [""] * len(names)
    for file, lines in ((bundle.names, names), (bundle.texts, texts)):
        if len(lines) != len(vectors):
            raise SourceError(f"{file} has {len(lines):,} lines, {bundle.vectors} {len(vectors):,} rows.")
    _refuse_numbers(vectors, bundle.vectors)
    return vectors, names, texts


def _read_vectors(file: Path) -> NDArray[Any]:
    try:
        vectors = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SourceError(f"{file} cannot be read as a NumPy array ({str(error).splitlines()[0]}).") from None
    if (
        not isinstance(vectors, np.ndarray)
        or vectors.ndim != 2
        or not np.issubdtype(vectors.dtype, np.floating)
    ):
        raise SourceError(f"{file} does not hold a table of floating-point numbers, one row per name.")
    if not len(vectors):
        raise SourceError(f"{file} has no rows.")
    return vectors


def _read_lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text("utf-8-sig").splitlines()]
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SourceError(f"{file} is not text in UTF-8.") from None


def _refuse_numbers(vectors: NDArray[Any], file: Path) -> None:
    for start in range(0, len(vectors), BLOCK):
        lengths = np.linalg.norm(np.asarray(vectors[start : start + BLOCK], np.float64), axis=1)
        for bad, reason in (
            (~np.isfinite(lengths), "has a value that is not a finite number"),
            (lengths == 0, "has length 0"),
        ):
            if bad.any():
                raise SourceError(
                    f"{file}, row {start + int(bad.argmax()) + 1}: {reason}; nothing was stored."
                )


def _sides(names: Sequence[str], bundle: Bundle) -> list[Side]:
    found = []
    for n, name in enumerate(names, 1):
        base = name.replace("\\", "/").rsplit("/", 1)[-1]
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
        raise SourceError(
            f"{bundle.names}: {len(twice):,} sides are named twice: {some}; nothing was stored."
        )
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
