"""People who may look from another machine: their names and passwords in a file, and their sessions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from ..errors import SettingsError

N, R, P = 2**15, 8, 3  # of scrypt: 32 MiB, and about a fifth of a second
MOST_N, MOST_P = 2**18, 16  # a file that asks for more is damaged
SHORTEST, LONGEST = 10, 200  # characters of a password
SESSION_S = 12 * 3600.0
MOST_KEPT = 10_000


def add_person(path: Path, name: str, password: str) -> bool:
    """Writes a person into the file, or changes the password; returns whether the name is new.

    Raises SettingsError for a name or password that cannot be used, and for a file that cannot be written.
    """
    is_plain = name.strip() == name != "" and ":" not in name and name.isprintable()
    if not is_plain or name.startswith("#"):
        raise SettingsError(
            f"{name!r} cannot be the name of a person: a name has no colon, no # at its beginning, and no "
            "blank at its ends."
        )
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(f"a password has {SHORTEST} to {LONGEST} characters.")
    known = _read(path) if path.exists() else {}
    is_new = name not in known
    salt = secrets.token_bytes(16)
    known[name] = f"scrypt:{N}:{R}:{P}:{_text(salt)}:{_text(_hashed(password, salt, N, R, P))}"
    _write(path, "".join(f"{one}:{hashed}\n" for one, hashed in known.items()))
    return is_new


def _write(path: Path, text: str) -> None:
    """Replaces the file at once; only its owner can read it."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
            file.write(text)
        Path(file.name).chmod(0o600)
        Path(file.name).replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from None


def _read(path: Path) -> dict[str, str]:
    """The hashed password of each name in the file; raises SettingsError for one that others can read."""
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"other users of this machine can read {path}; run: chmod 600 {path}")
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise SettingsError(
            f"there is no file {path}; make it: coinstore browse --add-person {path} NAME"
        ) from None
    except OSError as error:
        raise SettingsError(f"the passwords in {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not a file of passwords: it is not text in UTF-8.") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, _, hashed = line.partition(":")
        if line.strip() and not line.startswith("#"):
            if not _parts(hashed):
                raise SettingsError(f"line {number} of {path} has no name and hashed password.")
            found[name] = hashed
    return found


def _parts(hashed: str) -> tuple[int, int, int, bytes, bytes] | None:
    try:
        kind, n, r, p, salt, key = hashed.split(":")
        made = int(n), int(r), int(p), base64.b64decode(salt, validate=True), base64.b64decode(key)
    except ValueError:
        return None
    is_sound = kind == "scrypt" and 1 < made[0] <= MOST_N and made[1] == R and 0 < made[2] <= MOST_P
    return made if is_sound and len(made[4]) == 32 else None


def _hashed(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32
    )


def _text(given: bytes) -> str:
    return base64.b64encode(given).decode()


class People:
    """The people of a file, who may change while the pages are served. Raises SettingsError as it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_at = self._changed_at()
        self._known = _read(path)
        self._nobody = f"scrypt:{N}:{R}:{P}:{_text(bytes(16))}:{_text(bytes(32))}"

    def _changed_at(self) -> int:
        return self.path.stat().st_mtime_ns if self.path.exists() else 0

    def known(self) -> dict[str, str]:
        """The hashed password of each name; no one, while the file is damaged or gone."""
        if (now := self._changed_at()) != self._read_at:
            self._known = {}
            with suppress(SettingsError):
                self._known = _read(self.path)
            self._read_at = now
        return self._known

    def is_right(self, name: str, password: str) -> bool:
        """Whether this is the password of the person; takes as long for a name that is not known."""
        hashed = self.known().get(name)
        parts = _parts(hashed or self._nobody)
        if parts is None or len(password) > LONGEST:
            return False
        n, r, p, salt, key = parts
        return hmac.compare_digest(_hashed(password, salt, n, r, p), key) and hashed is not None


@dataclass
class Sessions:
    """Who gave the right password: in each session, until it ends or the person's password is another one."""

    people: People
    _names: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def begin(self, session: str, name: str) -> None:
        """This session is that of a person from now on."""
        until = time.monotonic() + SESSION_S
        with self._lock:
            if len(self._names) >= MOST_KEPT:
                del self._names[next(iter(self._names))]
            self._names[session] = (name, self.people.known().get(name, ""), until)

    def end(self, session: str) -> None:
        """This session is no one's."""
        with self._lock:
            self._names.pop(session, None)

    def name(self, session: str) -> str | None:
        """Whose session it is."""
        name, hashed, until = self._names.get(session, ("", "", 0.0))
        if not name or time.monotonic() > until or self.people.known().get(name) != hashed:
            self.end(session)
            return None
        return name
