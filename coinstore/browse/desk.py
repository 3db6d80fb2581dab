"""What pages of judging remember while they are served: comparisons, lists, and what can be undone.

Nothing of it has to be kept: what people say is in the store.
"""

from __future__ import annotations

import asyncio
import pickle
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from threading import BoundedSemaphore, Lock, Timer
from typing import Any

from ..dies.explain import compared
from ..sandbox import Sandbox
from .kept import Kept, place

KEPT = 12  # comparisons, each of about 4 MB
WAITING = 24  # requests; more would take all threads of the server, and then no page answers
PATIENCE_S = 20.0  # how long a request waits for others
LONGEST_S = 60.0  # how long reading and comparing two photographs may take
BUSY = "Many coins are being compared now; try again in a moment."
SHARE = 20  # a list is used this many times as long as it takes to make it
LEAST_S = 2.0
LISTS = 200  # that are kept
SESSIONS = 1000
MOST_PASSED = 10_000  # pairs and names that one session leaves open
STEPS = 50  # that one session can undo


@dataclass(frozen=True, slots=True)
class Step:
    """What a person did, as a sentence; `undo` takes it back, and `address` is the page to look at then.

    `undo` raises Changed where what the step left is not there any more; None: it cannot be taken back.
    """

    said: str
    address: str
    undo: Callable[[], object] | None
    number: int = field(default_factory=count().__next__)


@dataclass
class Session:
    """What one person did in one browser: what was left open, and the steps that can be undone."""

    passed: set[Hashable] = field(default_factory=set)
    steps: deque[Step] = field(default_factory=lambda: deque(maxlen=STEPS))
    undone: Step | None = None
    undoing: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def leave(self, what: Hashable) -> None:
        """Leaves a pair open: it does not come again in this session."""
        if len(self.passed) < MOST_PASSED:
            self.passed.add(what)


class Desk:
    """One for each site. Comparisons run in one sandbox, one at a time; the last ones are kept."""

    def __init__(self) -> None:
        self._box: Sandbox | None = None
        self._kept: Kept[Any] = Kept(KEPT)
        self._lists: Kept[list[Any]] = Kept(LISTS)
        self._sessions: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._comparing, self._lock = Lock(), Lock()
        self._waiting = BoundedSemaphore(WAITING)

    def compare(self, *arguments: Any) -> Any:
        """As `compared` in a sandbox; the caller has read the arguments with the rights of the visitor."""
        key = pickle.dumps(arguments)
        if (kept := self._kept.look(key)) is not None:
            return kept
        with place(self._waiting, BUSY):
            return self._kept.get(key, partial(self._compared, arguments), _comparison_lasts_s)

    def _compared(self, arguments: tuple[Any, ...]) -> Any:
        with place(self._comparing, BUSY, PATIENCE_S):
            self._box = self._box or Sandbox(compared)
            too_long = Timer(LONGEST_S, self._box.close)
            too_long.start()
            try:
                return self._box.one(*arguments)
            finally:
                too_long.cancel()

    def listed(self, key: tuple[str, Hashable], make: Callable[[], Iterable[Any]]) -> list[Any]:
        """A list; making it again takes at most a twentieth of the time."""
        return self._lists.get(key, lambda: list(make()), _list_lasts_s)

    def forget(self, *kinds: str) -> None:
        """Lists of these kinds, the first part of their keys, are made again when they are asked for."""
        self._lists.forget(lambda key: isinstance(key, tuple) and key[0] in kinds)

    def session(self, person: str, name: str) -> Session:
        """What a person did in the browser with this session; of many the oldest are forgotten."""
        with self._lock:
            found = self._sessions.setdefault((person, name), Session())
            self._sessions.move_to_end((person, name))
            while len(self._sessions) > SESSIONS:
                self._sessions.popitem(last=False)
            return found

    def close(self) -> None:
        """Ends the sandbox."""
        if self._box:
            self._box.close()


def _comparison_lasts_s(answer: Any, _took_s: float) -> float:
    return float("inf") if isinstance(answer, tuple) else 0.0  # what failed may work the next time


def _list_lasts_s(_rows: list[Any], took_s: float) -> float:
    return max(LEAST_S, SHARE * took_s)
