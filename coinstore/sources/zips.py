"""Members of zips, through one open archive for each zip."""

from __future__ import annotations

import os
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import BinaryIO

from ..errors import NotFound, SourceError
from .locations import URL, is_hidden, refuse_local, shown

MEMBER_LIMIT_BYTES = 2 * 1024**3
"""A larger member is refused: a few kB can unpack to more than any memory."""


class Archive:
    """An open zip. `zipfile` counts its open members without a lock, so only one thread reads at a time."""

    def __init__(self, outer: str, open_remote: Callable[[str], BinaryIO]) -> None:
        try:
            self._zip = zipfile.ZipFile(open_remote(outer) if URL.match(outer) else outer)
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
            if isinstance(error, OSError) and not URL.match(outer):
                refuse_local(outer, error)
            advice = "" if not URL.match(outer) else ", or its server cannot send a part of a file"
            raise SourceError(
                f"{shown(outer)} cannot be read as a zip: it is damaged or not a zip{advice}; "
                "unpack it and use the folder, or fetch it again"
            ) from None
        self._lock = threading.Lock()
        self._outer = outer
        # Some programs on Windows write backslashes into zips; the format has slashes.
        self._members = {
            info.filename.replace("\\", "/").strip("/"): info
            for info in self._zip.infolist()
            if not info.is_dir()
        }

    def read(self, name: str) -> bytes:
        """The bytes of a member; raises NotFound, or SourceError when it cannot be read."""
        info = self._info(name)
        if info.file_size > MEMBER_LIMIT_BYTES:
            reason = f"it claims {info.file_size:,} bytes unpacked"
        else:
            try:
                with self._lock:
                    return self._zip.read(info)
            except (OSError, ValueError, EOFError, RuntimeError, zlib.error) as error:
                reason = "it is locked by a password" if info.flag_bits & 1 else str(error)
            except zipfile.BadZipFile:
                reason = "it is damaged"
        raise SourceError(f"{name} in {shown(self._outer)} cannot be read: {reason}")

    def stamp(self, name: str) -> str:
        """Size and CRC of a member; raises NotFound."""
        info = self._info(name)
        return f"{info.file_size}-{info.CRC:08x}"

    def names(self, folder: str = "") -> Iterator[str]:
        """The members below a folder, sorted, except hidden ones."""
        prefix = f"{folder}/" if folder else ""
        for name in sorted(self._members):
            if name.startswith(prefix) and not is_hidden(name[len(prefix) :]):
                yield name

    def has_folder(self, name: str) -> bool:
        """Whether there is a member below this folder."""
        return not name or any(member.startswith(f"{name}/") for member in self._members)

    def _info(self, name: str) -> zipfile.ZipInfo:
        try:
            return self._members[name]
        except KeyError:
            raise NotFound(f"there is no {name} in {shown(self._outer)}") from None


def archive(outer: str, open_remote: Callable[[str], BinaryIO], mark: str | None) -> Archive:
    """The open zip at a location; it is opened again when `mark`, the stamp of the file, has changed."""
    return _archive(outer, open_remote, mark, os.getpid())


@lru_cache(maxsize=4)  # with the process, because a fork shares the position in an open file
def _archive(outer: str, open_remote: Callable[[str], BinaryIO], mark: str | None, process: int) -> Archive:
    return Archive(outer, open_remote)
