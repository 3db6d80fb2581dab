"""Profiles of tables and of JSON: mapping files that come with coinstore, of museums and of programs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from .mapping import Mapping, read_mapping

FOLDER = Path(__file__).parent / "formats" / "profiles"


@lru_cache(maxsize=1)
def profiles() -> tuple[Mapping, ...]:
    """All profiles that know a table by its columns, or a record by its paths."""
    every = (read_mapping(str(path)) for path in sorted(FOLDER.glob("*.toml")))
    return tuple(one for one in every if one.recognise.get("columns"))


def profile_of(names: Iterable[str]) -> Mapping | None:
    """The profile that knows a table with these columns, or a record with these paths."""
    there = frozenset(names)
    return next((one for one in profiles() if one.fits(there)), None)
