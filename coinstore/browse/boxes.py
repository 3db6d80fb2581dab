"""Turns: few at a time do what takes memory or a processor; a visitor who waits takes no thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from ..sandbox import Sandbox
from .kept import BUSY, Busy

MOST = 2
PATIENCE_S = 60.0


@asynccontextmanager
async def turn(turns: asyncio.Semaphore) -> AsyncIterator[None]:
    """A turn until the block ends; raises Busy if none comes for too long."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await turns.acquire()
    except TimeoutError:
        raise Busy(BUSY) from None
    try:
        yield
    finally:
        turns.release()


class Sandboxes:
    """At most `most` sandboxes of a function, which start when they are first needed; `close` ends them."""

    def __init__(self, function: Callable[..., Any], most: int = MOST) -> None:
        self._function = function
        # The last one that was used comes first: while one suffices, there is one.
        self._free: list[Sandbox | None] = [None] * most
        self._turns = asyncio.Semaphore(most)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Sandbox]:
        """A sandbox until the block ends; raises Busy if all are taken for too long."""
        async with turn(self._turns):
            box = self._free.pop() or Sandbox(self._function)
            try:
                yield box
            finally:
                self._free.append(box)

    def close(self) -> None:
        """Ends those that nobody has taken; the others end with this process."""
        for box in self._free:
            if box:
                box.close()
