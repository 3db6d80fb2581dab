"""Calibrates with the verdicts of people, where these make the probabilities better."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SpaceError
from ..matching import Calibration, shipped
from ..matching.calibrate import Reliability, measured
from ..matching.parameters import VERSION
from ..matching.refit import held_out, parts, probabilities, refit
from .calibrations import take_shipped

FEWEST = 10
"""Verdicts of each kind: with fewer, one pair more or less decides which calibration is better."""


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """What came of the verdicts: `new` is measured on verdicts that it was not fitted to; `old` is shipped.

    `is_used`: the new one gives the probabilities from now on, of which `changed` are others than before.
    `conflicting` pairs were left out, and so were pairs `without` a transform.
    """

    calibration: Calibration
    old: Reliability
    new: Reliability
    conflicting: int
    without: int
    is_used: bool
    changed: int

    @property
    def is_better(self) -> bool:
        """Whether the new one has a smaller error than the shipped one on the same pairs."""
        return self.new.brier < self.old.brier

    def bins(self) -> list[dict[str, Any]]:
        """The rows of both reliability curves."""
        return [
            {"calibration": name, "probability": said, "one_die": is_so, "pairs": count, "brier": one.brier}
            for name, one in (("shipped", self.old), ("verdicts", self.new))
            for said, is_so, count in one.bins
        ]


def calibrate(engine: Engine, person: str, *, is_forced: bool = False) -> Recalibrated:
    """Fits the shipped calibration to the verdicts, and uses it if it is better, or is forced.

    Then the probabilities of all matches are computed again, in one transaction; no photograph is read.
    Raises NotFound with fewer than FEWEST verdicts of each kind, and SpaceError where none can be held out.
    """
    take_shipped(engine)
    rows = call.changes(engine, "job.judged_matches")
    agreed = [row for row in rows if not row["conflicting"]]
    known = [row for row in agreed if row["figures"] is not None]
    truth = np.array([row["is_same"] for row in known], bool)
    _check(truth)
    figures = np.array([row["figures"] for row in known], float)
    groups = parts([(row["coin_id"], row["neighbour_id"]) for row in known]).tolist()
    if len(set(groups)) < 2:
        raise SpaceError(
            "all judged pairs hang together by their coins, so none can be held out to measure;"
            " judge pairs of other coins, too."
        )
    start = shipped()
    old = measured(probabilities(figures, start), truth)
    new, fitted = held_out(figures, truth, groups, start), refit(figures, truth, start)
    is_used = new.brier < old.brier or is_forced
    changed = _use(engine, fitted, old, new, person) if is_used else 0
    without = len(agreed) - len(known)
    return Recalibrated(fitted, old, new, len(rows) - len(agreed), without, is_used, changed)


def _check(truth: Any) -> None:
    same, other = int(truth.sum()), int((~truth).sum())
    if min(same, other) < FEWEST:
        raise NotFound(
            f"{same} judged pairs are of one die and {other} are not; a calibration needs {FEWEST} of each,"
            " of compared pairs on which nobody disagrees."
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
