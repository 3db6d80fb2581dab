"""Files on the web and in S3, through fsspec."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from ..errors import NotFound, SourceError
from .iiif import description_of, may_be_service, picture_of
from .locations import WEB, is_hidden, shown, without_query
from .regular import LARGEST_FILE_BYTES, Limited, too_large

# A chain of file systems of fsspec that ends on this machine: "simplecache::file:///dev/zero".
LOCAL_TARGET = re.compile(r"::(?:file:|local:|/)|^(?:file|local):", re.IGNORECASE)

CONNECT_S, READ_S, LONGEST_S = 10, 30, 300  # for a connection, for the next bytes, for a whole file
MOST_FAILURES, SILENCE_S = 3, 60  # of a server, before it is not asked for a while
_silent: dict[str, tuple[int, float]] = {}  # failures of a server, and until when it is not asked


def walk_remote(location: str) -> Iterator[str]:
    """The files below a remote folder, sorted, except hidden ones."""
    address, query = without_query(location)
    found = remote(location, lambda fs, path: [str(fs.unstrip_protocol(p)) for p in fs.find(path)])
    root = address.rstrip("/") + "/"
    for name in sorted(found):
        plain = without_query(name)[0]  # the list of a web server has links to itself in other orders
        if plain.startswith(root) and plain == name and not is_hidden(name[len(root) :]):
            yield name + query


def read_remote(location: str) -> bytes:
    """The bytes of a file, and of a service of IIIF those of its full picture.

    Reading stops at the limit, and then raises SourceError.
    """
    try:
        data = _bytes_of(location)
    except NotFound:
        if not may_be_service(location):
            raise
        data = _bytes_of(description_of(location))
    picture = picture_of(location, data) if may_be_service(location) else None
    return _bytes_of(picture) if picture else data


def _bytes_of(location: str) -> bytes:
    return cast(bytes, remote(location, lambda fs, path: _read(fs, path, location)))


def _read(fs: Any, path: str, location: str) -> bytes:
    if location.startswith(WEB):
        out = Limited(location)
        fs.get_file(path, out)  # one request; what the server says of the size is not believed
        return out.getvalue()
    with fs.open(path, "rb") as file:
        data = cast(bytes, file.read(LARGEST_FILE_BYTES + 1))
    if len(data) > LARGEST_FILE_BYTES:
        raise too_large(location)
    return data


def remote(location: str, ask: Callable[[Any, str], Any]) -> Any:
    """The result of `ask(filesystem, path)`; its failures become NotFound or SourceError.

    A server that could not be reached some times is not asked for a minute: each try may take a while.
    """
    try:
        host = urlsplit(location).netloc if location.startswith(WEB) else ""
    except ValueError:
        raise SourceError(f"{shown(location)} is not an address; correct it") from None
    failures, until = _silent.get(host, (0, 0.0))
    if failures >= MOST_FAILURES and time.monotonic() < until:
        raise SourceError(f"{shown(location)} cannot be read: its server did not answer other requests")
    try:
        found = ask(*_opened(location))
    except SourceError:
        raise
    except MemoryError:
        reason = "there is not enough memory for it"
    except ImportError:
        reason = "its driver is not installed; pip install 'coinstore[remote]'"
    except Exception as error:  # the drivers have no common error, and their messages contain the URL
        cause = error.__cause__ or error  # fsspec reports every refusal of a web server as missing
        status = getattr(cause, "status", None)
        if isinstance(cause, FileNotFoundError) or status in (404, 410):
            raise NotFound(f"there is no {shown(location)}") from None
        if host and status is None:
            _silent[host] = (failures + 1, time.monotonic() + SILENCE_S)
        reason = _remote_reason(cause)
    else:
        _silent.pop(host, None)
        return found
    raise SourceError(f"{shown(location)} cannot be read: {reason}")


def _opened(location: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    import fsspec

    if LOCAL_TARGET.search(location):  # caches and the like would copy a device or wait for a pipe
        raise SourceError(f"{shown(location)} leads to a file on this machine; name the file itself")
    if not location.startswith(WEB):
        return cast(tuple[Any, str], fsspec.core.url_to_fs(location))
    from aiohttp import ClientTimeout

    timeout = ClientTimeout(total=LONGEST_S, sock_connect=CONNECT_S, sock_read=READ_S)
    return cast(tuple[Any, str], fsspec.core.url_to_fs(location, client_kwargs={"timeout": timeout}))


def _remote_reason(error: BaseException) -> str:
    if status := getattr(error, "status", None):
        return f"the server answered {status}"
    if isinstance(error, ValueError) and "Protocol not known" in str(error):
        return "coinstore does not know this kind of address"
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        return os.strerror(error.errno or 0)
    return f"the server or the connection to it failed ({type(error).__name__})"
