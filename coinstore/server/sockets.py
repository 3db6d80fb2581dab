"""Where the embedded server's Unix socket is: in a folder that only its owner may enter.

Anyone who reaches the socket comes in as a superuser; the folder keeps other users of the machine out.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from ..errors import Unsuitable

PREFIX = "coinstore-socket-"
_LONGEST = 103  # bytes of a socket's path: 107 on Linux, 103 on macOS
_USUAL_PORT = 5432


def socket_folder(data: Path, user: str | None) -> Path:
    """The folder for the socket of a server whose data are in `data`, made if it is needed.

    It is `data` itself, unless that path is too long for a socket. `user`: who the server runs as, None for
    ourselves. Raises Unsuitable if no folder has a path that is short enough.
    """
    if _fits(data):
        return data
    noted = data / "coinstore_sockets"  # in a folder of the server: no one else can have written it
    try:
        folder = Path(noted.read_text("utf-8"))
        if _is_ours(folder, data):
            return folder
    except (OSError, ValueError):
        pass
    folder = _new_folder()
    if user is not None:
        shutil.chown(folder, user)
    noted.write_text(str(folder), "utf-8")
    return folder


def _new_folder() -> Path:
    # A new name each time: another user could make a folder of a predictable name first.
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    if not _fits(folder):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
    if not _fits(folder):
        folder.rmdir()
        raise Unsuitable(f"{folder} is too long a path for a socket; set TMPDIR to a shorter one.")
    return folder


def keep_usual_name(folder: Path, port: int) -> None:
    """Gives the socket of a server on another port the name of the usual one, before the server starts.

    PostgreSQL names a socket by the port. With this link, the address of the store is the same whether it is
    served or not, and a process that runs on finds it after a restart. A server on the usual port replaces
    the link.
    """
    if port != _USUAL_PORT:
        usual = folder / f".s.PGSQL.{_USUAL_PORT}"
        usual.unlink(missing_ok=True)
        usual.symlink_to(f".s.PGSQL.{port}")


def is_private(folder: Path) -> bool:
    """Whether only its owner may enter a folder."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077


def make_private(folder: Path, user: str | None) -> None:
    """Closes a folder that an earlier version left open. Raises Unsuitable if we may not close it."""
    try:
        if user is not None:
            shutil.chown(folder, user)
        folder.chmod(0o700)
    except OSError as error:
        raise Unsuitable(
            f"{folder} contains the embedded server's socket and is open to other users of this machine;"
            f" run: chmod 700 {folder}"
        ) from error


def discard(folder: Path, data: Path) -> None:
    """Removes the folder of a server that was stopped, if it was made only for the socket."""
    if folder != data and folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / ".s.PGSQL.65535")) <= _LONGEST


def _is_ours(folder: Path, data: Path) -> bool:
    return is_private(folder) and folder.lstat().st_uid == data.stat().st_uid
