"""Trying passwords: after some wrong ones from an address, or of a name, no more are checked for a while."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from .people import People

TRIES, WITHIN_S = 10, 15 * 60.0  # wrong passwords from one address
FOR_ONE_NAME = 100  # from all addresses together
MOST_KEPT = 10_000


@dataclass
class Tries:
    """Passwords that are tried: one check at a time, and few wrong ones from an address, or of a name.

    Belongs to the event loop of one server: a visitor who waits takes no thread.
    """

    _failed: dict[str, list[float]] = field(default_factory=dict)
    _checks: dict[tuple[str, str, str], asyncio.Task[bool | None]] = field(default_factory=dict, repr=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def is_right(self, people: People, address: str, name: str, password: str) -> bool | None:
        """Whether this is the password of the person; None: too many were wrong before.

        A viewer that asks for fifty pictures sends one password fifty times at once: it is checked once.
        """
        asked = address, name, password
        if (check := self._checks.get(asked)) is None:
            check = self._checks[asked] = asyncio.ensure_future(self._check(people, *asked))
            check.add_done_callback(lambda _: self._checks.pop(asked))
        return await asyncio.shield(check)

    async def _check(self, people: People, address: str, name: str, password: str) -> bool | None:
        keys = (f"address {address}", TRIES), (f"name {name}", FOR_ONE_NAME)
        async with self._turn:  # the next one has to know whether this one is wrong
            now = time.monotonic()
            if any(len(self._recent(key, now)) >= most for key, most in keys):
                return None
            if await run_in_threadpool(people.is_right, name, password):
                return True
            for key, _ in keys:
                self._failed.setdefault(key, []).append(now)
            while len(self._failed) > MOST_KEPT:
                del self._failed[next(iter(self._failed))]
            return False

    def _recent(self, key: str, now: float) -> list[float]:
        times = [one for one in self._failed.pop(key, []) if now - one < WITHIN_S]
        if times:
            self._failed[key] = times
        return times
