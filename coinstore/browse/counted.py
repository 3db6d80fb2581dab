"""Counts over all coins, kept for a moment: for all the pages of one answer they are counted once."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Engine

from ..db import call
from .kept import Kept
from .sight import as_seen, sight

FRESH_S = 10.0
MOST = 200  # answers that are kept


class Counted:
    """Rows of functions that count; each is asked again when it is older than FRESH_S."""

    def __init__(self) -> None:
        self._kept: Kept[list[call.Row]] = Kept(MOST)

    def get(self, engine: Engine, function: str, **arguments: Any) -> list[call.Row]:
        """The rows of a function, as this reader sees them, at most FRESH_S old."""
        seen = sight(engine)
        key = (seen, function, *sorted(arguments.items()))
        make = partial(as_seen, engine, seen, partial(call.read, engine, function, **arguments))
        return self._kept.get(key, make, lambda *_: FRESH_S)
