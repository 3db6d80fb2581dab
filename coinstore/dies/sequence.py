"""The order in which linked dies may have been in use: a suggestion.

It follows from the links only. A store holds no measure of the state of a die: its cracks and its wear cannot
be told from the wear of a coin in two photographs. So which end of a chain is the earlier one is not known,
unless the records date the coins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..records.coin import Face
from .links import Component
from .studies import natural

LEAST_DATED = 5  # dies; with fewer any order agrees with the dates by chance
LEAST_AGREEMENT = 0.5
SURE = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """One die in a component; `position` counts from 1, and dies of one position are not ordered.

    `is_between`: the component falls apart without it, so that it was in use between its parts. `circles`: of
    the component, see there. `direction`: what says which end is the earlier one.
    """

    component: int
    position: int
    face: Face
    die: str
    coins: int
    partners: Sequence[str]
    is_between: bool
    circles: int
    direction: str


def steps(found: Sequence[Component], dies: Mapping[int, Any]) -> Iterator[Step]:
    """The dies of components of three dies or more, in order; `dies` are rows of part.dies_with_coins."""
    for number, one in enumerate((one for one in found if one.dies > 2), 1):
        is_turned, direction = _direction(one, dies)
        last = max(one.positions.values())
        places = {die: last - place if is_turned else place for die, place in one.positions.items()}
        partners: dict[int, list[str]] = {}
        for link in one.links:
            partners.setdefault(link.obverse, []).append(dies[link.reverse]["die"])
            partners.setdefault(link.reverse, []).append(dies[link.obverse]["die"])
        for die in sorted(places, key=lambda die: (places[die], die)):
            row = dies[die]
            others = sorted(partners[die], key=natural)
            yield Step(
                number, places[die] + 1, row["face"], row["die"], row["coins"], others, die in one.between,
                one.circles, direction,
            )  # fmt: skip


def _direction(one: Component, dies: Mapping[int, Any]) -> tuple[bool, str]:
    """Whether the dates run against the positions, and what says so: Spearman's rank correlation."""
    from scipy.stats import spearmanr

    dated = [(place, dies[die]["year"]) for die, place in one.positions.items()]
    dated = [(place, year) for place, year in dated if year is not None]
    if len(dated) < LEAST_DATED or len({year for _, year in dated}) < 2:
        return False, "not known"
    if len({place for place, _ in dated}) < 2:
        return False, "not known"
    found = spearmanr(*zip(*dated, strict=True))
    if found.pvalue > SURE or abs(found.statistic) < LEAST_AGREEMENT:
        return False, "not known"
    return bool(found.statistic < 0), f"dates of the records, rank correlation {abs(found.statistic):.2f}"
