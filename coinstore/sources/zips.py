"""Members of zips, through one open archive for each zip."""

from __future__ import annotations

import contextlib
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
from .entries import Names
from .locations import URL, is_hidden, refuse_local, shown
from .regular import LARGEST_FILE_BYTES, Limited, open_regular, too_large
from .spelling import one_name

LARGEST_LIST_BYTES = 64 * 1024**2  # about 600,000 members; each takes ten times as much memory
PIECE_BYTES = 1024**2
UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075
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
        # Some Pythons stop at the name that a NUL cut to nothing.
        infos = [info for info in self._zip.infolist() if info.filename and not info.is_dir()]
        self._members = {member_name(info): info for info in infos}
        # Earlier versions stored names as Python decodes them.
        self._decoded = {_with_slashes(info.filename): info for info in infos}
        self._names = Names(self._members)

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
        prefix = f"{one_name(folder)}/" if folder else ""
        for name in sorted(self._members):
            is_below = not prefix or one_name(name).startswith(prefix)
            if is_below and not is_hidden("/".join(name.split("/")[prefix.count("/") :])):
                yield name

    def has_folder(self, name: str) -> bool:
        """Whether there is a member below this folder."""
        prefix = f"{one_name(name)}/"
        return not name or any(one_name(member).startswith(prefix) for member in self._members)

    def spelled(self, name: str) -> str:
        """A member as the zip spells it (see `entries`); what is not there stays as it is."""
        return name if name in self._members else self._names.same(name) or name

    def hint(self, name: str) -> str | None:
        """What is near a missing member, as `Names.hint`."""
        return self._names.hint(name)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = self._members.get(self.spelled(name)) or self._decoded.get(name)
        if info is None:
            raise NotFound(f"there is no {name} in {shown(self._outer)}")
        return info


def member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member, with slashes.

    Without the UTF-8 flag the format says that a name is CP437, but many programs write UTF-8; the field of
    Info-ZIP for Unicode names comes first, if it belongs to this name.
    """
    name = info.filename
    if not info.flag_bits & UTF8_FLAG and not name.isascii():
        try:
            raw = info.orig_filename.encode("cp437")
        except UnicodeEncodeError:  # Python has decoded it in another way
            return _with_slashes(name)
        with contextlib.suppress(UnicodeDecodeError):
            name = (_unicode_path(info.extra, raw) or raw).decode("utf-8").split("\0")[0]
    return _with_slashes(name)


def _unicode_path(extra: bytes, raw: bytes) -> bytes | None:
    """The name in the extra field 0x7075: a version, the CRC of the name it stands for, and UTF-8."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        data = extra[at + 4 : at + 4 + size]
        if kind == UNICODE_PATH and len(data) > 5 and data[:5] == b"\1" + struct.pack("<I", zlib.crc32(raw)):
            return data[5:]
        at += 4 + size
    return None


def _with_slashes(name: str) -> str:
    """Some programs on Windows write backslashes into zips; the format has slashes."""
    return name.replace("\\", "/").strip("/")


def archive(outer: str, open_remote: Callable[[str], BinaryIO], mark: str | None) -> Archive:
    """The open zip at a location; it is opened again when `mark`, the stamp of the file, has changed."""
    return _archive(outer, open_remote, mark, os.getpid())


@lru_cache(maxsize=4)  # with the process, because a fork shares the position in an open file
def _archive(outer: str, open_remote: Callable[[str], BinaryIO], mark: str | None, process: int) -> Archive:
    return Archive(outer, open_remote)
