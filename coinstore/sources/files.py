"""Files wherever they are: a path, a zip, an http or an s3 address, all through fsspec.

A *location* is an absolute path or a URL that fsspec understands; a member of a zip is
`zip://inner/name.jpg::/abs/path/coins.zip`. Paths and members of zips take a short way of their
own (photographs are read by the ten thousand); everything else is fsspec's.

All functions may be called from several threads. Messages name a location as `shown` gives it,
without passwords and tokens.
"""

from __future__ import annotations

import os
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import fsspec

from coinstore.errors import NotFound, SourceError
from coinstore.sources.locations import (
    URL,
    WEB,
    ZIP,
    below,
    below_url,
    ends_in_zip,
    is_zip_url,
    shown,
    split_zip,
    without_file_scheme,
    without_query,
)

MEMBER_LIMIT_BYTES = 2 * 1024**3
"""A member of a zip that claims more is refused: a few kB can unpack to fill any memory."""


def locate(text: str, base: str | None = None) -> str:
    """The absolute location that `text` names, taken relative to `base` (a folder, a zip, a URL).

    A text that is already absolute or a URL stays as it is; a missing `base` is the working
    directory. Pure text: nothing is opened, a base that ends in ".zip" is a zip, and ".." goes
    up one written name whatever symbolic links say. Backslashes in a relative text are slashes;
    below an http base the text is the name of a file, and is percent-encoded. Raises SourceError
    for a relative text that leads out of a zip or above the root of a URL.
    """
    if is_zip_url(text):
        inner, outer = split_zip(text)
        return f"{ZIP}{inner}::{locate(outer, base)}"
    if URL.match(text) or os.path.isabs(text):  # noqa: PTH117 - a Path costs ten times this
        return text
    name = text.replace("\\", "/")
    base = without_file_scheme(base or ".")
    if is_zip_url(base):
        inner, outer = split_zip(base)
        return f"{ZIP}{below(inner, name, base)}::{locate(outer)}"
    if ends_in_zip(base):
        return f"{ZIP}{below('', name, base)}::{locate(base)}"
    if URL.match(base):
        return below_url(base, name)
    return os.path.abspath(os.path.join(base, name))  # noqa: PTH100, PTH118 - see above


def is_folder(location: str) -> bool:
    """Whether the location is a folder or a zip, to be walked rather than read.

    False for what is missing. On the web a folder is an address that ends in a slash, and an
    address that ends in ".zip" is a zip; neither is asked for.
    """
    location = without_file_scheme(location)
    if is_zip_url(location):
        inner, outer = split_zip(location)
        there = stamp(outer) is not None
        return there and _Archive.of(outer).holds_folder(inner.strip("/"))
    if not URL.match(location):
        path = Path(location)
        return path.is_dir() or (ends_in_zip(location) and path.is_file())
    if ends_in_zip(location) or location.startswith(WEB):
        return ends_in_zip(location) or without_query(location)[0].endswith("/")
    return bool(_remote(location, lambda fs, path: fs.isdir(path)))


def walk(location: str) -> Iterator[str]:
    """Every file below a folder or inside a zip, as locations, in sorted order, save hidden ones.

    Hidden is a name that begins with a dot, below the location, and the folder __MACOSX that
    macOS leaves in zips. Linked folders are entered, except into themselves. A zip inside a
    folder is one file. Raises NotFound for a missing folder, SourceError for one that cannot be
    listed.
    """
    location = without_file_scheme(location)
    if is_zip_url(location):
        inner, outer = split_zip(location)
        return _walk_zip(inner.strip("/"), outer)
    if ends_in_zip(location) and not Path(location).is_dir():
        return _walk_zip("", location)
    if URL.match(location):
        return _walk_remote(location)
    return _walk_local(location, ())


def open_binary(location: str) -> BinaryIO:
    """The file, open for reading and seeking.

    Raises NotFound when it is missing, SourceError with a plain sentence when it cannot be opened.
    """
    location = without_file_scheme(location)
    if is_zip_url(location):
        return BytesIO(read(location))  # a member by itself seeks backwards by unpacking again
    if not URL.match(location):
        try:
            return open(location, "rb")  # noqa: PTH123 - the caller closes it
        except (OSError, ValueError) as error:
            _refuse_local(location, error)
    opened = _remote(location, lambda fs, path: fs.open(path, "rb"))
    if opened.seekable():
        return cast(BinaryIO, opened)
    opened.close()
    return BytesIO(read(location))


def read(location: str) -> bytes:
    """The whole file; raises NotFound when it is missing, SourceError when it cannot be read."""
    location = without_file_scheme(location)
    if is_zip_url(location):
        inner, outer = split_zip(location)
        return _Archive.of(outer).read(inner.strip("/"))
    if not URL.match(location):
        try:
            with open(location, "rb") as file:  # noqa: PTH123 - a Path costs more than the open
                return file.read()
        except (OSError, ValueError) as error:
            _refuse_local(location, error)
    return cast(bytes, _remote(location, lambda fs, path: fs.cat_file(path)))


