"""What is kept for a while: those who ask for it at the same time share the work of making it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Generic, TypeVar

from ..errors import CoinstoreError

PATIENCE_S = 20.0  # how long a request waits for others
BUSY = "The server is busy; try again in a moment."
T = TypeVar("T")


class Busy(CoinstoreError):
    """Something cannot be answered now, but perhaps in a moment."""


@contextmanager
def place(places: BoundedSemaphore | Lock, said: str, patience_s: float = 0.0) -> Iterator[None]:
    """A place until the block ends; raises Busy if none is free in time."""
    if not places.acquire(timeout=patience_s):
        raise Busy(said)
    try:
        yield
    finally:
        places.release()


class Kept(Generic[T]):
    """The last `most` things by key, each as long as it lasts; all threads may ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._coming: dict[Hashable, Future[T]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._made)

    def look(self, key: Hashable) -> T | None:
        """The thing of this key, if it is kept."""
        with self._lock:
            return self._find(key)

    def get(self, key: Hashable, make: Callable[[], T], lasts_s: Callable[[T, float], float]) -> T:
        """The thing of this key, which is made if it is not kept.

        `lasts_s` takes the thing and the seconds that making it took. Raises Busy, and as `make`.
        """
        with self._lock:
            if (found := self._find(key)) is not None:
                return found
            coming = self._coming.get(key)
            if coming is None:
                ours = self._coming[key] = Future[T]()
        if coming is None:
            return self._make(key, ours, make, lasts_s)
        try:
            return coming.result(PATIENCE_S)
        except TooSlow:
            raise Busy(BUSY) from None

    def forget(self, is_old: Callable[[Hashable], bool]) -> None:
        """Things of these keys are made again, also those that are being made now."""
        with self._lock:
            for things in (self._made, self._coming):
                for key in [key for key in things if is_old(key)]:
                    del things[key]

    def _find(self, key: Hashable) -> T | None:
        until, found = self._made.get(key, (0.0, None))
        if time.monotonic() >= until:
            return None
        self._made.move_to_end(key)
        return found

    def _make(
        self, key: Hashable, ours: Future[T], make: Callable[[], T], lasts_s: Callable[[T, float], float]
    ) -> T:
        begun = time.monotonic()
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                self._end(key, ours)
            ours.set_exception(error)
            raise
        with self._lock:
            if self._end(key, ours):
                self._made[key] = begun + lasts_s(made, time.monotonic() - begun), made
                self._made.move_to_end(key)
                while len(self._made) > self._most:
                    self._made.popitem(last=False)
        ours.set_result(made)
        return made

    def _end(self, key: Hashable, ours: Future[T]) -> bool:
        """Whether what was made may be kept: nobody forgot it in the meantime."""
        is_ours = self._coming.get(key) is ours
        if is_ours:
            del self._coming[key]
        return is_ours
