"""Looking at a collection, as the public face offers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from ..images.fingerprints import add_fingerprints, lacking
from ..progress import Report, Tally
from .summary import Description, describe_coins


def describe(engine: Engine, where: str, progress: Report, options: Mapping[str, Any]) -> Description:
    """What coins are there, after the fingerprints that photographs lack are added."""
    tally = Tally(progress, "Fingerprints", "photographs", lacking(engine))
    for batch in add_fingerprints(engine):
        tally.add(batch.done)
    return describe_coins(engine, where, **options)
