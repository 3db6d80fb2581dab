"""How the stage that loads records tells a worker of the images stage that there is more for it to do."""

from __future__ import annotations

from typing import Any


class Supply:
    """Says to one worker, a thread or a process, that more photographs are known, and when all of them are known.

    `kind` is `threading` or a context of multiprocessing. Made of semaphores, since telling then never
    waits: an event of multiprocessing waits for its listeners, and so for ever for one that was killed.
    """

    def __init__(self, kind: Any) -> None:
        self._more, self._all, self._has_heard_all = kind.Semaphore(0), kind.Semaphore(0), False

    def tell_more(self) -> None:
        """Tells that more photographs are known."""
        self._more.release()

    def tell_all(self) -> None:
        """Tells that all photographs are known."""
        self._all.release()
        self._more.release()

    def is_complete(self) -> bool:
        """Whether all are known; asked by the worker alone."""
        self._has_heard_all = self._has_heard_all or self._all.acquire(False)
        return self._has_heard_all

    def wait(self, at_most_s: float) -> None:
        """Waits until more are known; at once where that was told since the last time."""
        self._more.acquire(True, at_most_s)
        while self._more.acquire(False):
            pass
