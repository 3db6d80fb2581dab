"""Sandboxes of a server: a few, which start when they are first needed, and which requests take in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any

from starlette.exceptions import HTTPException

from ..sandbox import Sandbox

MOST = 2
PATIENCE_S = 60.0


class Sandboxes:
    """At most `most` sandboxes of a function; all of them end with `close`."""

    def __init__(self, function: Callable[..., Any], most: int = MOST) -> None:
        self._function = function
        # The last one that was used comes first: while one suffices, there is one.
        self._free: LifoQueue[Sandbox | None] = LifoQueue()
        for _ in range(most):
            self._free.put(None)

    @contextmanager
    def taken(self, patience_s: float = PATIENCE_S) -> Iterator[Sandbox]:
        """A sandbox until the block ends; raises HTTPException if all are taken for too long."""
        try:
            box = self._free.get(timeout=patience_s)
        except Empty:
            raise HTTPException(503, "Others are asking at the moment; try again in a minute.") from None
        box = box or Sandbox(self._function)
        try:
            yield box
        finally:
            self._free.put(box)

    def close(self) -> None:
        """Ends those that nobody has taken; the others end with this process."""
        while not self._free.empty():
            if box := self._free.get():
                box.close()
