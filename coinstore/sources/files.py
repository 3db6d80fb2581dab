"""Files at any location: a path, a member of a zip, a web or S3 address.

A *location* is an absolute path or a URL for fsspec; a member of a zip is
`zip://inner/name.jpg::/abs/path/coins.zip`, a photograph in a database
`sqlite://photos/12::/abs/path/coins.db`. These are read directly, because there are tens of thousands of
photographs; everything else goes through fsspec.

All functions may be called from several threads. Error messages have locations without passwords and tokens
(see `shown`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..errors import CoinstoreError, NotFound, SourceError
from . import entries
from .blobs import is_blob, read_blob, stamp_of
from .iiif import description_of, may_be_service
from .locations import (
    LOCAL,
    URL,
    WEB,
    ZIP,
    below,
    below_url,
    ends_in_zip,
    is_hidden,
    is_zip_url,
    refuse_local,
    split_zip,
    without_file_scheme,
    without_query,
)
from .regular import open_regular, read_regular
from .remote import read_remote, remote, walk_remote
from .zips import Archive, archive

LONGEST = 2000  # bytes: the store finds photographs by their location, in an index with a limit
DEEPEST = 5  # zips in zips


def locate(text: str, base: str | None = None) -> str:
    """The absolute location of `text`, relative to `base` (a folder, a zip, a URL).

    An absolute path or a URL stays as it is; without `base` the text is relative to the working directory.
    Nothing is opened: a base that ends in ".zip" is a zip, and ".." removes one name, regardless of symbolic
    links. Backslashes in a relative text are slashes; below a web address the text is the name of a file, and
    is percent-encoded. Raises SourceError for a relative text that leads out of a zip or above the root of a
    URL, and for one that is too long.
    """
    if text.count("::") > DEEPEST or len(text) > LONGEST:
        raise SourceError("is too long for the name of a file")
    found = _located(text, base)
    if len(found.encode("utf-8", "surrogatepass")) > LONGEST:
        raise SourceError("is too long for the name of a file")
    return found


def _located(text: str, base: str | None) -> str:
    if is_zip_url(text):
        inner, outer = split_zip(text)
        return f"{ZIP}{inner}::{_located(outer, base)}"
    if URL.match(text) or os.path.isabs(text):  # noqa: PTH117 - a Path takes ten times as long
        return text
    name = text.replace("\\", "/")
    base = without_file_scheme(base or ".")
    if is_zip_url(base):
        inner, outer = split_zip(base)
        return f"{ZIP}{below(inner, name, base)}::{_located(outer, None)}"
    if ends_in_zip(base):
        return f"{ZIP}{below('', name, base)}::{_located(base, None)}"
    if URL.match(base):
        return below_url(base, name)
    return os.path.abspath(os.path.join(base, name))  # noqa: PTH100, PTH118 - see above


def spelled(location: str) -> str:
    """The location as the disk or the zip spells it (see `entries`); what is not there stays as it is."""
    if is_zip_url(location):
        inner, outer = split_zip(location)
        try:
            return f"{ZIP}{_archive(outer).spelled(inner.strip('/'))}::{outer}"
        except CoinstoreError:  # whoever reads it says why
            return location
    return location if URL.match(location) else entries.spelled(location)


def hint(location: str) -> str | None:
    """What is near a missing file: a name that differs only in capitals, for example; None: nothing is."""
    location = without_file_scheme(location)
    if is_zip_url(location):
        inner, outer = split_zip(location)
        try:
            return _archive(outer).hint(inner.strip("/"))
        except CoinstoreError:
            return None
    return None if URL.match(location) else entries.hint(location)


def is_folder(location: str) -> bool:
    """Whether the location is a folder or a zip, which is walked and not read.

    False for a missing location. On the web an address that ends in a slash is a folder, and one that ends
    in ".zip" is a zip; the server is not asked.
    """
    location = without_file_scheme(location)
    if is_zip_url(location):
        inner, outer = split_zip(location)
        there = stamp(outer) is not None
        return there and _archive(outer).has_folder(inner.strip("/"))
    if not URL.match(location):
        path = Path(location)
        return path.is_dir() or (ends_in_zip(location) and path.is_file())
    if ends_in_zip(location) or location.startswith(WEB):
        return ends_in_zip(location) or without_query(location)[0].endswith("/")
    return bool(remote(location, lambda fs, path: fs.isdir(path)))


def is_remote(location: str) -> bool:
    """Whether the location is on a network: an address, or a zip at an address."""
    location = without_file_scheme(location)
    if is_zip_url(location):
        location = without_file_scheme(location.rpartition("::")[2])
    return URL.match(location) is not None and not location.startswith(LOCAL)


def walk(location: str) -> Iterator[str]:
    """The locations of all files below a folder or in a zip, sorted, except hidden ones.

    Hidden are names that begin with a dot, below the location, and the folder __MACOSX that macOS leaves in
    zips. Links to folders are followed, except links to a folder above. A zip in a folder is one file. Raises
    NotFound for a missing folder, SourceError for one that cannot be listed.
    """
    location = without_file_scheme(location)
    if is_zip_url(location):
        inner, outer = split_zip(location)
        return _walk_zip(inner.strip("/"), outer)
    if ends_in_zip(location) and not Path(location).is_dir():
        return _walk_zip("", location)
    if URL.match(location):
        return walk_remote(location)
    return _walk_local(location, ())


def open_binary(location: str) -> BinaryIO:
    """The file, open for reading and seeking; raises NotFound, or SourceError when it cannot be opened.

    A local file may have any size; a member of a zip is limited as in `read`.
    """
    location = without_file_scheme(location)
    if is_zip_url(location) or is_blob(location):
        return BytesIO(read(location))  # seeking backwards in a member would unpack it again
    if not URL.match(location):
        return open_regular(location)
    opened = remote(location, lambda fs, path: fs.open(path, "rb"))
    if opened.seekable():
        return cast(BinaryIO, opened)
    opened.close()
    return BytesIO(read(location))


def read(location: str) -> bytes:
    """The whole file; raises NotFound when it is missing, SourceError when it cannot be read.

    It has to be a regular file of at most LARGEST_FILE_BYTES; reading stops there, whatever its size is said
    to be.
    """
    location = without_file_scheme(location)
    if is_zip_url(location):
        inner, outer = split_zip(location)
        return _archive(outer).read(inner.strip("/"))
    if is_blob(location):
        return read_blob(location, read)
    if not URL.match(location):
        return read_regular(location)
    return read_remote(location)


def stamp(location: str) -> str | None:
    """Size and time of change as one short text, to notice a replaced file; None when the file is missing.

    Instead of the time, a member of a zip has its CRC, and a web or S3 file its ETag, or else Last-Modified.
    Raises SourceError when the server cannot be asked.
    """
    location = without_file_scheme(location)
    try:
        if is_zip_url(location):
            inner, outer = split_zip(location)
            return _archive(outer).stamp(inner.strip("/"))
        if is_blob(location):
            return stamp_of(read_blob(location, read))
        if not URL.match(location):
            state = os.stat(location)  # noqa: PTH116 - as above
            if not stat.S_ISREG(state.st_mode):
                return "not a file"  # a folder or a device changes all the time
            return f"{state.st_size}-{state.st_mtime_ns}"
        info = _info(location)
    except (NotFound, FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        refuse_local(location, error)
    changed = next((info[k] for k in ("ETag", "LastModified", "Last-Modified", "mtime") if info.get(k)), "")
    return f"{info.get('size')}-{changed}".replace('"', "").removesuffix("-")


def _info(location: str) -> Any:
    """What a server says about a file; a service of IIIF may say it only of its description."""
    try:
        return remote(location, lambda fs, path: fs.info(path))
    except NotFound:
        if not may_be_service(location):
            raise
        return remote(description_of(location), lambda fs, path: fs.info(path))


def _archive(outer: str) -> Archive:
    """The open zip; it is opened again when a local file was replaced, a remote one once in a process."""
    return archive(outer, open_binary, None if URL.match(outer) else stamp(outer))


def _walk_zip(folder: str, outer: str) -> Iterator[str]:
    for name in _archive(outer).names(folder):
        yield f"{ZIP}{name}::{outer}"


def _walk_local(folder: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    try:
        state = os.stat(folder)  # noqa: PTH116 - as above
        with os.scandir(folder) as entries:
            # A folder is sorted as "name/": so all locations are sorted without being collected.
            found = sorted((e.name + "/" if e.is_dir() else e.name, e) for e in entries)
    except (OSError, ValueError) as error:
        refuse_local(folder, error)
    here = (state.st_dev, state.st_ino)
    if here in above:
        return
    for name, entry in found:
        if is_hidden(name):
            continue
        if name.endswith("/"):
            yield from _walk_local(entry.path, (*above, here))
        elif entry.is_file() or entry.is_symlink():  # a broken link is reported when it is read
            yield entry.path
