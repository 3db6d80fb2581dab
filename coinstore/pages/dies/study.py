"""What a page about a die study shows, read from the store: plain records, the same for HTML and PNG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from itertools import takewhile
from pathlib import PurePath
from typing import Any

from sqlalchemy import Engine

from ...db import call
from ...db.call import Row
from ...dies.links import Component, components
from ...dies.studies import known_study, natural
from ...errors import NotFound
from ..sheets.parts import Picture
from ..sheets.pictures import close_ups
from ..words import plain

MOST_DIES = 400  # in one chart; with more nobody finds anything, and the page takes seconds to open
SIDE_PX = 200
KEY = (
    "Obverse dies are above, reverse dies below. A line joins two dies that struck the same coins; the"
    " more coins, the thicker the line, and their number is on it unless it is 1. Each group hangs together"
    " by its coins, and its dies are in the order of their links; which end is earlier is not known from"
    " that. The photograph of a die is of one of its coins: where they were compared, the one that agrees"
    " best with the others."
)


@dataclass(frozen=True, slots=True)
class Die:
    """One die of the chart, with the photograph of its best coin."""

    name: str
    coins: int
    picture: Picture
    shown: str

    @property
    def count(self) -> str:
        """The number of its coins, in words."""
        return "1 coin" if self.coins == 1 else f"{self.coins:,} coins"


@dataclass(frozen=True, slots=True)
class StudyPage:
    """A die study: title, facts to cite it by, figures of each face, and the components to be drawn.

    `path` is the whole place of the source, empty for a study that coinstore grouped.

    `singles` are combinations of two dies that are known from one coin and from nothing else, `left_out` the
    dies of components beyond MOST_DIES. `combinations` are rows of api.die_combinations.
    """

    title: str
    path: str
    facts: Sequence[tuple[str, str]]
    warnings: Sequence[str]
    figures: Sequence[Row]
    components: Sequence[Component]
    dies: Mapping[int, Die]
    singles: Sequence[str]
    unlinked: Sequence[str]
    combinations: Sequence[Row]
    left_out: int = 0


def study_page(engine: Engine, study: str | None = None, *, made_on: date | None = None) -> StudyPage:
    """Reads a study, or the only one.

    Raises NotFound for an unknown study, and for one in which no coin has dies of both faces.
    """
    name = known_study(engine, study)
    combinations = call.read(engine, "part.combinations_of_study", study=name)
    if not combinations:
        raise NotFound(f"no coin of {name} has dies of both faces, so that there is nothing to link.")
    combinations.sort(key=lambda row: (natural(row["obverse_die"]), natural(row["reverse_die"])))
    rows = {row["die_id"]: row for row in call.read(engine, "part.dies_with_coins", study=name)}
    found = components(combinations)
    linked = [one for one in found if one.coins > 1]
    drawn = _first(linked)
    [about] = [row for row in call.look(engine, "part.die_studies") if row["study"] == name]
    figures = [row for row in call.read(engine, "api.die_statistics") if row["study"] == name]
    return StudyPage(
        f"Die study {plain(name if about['is_grouped'] else PurePath(name).name or name)}",
        "" if about["is_grouped"] else plain(name),
        [*_facts(about, linked), ("Made", f"{made_on or date.today()} by coinstore {version('coinstore')}")],
        _warnings(about, figures),
        figures,
        drawn,
        _dies(engine, name, rows, [die for one in drawn for die in one.positions]),
        [_single(one, rows) for one in found if one.coins == 1],
        [_named(row) for row in sorted(rows.values(), key=_order) if not row["partners"]],
        combinations,
        sum(one.dies for one in linked[len(drawn) :]),
    )


def _first(linked: list[Component]) -> list[Component]:
    """As many components as fit, at least one."""
    total = 0

    def fits(one: Component) -> bool:
        nonlocal total
        total += one.dies
        return total <= MOST_DIES

    return list(takewhile(fits, linked)) or linked[:1]


def _facts(about: Row, linked: Sequence[Component]) -> Iterable[tuple[str, str]]:
    yield "Coins", f"{about['coins']:,}"
    yield "Dies", f"{about['obverse_dies']:,} obverse, {about['reverse_dies']:,} reverse"
    count = len(linked)
    yield "Linked", f"{count:,} groups of dies with more than one coin"
    if about["is_grouped"]:
        yield (
            "Grouped",
            f"{about['made_at']:%Y-%m-%d}, links from a probability of {about['min_certainty']:g}",
        )
        if about["predicate"] not in (None, "true"):
            yield "Condition", plain(about["predicate"])


def _warnings(about: Row, figures: Sequence[Row]) -> list[str]:
    said = []
    if about["is_grouped"]:
        said.append(
            "coinstore grouped these coins by the probabilities of its matches and by verdicts of people."
            " Dies that nobody has judged are a proposal."
        )
    said += [f"Figures of the {row['face']}: {row['caution']}." for row in figures if row["caution"]]
    return said


def _dies(engine: Engine, study: str, rows: Mapping[int, Row], chosen: Sequence[int]) -> dict[int, Die]:
    best = {
        row["die_id"]: row
        for row in call.read(engine, "part.best_sides", study=study, dies=sorted(set(chosen)))
    }
    pictures = close_ups(engine, [(row["coin_id"], row["face"]) for row in best.values()], SIDE_PX)
    return {
        die: Die(
            plain(rows[die]["die"]),
            rows[die]["coins"],
            pictures[row["coin_id"], row["face"]],
            plain(f"{row['inventory_number']}, {row['collection']}"),
        )
        for die, row in best.items()
    }


def _order(row: Row) -> Any:
    return row["face"], natural(row["die"])


def _single(one: Component, rows: Mapping[int, Row]) -> str:
    [obverse], [reverse] = one.obverses, one.reverses
    return f"{plain(rows[obverse]['die'])}–{_named(rows[reverse])}"


def _named(row: Row) -> str:
    return f"{plain(row['die'])} ({', '.join(plain(name) for name in sorted(row['names']))})"
