"""Die groups of the whole store: read what is known, group each face, store the dies of a study."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.engine import snapshot
from ..errors import NotFound, SettingsError
from ..progress import Report, Tally, silent
from ..records.coin import FACES, Face
from .cluster import EVEN, MOST_CERTAIN, Evidence, Pair, groups_of
from .contradictions import Contradiction, Judged, apart, contradictions, joined, judged
from .names import named


@dataclass(frozen=True, slots=True)
class Grouped:
    """What was found by one face: the sides that were compared, and their dies.

    `links` are pairs with at least the lowest certainty; `refused` those whose two sides are of two dies all
    the same, as other pairs or verdicts speak against it. `new` dies got a name that no die had before.
    `kept` sides have no current match any more, as a photograph, an outline or the matching changed: they
    have the die of the last time, and are not counted elsewhere. `judged` pairs have a verdict, which counts
    instead of the probability: they are not among the `links`.
    """

    face: Face
    coins: int
    dies: int
    singletons: int
    links: int
    refused: int
    new: int
    kept: int
    contradictions: list[Contradiction] = field(default_factory=list)
    judged: int = 0


def check_certainty(lowest: float) -> None:
    """Raises SettingsError for a probability that cannot be the lowest one of a link."""
    if not EVEN <= lowest < MOST_CERTAIN:
        raise SettingsError(
            f"the lowest certainty of a link is at least {EVEN:g} and below {MOST_CERTAIN:g}, not {lowest:g}."
        )


def group(
    engine: Engine,
    study: str,
    min_certainty: float | None = None,
    where: str | None = None,
    report: Report = silent,
) -> list[Grouped]:
    """Groups the coins that were compared into the dies of a study, in place of those of the last time.

    `where` is a predicate over the columns of api.coins. None: as the last time, at first 0.9 and all coins.
    Raises SettingsError for an impossible certainty, SpaceError for a study that comes from a source,
    PredicateError, and NotFound where no coin was compared.
    """
    if min_certainty is not None:
        check_certainty(min_certainty)
    tally = Tally(report, "Grouping", "faces", len(FACES))
    with call.transaction(engine) as connection:
        given = {"study": study, "min_certainty": min_certainty, "predicate": where}
        [asked] = call.rows(connection, "job.begin_grouping", **given)
        found = []
        with snapshot(engine) as seen:  # or a recalibration in between would mix two probabilities
            for face in FACES:
                now = known_groups(seen, face, asked["min_certainty"], asked["predicate"])
                found.append(_stored(connection, study, face, asked["predicate"], now))
                tally.add(1)
        if not any(one.coins for one in found):
            raise NotFound(
                "no coin was compared for one die yet, or none of those meets the condition, or no match is"
                " current any more; match the coins, then group them."
            )
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """The compared sides of one face in order, what is known of their pairs, and the group of each side.

    `known` and `groups` name a side by its place among the sides.
    """

    sides: NDArray[np.int64]
    verdicts: dict[Pair, Judged]
    known: Evidence
    groups: NDArray[np.int64]
    lowest: float

    def links(self) -> NDArray[np.int64]:
        """The pairs `(n, 2)` with at least the lowest certainty."""
        return self.known.pairs[self.known.probability >= self.lowest]

    def links_within(self) -> list[Pair]:
        """The links and the verdicts "same die" whose two sides are in one group."""
        given = [*map(tuple, self.links().tolist()), *self.known.joined]
        return [(a, b) for a, b in given if self.groups[a] == self.groups[b]]


def known_groups(connection: Connection, face: Face, lowest: float, predicate: str = "true") -> Known:
    """The groups of one face by the matches and verdicts of now; nothing is stored."""
    rows = call.rows(connection, "job.sides_to_group", face=face, predicate=predicate)
    sides = np.array([row["side_id"] for row in rows], dtype=np.int64)
    verdicts = _among(sides, judged(call.rows(connection, "part.verdicts_of_face", face=face)))
    links = _Pairs.of(sides, call.rows(connection, "job.links_of_face", face=face, lowest=lowest))
    known = _evidence(sides, links, verdicts)
    parts = known.parts(lowest)
    within = {"face": face, "sides": sides.tolist(), "parts": parts.tolist(), "below": min(EVEN, lowest)}
    others = _Pairs.of(sides, call.rows(connection, "job.pairs_within", **within))
    known = _evidence(sides, links.and_also(others), verdicts)
    return Known(sides, verdicts, known, groups_of(known, lowest), lowest)


def _stored(connection: Connection, study: str, face: Face, predicate: str, now: Known) -> Grouped:
    groups = dict(zip(now.sides.tolist(), now.groups.tolist(), strict=True))
    kept = call.rows(
        connection,
        "job.sides_to_keep",
        study=study,
        face=face,
        predicate=predicate,
        sides=now.sides.tolist(),
    )
    names, new = _store(connection, study, face, groups, {row["side_id"]: row["die"] for row in kept})
    ends = now.groups[now.links()]
    sizes = np.unique(now.groups, return_counts=True)[1]
    return Grouped(
        face,
        len(now.sides),
        len(set(names)),
        int((sizes == 1).sum()),
        len(ends),
        int((ends[:, 0] != ends[:, 1]).sum()),
        new,
        len(kept),
        list(contradictions(now.verdicts)),
        len(now.verdicts),
    )


def _among(sides: NDArray[np.int64], verdicts: dict[Pair, Judged]) -> dict[Pair, Judged]:
    known = set(sides.tolist())
    return {pair: said for pair, said in verdicts.items() if known.issuperset(pair)}


def _store(
    connection: Connection, study: str, face: Face, groups: dict[int, int], kept: dict[int, str]
) -> tuple[list[str], int]:
    rows = call.rows(connection, "job.dies_of_study", study=study, face=face)
    before = {row["side_id"]: row["die"] for row in rows if row["side_id"] is not None}
    used = {row["die"] for row in rows}
    names = named(face, groups, before, used)
    # New dies are stored in the order of their names.
    stay = [*zip(groups, names, strict=True), *kept.items()]
    ordered = sorted(stay, key=lambda pair: (int(pair[1][1:]), pair[0]))
    stored = {"sides": [side for side, _ in ordered], "dies": [name for _, name in ordered]}
    call.rows(connection, "job.store_groups", study=study, face=face, **stored)
    return names, len(set(names) - used)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of sides by their place among the sorted sides, and their probability."""

    ends: NDArray[np.int64]
    probability: NDArray[np.float64]

    @classmethod
    def of(cls, sides: NDArray[np.int64], rows: list[Any]) -> _Pairs:
        """The pairs of rows of which both sides are among the sides."""
        keys = np.array([(row["side_id"], row["other_id"]) for row in rows], dtype=np.int64).reshape(-1, 2)
        both = np.isin(keys, sides).all(axis=1)
        probability = np.array([row["probability"] for row in rows], dtype=np.float64)
        return cls(np.searchsorted(sides, keys[both]), probability[both])

    def and_also(self, other: _Pairs) -> _Pairs:
        """These pairs and others."""
        return _Pairs(
            np.concatenate([self.ends, other.ends]), np.concatenate([self.probability, other.probability])
        )


def _evidence(sides: NDArray[np.int64], pairs: _Pairs, verdicts: dict[Pair, Judged]) -> Evidence:
    """What is known of the sides; a judged pair has no probability."""
    place = {side: n for n, side in enumerate(sides.tolist())}
    count = len(sides)
    keys = np.array([place[a] * count + place[b] for a, b in verdicts], dtype=np.int64)
    is_free = ~np.isin(pairs.ends[:, 0] * count + pairs.ends[:, 1], keys)
    return Evidence(
        count,
        pairs.ends[is_free],
        pairs.probability[is_free],
        [(place[a], place[b]) for a, b in joined(verdicts)],
        [(place[a], place[b]) for a, b in apart(verdicts)],
    )
