"""Which calibration the store uses, and going back to the one that comes with coinstore."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..matching import Calibration, shipped
from ..matching.parameters import VERSION

Row = Mapping[str, Any]


def in_use(engine: Engine) -> Row | None:
    """The row of part.calibrations that gives the probabilities; None in a store without matches."""
    return next((row for row in call.look(engine, "part.calibrations") if row["current"]), None)


def calibration(engine: Engine) -> Calibration:
    """The calibration in use, for matches that are not stored; the shipped one if that has other figures."""
    used = in_use(engine)
    if used is None or used["version"] != VERSION or used["recipe"]["figures"] != _recipe()["figures"]:
        return shipped()
    return Calibration.from_json(json.dumps(used["recipe"]))


def is_outdated(engine: Engine) -> bool:
    """Whether the probabilities are by a calibration that an earlier version of coinstore came with."""
    used = in_use(engine)
    return used is not None and (
        used["version"] != VERSION
        or used["recipe"]["figures"] != _recipe()["figures"]
        or (used["origin"] == "shipped" and used["recipe"] != _recipe())
    )


def take_shipped(engine: Engine, *, is_reset: bool = False) -> int:
    """Uses the shipped calibration in place of an earlier one or none; returns the probabilities changed.

    One that was fitted to verdicts stays, unless `is_reset`, as long as it weighs the same figures. So does
    one of a newer version of coinstore; a reset then raises SpaceError. It is one transaction: a process that
    is killed changes nothing.
    """
    recipe = json.dumps(_recipe())
    return int(call.run(engine, "job.take_shipped", version=VERSION, recipe=recipe, is_reset=is_reset))


def _recipe() -> dict[str, Any]:
    """The shipped calibration as the store keeps it."""
    recipe: dict[str, Any] = json.loads(shipped().to_json())
    return recipe
