"""Members of zips, through one open archive for each zip."""

from __future__ import annotations

import lzma
import os
import struct
import threading
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, BinaryIO

from ..errors import NotFound, SourceError
from .locations import URL, is_hidden, refuse_local, shown
from .regular import LARGEST_FILE_BYTES, Limited, open_regular, too_large

LARGEST_LIST_BYTES = 64 * 1024**2  # about 600,000 members; each takes ten times as much memory
PIECE_BYTES = 1024**2
# What zipfile raises for damaged files.
BROKEN = (
    OSError,
    ValueError,
    EOFError,
    IndexError,
    RuntimeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


class _Listed:
    """A zip file whose list of members has to have a sensible size: it is read at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_LIST_BYTES:
            raise zipfile.BadZipFile("its list of members is too long")
        return self._file.read(size)


class Archive:
    """An open zip. `zipfile` counts its open members without a lock, so only one thread reads at a time."""

    def __init__(self, outer: str, open_remote: Callable[[str], BinaryIO]) -> None:
        file = open_remote(outer) if URL.match(outer) else open_regular(outer)
        try:
            self._zip = zipfile.ZipFile(_Listed(file))
        except (*BROKEN, MemoryError) as error:
            file.close()
            if isinstance(error, OSError) and not URL.match(outer):
                refuse_local(outer, error)
            advice = "" if not URL.match(outer) else ", or its server cannot send a part of a file"
            raise SourceError(
                f"{shown(outer)} cannot be read as a zip: it is damaged or not a zip{advice}; "
                "unpack it and use the folder, or fetch it again"
            ) from None
        weakref.finalize(self, file.close)
        self._lock = threading.Lock()
        self._outer = outer
        # Some programs on Windows write backslashes into zips; the format has slashes.
        self._members = {
            info.filename.replace("\\", "/").strip("/"): info
            for info in self._zip.infolist()
            if not info.is_dir()
        }

    def read(self, name: str) -> bytes:
        """The bytes of a member; raises NotFound, or SourceError when it cannot be read or is too large."""
        info = self._info(name)
        if info.file_size > LARGEST_FILE_BYTES:
            raise too_large(f"{name} in {shown(self._outer)}")
        try:
            with self._lock:
                return self._unpack(info)
        except NotImplementedError:
            reason = "it is packed by a method that Python cannot unpack; unpack the zip and use the folder"
        except BROKEN as error:
            reason = "it is locked by a password" if info.flag_bits & 1 else f"it is damaged ({error})"
        except MemoryError:
            reason = "there is not enough memory for it"
        raise SourceError(f"{name} in {shown(self._outer)} cannot be read: {reason}")

    def _unpack(self, info: zipfile.ZipInfo) -> bytes:
        """The bytes of a member, unpacked piece by piece: a member may claim another size than it has."""
        # Other methods than deflate unpack whole pieces, and a piece of 4 kB may become 80 MB.
        piece = PIECE_BYTES if info.compress_type == zipfile.ZIP_DEFLATED else 4096
        out = Limited(f"{info.filename} in {self._outer}")
        with self._zip.open(info) as member:
            while data := member.read(piece):
                out.write(data)
        return out.getvalue()

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
