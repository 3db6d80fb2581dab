"""A folder for files of one process. Those of processes that were killed are removed at the next start."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

PREFIX = "coinstore-pages-"
HELD = "held"  # a file of the folder, which is locked as long as its process lives


class Folder:
    """A new folder, which `close` removes."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._held = (self.path / HELD).open("w")
        _lock(self._held, waits=True)
        self._held.write("locked")  # a file without this is about to be locked
        self._held.flush()

    def close(self) -> None:
        """Removes the folder and what is in it."""
        self._held.close()
        shutil.rmtree(self.path, ignore_errors=True)


def remove_left() -> None:
    """Removes folders of this user whose process is gone."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_ours(path) and _is_left(path / HELD):
                (path / HELD).unlink()  # on Windows this fails while its process lives
                shutil.rmtree(path, ignore_errors=True)


def _is_ours(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and (os.name != "posix" or found.st_uid == os.getuid())


def _is_left(held: Path) -> bool:
    with held.open() as file:
        return _lock(file) and bool(file.read())


def _lock(file: IO[str], waits: bool = False) -> bool:
    """Locks a file until it is closed, or its process ends; returns whether no other process has it."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows: nobody can remove a file that is open
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
