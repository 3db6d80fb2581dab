"""Regular files on this machine: never a device, a pipe or a socket, and never more than a limit of bytes."""

from __future__ import annotations

import io
import os
import stat
from typing import BinaryIO

from ..errors import SourceError, TooLarge
from .locations import refuse_local, shown

LARGEST_FILE_BYTES = 512 * 1024**2
"""A larger photograph is refused, wherever it is: in a folder, in a zip (unpacked), on the web."""

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# Opening a pipe does not wait for a writer, opening a terminal does not take it; reading never waits.
FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)
BLOCK_BYTES = 1024**2


def open_regular(path: str) -> BinaryIO:
    """A regular file, open for reading; raises NotFound, or SourceError for anything else."""
    return open(_descriptor(path), "rb")


def read_regular(path: str) -> bytes:
    """The bytes of a regular file; raises NotFound, or SourceError, also when it is too large."""
    file = _descriptor(path)
    try:
        size = os.fstat(file).st_size
        if size > LARGEST_FILE_BYTES:
            raise too_large(path)
        # Files in /proc say that they have 0 bytes; others may grow meanwhile.
        blocks = [os.read(file, size + 1)]
        while blocks[-1]:
            blocks.append(os.read(file, BLOCK_BYTES))
            size = sum(map(len, blocks))
            if size > LARGEST_FILE_BYTES:
                raise too_large(path)
        return blocks[0] if len(blocks) <= 2 else b"".join(blocks)
    except OSError as error:
        refuse_local(path, error)
    except MemoryError:
        raise SourceError(f"{shown(path)} cannot be read: there is not enough memory for it") from None
    finally:
        os.close(file)


def too_large(location: str) -> TooLarge:
    """The error for a file that has more bytes than a photograph may have."""
    megabytes = LARGEST_FILE_BYTES // 1024**2
    return TooLarge(f"{shown(location)} has more than {megabytes} MB; make the photograph smaller first")


class Limited(io.BytesIO):
    """Bytes in memory; writing more than the limit raises TooLarge, so that a download stops there."""

    def __init__(self, location: str) -> None:
        super().__init__()
        self._location = location

    def write(self, data: object) -> int:
        if self.tell() + len(memoryview(data)) > LARGEST_FILE_BYTES:  # type: ignore[arg-type]
            raise too_large(self._location)
        return super().write(data)  # type: ignore[arg-type]


def _descriptor(path: str) -> int:
    try:
        _check(path, os.stat(path).st_mode)  # noqa: PTH116 - opening a device can have effects
        file = os.open(path, FLAGS)
    except (OSError, ValueError) as error:
        refuse_local(path, error)
    try:
        _check(path, os.fstat(file).st_mode)  # of what was opened: the name can have been given to another
    except SourceError:
        os.close(file)
        raise
    return file


def _check(path: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = KINDS.get(stat.S_IFMT(mode), "something else")
        raise SourceError(f"{shown(path)} is {kind}, not a file")
