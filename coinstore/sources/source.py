"""A source: one place to read from, located once."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from ..errors import SourceError
from .files import is_folder, locate, spelled, stamp
from .locations import URL, is_zip_url, shown, split_zip, without_file_scheme, without_query


@dataclass(frozen=True, slots=True)
class Source:
    """A place that was located: its absolute location, and whether it is a folder (or a zip) or a file."""

    location: str
    is_folder: bool

    @classmethod
    def at(cls, text: str) -> Source:
        """The source that a path or a URL names; raises SourceError when there is nothing.

        A path has one spelling: one source is not two. A symbolic link is a name of its own.
        """
        location = spelled(_normal(locate(text)))
        found = cls(location, is_folder(location))
        if not found.is_folder and stamp(location) is None:
            raise SourceError(f"{found.name}: there is no such file or folder.")
        return found

    @classmethod
    def of_photographs(cls, text: str) -> Source:
        """The folder or zip that a path or a URL names; raises SourceError when there is none.

        A web address is not asked: a server answers for files, not for folders.
        """
        location = spelled(locate(text))
        found = cls(location, is_folder=True)
        if found.is_walkable and not is_folder(location):
            raise SourceError(f"{found.name}: there is no such folder or zip of photographs.")
        return found

    @property
    def name(self) -> str:
        """The location without passwords and tokens, as people see it and as the store keeps it."""
        return shown(self.location)

    @property
    def kind(self) -> str:
        """The ending of a file's name, in lower case: ".csv"; empty when it has none."""
        address = self.location.split("?")[0] if URL.match(self.location) else self.location
        if is_zip_url(self.location):
            address = split_zip(self.location)[0]
        return posixpath.splitext(address)[1].lower()

    @property
    def base(self) -> str:
        """What names in this source are relative to: the folder itself, or the folder that the file is in."""
        return self.location if self.is_folder else without_query(self.location)[0].rpartition("/")[0]

    @property
    def is_walkable(self) -> bool:
        """Whether the files below a folder can be listed; a web server cannot be asked."""
        return is_zip_url(self.location) or not URL.match(self.location)


def _normal(location: str) -> str:
    """A path without file:// before it, a slash at its end, and "..", "." and empty names in it."""
    path = without_file_scheme(location)
    return location if URL.match(path) or is_zip_url(path) else posixpath.normpath(path)
