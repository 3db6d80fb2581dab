"""The years of a century, or of a part of one.

The first century AD is 1 to 100, the first century BC -100 to -1. Halves, thirds and quarters divide these
hundred years; thirds have 33, 34 and 33. *Early*, *middle* and *late* are the three thirds: they leave no
gap, and no part is narrower than its word. This is a convention of coinstore, similar to those of museum
databases. MIDAS (doi:10.11588/artdok.00003770), as applied in the R package unstruwwel, uses 15, 10 and 15
years instead, which claims more than most records mean.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_CENTURY = 1
LAST_CENTURY = 21


@dataclass(frozen=True, slots=True)
class Part:
    """The `place`-th (from 1, in order of time) of `of` equal parts of a century."""

    place: int
    of: int


WHOLE = Part(1, 1)
EARLY, MIDDLE, LATE = Part(1, 3), Part(2, 3), Part(3, 3)


def century_years(century: int, bc: bool, part: Part = WHOLE) -> tuple[int, int]:
    """Return the first and the last year of a century's part, signed, in order of time.

    Raises ValueError for a century outside 1 to 21, and for a part that does not exist.
    """
    if not FIRST_CENTURY <= century <= LAST_CENTURY:
        raise ValueError(f"a century is a number from {FIRST_CENTURY} to {LAST_CENTURY}")
    if not 1 <= part.place <= part.of:
        raise ValueError(f"a century in {part.of} parts has no part number {part.place}")
    start = -100 * century if bc else 100 * (century - 1) + 1
    return start + _cut(part.place - 1, part.of), start + _cut(part.place, part.of) - 1


def _cut(count: int, of: int) -> int:
    return (200 * count + of) // (2 * of)  # 100 * count / of, rounded
