"""What matching knows of a side, kept in files between runs, so that a photograph is read once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from ..matching import Parameters, Side
from ..settings import from_environment

LIMIT_BYTES = 2 * 1024**3
"""How much the files may take, on each machine: about 20,000 sides of 100 kB."""
CHECK_BYTES = 16


class FeatureFiles:
    """The files of one recipe in a folder; those that were used longest ago go first.

    Any number of processes may use the folder. A damaged file counts as missing.
    """

    def __init__(self, recipe: Parameters, folder: Path | None = None, limit: int = LIMIT_BYTES) -> None:
        of_a_side = replace(recipe, any_turn=False).recipe()
        name = hashlib.md5(json.dumps(of_a_side, sort_keys=True).encode()).hexdigest()
        self._root = folder or from_environment().home / "matching"
        self._folder, self._limit = self._root / name, limit

    def read(self, digest: UUID) -> Side | None:
        """The side with this digest; None where it is not kept, or not whole."""
        file = self._file(digest)
        try:
            data = file.read_bytes()
        except OSError:
            return None
        if _check(data[CHECK_BYTES:]) != data[:CHECK_BYTES]:
            return None
        with suppress(OSError):
            os.utime(file)
        return Side.from_bytes(data[CHECK_BYTES:])

    def write(self, digest: UUID, side: bytes) -> None:
        """Keeps a side; without room or right to write it is computed again when it is needed."""
        file = self._file(digest)
        draft = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(_check(side) + side)
            draft.replace(file)

    def trim(self) -> int:
        """Deletes the files used longest ago until the rest is within the limit; returns how many went."""
        files = sorted(self._kept(), reverse=True)  # the newest first
        room, gone = self._limit, 0
        for _used_at, size, file in files:
            room -= size
            if room < 0:
                with suppress(OSError):
                    file.unlink()
                    gone += 1
        return gone

    def _kept(self) -> Iterator[tuple[float, int, Path]]:
        for file in self._root.glob("*/*/*"):
            with suppress(OSError):
                about = file.stat()
                yield about.st_mtime, about.st_size, file

    def _file(self, digest: UUID) -> Path:
        return self._folder / digest.hex[:2] / digest.hex


def _check(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=CHECK_BYTES).digest()
