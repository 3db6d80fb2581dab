"""Files wherever they are: a path, a zip, an http or an s3 address, all through fsspec.

A *location* is an absolute path or a URL that fsspec understands; a member of a zip is
`zip://inner/name.jpg::/abs/path/coins.zip`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO


def locate(text: str, base: str | None = None) -> str:
    """The absolute location that `text` names, taken relative to `base` (a folder, a zip, a URL).

    A text that is already absolute or a URL stays as it is; a missing `base` is the working
    directory. Pure text: nothing is opened.
    """
    raise NotImplementedError


def is_folder(location: str) -> bool:
    """Whether the location is a folder or a zip, to be walked rather than read."""
    raise NotImplementedError


def walk(location: str) -> Iterator[str]:
    """Every file below a folder or inside a zip, as locations, in sorted order; hidden ones left out."""
    raise NotImplementedError


def open_binary(location: str) -> BinaryIO:
    """The file, open for reading; raises SourceError with a plain sentence when it cannot be opened."""
    raise NotImplementedError


def read(location: str) -> bytes:
    """The whole file; raises NotFound when it is missing, SourceError when it cannot be read."""
    raise NotImplementedError


def stamp(location: str) -> str | None:
    """Size and time of change as one short text, to notice a replaced file; None when missing."""
    raise NotImplementedError
