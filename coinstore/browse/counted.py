"""Counts over all coins, kept for a moment: who goes through pages of one answer counts once."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from sqlalchemy import Engine

from ..db import call

FRESH_S = 10.0
MOST = 200  # answers that are kept


class Counted:
    """Rows of functions that count; each is asked again when it is older than FRESH_S."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[float, list[call.Row]]] = OrderedDict()
        self._lock = Lock()

    def get(self, engine: Engine, function: str, **arguments: Any) -> list[call.Row]:
        """The rows of a function, as this reader sees them, at most FRESH_S old."""
        key = (id(engine), function, *sorted(arguments.items()))
        with self._lock:
            asked_at, rows = self._kept.get(key, (-FRESH_S, []))
        if time.monotonic() - asked_at < FRESH_S:
            return rows
        asked_at, rows = time.monotonic(), call.read(engine, function, **arguments)
        with self._lock:
            self._kept[key] = (asked_at, rows)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return rows
