"""What records have and no field takes: the columns and paths, and in how many records each is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from typing import Any

from .column import Column
from .mapping import Mapping
from .paths import path_of, read_by


def left_out(names: Iterable[str], plan: Dict[str, Column], mapping: Mapping) -> tuple[str, ...]:
    """The names of which nothing is read: neither by a column, nor by a path, nor as what a record is."""
    paths = [read_by(name) for name in plan if path_of(name)]
    others = [name for name in names if name not in plan and name not in mapping.only]
    return tuple(name for name in others if not any(path.fullmatch(f".{name}") for path in paths))


def count(unused: Counter[str], names: Iterable[str], cells: Dict[str, Any]) -> None:
    """Counts the names that have a value; what is in an object has a name of its own."""
    unused.update(name for name in names if not (cells[name] in (None, "") or has_objects(cells[name])))


def has_objects(value: Any) -> bool:
    """Whether a value is an object or has some, whose values have names of their own."""
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(one, dict) for one in value)
    )
