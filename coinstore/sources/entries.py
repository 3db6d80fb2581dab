"""Names of files that are spelled in another way than a table spells them.

A disk may have "Ä" as one character where a table has "A" with a mark, or the reverse: that is one name (see
`spelling`). Names that differ in more, for example in capitals, are two; `hint` says which one is near.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from urllib.parse import unquote

from .spelling import one_name

Index = dict[str, list[str]]


class Names:
    """The names of the files in one place: in a folder, or the members of a zip."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(names)

    def same(self, name: str) -> str | None:
        """The one name that is this name in another spelling; None when there is none, or several."""
        found = self._same.get(one_name(name), ())
        return found[0] if len(found) == 1 else None

    def hint(self, name: str) -> str | None:
        """A sentence that says which name is near a missing one; None when none is."""
        folded = _folded(name)
        for index, key, difference in (
            (self._folded, folded, "differs only in upper and lower case"),
            (self._folded, _folded(unquote(name)), "has no percent signs in its name"),
            (self._stems, folded, "has an ending"),
            (self._stems, _stem(name), "has another ending"),
        ):
            if found := index.get(key):
                return f"there is no {name}; {found[0]} {difference}"
        return None

    @cached_property
    def _same(self) -> Index:
        return self._by(one_name)

    @cached_property
    def _folded(self) -> Index:
        return self._by(_folded)

    @cached_property
    def _stems(self) -> Index:
        return self._by(_stem)

    def _by(self, key: Callable[[str], str]) -> Index:
        index: Index = defaultdict(list)
        for name in self._names:
            index[key(name)].append(name)
        return dict(index)


def spelled(path: str) -> str:
    """A local path as the disk spells it; what is not there stays as it is."""
    if os.path.lexists(path):
        return path
    folder, name = os.path.split(path)
    if not name or folder == path:
        return path
    folder = spelled(folder)
    return os.path.join(folder, _names_in(folder).same(name) or name)  # noqa: PTH118 - a Path takes longer


def hint(path: str) -> str | None:
    """What is near a missing local file, as `Names.hint`; the first missing part of its path counts."""
    folder, name = os.path.split(path)
    if not name or folder == path:
        return None
    return _names_in(folder).hint(name) if os.path.lexists(folder) else hint(folder)


def _names_in(folder: str) -> Names:
    try:
        return _read(folder, os.stat(folder).st_mtime_ns)  # noqa: PTH116 - as above
    except (OSError, ValueError):  # it cannot be listed: nothing is known
        return Names(())


@lru_cache(maxsize=64)
def _read(folder: str, changed: int) -> Names:
    return Names(os.listdir(folder))  # noqa: PTH208 - as above


def _folded(name: str) -> str:
    return one_name(name).casefold()


def _stem(name: str) -> str:
    stem, dot, ending = _folded(name).rpartition(".")
    return stem if dot and len(ending) <= 4 and "/" not in ending else stem + dot + ending
