"""Where the embedded server's Unix socket lies: in a folder that its owner alone may enter.

Whoever reaches the socket is let in, as a superuser: what keeps others of the machine out is the folder.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from ..errors import Unsuitable

_PREFIX = "coinstore-socket-"
_LONGEST = 103  # bytes of a socket's path: 107 on Linux, 103 on macOS


def socket_folder(data: Path, user: str | None) -> Path:
    """The folder for the socket of a server whose data lie in `data`, made where there is need of one.

    It is `data` itself, unless that is too long for the path of a socket. `user`: who the server runs as, None for
    ourselves. Raises Unsuitable where no folder is short enough.
    """
    if _fits(data):
        return data
    noted = data / "coinstore_sockets"  # in a folder of the server's own: no one else can have written it
    try:
        folder = Path(noted.read_text("utf-8"))
        if _is_ours(folder, data):
            return folder
    except (OSError, ValueError):
        pass
    # A new name each time: of one that could be told before, another user could make the folder first.
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    if not _fits(folder):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
    if not _fits(folder):
        folder.rmdir()
        raise Unsuitable(f"{folder} is too long a path for a socket; set TMPDIR to a shorter one.")
    if user is not None:
        shutil.chown(folder, user)
    noted.write_text(str(folder), "utf-8")
    return folder


def is_private(folder: Path) -> bool:
    """Whether its owner alone may enter a folder."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077


def make_private(folder: Path, user: str | None) -> None:
    """Closes a folder that an earlier version left open. Raises Unsuitable where it is not ours to close."""
    try:
        if user is not None:
            shutil.chown(folder, user)
        folder.chmod(0o700)
    except OSError as error:
        raise Unsuitable(
            f"{folder} holds the embedded server's socket and is open to others of this machine;"
            f" run: chmod 700 {folder}"
        ) from error


def discard(folder: Path, data: Path) -> None:
    """Removes the folder of a server that was stopped, where it was made for the socket alone."""
    if folder != data and folder.name.startswith(_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / ".s.PGSQL.65535")) <= _LONGEST


def _is_ours(folder: Path, data: Path) -> bool:
    return is_private(folder) and folder.lstat().st_uid == data.stat().st_uid
