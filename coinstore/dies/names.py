"""Names of dies that stay: a group that is made again keeps the name that most of its coins had."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from ..records.coin import Face

LETTERS: dict[Face, str] = {"obverse": "O", "reverse": "R"}
Old = TypeVar("Old", bound=Hashable)
New = TypeVar("New", bound=Hashable)


def corresponding(old: Mapping[int, Old], new: Mapping[int, New]) -> dict[Old, New]:
    """Which group of one study is which of another: one to one, those with most sides in common first.

    Both say the group of each side. With equally many, those with the first side.
    """
    common: Counter[tuple[Old, New]] = Counter()
    first: dict[tuple[Old, New], int] = {}
    for side in sorted(old.keys() & new.keys()):
        pair = old[side], new[side]
        common[pair] += 1
        first.setdefault(pair, side)
    found: dict[Old, New] = {}
    taken: set[New] = set()
    for one, other in sorted(common, key=lambda pair: (-common[pair], first[pair])):
        if one not in found and other not in taken:
            found[one] = other
            taken.add(other)
    return found


def named(face: Face, groups: Mapping[int, int], before: Mapping[int, str], used: Iterable[str]) -> list[str]:
    """The name of the die of each side, in the order of `groups`, which says the group of each side.

    `before` has the names of the last time, `used` all that any die of the face ever had. Other groups get
    new names, the largest first.
    """
    names = {group: name for name, group in corresponding(before, groups).items()}
    number = max((_number(name) for name in used), default=0)
    sides: defaultdict[int, list[int]] = defaultdict(list)
    for side, group in groups.items():
        sides[group].append(side)
    for group in sorted(sides.keys() - names.keys(), key=lambda one: (-len(sides[one]), min(sides[one]))):
        number += 1
        names[group] = f"{LETTERS[face]}{number}"
    return [names[group] for group in groups.values()]


def _number(name: str) -> int:
    return int(name[1:])
