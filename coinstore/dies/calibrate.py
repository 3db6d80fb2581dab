"""Calibrates with the verdicts of people, where these make the probabilities better."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SpaceError
from ..matching import Calibration, shipped
from ..matching.calibrate import Flags, Reliability, measured
from ..matching.parameters import VERSION
from ..matching.refit import held_out, parts, refit
from .calibrations import take_shipped

FEWEST = 10
"""Verdicts of each kind: with fewer, one pair more or less decides which calibration is better."""
LEAST_GAIN = 0.0005
"""How much lower the Brier score must be: less is not seen in the figures that are printed."""


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """What came of the verdicts: `new` is measured on verdicts that it was not fitted to; `old` is shipped.

    `is_used`: the new one gives the probabilities from now on, of which `changed` are others than before.
    Left out were pairs that are `uncompared`, those with `conflicting` verdicts, and those `without` a
    transform.
    """

    calibration: Calibration
    old: Reliability
    new: Reliability
    uncompared: int
    conflicting: int
    without: int
    is_used: bool
    changed: int

    @property
    def is_better(self) -> bool:
        """Whether the new one has a smaller error than the shipped one on the same pairs."""
        return _is_better(self.old, self.new)

    def bins(self) -> list[dict[str, Any]]:
        """The rows of both reliability curves."""
        return bins_of({"shipped": self.old, "verdicts": self.new})


def bins_of(curves: Mapping[str, Reliability]) -> list[dict[str, Any]]:
    """The rows of reliability curves by their names: for each tenth the probability and what is so."""
    return [
        {"calibration": name, "probability": said, "one_die": is_so, "pairs": count, "brier": one.brier}
        for name, one in curves.items()
        for said, is_so, count in one.bins
    ]


def calibrate(engine: Engine, person: str, *, is_forced: bool = False) -> Recalibrated:
    """Fits the shipped calibration to the verdicts, and uses it if it is better, or is forced.

    Then the probabilities of all matches are computed again, in one transaction; no photograph is read.
    Raises NotFound with fewer than FEWEST verdicts of each kind, and SpaceError where none can be held out,
    or where a newer version of coinstore has taken over the matches.
    """
    call.run(engine, "job.expect_calibration", version=VERSION)
    take_shipped(engine)
    judged = call.changes(engine, "job.judged_matches")
    rows = [row for row in judged if row["compared"]]
    agreed = [row for row in rows if not row["conflicting"]]
    known = [row for row in agreed if row["figures"] is not None]
    left_out = len(judged) - len(rows), len(rows) - len(agreed), len(agreed) - len(known)
    truth = np.array([row["is_same"] for row in known], bool)
    _check(truth, *left_out)
    figures = np.array([row["figures"] for row in known], float)
    groups = parts([(row["coin_id"], row["neighbour_id"]) for row in known]).tolist()
    if len(set(groups)) < 2:
        raise SpaceError(
            "all judged pairs hang together by their coins, so none can be held out to measure;"
            " judge pairs of other coins, too."
        )
    start = shipped()
    old = measured(start.probabilities(figures), truth)
    new, fitted = held_out(figures, truth, groups, start), refit(figures, truth, start)
    is_used = _is_better(old, new) or is_forced
    changed = _use(engine, fitted, old, new, person) if is_used else 0
    return Recalibrated(fitted, old, new, *left_out, is_used, changed)


def _is_better(old: Reliability, new: Reliability) -> bool:
    return old.brier - new.brier >= LEAST_GAIN


def _check(truth: Flags, uncompared: int, conflicting: int, without: int) -> None:
    same, other = int(truth.sum()), int((~truth).sum())
    if min(same, other) < FEWEST:
        pairs = "pair is" if same == 1 else "pairs are"
        reasons = {
            "not compared yet": uncompared,
            "with contradictory verdicts": conflicting,
            "whose sides nothing brings together": without,
        }
        others = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)
        raise NotFound(
            f"{same:,} judged {pairs} of one die and {other:,} {'is' if other == 1 else 'are'} not; a"
            f" calibration needs {FEWEST} of each." + (f" Left out: {others}." if others else "")
        )


def _use(engine: Engine, fitted: Calibration, old: Reliability, new: Reliability, person: str) -> int:
    measured = {name: {"brier": one.brier, "gap": one.gap} for name, one in (("old", old), ("new", new))}
    with call.transaction(engine) as connection:
        key = call.value(
            connection,
            "job.add_calibration",
            origin="verdicts",
            version=VERSION,
            recipe=fitted.to_json(),
            measured=json.dumps(measured),
            made_by=person,
        )
        return int(call.value(connection, "job.use_calibration", chosen=key))