def stamp(location: str) -> str | None:
    """Size and time of change as one short text, to notice a replaced file; None when missing.

    In place of the time a member of a zip has its CRC, an http or s3 file its ETag where the
    server gives one, else its Last-Modified. Raises SourceError when it cannot be asked.
    """
    location = without_file_scheme(location)
    try:
        if is_zip_url(location):
            inner, outer = split_zip(location)
            return _Archive.of(outer).stamp(inner.strip("/"))
        if not URL.match(location):
            state = os.stat(location)  # noqa: PTH116 - as above
            return f"{state.st_size}-{state.st_mtime_ns}"
        info = _remote(location, lambda fs, path: fs.info(path))
    except (NotFound, FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        _refuse_local(location, error)
    changed = next((info[k] for k in ("ETag", "LastModified", "Last-Modified", "mtime") if info.get(k)), "")
    return f"{info.get('size')}-{changed}".replace('"', "").removesuffix("-")


class _Archive:
    """One open zip. `zipfile` counts its open members without a lock, so reading takes turns."""

    def __init__(self, outer: str) -> None:
        try:
            self._zip = zipfile.ZipFile(open_binary(outer) if URL.match(outer) else outer)
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
            if isinstance(error, OSError) and not URL.match(outer):
                _refuse_local(outer, error)
            advice = "" if not URL.match(outer) else ", or its server gives no part of a file"
            raise SourceError(
                f"{shown(outer)} cannot be read as a zip: it is damaged or none{advice}; "
                "unpack it and name the folder, or fetch it again"
            ) from None
        self._lock = threading.Lock()
        self._outer = outer
        # Some Windows programs write backslashes into zips; the format says slashes.
        self._members = {
            info.filename.replace("\\", "/").strip("/"): info
            for info in self._zip.infolist()
            if not info.is_dir()
        }

    @staticmethod
    def of(outer: str) -> _Archive:
        """The open zip, opened anew when the file was replaced; a remote one, once a process."""
        local = not URL.match(outer)
        return _archive(outer, stamp(outer) if local else None, os.getpid())

    def read(self, name: str) -> bytes:
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
        info = self._info(name)
        return f"{info.file_size}-{info.CRC:08x}"

    def names(self) -> list[str]:
        return sorted(self._members)

    def holds_folder(self, name: str) -> bool:
        return not name or any(member.startswith(f"{name}/") for member in self._members)

    def _info(self, name: str) -> zipfile.ZipInfo:
        try:
            return self._members[name]
        except KeyError:
            raise NotFound(f"there is no {name} in {shown(self._outer)}") from None


@lru_cache(maxsize=4)  # the process is in the key: a fork shares the place in an open file
def _archive(outer: str, mark: str | None, process: int) -> _Archive:
    return _Archive(outer)


def _walk_zip(folder: str, outer: str) -> Iterator[str]:
    prefix = f"{folder}/" if folder else ""
    for name in _Archive.of(outer).names():
        if name.startswith(prefix) and not _is_hidden(name[len(prefix) :]):
            yield f"{ZIP}{name}::{outer}"


def _walk_local(folder: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    try:
        state = os.stat(folder)  # noqa: PTH116 - as above
        with os.scandir(folder) as entries:
            # A folder sorts as "name/", so that locations come sorted without holding them all.
            found = sorted((e.name + "/" if e.is_dir() else e.name, e) for e in entries)
    except (OSError, ValueError) as error:
        _refuse_local(folder, error)
    here = (state.st_dev, state.st_ino)
    if here in above:
        return
    for name, entry in found:
        if _is_hidden(name):
            continue
        if name.endswith("/"):
            yield from _walk_local(entry.path, (*above, here))
        elif entry.is_file() or entry.is_symlink():  # a broken link is told of when it is read
            yield entry.path


def _walk_remote(location: str) -> Iterator[str]:
    address, query = without_query(location)
    found = _remote(location, lambda fs, path: [str(fs.unstrip_protocol(p)) for p in fs.find(path)])
    root = address.rstrip("/") + "/"
    for name in sorted(found):
        plain = without_query(name)[0]  # a web server's list links to itself, sorted otherwise
        if plain.startswith(root) and plain == name and not _is_hidden(name[len(root) :]):
            yield name + query


def _remote(location: str, ask: Callable[[Any, str], Any]) -> Any:
    """What `ask` says of the filesystem and the path; its failures as NotFound and SourceError."""
    try:
        fs, path = fsspec.core.url_to_fs(location)
        return ask(fs, path)
    except ImportError:
        reason = "its driver is not installed; pip install 'coinstore[remote]'"
    except Exception as error:  # the drivers share no root, and name the URL in what they say
        cause = error.__cause__ or error  # fsspec calls every refusal of an http server missing
        if isinstance(cause, FileNotFoundError) or getattr(cause, "status", None) in (404, 410):
            raise NotFound(f"there is no {shown(location)}") from None
        reason = _remote_reason(cause)
    raise SourceError(f"{shown(location)} cannot be read: {reason}")


def _remote_reason(error: BaseException) -> str:
    if status := getattr(error, "status", None):
        return f"the server answered {status}"
    if isinstance(error, ValueError) and "Protocol not known" in str(error):
        return "nothing here knows that kind of address"
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        return os.strerror(error.errno or 0)
    return f"the server or the way to it failed ({type(error).__name__})"


def _refuse_local(path: str, error: Exception) -> NoReturn:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        raise NotFound(f"there is no {shown(path)}") from error
    reason = error.strerror if isinstance(error, OSError) else "no file can have that name"
    raise SourceError(f"{shown(path)} cannot be read: {reason}") from error


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
