"""Locations as text: names below a folder, a zip or a web address. Nothing is opened here."""

from __future__ import annotations

import posixpath
import re
from typing import NoReturn
from urllib.parse import quote

from ..errors import NotFound, SourceError

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:://|::(?=.*://))")  # two letters: C:\ is a drive
OUTER = re.compile(r"::(?=[/\\]|[A-Za-z]:[/\\]|[A-Za-z][A-Za-z0-9+.-]+://)")
SECRET_USER = re.compile(r"://(?:[^/?#]*|[^/?#:]*:(?!\d*(?:[/?#]|$)).*)@")
LINE = 500
WEB = ("http://", "https://")
ZIP = "zip://"
SQLITE = "sqlite://"
LOCAL = (ZIP, SQLITE, "file://", "memory://")  # schemes without passwords and tokens


def shown(location: str) -> str:
    """The location for display: without user, password, query and fragment."""
    if not URL.match(location):
        return location.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    parts: list[str] = []
    for part in OUTER.split(location):
        is_local = part.startswith(LOCAL) or not URL.match(part)
        bare = part if is_local else SECRET_USER.sub("://", part, count=1)
        parts.append(bare if is_local else re.split(r"[?#]", bare)[0])
        if parts[-1] != bare:  # a token may contain anything, and what follows may be a part of it
            break
    return "::".join(parts)


def printable(text: str) -> str:
    """A text from a file or a library as people and the database can read it, and not longer than a line."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:LINE])


def below(folder: str, name: str, base: str) -> str:
    """The path of a name below a folder."""
    path = posixpath.normpath(posixpath.join(folder.strip("/"), name))
    if path == ".." or path.startswith("../"):
        raise SourceError(f"{name} leads out of {shown(base)}; choose a file inside it")
    return "" if path == "." else path


def below_url(base: str, name: str) -> str:
    """The address of a name below an address."""
    address, query = without_query(base)
    root, folder = re.match(r"([^:]+://[^/]*)/?(.*)", address, re.S).groups()  # type: ignore[union-attr]
    written = quote(name, safe="/") if base.startswith(WEB) else name
    return f"{root}/{below(folder, written, base)}{query}"


def without_query(url: str) -> tuple[str, str]:
    """The address, and of a web address its query or fragment with the mark, else an empty text."""
    end = re.search(r"[?#]", url) if url.startswith(WEB) else None
    return (url[: end.start()], url[end.start() :]) if end else (url, "")


def without_file_scheme(location: str) -> str:
    """A location without file:// before it, or local://, as fsspec says, too."""
    return location.removeprefix("local://").removeprefix("file://")


def is_zip_url(text: str) -> bool:
    """Whether a text names a zip or a member of one."""
    return text.startswith(ZIP) and "::" in text


def split_zip(location: str) -> tuple[str, str]:
    """The member and the zip that a location names."""
    inside = location.removeprefix(ZIP)
    mark = OUTER.search(inside)
    inner, outer = (inside[: mark.start()], inside[mark.end() :]) if mark else inside.rsplit("::", 1)
    return inner, without_file_scheme(outer)


def ends_in_zip(location: str) -> bool:
    """Whether a location ends in .zip."""
    return without_query(location)[0].lower().endswith(".zip")


def is_hidden(name: str) -> bool:
    """Whether a part of a path begins with a dot, or is the folder that macOS adds to zips."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def refuse_local(path: str, error: Exception) -> NoReturn:
    """Raises the failure of a local file as NotFound or SourceError."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        raise NotFound(f"there is no {shown(path)}") from error
    reason = error.strerror if isinstance(error, OSError) else "no file can have that name"
    raise SourceError(f"{shown(path)} cannot be read: {reason}") from error
