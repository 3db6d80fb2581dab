"""What pages of judging remember while they are served: comparisons, lists, and what can be undone.

Nothing of it has to be kept: what people say is in the store.
"""

from __future__ import annotations

import pickle
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from ..dies.explain import compared
from ..sandbox import Sandbox

KEPT = 12  # comparisons, each of about 4 MB
SHARE = 20  # a list is used this many times as long as it takes to make it
LEAST_S = 2.0
SESSIONS = 1000
MOST_PASSED = 10_000  # pairs and names that one session leaves open
STEPS = 50  # that one session can undo


@dataclass(frozen=True, slots=True)
class Step:
    """What a person did, as a sentence; `undo` takes it back, and `address` is the page to look at then."""

    said: str
    address: str
    undo: Callable[[], object]


@dataclass
class Session:
    """What one person did in one browser: what was left open, and the steps that can be undone."""

    passed: set[Hashable] = field(default_factory=set)
    steps: deque[Step] = field(default_factory=lambda: deque(maxlen=STEPS))

    def leave(self, what: Hashable) -> None:
        """Leaves a pair open: it does not come again in this session."""
        if len(self.passed) < MOST_PASSED:
            self.passed.add(what)


class Desk:
    """One for each site. Comparisons run in one sandbox, one at a time; the last ones are kept."""

    def __init__(self) -> None:
        self._box: Sandbox | None = None
        self._kept: OrderedDict[bytes, Any] = OrderedDict()
        self._lists: dict[Hashable, tuple[float, list[Any]]] = {}
        self._sessions: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._comparing, self._lock = Lock(), Lock()

    def compare(self, *arguments: Any) -> Any:
        """As `compared` in a sandbox; the caller has read the arguments with the rights of who asks."""
        key = pickle.dumps(arguments)
        with self._comparing:
            if key not in self._kept:
                self._box = self._box or Sandbox(compared)
                answer = self._box.one(*arguments)
                if not isinstance(answer, tuple):
                    return answer  # what failed may work the next time
                self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]

    def listed(self, key: Hashable, make: Callable[[], Iterable[Any]]) -> list[Any]:
        """A list; making it again takes at most a twentieth of the time."""
        with self._lock:
            until, rows = self._lists.get(key, (0.0, []))
        begun = time.monotonic()
        if begun < until:
            return rows
        rows = list(make())
        until = begun + max(LEAST_S, SHARE * (time.monotonic() - begun))
        with self._lock:
            self._lists[key] = until, rows
        return rows

    def forget(self, key: Hashable) -> None:
        """The list is made again when it is asked for."""
        with self._lock:
            self._lists.pop(key, None)

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
        with self._comparing:
            self._kept.clear()
            if self._box:
                self._box.close()
